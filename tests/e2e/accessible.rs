//! What the tools that audit pages ask (axe-core's rules of the same names), of every page as it opens, with its folds opened,
//! and on narrow screens; colours are looked at by eye.

use crate::page::{Gpu, LONG, Page};
use serde_json::json;

const PAGES: [&str; 9] = ["classify", "fool", "look", "caption", "train", "optimise", "distil", "networks", "speed"];

/// Every breach as a sentence.
const AUDIT: &str = r#"
    const found = [];
    const tell = (rule, element) => found.push(`${rule}: ${element.outerHTML.slice(0, 120)}`);
    const all = (selector) => [...document.querySelectorAll(selector)].filter((e) => e.checkVisibility());
    for (const li of all('li')) {
        const list = li.parentElement, role = list.getAttribute('role') ?? 'list';
        if (!['UL', 'OL'].includes(list.tagName) || role !== 'list') tell('listitem', li);
    }
    for (const child of all('dl > *')) if (!['DT', 'DD', 'DIV'].includes(child.tagName)) tell('definition-list', child);
    const landmarks = new Set();
    for (const mark of all('nav, main, aside, [role=region], section[aria-label]')) {
        const name = `${mark.getAttribute('role') ?? mark.tagName} ${mark.getAttribute('aria-label')}`;
        if (landmarks.has(name)) tell('landmark-unique', mark);
        landmarks.add(name);
    }
    let level = 0;
    for (const heading of all('main h1, main h2, main h3, main h4')) {
        const here = Number(heading.tagName[1]);
        if (here > level + 1) tell('heading-order', heading);
        level = here;
    }
    for (const box of all('main *, .messages')) {
        const { overflowX, overflowY } = getComputedStyle(box);
        const scrolls = [[overflowX, box.scrollWidth - box.clientWidth], [overflowY, box.scrollHeight - box.clientHeight]]
            .some(([how, more]) => ['auto', 'scroll'].includes(how) && more > 2);
        const reached = box.tabIndex >= 0 || box.querySelector('a[href], button:not([tabindex="-1"]), input, select, textarea, [tabindex="0"]');
        if (scrolls && !reached) tell('scrollable-region-focusable', box);
    }
    for (const control of all('button, a[href], input:not([type=hidden]), select, textarea, [role=img], summary, [role=progressbar]')) {
        if (control.closest('[aria-hidden=true]')) continue;
        const name = control.getAttribute('aria-label') || control.textContent.trim() || control.title
            || [...(control.labels ?? [])].map((label) => label.textContent.trim()).join('');
        if (!name) tell('name', control);
    }
    const ids = new Set();
    for (const { id, outerHTML } of document.querySelectorAll('[id]')) {
        if (ids.has(id)) found.push(`duplicate-id: ${outerHTML.slice(0, 80)}`);
        ids.add(id);
    }
    const wide = document.documentElement.scrollWidth - innerWidth;
    if (wide > 0) found.push(`the page is ${wide} pixels wider than ${innerWidth}`);
    return found;
"#;

fn audit(page: &Page, state: &str) {
    let found = page.js(AUDIT, &[]);
    assert_eq!(found, json!([]), "{state}: {found:#}");
}

#[test]
fn every_page_passes_an_audit_in_every_state() {
    let Some(page) = Page::open_idle(Gpu::Off) else { return };
    page.wait_for("tray-item", LONG, |_| true);
    for path in PAGES {
        page.js("location.hash = args[0]", &[json!(format!("#/{path}?backend=cpu"))]);
        page.js(
            "document.querySelectorAll('[data-testid=\"train-main\"][data-next=\"pause\"]').forEach((b) => b.click())",
            &[],
        );
        page.wait(&format!("the page {path}"), LONG, || {
            let there = "return document.querySelector('main h1') !== null
                && document.querySelector('nav .on')?.dataset.testid === args[0]";
            (page.js(there, &[json!(format!("page-{path}"))]) == json!(true)).then_some(())
        });
        for width in [1280, 640, 360] {
            page.resize(width, 740);
            audit(&page, &format!("{path} at {width}"));
        }
        page.js("document.querySelectorAll('main details').forEach((fold) => { fold.open = true; })", &[]);
        std::thread::sleep(std::time::Duration::from_millis(300));
        audit(&page, &format!("{path}, opened, at 360"));
        page.resize(1280, 900);
        if path == "train" {
            page.wait_for("train-network", LONG, |_| true);
            page.set("train-network", "flatten\nlinaer 8\nlinear classes");
            page.wait_for("train-network-errors", LONG, |errors| errors.html.contains("data-line=\"1\""));
            audit(&page, "train with a wrong line");
        }
    }
    page.assert_quiet();
}
