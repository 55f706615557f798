//! Occlude: what in the picture does the answer rest on?

mod controls;
mod know;
mod map;
mod settings;

use crate::protocol::{self, Occluded, Occlusion, OcclusionMap};
use crate::ui::ask::{Ask, Policy};
use crate::ui::desk::{Desk, Life};
use crate::ui::page::ExperimentPage;
use crate::ui::settings::Settings;
use crate::ui::widget::{Offers, ProgressLine, WeightsDrop, Why, trouble_box};
use crate::ui::{live, sentence, style};
use controls::Controls;
use know::Checks;
use leptos::prelude::*;
use map::MapView;
use settings::OccludeSettings;

impl ExperimentPage for protocol::Occlude {
    fn view() -> AnyView {
        Occlude().into_any()
    }
}

#[component]
fn Occlude() -> impl IntoView {
    style::wear_experiment(include_str!("style.css"));
    let desk = Desk::here();
    // So that the address names what is shown.
    OccludeSettings::change(desk, |_| {});
    let settings = OccludeSettings::of(desk);
    let asked = Ask::new(Policy::Restart, mapped);
    // It fills while it is computed.
    let map = RwSignal::new(None::<OcclusionMap>);
    let show = move |found: OcclusionMap| {
        desk.computed_on(&found.backend);
        map.try_set(Some(found));
    };
    let wanted = Memo::new(move |_| wanted(desk, settings));
    Effect::new(move |_| match wanted.get() {
        Some((job, _)) => asked.start(desk.client, protocol::Occlude::Map(job), show, show),
        None => asked.stop(),
    });
    let missing = Memo::new(move |_| desk.network().filter(|network| !network.ready && desk.life() == Life::Up));
    view! {
        <section class="stage-column occlude">
            <h1>{words!(occlude.title)}</h1>
            <p class="sub">{words!(occlude.sub)}</p>
            <section class="card" data-testid="occlude" data-state=live::name(move || Some(asked.state().name()))>
                <Controls settings map />
                {live::view(move || {
                    missing
                        .get()
                        .map(|network| {
                            let title = sentence::network_title(&network);
                            let entries = Memo::new(move |_| desk.catalogue_of(&network.id));
                            view! {
                                <WeightsDrop>
                                    <p data-testid="weights-needed">{say!(weights.needed_no_offer, network = title)}</p>
                                </WeightsDrop>
                                <Offers entries />
                            }
                        })
                        .into_any()
                })}
                {live::view(move || {
                    desk.chosen().is_none().then(|| view! { <p class="hint">{words!(classify.choose_picture)}</p> }).into_any()
                })}
                <MapView map />
                <div class="state-line">
                    {live::view(move || {
                        let progress = Signal::derive(move || asked.progress());
                        asked
                            .is_on()
                            .then(|| view! { <ProgressLine title=say!(occlude.covering) progress on_cancel=move || asked.stop() /> })
                            .into_any()
                    })}
                    {trouble_box(move || asked.trouble())}
                </div>
            </section>
        </section>
        <aside class="side">
            <Why texts=know::TEXTS tries=know::TRIES />
            <Checks asked />
        </aside>
    }
}

fn mapped(found: Occluded) -> Option<OcclusionMap> {
    if let Occluded::Mapped(map) = found { Some(*map) } else { None }
}

/// What the page is set to ask, and the weights that it is meant for: others are another question.
fn wanted(desk: Desk, settings: Memo<OccludeSettings>) -> Option<(Occlusion, Option<String>)> {
    if desk.life() != Life::Up {
        return None;
    }
    let picture = desk.chosen()?;
    let network = desk.network().filter(|network| network.ready)?;
    let weights = desk.cached().into_iter().find(|kept| kept.network == network.id).map(|kept| kept.sha256);
    let (fit, backend) = desk.place.with(|place| (place.fit, place.backend));
    let OccludeSettings { side, stride, class, grey } = settings.get();
    // A class of another network may be none of this one's.
    let class = class.filter(|&class| (class as usize) < network.classes);
    let grey = u8::try_from(grey).unwrap_or(u8::MAX);
    Some((Occlusion { picture, network: network.id, fit, backend, side, stride, class, grey }, weights))
}
