//! The page: what a person sees and does. It names `protocol` alone, never computes, and never blocks.
//!
//! State flows in one circle. The URL's hash is parsed into a [`place::Place`] (page, network, fit, backend); what the
//! engine knows and what the person brought stand on the [`desk::Desk`] (station, tray, notices). Pages turn both into
//! jobs for the [`client::Client`], the sole owner of the worker; its outcomes change the desk in one place
//! (`desk::Seen::absorb`), and signals carry that to the screen. `window.neocog.run` enters at the client too.

#![expect(unreachable_pub, reason = "leptos' component macro makes what it generates public")]

#[macro_use]
mod lang;
#[macro_use]
mod ask;
#[macro_use]
mod choice;
#[macro_use]
mod settings;

mod app;
mod client;
mod desk;
mod fault;
mod folder;
mod live;
mod number;
mod page;
mod parts;
mod place;
mod save;
mod script;
mod sentence;
mod style;
mod theme;
mod widget;

pub use parts::{Parts, Views, experiments, networks, script};
pub use script::Script;

/// Opens the page in this document.
pub fn open(parts: Parts) {
    fault::install();
    if let Some(splash) = leptos::prelude::document().get_element_by_id("splash") {
        splash.remove();
    }
    leptos::mount::mount_to_body(move || app::App(app::AppProps { parts }));
}
