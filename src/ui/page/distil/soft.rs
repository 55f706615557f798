//! What the three say of a chosen picture, at the temperature that the slider has.

use super::chart::NETWORKS;
use super::state::DistilState;
use crate::protocol::{DistilRun, SampleAnswer};
use crate::ui::widget::{Card, PixelsView};
use crate::ui::{live, number};
use leptos::prelude::*;

/// `exp(z / T) / Σ exp(z / T)`
fn softened(logits: &[f32], temperature: f64) -> Vec<f64> {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let raised: Vec<f64> = logits.iter().map(|&z| (f64::from(z - largest) / temperature).exp()).collect();
    let sum: f64 = raised.iter().sum();
    raised.into_iter().map(|value| value / sum).collect()
}

pub(super) fn soft(settings: Memo<DistilRun>, run: DistilState) -> impl IntoView {
    let temperature = Memo::new(move |_| settings.with(|settings| settings.mix.temperature));
    let chosen = RwSignal::new(0_usize);
    let asked = Memo::new(move |_| run.read(|news| news.asked.clone()).unwrap_or_default());
    let names = Memo::new(move |_| run.read(|news| news.classes.clone()).unwrap_or_default());
    let name = move |class: usize| names.with(|names| names.get(class).cloned().unwrap_or_default());
    let tile = move |(at, one): (usize, SampleAnswer)| {
        let label = name(one.label as usize);
        let picture = match one.pixels {
            Some(pixels) => view! { <PixelsView pixels=Signal::stored(pixels) /> }.into_any(),
            None => view! { <span>{label.clone()}</span> }.into_any(),
        };
        view! {
            <button
                type="button"
                class="asked"
                data-testid="asked"
                aria-pressed=live::text(move || (chosen.get() == at).to_string())
                aria-label=live::text(move || say!(distil.picture_of, class = label))
                on:click=move |_| chosen.set(at)
            >
                {picture}
            </button>
        }
    };
    let rows = move || {
        let one = asked.with(|asked| asked.get(chosen.get()).or(asked.first()).cloned())?;
        let told: Vec<Vec<f64>> = one.logits.iter().map(|logits| softened(logits, temperature.get())).collect();
        let classes = told.first().map_or(0, Vec::len);
        let bar = |pupil: usize, share: f64| {
            let line = &NETWORKS[pupil];
            view! {
                <span class=format!("soft {}", line.class) data-testid="soft" data-pupil=line.id data-value=share.to_string() title=(line.name)()>
                    <i style:width=format!("{:.2}%", 100.0 * share)></i>
                    <span class="figure">{number::percent(share as f32)}</span>
                </span>
            }
        };
        let row = |class: usize| {
            let bars = told.iter().enumerate().map(|(pupil, shares)| bar(pupil, shares[class])).collect_view();
            view! {
                <li class:right=class as u32 == one.label>
                    <span class="soft-class">{name(class)}</span>
                    <span class="softs">{bars}</span>
                </li>
            }
        };
        let shown = (0..classes).take(MOST_CLASSES).map(row).collect_view();
        Some(view! { <ul class="soft-rows">{shown}</ul> })
    };
    view! {
        <Card id="soft-card" title=words!(distil.soft_title) hint=words!(distil.soft_hint)>
            <p class="sub">
                {live::text(move || say!(distil.soft_at, temperature = number::digits(temperature.get() as f32)))}
            </p>
            <div class="asked-row" role="group" aria-label=words!(distil.pictures)>
                {live::view(move || asked.get().into_iter().enumerate().map(tile).collect_view().into_any())}
            </div>
            {live::view(move || match rows() {
                Some(rows) => rows.into_any(),
                None => view! { <p class="hint">{words!(distil.soft_todo)}</p> }.into_any(),
            })}
        </Card>
    }
}

/// Of more classes, the first are shown.
const MOST_CLASSES: usize = 20;
