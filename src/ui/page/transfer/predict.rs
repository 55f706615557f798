//! What the classifier says of the chosen picture, as soon as it is chosen.

use super::state::TransferState;
use crate::protocol::{PredictTransfer, Transfer, TransferPrediction, Transferred};
use crate::ui::widget::{Card, trouble_box};
use crate::ui::{app, live, number};
use leptos::prelude::*;

/// Classes that are shown.
const SHOWN: usize = 8;

pub(super) fn predict_card(state: TransferState) -> AnyView {
    let asked = ask!(Transfer, Latest, Transferred::Predicted);
    // Again with each classifier: its figures are another's.
    let wanted = move || {
        let picture = app().chosen.get()?;
        let of = state.learn.answer.with(|found| found.as_ref().map(|found| found.classifiers_ms.to_bits()))?;
        (state.learn.is_fresh() && app().is_up()).then_some((picture, of))
    };
    asked.keep(wanted, move |(picture, _)| asked.ask(Transfer::Predict(PredictTransfer { picture })));
    let name = move || Some(app().item(app().chosen.get()?)?.name);
    view! {
        <Card id="transfer-predict" title=words!(transfer.predict) hint=words!(transfer.predict_hint) of=asked.asking>
            {live::view(move || match asked.answer.get() {
                Some(found) => rows(found),
                None => view! { <p class="transfer-empty">{words!(transfer.predict_empty)}</p> }.into_any(),
            })}
            <p class="hint">{live::maybe(name)}</p>
            {trouble_box(move || asked.trouble())}
        </Card>
    }
    .into_any()
}

pub(super) fn rows(found: TransferPrediction) -> AnyView {
    let is_none = found.is_none();
    let mut all: Vec<(String, f32)> = found.classes.into_iter().zip(found.probabilities).collect();
    all.sort_by(|a, b| b.1.total_cmp(&a.1));
    let one = |(class, probability): (String, f32)| {
        let named = class.clone();
        view! {
            <li class="bar-row" data-testid="transfer-class" data-class=named data-probability=probability.to_string()>
                <span class="bar-label">{class}</span>
                <span class="bar"><i style:width=format!("{:.1}%", 100.0 * probability)></i></span>
                <span class="figure">{number::percent(probability)}</span>
            </li>
        }
    };
    let [far, limit] = [found.distance, found.none_beyond].map(|distance| number::fixed(distance, 2));
    let far = live::text(move || say!(transfer.far, distance = far, limit = limit));
    view! {
        {is_none.then(|| view! { <p class="transfer-none" data-testid="transfer-none">{words!(transfer.none)}</p> })}
        <ul class="bars">{all.into_iter().take(SHOWN).map(one).collect_view()}</ul>
        <p class="hint" data-testid="transfer-distance" data-distance=found.distance.to_string()>{far}</p>
    }
    .into_any()
}
