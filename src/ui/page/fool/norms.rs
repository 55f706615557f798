//! How much was changed, in figures, and whether rounding takes it back.

use crate::protocol::{Attacked, Norms as Figures};
use crate::ui::widget::computed_on;
use crate::ui::{Words, live, number, sentence};
use leptos::prelude::*;

type Found = RwSignal<Option<Attacked>>;

#[component]
pub(super) fn Norms(attacked: Found) -> impl IntoView {
    let is_none = move || attacked.with(Option::is_none);
    let data = move |read: fn(&Figures) -> String| {
        live::maybe(move || attacked.with(|found| found.as_ref().map(|found| read(&found.norms))))
    };
    let verdict = move || {
        attacked.with(|found| {
            found.as_ref().map(|found| match (found.is_fooled, found.survives) {
                (true, true) => say!(fool.survives),
                (true, false) => say!(fool.survives_not),
                (false, _) => say!(fool.not_fooled),
            })
        })
    };
    let first = move |found: &Attacked| {
        let first = found.rounded.first()?;
        Some(format!("{} {}", sentence::label_of(first), number::percent(first.probability)))
    };
    let ran = move |found: &Attacked| {
        let (runs, millis) = (number::count(u64::from(found.runs)), number::millis(found.elapsed_ms));
        say!(fool.runs, runs = runs, millis = millis, dispatches = found.dispatches)
    };
    let whether = move |read: fn(&Attacked) -> bool| {
        live::maybe(move || attacked.with(|found| found.as_ref().map(|found| read(found).to_string())))
    };
    view! {
        <table
            class="fool-norms"
            class:gone=live::flag(is_none)
            data-testid="fool-norms"
            data-linf=data(|norms| norms.linf.to_string())
            data-l2=data(|norms| norms.l2.to_string())
            data-l0=data(|norms| norms.l0.to_string())
        >
            <thead>
                <tr>
                    <td></td>
                    <th scope="col">"L0"</th>
                    <th scope="col">"L2"</th>
                    <th scope="col">{words!(fool.relative)}</th>
                    <th scope="col">"L∞ × 255"</th>
                </tr>
            </thead>
            <tbody>
                {row(words!(fool.exact), attacked, |found| found.norms)}
                {row(words!(fool.eight_bits), attacked, |found| found.rounded_norms)}
            </tbody>
        </table>
        <p class="sub" data-testid="fool-survives" data-survives=whether(|found| found.survives) data-fooled=whether(|found| found.is_fooled)>
            <b>{live::name(verdict)}</b>
            <span>{live::maybe(move || attacked.with(|found| found.as_ref().and_then(first)))}</span>
            <span class="figure">{live::maybe(move || attacked.with(|found| found.as_ref().map(ran)))}</span>
            {live::view(move || attacked.with(|found| found.as_ref().map(|found| computed_on(&found.backend))).into_any())}
        </p>
    }
}

fn row(title: Words, attacked: Found, read: fn(&Attacked) -> Figures) -> AnyView {
    let cells = move || {
        let norms = attacked.with(|found| found.as_ref().map(read));
        let cells = norms.map(|norms| {
            let relative = format!("{:.2} %", 100.0 * norms.relative);
            [number::count(norms.l0), format!("{:.3}", norms.l2), relative, format!("{:.2}", 255.0 * norms.linf)]
        });
        cells.unwrap_or_default().map(|cell| view! { <td class="figure">{cell}</td> }).collect_view().into_any()
    };
    view! { <tr><th scope="row">{title}</th>{live::view(cells)}</tr> }.into_any()
}
