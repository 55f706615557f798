//! The control of one setting, by its kind.

use super::{Field, Kind, PageSettings};
use crate::ui::live;
use crate::ui::widget::{NumberField, SegmentsOf, Select, Tick};
use leptos::prelude::*;

/// The control of the field at this place, where it applies.
pub(crate) fn control<S: PageSettings>(at: usize) -> AnyView {
    let Some(field) = S::FIELDS.get(at) else { return ().into_any() };
    let settings = S::of();
    let applies = Memo::new(move |_| settings.with(field.applies));
    live::view(move || applies.get().then(|| drawn(field, settings)).into_any()).into_any()
}

fn drawn<S: PageSettings>(field: &'static Field<S>, settings: Memo<S>) -> AnyView {
    let id = field.id.map_or_else(|| format!("{}-{}", S::PAGE.path(), field.key), str::to_owned);
    let label = field.label;
    match field.kind {
        Kind::Number { limits, at, .. } => {
            let value = Signal::derive(move || settings.with(|settings| at.get(settings)));
            let on_change = move |value| S::change(|settings| at.set(settings, value));
            view! { <NumberField id label hint=field.hint limits value on_change /> }.into_any()
        }
        Kind::Choice { rows, get, set } if field.in_sight => {
            let on_choose = move |key: &'static str| S::choose(|settings| set(settings, key));
            let name = field.id.unwrap_or(field.key);
            view! { <SegmentsOf name label rows=rows() chosen=move || settings.with(get) on_choose /> }.into_any()
        }
        Kind::Choice { rows, get, set } => {
            let options = Signal::derive(move || {
                rows().into_iter().map(|(key, text)| (key.to_owned(), text().to_owned())).collect::<Vec<_>>()
            });
            let chosen = Signal::derive(move || settings.with(get).to_owned());
            let on_choose = move |key: String| S::choose(|settings| set(settings, &key));
            view! { <Select id label options chosen on_choose /> }.into_any()
        }
        Kind::Switch { get, set } => {
            let is_on = Signal::derive(move || settings.with(get));
            let on_change = move |is_on| S::change(|settings| set(settings, is_on));
            view! { <Tick id label is_on on_change /> }.into_any()
        }
        Kind::Open { at, usual: Some((limits, usual)) } => {
            let value = move || at(&mut settings.get()).unwrap_or_else(usual).into();
            let on_change = move |value: f64| S::change(|settings| *at(settings) = Some(value as u32));
            view! { <NumberField id label hint=field.hint limits value on_change /> }.into_any()
        }
        // The page has its own.
        Kind::Text { .. } | Kind::Open { usual: None, .. } => ().into_any(),
    }
}
