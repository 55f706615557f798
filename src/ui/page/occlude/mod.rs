//! Occlude: what in the picture does the answer rest on?

mod map;
mod settings;

use crate::protocol::{Occlude, OccludeFact, Occluded, Occlusion, OcclusionMap};
use crate::ui::page::classify::{FitSelect, NetworkSelect};
use crate::ui::widget::{ClassSelect, PageFrame, Wanting, fact_card, progress_of};
use crate::ui::{ExperimentPage, PageSettings, Subject, Words, app, live, style};
use leptos::prelude::*;
use map::map_view;
use settings::OccludeSettings;

impl ExperimentPage for Occlude {
    fn view() -> AnyView {
        style::wear_experiment(include_str!("style.css"));
        let settings = OccludeSettings::open();
        let asked = ask!(Occlude, Restart, Occluded::Mapped(map) => *map);
        // It fills while it is computed.
        let map = RwSignal::new(None::<OcclusionMap>);
        let show = move |found: OcclusionMap| {
            app().computed_on(&found.backend);
            map.try_set(Some(found));
        };
        let wanted = Memo::new(move |_| app().subject().map(|subject| (job_of(&subject, settings.get()), subject)));
        Effect::new(move |_| match wanted.get() {
            Some((job, _)) => asked.start(Occlude::Map(job), show, show),
            None => asked.stop(),
        });
        let checked = ask!(Occlude, Restart, Occluded::Checked);
        let nothing = [().into_any(), ().into_any()];
        view! {
            <PageFrame
                class="stage-column occlude"
                title=words!(occlude.title)
                sub=words!(occlude.sub).into_any()
                texts=&[words!(occlude.why_idea), words!(occlude.why_limits)]
                tries=&[words!(occlude.try_side), words!(occlude.try_class), words!(occlude.try_digit), words!(occlude.try_grey)]
                checks=fact_card(checked, Occlude::Check, words, move || asked.is_fresh(), nothing)
            >
                <section class="card" data-testid="occlude" data-state=live::name(move || Some(asked.state().name()))>
                    <div class="fields occlude-fields">
                        <NetworkSelect />
                        <ClassSelect
                            id="occlude-class"
                            label=words!(occlude.class)
                            any=words!(occlude.likeliest)
                            known=move || map.with(|map| map.as_ref().map(|map| map.top.clone()).unwrap_or_default())
                            chosen=move || settings.get().class
                            on_choose=move |class| OccludeSettings::change(|settings| settings.class = class)
                        />
                        <FitSelect name="occlude-fit" />
                        {controls!(OccludeSettings, "side", "stride", "grey")}
                    </div>
                    <Wanting />
                    {map_view(map)}
                    <div class="state-line">{progress_of(asked.asking, words!(occlude.covering))}</div>
                </section>
            </PageFrame>
        }
        .into_any()
    }
}

fn job_of(subject: &Subject, settings: OccludeSettings) -> Occlusion {
    let (picture, network, fit, backend) = (subject.picture, subject.network.id.clone(), subject.fit, subject.backend);
    let OccludeSettings { side, stride, class, grey } = settings;
    // A class of another network may be none of this one's.
    let class = class.filter(|&class| (class as usize) < subject.network.classes);
    Occlusion { picture, network, fit, backend, side, stride, class, grey: grey.min(255) as u8 }
}

fn words(fact: OccludeFact) -> [Words; 2] {
    match fact {
        OccludeFact::Linear => [words!(occlude.fact_linear), words!(occlude.fact_linear_how)],
        OccludeFact::Whole => [words!(occlude.fact_whole), words!(occlude.fact_whole_how)],
    }
}
