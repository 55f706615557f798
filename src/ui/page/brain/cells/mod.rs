//! Simple and complex cells: how the units of a layer answer to gratings, bars and noise.

mod curves;
mod state;
mod together;
mod wall;

use super::settings::BrainSettings;
use crate::protocol::{FieldFact, UnitTuning};
use crate::ui::page::NetworkSelect;
use crate::ui::widget::{Card, StartStop, Verdict, check, computed_on, layer_select, progress_of};
use crate::ui::{PageSettings, live, number};
use leptos::prelude::*;
pub(super) use state::CellsState;

pub(super) fn cells_card(state: CellsState) -> AnyView {
    let is_waiting = move || state.found.with(|found| found.as_ref().is_none_or(|found| found.units.is_empty()));
    view! {
        <Card id="brain-cells" title=words!(brain.cells) hint=words!(brain.cells_hint) of=state.run.asking>
            <div class="fields">
                <NetworkSelect />
                {layer_choice(state)}
            </div>
            <details class="more-text">
                <summary>{words!(brain.cells_stimuli)}</summary>
                <div class="fields">
                    {controls!(
                        BrainSettings,
                        "orientations",
                        "frequencies",
                        "phases",
                        "highest",
                        "contrast",
                        "window",
                        "shots",
                        "noise-seed"
                    )}
                </div>
            </details>
            <div class="row-acts wraps">
                <StartStop id="brain-cells" of=state.run.asking able=move || state.is_able() start=move |()| state.again() />
            </div>
            {progress_of(state.run.asking, words!(brain.cells_showing))}
            <p class="cells-verdict" data-testid="brain-cells-verdict">{live::maybe(move || verdict(state))}</p>
            <p class="hint" class:gone=live::flag(move || !is_waiting())>{words!(brain.cells_waiting)}</p>
            <div class:gone=live::flag(is_waiting)>
                {wall::wall(state)}
                <h3>{live::text(move || head(state))}</h3>
                <p class="sub" data-testid="brain-cells-unit">{live::maybe(move || unit(state))}</p>
                <div class="cells-board">
                    <div>
                        {wall::pictures(state)}
                        {curves::polar(state)}
                    </div>
                    <div>{curves::curves(state)}</div>
                </div>
                <h3>{words!(brain.cells_together)}</h3>
                {together::together(state)}
            </div>
            {live::view(move || {
                let backend = state.found.with(|found| Some(found.as_ref()?.backend.clone()));
                backend.map(|backend| view! { <p class="sub">{computed_on(&backend)}</p> }).into_any()
            })}
        </Card>
    }
    .into_any()
}

fn layer_choice(state: CellsState) -> AnyView {
    let chosen = Signal::derive(move || state.settings.with(|settings| settings.cells.layer.clone()));
    let layers = Signal::derive(move || {
        state.found.with(|found| found.as_ref().map(|found| found.layers.clone()).unwrap_or_default())
    });
    let choose = |layer| {
        BrainSettings::change(|settings| (settings.cells.layer, settings.unit) = (layer, None));
    };
    layer_select("brain-cells-layer", words!(brain.cells_layer_usual), chosen, layers, choose)
}

fn verdict(state: CellsState) -> Option<String> {
    state.found.with(|found| {
        let found = found.as_ref()?;
        let (all, [high, wide]) = (found.summary(), found.sees);
        let count = |count: usize| number::count(count as u64);
        Some(say!(
            brain.cells_verdict,
            layer = found.layer.clone(),
            high = high,
            wide = wide,
            simple = count(all.simple),
            complex = count(all.complex),
            silent = count(all.silent)
        ))
    })
}

fn head(state: CellsState) -> String {
    state.with_unit(|_, unit| say!(brain.cells_unit, channel = unit.channel)).unwrap_or_default()
}

fn unit(state: CellsState) -> Option<String> {
    let none = || "–".to_owned();
    state.with_unit(|_, unit| {
        let Some(tuning) = &unit.tuning else { return say!(brain.cells_silent).to_owned() };
        let UnitTuning { best, selectivity, width, octaves, .. } = tuning;
        let kind = if tuning.is_simple() { say!(brain.cells_simple) } else { say!(brain.cells_complex) };
        let colour = unit.field.as_ref().map_or_else(none, |field| number::percent(field.colour as f32));
        let agreement = unit.field.as_ref().and_then(|field| field.agreement);
        say!(
            brain.cells_figures,
            kind = kind,
            modulation = number::fixed(tuning.modulation(), 2),
            orientation = number::fixed(best.orientation, 0),
            frequency = number::fixed(best.frequency, 3),
            selectivity = number::fixed(*selectivity, 2),
            width = width.map_or_else(none, |width| number::fixed(width, 0)),
            octaves = octaves.map_or_else(none, |octaves| number::fixed(octaves, 2)),
            colour = colour,
            agreement = agreement.map_or_else(none, |cosine| number::fixed(cosine, 3))
        )
    })
}

/// How we know of this layer's linear units.
pub(super) fn cells_check(state: CellsState) -> AnyView {
    check(
        <FieldFact as crate::protocol::Facts>::id(FieldFact::Agreement),
        [words!(brain.fact_agreement), words!(brain.fact_agreement_how)],
        move || {
            let found =
                state.found.with(|found| found.as_ref().map(|found| (found.noise, found.findings.first().cloned())));
            match found {
                Some((_, Some(finding))) => (
                    Verdict::of(finding.holds()),
                    show!(
                        brain.fact_agreement_measured,
                        found = number::fixed(finding.measured, 2),
                        limit = number::fixed(finding.limit, 2)
                    ),
                ),
                Some((1.., None)) => (Verdict::Open, words!(brain.fact_agreement_none).into_any()),
                _ => (Verdict::Open, words!(brain.fact_agreement_todo).into_any()),
            }
        },
    )
}
