//! Caption: a person arranges a scene, and a network says what is in it.

mod checks;
mod colour;
mod gates;
mod names;
mod own;
mod sentence;
mod stage;
mod table;
mod teach;
mod tools;
mod tree;
mod why;

use crate::protocol;
use crate::protocol::{
    Caption as Job, CaptionNews, Captioned, Decode, Describe, ExperimentId, Explain, Pixels, Said, SceneThing, Speaker,
};
use crate::ui::ask::{Ask, Policy};
use crate::ui::desk::{Desk, Life};
use crate::ui::live;
use crate::ui::page::ExperimentPage;
use crate::ui::page::PageId;
use crate::ui::widget::{NumberField, Segments, TroubleBox};
use checks::Checks;
use gates::{GateStrip, Legend};
use leptos::prelude::*;
use own::Own;
use sentence::Sentence;
use stage::{Hands, Stage};
use table::Table;
use teach::Teach;
use tools::Tools;
use tree::Tree;
use why::Why;

fn table_of(desk: Desk) -> Memo<Table> {
    Memo::new(move |_| desk.place.with(|place| place.sheet()).unwrap_or_default())
}

fn change(desk: Desk, change: impl FnOnce(&mut Table)) {
    desk.go(|place| place.change_sheet(change));
}

impl ExperimentPage for protocol::Caption {
    fn view() -> AnyView {
        Caption().into_any()
    }
}

#[component]
fn Caption() -> impl IntoView {
    let desk = Desk::here();
    desk.takes(PageId::Experiment(ExperimentId::Caption), Desk::take_captions);
    // So that the address names what is shown.
    change(desk, |_| {});
    let table = table_of(desk);
    let news = RwSignal::new(None::<CaptionNews>);
    let kits =
        Ask::<Job, _>::new(Policy::Latest, |found| if let Captioned::Kit(kit) = found { Some(kit) } else { None });
    let sentences =
        Ask::<Job, _>::new(Policy::Latest, |found| if let Captioned::Said(said) = found { Some(said) } else { None });
    let reasons =
        Ask::<Job, _>::new(
            Policy::Latest,
            |found| if let Captioned::Explained(why) = found { Some(why) } else { None },
        );
    let is_up = Memo::new(move |_| desk.life() == Life::Up);
    Effect::new(move |_| {
        if is_up.get() {
            kits.ask(desk.client, Job::Kit);
        }
    });
    let hands = hands(desk, table, Memo::new(move |_| kits.answer.get()));
    let exams = Memo::new(move |_| news.with(|news| news.as_ref().map_or(0, |news| news.exams.len())));
    Effect::new(move |_| {
        let (scene, backend) = (hands.scene.get(), desk.place.with(|place| place.backend));
        let (speaker, decode) = table.with(|table| (table.speaker, table.decode));
        if speaker == Speaker::Trained {
            // It has learnt more.
            exams.track();
        }
        if is_up.get() {
            sentences.ask(desk.client, Job::Describe(Describe { scene, speaker, decode, backend }));
        }
    });
    let said = Memo::new(move |_| sentences.answer.get());
    Effect::new(move |_| {
        let Some(said) = said.get() else { return };
        let (scene, backend) = (hands.scene.get_untracked(), desk.place.with_untracked(|place| place.backend));
        let speaker = table.with_untracked(|table| table.speaker);
        let words = said.words.iter().map(|word| word.number).collect();
        reasons.ask(desk.client, Job::Explain(Explain { scene, speaker, words, backend }));
    });
    let active = RwSignal::new(None::<usize>);
    let overlay = Memo::new(move |_| {
        let map = active.get().and_then(|at| reasons.answer.with(|why| why.as_ref()?.maps.get(at).cloned()));
        let side = reasons.answer.with(|why| why.as_ref().map_or(1, |why| why.side));
        map.map_or_else(
            || Pixels { width: 1, height: 1, rgba: vec![0; 4].into() },
            |map| colour::painted(&map.values, side),
        )
    });
    let largest = move || {
        let at = active.get()?;
        reasons.answer.with(|why| Some(why.as_ref()?.maps.get(at)?.largest))
    };
    let on_change = Callback::new(move |thing: SceneThing| {
        let (at, thing) = (hands.selected.get_untracked(), hands.inside(thing));
        change(desk, |table| table.scene.things.iter_mut().skip(at).take(1).for_each(|one| *one = thing));
    });
    let trouble = move || sentences.trouble().or(kits.trouble()).or(reasons.trouble());
    view! {
        <section class="stage-column optimise caption">
            <h1>{words!(caption.title)}</h1>
            <p class="sub">{words!(caption.sub)}</p>
            <section class="card">
                <h2>{words!(caption.scene_title)}</h2>
                <p class="hint" id="scene-hint">{words!(caption.scene_hint)}</p>
                <div class="land-board">
                    <div>
                        <Stage hands overlay />
                        <Legend />
                        <p class="hint">
                            {live::text(move || largest().map(|most| say!(caption.map_scale, most = crate::ui::number::digits(most))).unwrap_or_default())}
                        </p>
                        <Seen said />
                    </div>
                    <div class="land-side">
                        <Sentence said active />
                        {live::view(move || trouble().map(|trouble| view! { <TroubleBox trouble /> }).into_any())}
                        <Tools hands on_change />
                        <Choices table news />
                    </div>
                </div>
            </section>
            <Tree said />
            <GateStrip said active />
            <Teach news />
            <Own />
        </section>
        <aside class="side">
            <Why />
            <Checks ready=Memo::new(move |_| said.with(Option::is_some)) news />
        </aside>
    }
}

