//! What one page keeps in the address: written and read by that page alone, carried along while the person is elsewhere.

use crate::ui::page::PageId;
use std::str::FromStr;
use web_sys::UrlSearchParams;

/// All that a page is set to, besides what the pages have in common. Its names may be another page's too, but none of
/// those that all share.
pub(crate) trait Sheet: Sized {
    const PAGE: PageId;

    /// `None` where the address says nothing of it; what else is missing or cannot be read is the default.
    fn read(params: &UrlSearchParams) -> Option<Self>;

    /// Every figure by a name of its own, so that a link gives the same on any visit.
    fn write(&self, params: &UrlSearchParams);
}

pub(crate) fn whole(params: &UrlSearchParams, name: &str, usual: u32) -> u32 {
    read_as(params, name).unwrap_or(usual)
}

pub(crate) fn real(params: &UrlSearchParams, name: &str, usual: f64) -> f64 {
    params.get(name).map(|text| number(&text)).filter(|value| value.is_finite()).unwrap_or(usual)
}

/// By the browser: the tables of the standard library for this are ten kilobytes. NaN where it is no number.
pub(crate) fn number(text: &str) -> f64 {
    js_sys::Number::parse_float(text)
}

fn read_as<T: FromStr>(params: &UrlSearchParams, name: &str) -> Option<T> {
    params.get(name)?.parse().ok()
}
