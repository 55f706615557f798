//! How far a picture may be deformed: the neocognitron beside networks that learn by gradient from the same pictures.

use super::state::NeocognitronState;
use crate::protocol::{Deformation, ToleranceModel};
use crate::ui::page::brain::settings::BrainSettings;
use crate::ui::widget::{
    Card, ChartExtent, Line, LineChart, Segments, StartProgress, computed_on, legend, trouble_box,
};
use crate::ui::{PageSettings, Words, app, live, number};
use leptos::prelude::*;

const COLOURS: [&str; 4] = ["run-0", "run-3", "run-1", "run-2"];

fn name(model: ToleranceModel) -> Words {
    match model {
        ToleranceModel::Neocognitron => words!(brain.model_neocognitron),
        ToleranceModel::ZipCode => words!(brain.model_zip),
        ToleranceModel::Dense => words!(brain.model_dense),
        ToleranceModel::Convolutional => words!(brain.model_convolutional),
    }
}

fn axis(by: Deformation) -> Words {
    match by {
        Deformation::Shift => words!(brain.axis_shift),
        Deformation::Turn => words!(brain.axis_turn),
        Deformation::Scale => words!(brain.axis_scale),
        Deformation::Bend => words!(brain.axis_bend),
    }
}

pub(in crate::ui::page::brain) fn tolerance_card(state: NeocognitronState) -> AnyView {
    let is_grown = Memo::new(move |_| state.report.with(Option::is_some));
    let is_empty = Memo::new(move |_| state.rows.with(Vec::is_empty));
    let chosen = Signal::derive(move || state.settings.with(|settings| settings.deformation));
    let choose = |by: Deformation| BrainSettings::change(|settings| settings.deformation = by);
    view! {
        <Card id="brain-tolerance" title=words!(brain.tolerance) hint=words!(brain.tolerance_hint) of=state.tolerance.asking>
            <div class="row-acts wraps">
                <StartProgress
                    id="brain-tolerance"
                    label=words!(brain.tolerance_start)
                    title=words!(brain.tolerating)
                    is_main=true
                    of=state.tolerance.asking
                    able=move || app().is_up() && is_grown.get()
                    start=move |()| state.try_all()
                />
            </div>
            <p class="hint" class:gone=live::flag(move || !is_empty.get())>{words!(brain.tolerance_empty)}</p>
            <div class:gone=live::flag(move || is_empty.get())>
                <Segments name="brain-bend" label=words!(brain.deformation) chosen on_choose=choose />
                <p class="neo-verdict" data-testid="brain-tolerance-verdict" data-rights=live::maybe(move || rights(state))>
                    {live::maybe(move || verdict(state))}
                </p>
                {live::view(move || chart(state, chosen.get()))}
                {names(state)}
            </div>
            {live::view(move || {
                let backend = state.tolerance.answer.with(|found| Some(found.as_ref()?.backend.clone()));
                backend.map(|backend| view! { <p class="sub">{computed_on(&backend)}</p> }).into_any()
            })}
            {trouble_box(move || state.tolerance.trouble())}
        </Card>
    }
    .into_any()
}

/// Pictures that were tried of each deformation; until that is known, those of the first row.
fn tried(state: NeocognitronState) -> f64 {
    let known = state.tolerance.answer.with(|found| found.as_ref().map(|found| f64::from(found.pictures)));
    known.unwrap_or_else(|| f64::from(crate::protocol::ToleranceRun::default().pictures))
}

fn rights(state: NeocognitronState) -> Option<String> {
    let is_whole = state.tolerance.answer.with(Option::is_some);
    is_whole.then(|| {
        state.rows.with(|rows| {
            let row = rows.iter().find(|row| row.by == Deformation::Shift && row.value == 2.0);
            row.map(|row| row.right.iter().map(u32::to_string).collect::<Vec<_>>().join(" ")).unwrap_or_default()
        })
    })
}

fn verdict(state: NeocognitronState) -> Option<String> {
    let of = tried(state);
    state.rows.with(|rows| {
        let row = rows.iter().find(|row| row.by == Deformation::Shift && row.value == 2.0)?;
        let share = |model: ToleranceModel| {
            let at = ToleranceModel::ALL.iter().position(|known| *known == model)?;
            row.right.get(at).map(|right| number::percent((f64::from(*right) / of) as f32))
        };
        Some(say!(
            brain.tolerance_verdict,
            own = share(ToleranceModel::Neocognitron)?,
            dense = share(ToleranceModel::Dense)?,
            zip = share(ToleranceModel::ZipCode)?,
            convolutional = share(ToleranceModel::Convolutional)?
        ))
    })
}

fn chart(state: NeocognitronState, by: Deformation) -> AnyView {
    let values = by.values();
    let (first, last) = (values[0], values[values.len() - 1]);
    let lines = Memo::new(move |_| {
        let of = tried(state);
        let drawn = |(at, model): (usize, ToleranceModel)| {
            let points = state.rows.with(|rows| {
                let rows = rows.iter().filter(|row| row.by == by);
                rows.filter_map(|row| Some([row.value, f64::from(*row.right.get(at)?) / of])).collect::<Vec<_>>()
            });
            let line = Line::new(COLOURS[at], points.into_iter()).named(name(model)());
            [line.dots(COLOURS[at]), line]
        };
        ToleranceModel::ALL.into_iter().enumerate().flat_map(drawn).collect::<Vec<_>>()
    });
    let extent = ChartExtent { is_share: true, ..ChartExtent::linear([first.min(last), first.max(last)], [0.0, 1.0]) };
    view! {
        <LineChart
            id="brain-tolerance-chart"
            title=words!(brain.recognised)
            extent
            lines
            figure=|share| number::percent(share as f32)
            across=axis(by)
        />
    }
    .into_any()
}

fn names(state: NeocognitronState) -> AnyView {
    let row = move |(at, model): (usize, ToleranceModel)| {
        let weights = move || {
            let known = state.tolerance.answer.with(|found| found.as_ref()?.weights.get(at).copied());
            known.map(|weights| say!(brain.model_weights, weights = number::count(weights)))
        };
        let named = view! { <span>{name(model)}</span> " " <span class="hint">{live::maybe(weights)}</span> };
        (COLOURS[at], named.into_any())
    };
    legend(ToleranceModel::ALL.into_iter().enumerate().map(row))
}
