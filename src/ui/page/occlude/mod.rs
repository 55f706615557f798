//! Occlude: what in the picture does the answer rest on?

mod settings;

use crate::protocol::{EvidenceMap, Occlude, OccludeFact, Occluded, Occlusion};
use crate::ui::page::classify::{FitSelect, NetworkSelect};
use crate::ui::widget::{ClassSelect, PageFrame, Wanting, evidence_map, fact_card, progress_of};
use crate::ui::{ExperimentPage, PageSettings, Words, app, live, number, sentence};
use leptos::prelude::*;

impl ExperimentPage for Occlude {
    fn view() -> AnyView {
        let settings = Occlusion::open();
        let asked = ask!(Occlude, Restart, Occluded::Mapped(map) => *map);
        let map = asked.answer;
        let wanted = move || app().subject().map(|subject| (subject, settings.get()));
        asked.keep(wanted, move |(subject, settings)| {
            let class = subject.known(settings.class);
            let (picture, network, fit, backend) = (subject.picture, subject.network.id, subject.fit, subject.backend);
            let job = Occlude::Map(Occlusion { picture, network, fit, backend, class, ..settings });
            // It fills while it is computed.
            asked.stream(job, Some, move |found, _| drop(map.try_set(Some(found))));
        });
        let checked = ask!(Occlude, Restart, Occluded::Checked);
        let nothing = [().into_any(), ().into_any()];
        view! {
            <PageFrame
                class="stage-column experiment"
                title=words!(occlude.title)
                sub=words!(occlude.sub).into_any()
                texts=&[words!(occlude.why_idea), words!(occlude.why_limits)]
                tries=&[words!(occlude.try_side), words!(occlude.try_class), words!(occlude.try_digit), words!(occlude.try_grey)]
                checks=fact_card(checked, Occlude::Check, words, move || asked.is_fresh(), nothing)
            >
                <section class="card" data-testid="occlude" data-state=live::name(move || Some(asked.state().name()))>
                    <div class="fields">
                        <NetworkSelect />
                        <ClassSelect
                            id="occlude-class"
                            label=words!(occlude.class)
                            any=words!(occlude.likeliest)
                            known=move || map.with(|map| map.as_ref().map(|map| map.top.clone()).unwrap_or_default())
                            chosen=move || settings.get().class
                            on_choose=move |class| Occlusion::change(|settings| settings.class = class)
                        />
                        <FitSelect name="occlude-fit" />
                        {controls!(Occlusion, "side", "stride", "grey")}
                    </div>
                    <Wanting />
                    {evidence_map(map, words!(occlude.legend), said)}
                    <div class="state-line">{progress_of(asked.asking, words!(occlude.covering))}</div>
                </section>
            </PageFrame>
        }
        .into_any()
    }
}

fn said(map: &EvidenceMap, at: usize) -> String {
    let ([x, y], lowers, label) = (map.place(at), map.values[at] > 0.0, sentence::label_of(&map.whole));
    let whole = number::percent(map.whole.probability);
    let left = number::percent(map.whole.probability - map.values[at]);
    match lowers {
        true => say!(occlude.lowers, x = x, y = y, label = label, whole = whole, left = left),
        false => say!(occlude.raises, x = x, y = y, label = label, whole = whole, left = left),
    }
}

fn words(fact: OccludeFact) -> [Words; 2] {
    match fact {
        OccludeFact::Linear => [words!(occlude.fact_linear), words!(occlude.fact_linear_how)],
        OccludeFact::Whole => [words!(occlude.fact_whole), words!(occlude.fact_whole_how)],
    }
}