/// Moving shows at once; the address gets a scene when the thing is let go.
fn hands(desk: Desk, table: Memo<Table>, kit: Memo<Option<crate::protocol::SceneKit>>) -> Hands {
    let moved = RwSignal::new(None);
    let selected = RwSignal::new(0_usize);
    let scene = Memo::new(move |_| moved.get().unwrap_or_else(|| table.with(|table| table.scene.clone())));
    let drop = Callback::new(move |()| {
        if let Some(scene) = moved.get_untracked() {
            change(desk, |table| table.scene = scene);
            moved.set(None);
        }
    });
    let remove = Callback::new(move |()| {
        let at = selected.get_untracked();
        change(desk, |table| {
            if at < table.scene.things.len() {
                table.scene.things.remove(at);
            }
        });
        selected.set(0);
    });
    let add = Callback::new(move |()| {
        let most = kit.with_untracked(|kit| kit.as_ref().map_or(2, |kit| kit.most as usize));
        let count = scene.with_untracked(|scene| scene.things.len());
        if count < most {
            // Where the other one is not.
            let is_left = scene.with_untracked(|scene| scene.things.first().is_some_and(|thing| thing.x > 24.0));
            let x = if is_left { 12.0 } else { 36.0 };
            change(desk, |table| table.scene.things.push(SceneThing { x, y: 24.0, ..SceneThing::default() }));
            selected.set(count);
        }
    });
    Hands { scene, kit, selected, moved, drop, remove, add }
}

/// The picture as the network gets it.
#[component]
fn Seen(said: Memo<Option<Said>>) -> impl IntoView {
    let blank = || Pixels { width: 1, height: 1, rgba: vec![0; 4].into() };
    let pixels = Signal::derive(move || said.with(|said| said.as_ref().map_or_else(blank, |said| said.seen.clone())));
    view! {
        <figure class="scene-seen">
            <crate::ui::widget::PixelsView pixels />
            <figcaption class="hint">{words!(caption.seen)}</figcaption>
        </figure>
    }
}

/// Who speaks, and how each word is chosen.
#[component]
fn Choices(table: Memo<Table>, news: RwSignal<Option<CaptionNews>>) -> impl IntoView {
    let desk = Desk::here();
    let way = Signal::derive(move || match table.with(|table| table.decode) {
        Decode::Greedy => 0,
        Decode::Sample { .. } => 1,
        Decode::Beam { .. } => 2,
    });
    let choose = move |way: u8| {
        change(desk, |table| {
            table.decode = match way {
                0 => Decode::Greedy,
                1 => Decode::Sample { temperature: 1.0, seed: 1 },
                _ => Decode::Beam { width: 3 },
            };
        });
    };
    let more = move || {
        match table.with(|table| table.decode) {
        Decode::Greedy => ().into_any(),
        Decode::Beam { width } => view! {
            <NumberField id="beam-width" label=words!(caption.width) value=Signal::derive(move || f64::from(width)) low=1.0 high=8.0 whole=true on_change=move |width| change(desk, |table| table.decode = Decode::Beam { width: width as u32 }) />
        }
        .into_any(),
        Decode::Sample { temperature, seed } => view! {
            <NumberField id="temperature" label=words!(caption.temperature) value=Signal::derive(move || temperature) low=0.05 high=10.0 on_change=move |temperature| change(desk, |table| table.decode = Decode::Sample { temperature, seed }) />
            <button type="button" class="btn" data-testid="draw-again" on:click=move |_| change(desk, |table| table.decode = Decode::Sample { temperature, seed: seed.wrapping_add(1) })>
                {words!(caption.again)}
            </button>
        }
        .into_any(),
    }
    };
    let speakers = move || {
        let is_there = news.with(|news| news.as_ref().is_some_and(|news| !news.exams.is_empty()));
        let is_chosen = table.with(|table| table.speaker == Speaker::Trained);
        (is_there || is_chosen)
            .then(|| {
                view! {
                    <Segments
                        name="speaker"
                        label=words!(caption.speaker)
                        choices=vec![
                            (Speaker::Shipped, "shipped", words!(caption.shipped)),
                            (Speaker::Trained, "trained", words!(caption.trained)),
                        ]
                        chosen=Signal::derive(move || table.with(|table| table.speaker))
                        on_choose=move |speaker| change(desk, |table| table.speaker = speaker)
                    />
                }
            })
            .into_any()
    };
    view! {
        <div class="fields">
            <Segments
                name="decode"
                label=words!(caption.decode)
                choices=vec![
                    (0_u8, "greedy", words!(caption.greedy)),
                    (1, "sample", words!(caption.sampled)),
                    (2, "beam", words!(caption.beam)),
                ]
                chosen=way
                on_choose=choose
            />
            {live::view(more)}
            {live::view(speakers)}
        </div>
    }
}
