//! The card of a method of finding the evidence for a class: it asks by itself about the chosen picture, again whenever something
//! is set, and shows the map while it fills.

use super::{ClassSelect, Wanting, evidence_map::evidence_map, progress_of};
use crate::protocol::{AboutClass, EvidenceMap, Experiment};
use crate::ui::page::{FitSelect, NetworkSelect};
use crate::ui::{Ask, PageSettings, Words, app, live};
use leptos::prelude::*;

pub(crate) struct EvidenceWords {
    /// What is done while the map fills.
    pub(crate) doing: Words,
    /// What orange and blue mean.
    pub(crate) legend: Words,
    /// What there is to know of a place.
    pub(crate) said: fn(&EvidenceMap, usize) -> String,
}

/// `S` is what the page is set to, `controls` the controls of the method's own settings.
pub(crate) fn evidence_card<S, E>(
    asked: Ask<E, EvidenceMap>,
    job: fn(S) -> E,
    controls: AnyView,
    words: EvidenceWords,
) -> AnyView
where
    S: PageSettings + AboutClass,
    E: Experiment<News = EvidenceMap>,
{
    let EvidenceWords { doing, legend, said } = words;
    let (settings, map) = (S::open(), asked.answer);
    let chosen = Memo::new(move |_| settings.with(|settings| settings.about().class));
    let wanted = move || app().subject().map(|subject| (subject, settings.get()));
    asked.keep(wanted, move |(subject, settings)| {
        let question = subject.question(settings.about().class);
        asked.stream(job(settings.with(question)), Some, move |found, _| drop(map.try_set(Some(found))));
    });
    let path = S::PAGE.path();
    view! {
        <section class="card" data-testid=path data-state=live::name(move || Some(asked.state().name()))>
            <div class="fields">
                <NetworkSelect />
                <ClassSelect
                    id=format!("{path}-class")
                    label=words!(evidence.class)
                    any=words!(evidence.likeliest)
                    known=move || map.with(|map| map.as_ref().map(|map| map.top.clone()).unwrap_or_default())
                    chosen
                    on_choose=move |class| S::change(|settings| *settings.class_mut() = class)
                />
                <FitSelect name="evidence-fit" />
                {controls}
            </div>
            <Wanting />
            {evidence_map(map, legend, said)}
            <div class="state-line">{progress_of(asked.asking, doing)}</div>
        </section>
    }
    .into_any()
}
