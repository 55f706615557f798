//! The page opens: quiet, complete, from its own files alone, on a narrow screen too.

use crate::page::{Gpu, LONG, Page};
use serde_json::json;

#[test]
fn the_page_opens_without_an_error_on_the_console() {
    let Some(page) = Page::open(Gpu::Software) else { return };
    for testid in ["drop-zone", "file-input", "model-select", "weights-drop"] {
        page.wait_for(testid, LONG, |_| true);
    }
    assert_ne!(page.js("return document.title", &[]), json!(""));
    // The keyboard begins at the way past everything, wherever the strip of pictures has been scrolled to.
    page.wait_for("prediction", LONG, |_| true);
    page.key("Tab", 9);
    assert_eq!(page.js("return document.activeElement.className", &[]), json!("skip"));
    // A link that names what is not here says so, and the address does not keep it.
    page.js("location.hash = '#/classify?net=nonsense&picture=nowhere'", &[]);
    for name in ["nonsense", "nowhere"] {
        page.wait_for("notice", LONG, |notice| notice.text.contains(name));
    }
    page.wait("an address of what is shown", LONG, || {
        let hash = page.url_now();
        (!hash.contains("nonsense") && !hash.contains("nowhere")).then_some(())
    });
    page.js("document.querySelector('[data-testid=\"dismiss-all\"]')?.click()", &[]);
    page.screenshot("wide");
    page.assert_quiet();
}

#[test]
fn nothing_is_loaded_from_elsewhere_and_no_inline_script_could_run() {
    let Some(page) = Page::open(Gpu::Software) else { return };
    page.wait_for("drop-zone", LONG, |_| true);
    let loaded = page.js("return performance.getEntriesByType('resource').map((entry) => entry.name)", &[]);
    for address in loaded.as_array().unwrap() {
        let address = address.as_str().unwrap();
        let own = address.starts_with(&page.url()) || address.starts_with("blob:") || address.starts_with("data:");
        assert!(own, "loaded from elsewhere: {address}");
    }
    let policy =
        page.js("return document.querySelector('meta[http-equiv=\"Content-Security-Policy\" i]')?.content", &[]);
    let policy = policy.as_str().unwrap_or_default();
    let scripts = policy.split(';').find(|part| part.trim().starts_with("script-src")).unwrap_or(policy);
    assert!(policy.contains("default-src"), "no Content-Security-Policy: {policy:?}");
    assert!(!scripts.contains("'unsafe-inline'") && !scripts.contains("'unsafe-eval'"), "{scripts}");
    page.assert_quiet();
}

#[test]
fn a_telephone_sees_all_of_it() {
    let Some(page) = Page::open(Gpu::Software) else { return };
    page.wait_for("drop-zone", LONG, |_| true);
    page.assert_narrow(740);
    // The answer stands in the first screen.
    let bottom = "return document.querySelector('[data-testid=prediction]')?.getBoundingClientRect().bottom ?? 9999";
    page.wait("the answer in the first screen", LONG, || {
        page.js(bottom, &[]).as_f64().filter(|bottom| *bottom <= 740.0)
    });
    page.screenshot("narrow");
    // Another page begins at its top, with its tab in sight, and without the pictures that it has no use for.
    page.js("window.scrollTo(0, 600); location.hash = '#/speed'", &[]);
    page.wait_for("speed", LONG, |_| true);
    let seen = "const tab = document.querySelector('nav .on')?.getBoundingClientRect();
        const tray = document.querySelector('[data-testid=drop-zone]').offsetParent;
        return scrollY === 0 && tray === null && tab.left >= 0 && tab.right <= innerWidth";
    page.wait("the top of the page and its tab", LONG / 10, || (page.js(seen, &[]) == json!(true)).then_some(()));
    page.js("window.scrollTo(0, 400)", &[]);
    let tabs = page.js("return document.querySelector('nav').getBoundingClientRect().top", &[]);
    assert_eq!(tabs, json!(0), "the tabs have scrolled away");
    page.assert_quiet();
}

#[test]
fn a_japanese_browser_gets_japanese() {
    let Some(page) = Page::open_with(Gpu::Off, &["--accept-lang=ja", "--lang=ja"]) else { return };
    page.wait_for("drop-zone", LONG, |zone| {
        zone.text.chars().any(|letter| matches!(letter, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}'))
    });
    assert_eq!(page.js("return document.documentElement.lang", &[]), json!("ja"));
    page.assert_quiet();
}
