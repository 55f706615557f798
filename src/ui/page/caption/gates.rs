//! What the LSTM's gates did at each word: a strip of all units for each time.

use crate::protocol::{GateKind, Pixels, Said};
use crate::ui::widget::{Card, PixelsView, Select, options_of, signed};
use crate::ui::{Choice, live, number, pick};
use leptos::prelude::*;

pub(super) fn gate_strip(said: Memo<Option<Said>>, active: RwSignal<Option<usize>>) -> impl IntoView {
    let gate = RwSignal::new(GateKind::Forget);
    let place = move || GateKind::ALL.iter().position(|kind| *kind == gate.get()).unwrap_or_default();
    let rows = move || {
        let Some(said) = said.get() else { return ().into_any() };
        let (at, units) = (place(), said.gates.units as usize);
        let values = said.gates.values.get(at).cloned().unwrap_or_default();
        let largest = said.gates.largest.get(at).copied().unwrap_or(1.0);
        let row = |(time, heard): (usize, &String)| {
            let strip = values.get(time * units..(time + 1) * units).unwrap_or_default();
            let mean = strip.iter().map(|value| f32::from(*value) - 128.0).sum::<f32>() / units.max(1) as f32 / 127.0;
            let pixels = signed_bytes(strip, units as u32);
            let name = match time {
                0 => say!(caption.picture).to_owned(),
                1 => say!(caption.start_mark).to_owned(),
                _ => heard.clone(),
            };
            let class = if active.get() == time.checked_sub(1) { "gate-row active" } else { "gate-row" };
            view! {
                <div class=class data-testid="gate-row" data-mean=(mean * largest).to_string()>
                    <span>{name}</span>
                    <PixelsView pixels />
                    <small class="figure">{number::digits(mean * largest)}</small>
                </div>
            }
        };
        said.gates.heard.iter().enumerate().map(row).collect_view().into_any()
    };
    view! {
        <Card id="gates" title=words!(caption.gates_title) hint=words!(caption.gates_hint)>
            <Select
                id="gate"
                label=words!(caption.gate)
                options={options_of::<GateKind>()}
                chosen=move || gate.get().key().to_owned()
                on_choose=move |key: String| gate.update(|gate| pick(gate, &key))
            />
            <div class="gate-strips">{live::view(rows)}</div>
            <div class:gone=live::flag(move || !is_signed(gate.get()))>
                <Legend />
            </div>
        </Card>
    }
}

/// The gates themselves are between nothing and one.
fn is_signed(gate: GateKind) -> bool {
    matches!(gate, GateKind::Candidate | GateKind::Cell | GateKind::Hidden)
}

/// Bytes with 0 at 128, `width` in a row.
pub(super) fn signed_bytes(values: &[u8], width: u32) -> Pixels {
    signed(width, 255.0, values.iter().map(|value| (f32::from(*value) - 128.0) / 127.5))
}

#[component]
pub(super) fn Legend() -> impl IntoView {
    view! {
        <p class="signed-legend hint">
            <i class="neg"></i>
            <span>{words!(train.negative)}</span>
            <i class="pos"></i>
            <span>{words!(train.positive)}</span>
        </p>
    }
}
