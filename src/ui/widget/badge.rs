//! Where things are computed, and why there.

use crate::protocol::{BackendChoice, BackendKind, BackendUsed, GpuReport};
use crate::ui::{Life, app, live, sentence};
use leptos::prelude::*;

pub(crate) fn badge() -> impl IntoView {
    // What the last answer says is true; before it, what the station offers and the person wants.
    let expected = move || {
        let station = app().station.get()?;
        let route = app().route.get();
        Some(match station.gpu {
            GpuReport::Here { adapter, .. } if !route.without_gpu && route.backend != BackendChoice::Cpu => {
                (BackendKind::Gpu, sentence::gpu_name(&adapter))
            }
            GpuReport::Here { .. } | GpuReport::Missing { .. } | GpuReport::NotAsked => {
                (BackendKind::Cpu, "CPU".to_owned())
            }
        })
    };
    let shown = move || match app().life.get() {
        Life::Up => app().used.get().map(|used| (used.kind, sentence::backend_name(&used))).or_else(expected),
        Life::Starting | Life::Down => None,
    };
    let kind = move || {
        shown().map(|(kind, _)| match kind {
            BackendKind::Gpu => "gpu",
            BackendKind::Cpu => "cpu",
        })
    };
    let name = move || match app().life.get() {
        Life::Up => shown().map(|(_, name)| name).unwrap_or_default(),
        Life::Starting => say!(badge.starting).to_owned(),
        Life::Down => say!(badge.down).to_owned(),
    };
    let why = move || {
        let (wanted, without_gpu) = app().route.with(|route| (route.backend, route.without_gpu));
        match (app().life.get(), app().used.get(), app().station.get()) {
            (Life::Up, Some(used), _) if !without_gpu => Some(sentence::why(&used.why)),
            (Life::Up, _, Some(station)) => Some(sentence::gpu(&station.gpu, wanted, without_gpu)),
            (Life::Up | Life::Starting | Life::Down, _, _) => None,
        }
    };
    let whole = Memo::new(move |_| why());
    view! {
        <details
            class="badge"
            data-testid="backend-badge"
            data-kind=live::name(kind)
            data-life=live::name(move || {
                Some(match app().life.get() {
                    Life::Starting => "starting",
                    Life::Up => "up",
                    Life::Down => "down",
                })
            })
        >
            <summary aria-label=words!(badge.label)>
                <i class="dot" aria-hidden="true"></i>
                <b role="status">{live::text(name)}</b>
                <span class="badge-why">{live::maybe(move || whole.get())}</span>
            </summary>
            <p class="badge-whole">{live::maybe(move || whole.get())}</p>
        </details>
    }
}

/// Where a figure was computed, and on asking why there.
pub(crate) fn computed_on(used: &BackendUsed) -> AnyView {
    let (name, why) = (sentence::backend_name(used), used.why.clone());
    view! { <span class="figure" title=live::text(move || sentence::why(&why))>{name}</span> }.into_any()
}
