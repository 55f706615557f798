//! What engine and page hold of the device's memory.

use crate::protocol::{Held, Job, Outcome};
use crate::ui::widget::{Card, Figure};
use crate::ui::{app, live, number};
use core::arch::wasm32::memory_size;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Of WebAssembly's memory.
const PAGE_BYTES: u64 = 1 << 16;

#[component]
pub(super) fn Holding() -> impl IntoView {
    let held = RwSignal::new(None::<Held>);
    let own = || memory_size(0) as u64 * PAGE_BYTES;
    let page = RwSignal::new(own());
    // A measurement has the engine for itself: asked before and after it.
    Effect::new(move |_| {
        if !app().is_up() || app().speed().ask.is_on() {
            return;
        }
        spawn_local(async move {
            if let Ok(Outcome::Held(found)) = app().client.run(Job::Held, |_| {}).await {
                held.try_set(Some(found));
                page.try_set(own());
            }
        });
    });
    let engine = move |read: fn(&Held) -> u64| {
        live::text(move || {
            held.with(|held| held.as_ref().map_or_else(|| "–".to_owned(), |held| number::bytes(read(held))))
        })
    };
    let buffers =
        move || held.with(|held| held.map(|held| say!(speed.buffers, count = number::count(held.gpu_buffers))));
    view! {
        <Card id="held" title=words!(speed.held) hint=words!(speed.held_hint)>
            <dl class="figures">
                <Figure label=words!(speed.held_engine) id="held-engine" value=engine(|held| held.wasm_bytes) />
                <Figure
                    label=words!(speed.held_gpu)
                    id="held-gpu"
                    value=engine(|held| held.gpu_bytes)
                    more=live::text(move || buffers().unwrap_or_default())
                />
                <Figure
                    label=words!(speed.held_page)
                    id="held-page"
                    data=live::maybe(move || Some(page.get().to_string()))
                    value=live::text(move || number::bytes(page.get()))
                />
            </dl>
        </Card>
    }
}
