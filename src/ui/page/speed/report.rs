//! The figures to take away: as Markdown for a message, as JSON for a program.

use super::settings::SpeedSettings;
use crate::protocol::{Sampling, Timed};
use crate::ui::script::js_from;
use crate::ui::widget::{Button, Card, CopyButton, Icon};
use crate::ui::{app, live, save};
use js_sys::{Date, JSON, Reflect};
use leptos::prelude::*;
use wasm_bindgen::JsValue;

#[component]
pub(super) fn Report(settings: Memo<SpeedSettings>) -> impl IntoView {
    let text = Memo::new(move |_| {
        let sampling = settings.with(|settings| settings.sampling);
        app().speed().timed.with(|timed| timed.as_ref().map(|timed| markdown(timed, sampling)))
    });
    let download = move |()| {
        let sampling = settings.with_untracked(|settings| settings.sampling);
        let found = app().speed().timed.with_untracked(|timed| timed.as_ref().and_then(|timed| json(timed, sampling)));
        found.iter().for_each(|text| save::as_file("neocog-speed.json", text.as_bytes()));
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
