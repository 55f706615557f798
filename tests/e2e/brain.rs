//! Brain: networks beside populations of neurons, in the page.

mod neocognitron;

use crate::page::{Gpu, Page};

#[test]
fn pictures_are_compared_without_a_click() {
    let Some(page) = Page::open_at(Gpu::Off, "#/brain?backend=cpu&each=2") else { return };
    page.wait_for_number("brain-told", "data-value", |count| count == 48.0);
    page.wait_for_checks(&["brain-itself"]);
    page.assert_quiet();
}
