//! Links of every page: what they set stands in the address, key by key, as it always has, and a link that was written is
//! read to the same.

use crate::page::{Gpu, LONG, Page};
use serde_json::json;
use std::cell::RefCell;

/// Each link, and what stands in the address of the page alone once it has read the link.
const LINKS: &str = include_str!("../fixtures/links.tsv");

/// The address once the page of this link has written all that it is set to.
fn written(page: &Page, link: &str) -> String {
    let path = link.split('?').next().unwrap_or_default();
    page.js("location.hash = args[0]", &[json!(link)]);
    // Until its code is here, the address is as the link has it.
    let is_here = "return document.querySelector('main h1') !== null && !document.querySelector('[data-testid=coming]')
        && document.querySelector(`[data-testid=page-${args[0]}]`)?.getAttribute('aria-current') === 'page'";
    let name = path.trim_start_matches("#/");
    page.wait("the page", LONG, || page.js(is_here, &[json!(name)]).as_bool()?.then_some(()));
    let before = RefCell::new(String::new());
    page.wait("the address to be written", LONG, || {
        let hash = page.hash();
        let is_still = before.replace(hash.clone()) == hash && hash.starts_with(path) && hash.matches('&').count() > 4;
        is_still.then_some(hash)
    })
}

/// What an address says of the page alone.
fn own(hash: &str) -> String {
    let query = hash.split_once('?').map_or("", |(_, query)| query).split('&');
    let is_shared = |part: &&str| ["net=", "fit=", "backend=", "picture="].iter().any(|key| part.starts_with(key));
    query.filter(|part| !is_shared(part)).collect::<Vec<_>>().join("&")
}

#[test]
fn links_are_read_as_they_always_were() {
    let Some(page) = Page::open(Gpu::Off) else { return };
    for line in LINKS.lines() {
        let (link, expected) = line.split_once('\t').unwrap();
        // Nothing of the link before is to be left on the page.
        page.js("location.hash = '#/speed'", &[]);
        page.reload();
        let first = written(&page, link);
        println!("{link}\t{}", own(&first));
        assert_eq!(own(&first), expected, "{link}");
        let again = written(&page, &first);
        assert_eq!(own(&again), expected, "{first}");
    }
}

#[test]
fn a_link_is_followed_while_settings_are_being_written() {
    let Some(page) = Page::open(Gpu::Off) else { return };
    page.js("location.hash = '#/speed'", &[]);
    page.reload();
    let field = "document.querySelector('main input[type=number]')";
    page.wait("a field", LONG, || page.js(&format!("return {field} !== null"), &[]).as_bool()?.then_some(()));
    // The setting stands in the address only after this script, but before the page hears of the link.
    let script = format!(
        "const field = {field};
         field.value = Number(field.value) + 1;
         for (const kind of ['input', 'change']) field.dispatchEvent(new Event(kind, {{ bubbles: true }}));
         location.hash = '#/distil'"
    );
    page.js(&script, &[]);
    page.wait("the page of the link", LONG, || page.hash().starts_with("#/distil?").then_some(()));
}
