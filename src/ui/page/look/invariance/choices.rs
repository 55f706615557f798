//! What is set beside the transformation: how far it goes, which layers are compared, whose classes are told apart.

use super::super::settings::{LookSettings, data_of};
use super::{set_of, unit_of};
use crate::protocol::{Invariance, InvarianceFound, LayerShape};
use crate::ui::widget::Select;
use crate::ui::{PageSettings, app, live, number};
use leptos::prelude::*;

/// The tray, and sets of pictures that the program draws.
const SETS: [&str; 3] = [Invariance::TRAY, "digits", "shapes"];

/// A number in the unit of the transformation; the usual one where none is given.
pub(super) fn range_field(settings: Memo<LookSettings>) -> AnyView {
    let value = move || {
        let range = settings.with(|settings| {
            let job = &settings.invariance;
            let [_, height, width] = input_of(job);
            job.range.unwrap_or_else(|| job.transformation.usual_range(height.min(width)))
        });
        number::exact(range)
    };
    let change = move |event| {
        let range = crate::ui::settings::real(&event_target_value(&event));
        LookSettings::change(|settings| settings.invariance.range = range);
    };
    let unit = Memo::new(move |_| settings.with(|settings| settings.invariance.transformation));
    view! {
        <label class="field number">
            <span>{words!(look.same_range)} ", " {live::name(move || Some(unit_of(unit.get())()))}</span>
            <input
                type="number"
                inputmode="decimal"
                min="0"
                step="any"
                data-testid="invariance-range"
                prop:value=live::text(value)
                on:change=change
            />
        </label>
    }
    .into_any()
}

/// The chosen network, or one that has learnt nothing.
pub(super) fn network_select(settings: Memo<LookSettings>) -> AnyView {
    let options = Signal::derive(move || {
        let chosen = app().network().map(|network| network.title).unwrap_or_default();
        let untrained = |(id, _): (&str, _)| {
            let title = match id {
                "neocognitron" => say!(train.net_neocognitron),
                "zipcode1989" => say!(train.net_zipcode),
                _ => "LeNet-5",
            };
            (id.to_owned(), say!(look.same_untrained, network = title))
        };
        std::iter::once((String::new(), chosen)).chain(Invariance::UNTRAINED.map(untrained)).collect::<Vec<_>>()
    });
    let chosen =
        Signal::derive(move || settings.with(|settings| settings.invariance.untrained.clone().unwrap_or_default()));
    // Of another network other layers are compared.
    let choose = |id: String| {
        LookSettings::change(|settings| {
            let job = &mut settings.invariance;
            (job.untrained, job.range, job.layers) = (Some(id).filter(|id| !id.is_empty()), None, Vec::new());
        });
    };
    view! { <Select id="invariance-network" label=words!(train.network) options chosen on_choose=choose /> }.into_any()
}

/// Channels, height and width of what is read.
pub(super) fn input_of(job: &Invariance) -> [usize; 3] {
    job.untrained_input().or_else(|| Some(app().network()?.input)).unwrap_or([3, 32, 32])
}

pub(super) fn set_select(settings: Memo<LookSettings>, shown: RwSignal<Option<InvarianceFound>>) -> AnyView {
    let set = Memo::new(move |_| settings.with(|settings| set_of(&settings.invariance)));
    let brought = Memo::new(move |_| shown.with(|found| found.as_ref()?.brought.clone()));
    let options = Signal::derive(move || {
        let mut sets = SETS.map(str::to_owned).to_vec();
        for other in brought.get().into_iter().chain([set.get()]) {
            if !sets.contains(&other) {
                sets.push(other);
            }
        }
        sets.into_iter().map(|set| (set.clone(), name_of(&set))).collect::<Vec<_>>()
    });
    let choose = |set: String| LookSettings::change(|settings| settings.invariance.data = Some(data_of(set)));
    let chosen = Signal::derive(move || set.get());
    view! { <Select id="invariance-set" label=words!(look.same_set) options chosen on_choose=choose /> }.into_any()
}

pub(super) fn name_of(set: &str) -> String {
    match set {
        Invariance::TRAY => say!(look.same_tray).to_owned(),
        "digits" => say!(look.excite_digits).to_owned(),
        "shapes" => say!(look.excite_shapes).to_owned(),
        other => other.to_owned(),
    }
}

/// Which layers are compared: known once something was compared.
pub(super) fn layer_choice(settings: Memo<LookSettings>, shown: RwSignal<Option<InvarianceFound>>) -> AnyView {
    // They stay while the next curves are not there yet.
    let known = RwSignal::new((String::new(), Vec::<LayerShape>::new(), Vec::<String>::new()));
    Effect::new(move |_| {
        let untrained = settings.with(|settings| settings.invariance.untrained.clone());
        let network = untrained.or_else(|| Some(app().subject()?.network.id)).unwrap_or_default();
        if known.with_untracked(|(of, ..)| *of != network) {
            known.set((network.clone(), Vec::new(), Vec::new()));
        }
        shown.with(|found| {
            if let Some(found) = found {
                let paths = found.layers.iter().map(|layer| layer.path.clone()).collect();
                known.set((network, found.all.clone(), paths));
            }
        });
    });
    let chosen = Memo::new(move |_| {
        let named = settings.with(|settings| settings.invariance.layers.clone());
        if named.is_empty() { known.with(|(_, _, paths)| paths.clone()) } else { named }
    });
    let all = Memo::new(move |_| known.with(|(_, all, _)| all.clone()));
    let tick = move |layer: LayerShape| {
        let LayerShape { path, shape } = layer;
        let (is_on, own) = (path.clone(), path.clone());
        let change = move |event| {
            let is_on = event_target_checked(&event);
            let mut layers = chosen.get_untracked();
            layers.retain(|known| *known != own);
            layers.extend(is_on.then(|| own.clone()));
            // In the order of the network.
            let in_order = all.with_untracked(|all| {
                let known = all.iter().map(|layer| layer.path.clone()).filter(|path| layers.contains(path));
                known.collect::<Vec<_>>()
            });
            LookSettings::change(|settings| settings.invariance.layers = in_order);
        };
        view! {
            <label class="tick">
                <input
                    type="checkbox"
                    data-testid="invariance-layer"
                    data-layer=path.clone()
                    prop:checked=live::flag(move || chosen.with(|chosen| chosen.contains(&is_on)))
                    on:change=change
                />
                <span>{path}</span>
                <span class="figure hint">{number::shape(&shape)}</span>
            </label>
        }
    };
    view! {
        <details class="optimal-more">
            <summary>{words!(look.same_layers)}</summary>
            <p class="hint">{live::text(move || say!(look.same_layers_hint, most = Invariance::MOST_LAYERS))}</p>
            <div class="same-layers" data-testid="invariance-layers">
                {live::view(move || all.get().into_iter().map(tick).collect_view().into_any())}
            </div>
        </details>
    }
    .into_any()
}
