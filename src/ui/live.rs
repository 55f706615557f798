//! What changes on the page, by what it is. Leptos makes its own copy of the showing code for every closure type; these
//! few boxes give the closures one type per kind, which is a third of the page's bytes.

use leptos::prelude::AnyView;

pub(crate) type Live<T> = Box<dyn FnMut() -> T + Send>;

pub(crate) fn view(show: impl FnMut() -> AnyView + Send + 'static) -> Live<AnyView> {
    Box::new(show)
}

pub(crate) fn text(say: impl FnMut() -> String + Send + 'static) -> Live<String> {
    Box::new(say)
}

/// For attributes that are not always there.
pub(crate) fn maybe(say: impl FnMut() -> Option<String> + Send + 'static) -> Live<Option<String>> {
    Box::new(say)
}

/// For attributes with few known values.
pub(crate) fn name(say: impl FnMut() -> Option<&'static str> + Send + 'static) -> Live<Option<&'static str>> {
    Box::new(say)
}

pub(crate) fn flag(is: impl FnMut() -> bool + Send + 'static) -> Live<bool> {
    Box::new(is)
}
