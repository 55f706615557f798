//! Pictures of nothing: the population as it lives.

use super::look::label_of;
use super::prank::way_key;
use super::state::{change, prank_of};
use crate::protocol::{Fool, FoolNews, Invent, InventNews, Invented, Way};
use crate::ui::ask::Ask;
use crate::ui::desk::{Desk, Life};
use crate::ui::widget::{Icon, NumberField, PixelsView, Segments, TroubleBox};
use crate::ui::{live, number, save, sentence};
use leptos::prelude::*;

/// How sure the network is to be.
const CONFIDENCE: f64 = 0.99;
/// Steps or generations at most.
const STEPS: u32 = 5000;

#[component]
pub(super) fn InventCard(invented: Ask<Fool, InventNews>) -> impl IntoView {
    let desk = Desk::here();
    let prank = prank_of(desk);
    let heard = RwSignal::new(None::<InventNews>);
    let shown = Memo::new(move |_| if invented.is_on() { heard.get() } else { invented.answer.get().or(heard.get()) });
    let network = Memo::new(move |_| desk.network().filter(|network| network.ready && desk.life() == Life::Up));
    let start = move |_| {
        if untrack(|| invented.is_on()) {
            return invented.stop();
        }
        let Some(network) = network.get_untracked() else { return };
        let backend = desk.place.with_untracked(|place| place.backend);
        let job = prank.with_untracked(|prank| Invent {
            network: network.id.clone(),
            backend,
            way: prank.way,
            target: prank.class.min(network.classes.saturating_sub(1) as u32),
            confidence: CONFIDENCE,
            steps: STEPS,
            seed: prank.seed,
        });
        heard.set(None);
        invented.answer.set(None);
        invented.follow(desk.client, Fool::Invent(job), move |news| {
            if let FoolNews::Invent(news) = news {
                heard.try_set(Some(news));
            }
        });
    };
    let ways = vec![
        (Way::Ascent, way_key(Way::Ascent), words!(fool.way_ascent)),
        (Way::Direct, way_key(Way::Direct), words!(fool.way_direct)),
        (Way::Cppn, way_key(Way::Cppn), words!(fool.way_cppn)),
    ];
    let keep = move |_| {
        invented.answer.with_untracked(|found| {
            if let Some(png) = found.as_ref().and_then(|found| found.png.as_ref()) {
                save::as_file("picture-of-nothing.png", png);
            }
        });
    };
    view! {
        <section class="card" data-testid="fool-invent" data-state=live::name(move || Some(invented.state().name()))>
            <h2>{words!(fool.invent_title)}</h2>
            <p class="hint">{words!(fool.invent_hint)}</p>
            <div class="fields fool-fields">
                <Segments
                    name="invent-way"
                    label=words!(fool.way)
                    choices=ways
                    chosen=Signal::derive(move || prank.with(|prank| prank.way))
                    on_choose=move |way| change(desk, |prank| prank.way = way)
                />
                <NumberField id="invent-class" label=words!(fool.class_number) value=Signal::derive(move || prank.with(|prank| f64::from(prank.class))) low=0.0 high=99_999.0 whole=true on_change=move |class| change(desk, |prank| prank.class = class as u32) />
                <button
                    type="button"
                    class="btn main"
                    data-testid="invent-start"
                    prop:disabled=live::flag(move || network.with(Option::is_none) && !invented.is_on())
                    on:click=start
                >
                    {live::view(move || {
                        let of = if invented.is_on() { Icon::Pause } else { Icon::Play };
                        view! { <Icon of /> }.into_any()
                    })}
                    {live::name(move || Some(if invented.is_on() { say!(app.cancel) } else { say!(train.start) }))}
                </button>
                <button type="button" class="btn" data-testid="invent-png" prop:disabled=live::flag(move || !invented.is_fresh()) on:click=keep>
                    {words!(fool.save_png)}
                </button>
            </div>
            <p class="sub">{live::view(move || shown.get().map(|news| said(&news)).into_any())}</p>
            <ol class="fool-population" data-testid="population">
                {live::view(move || {
                    shown.get().map(|news| news.population.into_iter().map(one).collect_view()).into_any()
                })}
            </ol>
            {live::view(move || invented.trouble().map(|trouble| view! { <TroubleBox trouble /> }).into_any())}
        </section>
    }
}

fn said(news: &InventNews) -> AnyView {
    let backend = news.backend.clone();
    let why = backend.why.clone();
    let speed = news.steps_per_second;
    view! {
        <span class="figure">{format!("{} / {}", number::count(u64::from(news.step)), number::count(u64::from(news.of)))}</span>
        {words!(fool.generations)}
        <span class="figure">{number::count(news.shown)}</span>
        {words!(fool.pictures_shown)}
        <span class="figure">{live::text(move || say!(train.per_second, count = number::count(speed as u64)))}</span>
        <span class="figure" title=live::text(move || sentence::why(&why))>{sentence::backend_name(&backend)}</span>
    }
    .into_any()
}

fn one(invented: Invented) -> AnyView {
    let Invented { prediction, pixels } = invented;
    let percent = number::percent(prediction.probability);
    let label = label_of(&prediction).to_owned();
    view! {
        <li data-testid="invented" data-label=prediction.label.clone() data-probability=prediction.probability.to_string()>
            <PixelsView pixels=Signal::derive(move || pixels.clone()) />
            <span>{label}</span>
            <span class="figure">{percent}</span>
        </li>
    }
    .into_any()
}
