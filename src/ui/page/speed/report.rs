//! The figures to take away: as Markdown for a message, as JSON for a program.

use super::settings::SpeedSettings;
use crate::protocol::{Sampling, Timed};
use crate::ui::desk::Desk;
use crate::ui::script::js_from;
use crate::ui::settings::Settings;
use crate::ui::widget::{CopyButton, Icon};
use crate::ui::{live, save};
use js_sys::{Date, JSON, Reflect};
use leptos::prelude::*;
use wasm_bindgen::JsValue;

#[component]
pub(super) fn Report() -> impl IntoView {
    let desk = Desk::here();
    let settings = SpeedSettings::of(desk);
    let text = Memo::new(move |_| {
        let sampling = settings.with(|settings| settings.sampling);
        desk.speed().timed.with(|timed| timed.as_ref().map(|timed| markdown(timed, sampling)))
    });
    let download = move |_| {
        let sampling = settings.with_untracked(|settings| settings.sampling);
        let found = desk.speed().timed.with_untracked(|timed| timed.as_ref().and_then(|timed| json(timed, sampling)));
        found.iter().for_each(|text| save::as_file("neocog-speed.json", text.as_bytes()));
    };
    view! {
        <section class="card" data-testid="speed-report" class:gone=live::flag(move || text.with(Option::is_none))>
            <h2>{words!(speed.report)}</h2>
            <p class="hint">{words!(speed.report_hint)}</p>
            <div class="fields">
                <CopyButton
                    testid="speed-copy"
                    words=words!(speed.copy)
                    refused=words!(speed.not_copied)
                    text=move || text.get_untracked().unwrap_or_default()
                />
                <button type="button" class="btn" data-testid="speed-json" on:click=download>
                    <Icon of=Icon::Download />
                    "JSON"
                </button>
            </div>
            <details class="whole">
                <summary>{words!(speed.show_report)}</summary>
                <pre class="figure" tabindex="0" data-testid="speed-text">{live::text(move || text.get().unwrap_or_default())}</pre>
            </details>
        </section>
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
