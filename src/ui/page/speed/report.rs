//! The figures to take away, as Markdown and as JSON, and what engine and page hold of the memory.

use super::settings::SpeedSettings;
use crate::protocol::{Held, Job, Outcome, Sampling, Timed};
use crate::ui::script::js_from;
use crate::ui::widget::{Button, Card, CopyButton, Figure, Icon};
use crate::ui::{app, folder, live, number};
use core::arch::wasm32::memory_size;
use js_sys::{Date, JSON, Reflect};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsValue;

pub(super) fn report(settings: Memo<SpeedSettings>) -> impl IntoView {
    let text = Memo::new(move |_| {
        let sampling = settings.with(|settings| settings.sampling);
        app().speed().timed.with(|timed| timed.as_ref().map(|timed| markdown(timed, sampling)))
    });
    let download = move |()| {
        let sampling = settings.with_untracked(|settings| settings.sampling);
        let found = app().speed().timed.with_untracked(|timed| timed.as_ref().and_then(|timed| json(timed, sampling)));
        found.iter().for_each(|text| folder::save("neocog-speed.json", text.as_bytes()));
    };
    view! {
        <Card
            id="speed-report"
            title=words!(speed.report)
            hint=words!(speed.report_hint)
            gone=move || text.with(Option::is_none)
        >
            <div class="fields">
                <CopyButton
                    testid="speed-copy"
                    words=words!(speed.copy)
                    refused=words!(speed.not_copied)
                    text=move || text.get_untracked().unwrap_or_default()
                />
                <Button id="speed-json" icon=Icon::Download words="JSON" on_press=download />
            </div>
            <details class="whole">
                <summary>{words!(speed.show_report)}</summary>
                <pre class="figure" tabindex="0" data-testid="speed-text">{live::text(move || text.get().unwrap_or_default())}</pre>
            </details>
        </Card>
    }
}

fn browser() -> String {
    window().navigator().user_agent().unwrap_or_default()
}

fn today() -> String {
    String::from(Date::new_0().to_iso_string())
}

fn markdown(timed: &Timed, Sampling { samples, sample_millis }: Sampling) -> String {
    format!(
        "# Neocog, speed\n\n{}, {} cores, {}. Median of {samples} samples of {sample_millis} ms.\n\n{}",
        today(),
        window().navigator().hardware_concurrency(),
        browser(),
        timed.markdown()
    )
}

fn json(timed: &Timed, sampling: Sampling) -> Option<String> {
    let whole = js_from(timed).ok()?;
    let sampling = js_from(&sampling).ok()?;
    for (name, value) in [("date", today().into()), ("browser", browser().into()), ("sampling", sampling)] {
        // A plain object takes any property.
        let _ = Reflect::set(&whole, &name.into(), &value);
    }
    let text = JSON::stringify_with_replacer_and_space(&whole, &JsValue::NULL, &JsValue::from(1)).ok()?;
    Some(String::from(text))
}

/// Of WebAssembly's memory.
const PAGE_BYTES: u64 = 1 << 16;

pub(super) fn holding() -> impl IntoView {
    let held = RwSignal::new(None::<Held>);
    let own = || memory_size(0) as u64 * PAGE_BYTES;
    let page = RwSignal::new(own());
    // A measurement has the engine for itself: asked before and after it.
    Effect::new(move |_| {
        if !app().is_up() || app().speed().ask.is_on() {
            return;
        }
        spawn_local(async move {
            if let Ok(Outcome::Held(found)) = app().client.run(Job::Held).await {
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
