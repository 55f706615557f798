//! The page: what a person sees and does. It names `protocol` alone, never computes, and never blocks.
//!
//! State flows in one circle. The URL's hash is parsed into a [`route::Route`] (page, network, fit, backend). What the
//! engine knows and what the person brought is the [`state::AppState`] (station, tray, notices). Pages turn both into
//! jobs for the [`client::Client`], the sole owner of the worker. Its outcomes change the state in one place
//! (`AppState::absorb`), and signals carry that to the screen. `window.neocog.run` enters at the client too.

#![expect(unreachable_pub, reason = "leptos' component macro makes what it generates public")]

#[macro_use]
mod lang;
#[macro_use]
mod ask;
#[macro_use]
mod settings;

mod app;
mod choice;
mod client;
mod fault;
mod folder;
mod live;
mod number;
mod page;
mod parts;
mod route;
mod script;
mod sentence;
mod state;
mod style;
mod widget;

pub(crate) use ask::{Ask, AskState, Asking, Policy};
pub(crate) use choice::{Choice, pick};
pub(crate) use lang::Words;
pub(crate) use page::{ExperimentPage, PageId};
pub(crate) use settings::{Field, PageSettings};
pub(crate) use state::{AppState, Life, Subject, app};

pub use parts::{LaterCode, PageParts, Views, experiments, later, script};
pub use script::Script;

/// Opens the page in this document.
pub fn open(parts: PageParts) {
    fault::install();
    if let Some(splash) = leptos::prelude::document().get_element_by_id("splash") {
        splash.remove();
    }
    parts::name(parts);
    leptos::mount::mount_to_body(app::App);
}
