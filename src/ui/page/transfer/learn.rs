//! What learns from which features, and how often it is right.

use super::confusion::{confusion, mistakes};
use super::save::save_buttons;
use super::state::TransferState;
use crate::protocol::{AccuracyShare, TransferFound, TransferTask};
use crate::ui::page::{FitSelect, NetworkSelect};
use crate::ui::widget::{Card, Figure, Select, StartProgress, trouble_box};
use crate::ui::{PageSettings, live, number, sentence};
use leptos::prelude::*;

pub(super) fn learn_card(settings: Memo<TransferTask>, state: TransferState) -> AnyView {
    let learn = state.learn;
    view! {
        <Card id="transfer" title=words!(transfer.learn) hint=words!(transfer.learn_hint) of=learn.asking>
            <div class="fields">
                <NetworkSelect />
                {layer_select(settings, state)}
                {controls!(TransferTask, "classifier", "c", "neighbours", "seed")}
                <FitSelect name="transfer-fit" />
            </div>
            <div class="row-acts wraps transfer-acts">
                <StartProgress
                    id="transfer"
                    label=words!(transfer.train)
                    title=words!(transfer.training)
                    is_main=true
                    of=learn.asking
                    able=move || state.able()
                    start=move |()| state.start()
                />
            </div>
            {trouble_box(move || learn.trouble())}
            {live::view(move || {
                let is_stale = state.is_stale() && learn.answer.with(Option::is_some);
                is_stale.then(|| view! { <p class="hint" data-testid="transfer-stale">{words!(transfer.stale)}</p> }).into_any()
            })}
            {live::view(move || match learn.answer.with(Option::is_some) {
                true => ().into_any(),
                false => view! { <p class="transfer-empty">{words!(transfer.empty)}</p> }.into_any(),
            })}
            {live::view(move || learn.answer.with(|found| found.as_deref().map(figures)).into_any())}
            {save_buttons(state)}
            {confusion(state)}
            {mistakes(state)}
        </Card>
    }
    .into_any()
}

/// The last layer comes first; before all the one that is taken where none is chosen.
fn layer_select(settings: Memo<TransferTask>, state: TransferState) -> AnyView {
    let chosen = Signal::derive(move || settings.with(|settings| settings.layer.clone()).unwrap_or_default());
    let options = Signal::derive(move || {
        let chosen = chosen.get();
        let layers =
            state.learn.answer.with(|found| found.as_ref().map(|found| found.layers.clone()).unwrap_or_default());
        let is_other = !chosen.is_empty() && layers.iter().all(|layer| layer.path != chosen);
        let other = is_other.then(|| (chosen.clone(), chosen));
        let listed = layers.into_iter().rev().map(|layer| {
            let text = format!("{} · {}", layer.path, number::shape(&layer.shape));
            (layer.path, text)
        });
        let usual = (String::new(), say!(transfer.usual_layer).to_owned());
        std::iter::once(usual).chain(other).chain(listed).collect::<Vec<_>>()
    });
    let choose = |path: String| TransferTask::change(|task| task.layer = Some(path).filter(|path| !path.is_empty()));
    view! { <Select id="transfer-layer" label=words!(transfer.layer) options chosen on_choose=choose /> }.into_any()
}

fn figures(found: &TransferFound) -> AnyView {
    let is_measured = found.is_measured();
    let TransferFound {
        accuracy, raw, layer, folds, near, across, features_ms, classifiers_ms, backend, pictures, ..
    } = found.clone();
    let share = |share: AccuracyShare| number::percent(share.share() as f32);
    let interval = |share: AccuracyShare| {
        let [low, high] = [share.low, share.high].map(|share| number::percent(share as f32));
        say!(transfer.interval, low = low, high = high)
    };
    let held_out = is_measured.then(|| {
        view! {
            <Figure
                label=words!(transfer.accuracy)
                id="transfer-accuracy"
                data=live::maybe(move || Some(accuracy.share().to_string()))
                value=live::text(move || share(accuracy))
                more=live::text(move || interval(accuracy))
            />
            <Figure
                label=words!(transfer.raw)
                id="transfer-raw"
                data=live::maybe(move || Some(raw.share().to_string()))
                value=live::text(move || share(raw))
                more=live::text(move || interval(raw))
            />
        }
    });
    view! {
        {(!is_measured).then(|| view! { <p class="hint" data-testid="transfer-unmeasured">{words!(transfer.unmeasured)}</p> })}
        <dl class="figures">
            {held_out}
            <Figure
                label=words!(transfer.features)
                value=live::text({
                    let count = layer.features;
                    move || number::count(count)
                })
                more=live::text(move || layer.path.clone())
            />
            <Figure
                label=words!(transfer.time)
                value=live::text(move || number::millis(classifiers_ms))
                more=live::text(move || say!(transfer.features_time, millis = number::millis(features_ms)))
            />
        </dl>
        <p class="sub">
            {is_measured.then(|| view! {
                <span>{live::text(move || say!(transfer.split, folds = folds, pictures = number::count(pictures)))}</span>
            })}
            {(is_measured && near > 0).then(|| view! {
                <span data-testid="transfer-near">{live::text(move || say!(transfer.near, count = number::count(near)))}</span>
            })}
            <span class="figure">{live::text(move || sentence::backend_name(&backend))}</span>
        </p>
        {(across > 0).then(|| view! {
            <p class="hint" data-testid="transfer-across">{live::text(move || say!(transfer.across, count = number::count(across)))}</p>
        })}
    }
    .into_any()
}
