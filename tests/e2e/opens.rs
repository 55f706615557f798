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
    page.screenshot("narrow");
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
