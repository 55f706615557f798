//! How much was changed, in figures, and whether rounding takes it back.

use super::look::label_of;
use crate::protocol::Attacked;
use crate::ui::{live, number, sentence};
use leptos::prelude::*;

#[component]
pub(super) fn Norms(found: Attacked) -> impl IntoView {
    let Attacked { norms, rounded_norms, rounded, survives, is_fooled, runs, elapsed_ms, backend, dispatches, .. } =
        found;
    let rows = [norms, rounded_norms].map(|norms| {
        [
            number::count(norms.l0),
            format!("{:.3}", norms.l2),
            format!("{:.2} %", 100.0 * norms.relative),
            format!("{:.2}", 255.0 * norms.linf),
        ]
    });
    let row = |title: crate::ui::lang::Words, figures: [String; 4]| {
        let cells = figures.map(|figure| view! { <td class="figure">{figure}</td> });
        view! { <tr><th scope="row">{title}</th>{cells.into_iter().collect_view()}</tr> }
    };
    let [exact, eight] = rows;
    let verdict = move || match (is_fooled, survives) {
        (true, true) => say!(fool.survives),
        (true, false) => say!(fool.survives_not),
        (false, _) => say!(fool.not_fooled),
    };
    let first = rounded.into_iter().next();
    let why = backend.why.clone();
    view! {
        <table class="fool-norms" data-testid="fool-norms" data-linf=norms.linf.to_string() data-l2=norms.l2.to_string() data-l0=norms.l0.to_string() data-relative=norms.relative.to_string()>
            <thead>
                <tr>
                    <td></td>
                    <th scope="col">"L0"</th>
                    <th scope="col">"L2"</th>
                    <th scope="col">{words!(fool.relative)}</th>
                    <th scope="col">"L∞ × 255"</th>
                </tr>
            </thead>
            <tbody>{row(words!(fool.exact), exact)} {row(words!(fool.eight_bits), eight)}</tbody>
        </table>
        <p class="sub" data-testid="fool-survives" data-survives=survives.to_string() data-fooled=is_fooled.to_string()>
            <b>{live::name(move || Some(verdict()))}</b>
            {live::maybe(move || first.as_ref().map(|first| format!("{} {}", label_of(first), number::percent(first.probability))))}
            <span class="figure">{live::text(move || say!(fool.runs, runs = number::count(u64::from(runs)), millis = number::millis(elapsed_ms), dispatches = dispatches))}</span>
            <span class="figure" title=live::text(move || sentence::why(&why))>{sentence::backend_name(&backend)}</span>
        </p>
    }
}
