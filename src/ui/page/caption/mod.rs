//! Caption: a person arranges a scene, and a network says what is in it.

mod checks;
mod colour;
mod gates;
mod names;
mod own;
mod sentence;
mod settings;
mod stage;
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
use crate::ui::settings::Settings;
use crate::ui::style;
use crate::ui::widget::{NumberField, Segments, SegmentsOf, Why, trouble_box};
use checks::Checks;
use gates::{GateStrip, Legend};
use leptos::prelude::*;
use own::Own;
use sentence::Sentence;
use settings::{BEAM, CaptionSettings, SAMPLE};
use stage::{Hands, Stage};
use teach::Teach;
use tools::Tools;
use tree::Tree;

impl ExperimentPage for protocol::Caption {
    fn view() -> AnyView {
        Caption().into_any()
    }
}

#[component]
fn Caption() -> impl IntoView {
    style::wear_experiment(include_str!("style.css"));
    let desk = Desk::here();
    desk.takes(PageId::Experiment(ExperimentId::Caption), Desk::take_captions);
    // So that the address names what is shown.
    CaptionSettings::change(desk, |_| {});
    let settings = CaptionSettings::of(desk);
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
    let hands = hands(desk, settings, Memo::new(move |_| kits.answer.get()));
    let exams = Memo::new(move |_| news.with(|news| news.as_ref().map_or(0, |news| news.exams.len())));
    Effect::new(move |_| {
        let (scene, backend) = (hands.scene.get(), desk.place.with(|place| place.backend));
        let (speaker, decode) = settings.with(|settings| (settings.speaker, settings.decode));
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
        let speaker = settings.with_untracked(|settings| settings.speaker);
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
        CaptionSettings::change(desk, |settings| {
            settings.scene.things.iter_mut().skip(at).take(1).for_each(|one| *one = thing)
        });
    });
    let trouble = move || sentences.trouble().or(kits.trouble()).or(reasons.trouble());
    view! {
        <section class="stage-column experiment caption">
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
                        {trouble_box(trouble)}
                        <Tools hands on_change />
                        <Choices settings news />
                    </div>
                </div>
            </section>
            <Tree said />
            <GateStrip said active />
            <Teach news />
            <Own />
        </section>
        <aside class="side">
            <Why texts=why::TEXTS tries=why::TRIES />
            <Checks ready=Memo::new(move |_| said.with(Option::is_some)) news />
        </aside>
    }
}

/// Moving shows at once; the address gets a scene when the thing is let go.
fn hands(desk: Desk, settings: Memo<CaptionSettings>, kit: Memo<Option<crate::protocol::SceneKit>>) -> Hands {
    let moved = RwSignal::new(None);
    let selected = RwSignal::new(0_usize);
    let scene = Memo::new(move |_| moved.get().unwrap_or_else(|| settings.with(|settings| settings.scene.clone())));
    let drop = Callback::new(move |()| {
        if let Some(scene) = moved.get_untracked() {
            CaptionSettings::change(desk, |settings| settings.scene = scene);
            moved.set(None);
        }
    });
    let remove = Callback::new(move |()| {
        let at = selected.get_untracked();
        CaptionSettings::change(desk, |settings| {
            if at < settings.scene.things.len() {
                settings.scene.things.remove(at);
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
            CaptionSettings::change(desk, |settings| {
                settings.scene.things.push(SceneThing { x, y: 24.0, ..SceneThing::default() })
            });
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
fn Choices(settings: Memo<CaptionSettings>, news: RwSignal<Option<CaptionNews>>) -> impl IntoView {
    let desk = Desk::here();
    let way = Signal::derive(move || match settings.with(|settings| settings.decode) {
        Decode::Greedy => "greedy",
        Decode::Sample { .. } => "sample",
        Decode::Beam { .. } => "beam",
    });
    let choose = move |way: &str| {
        let decode = match way {
            "sample" => SAMPLE,
            "beam" => BEAM,
            _ => Decode::Greedy,
        };
        CaptionSettings::change(desk, |settings| settings.decode = decode);
    };
    let more = move || {
        match settings.with(|settings| settings.decode) {
        Decode::Greedy => ().into_any(),
        Decode::Beam { width } => view! {
            <NumberField id="beam-width" label=words!(caption.width) value=Signal::derive(move || f64::from(width)) limits=Decode::WIDTH on_change=move |width| CaptionSettings::change(desk, |settings| settings.decode = Decode::Beam { width: width as u32 }) />
        }
        .into_any(),
        Decode::Sample { temperature, seed } => view! {
            <NumberField id="temperature" label=words!(caption.temperature) value=Signal::derive(move || temperature) limits=Decode::TEMPERATURE on_change=move |temperature| CaptionSettings::change(desk, |settings| settings.decode = Decode::Sample { temperature, seed }) />
            <button type="button" class="btn" data-testid="draw-again" on:click=move |_| CaptionSettings::change(desk, |settings| settings.decode = Decode::Sample { temperature, seed: seed.wrapping_add(1) })>
                {words!(caption.again)}
            </button>
        }
        .into_any(),
    }
    };
    let speakers = move || {
        let is_there = news.with(|news| news.as_ref().is_some_and(|news| !news.exams.is_empty()));
        let is_chosen = settings.with(|settings| settings.speaker == Speaker::Trained);
        (is_there || is_chosen)
            .then(|| {
                view! {
                    <Segments
                        name="speaker"
                        label=words!(caption.speaker)
                        chosen=Signal::derive(move || settings.with(|settings| settings.speaker))
                        on_choose=move |speaker| CaptionSettings::change(desk, |settings| settings.speaker = speaker)
                    />
                }
            })
            .into_any()
    };
    view! {
        <div class="fields">
            <SegmentsOf
                name="decode"
                label=words!(caption.decode)
                rows=vec![
                    ("greedy", words!(caption.greedy)),
                    ("sample", words!(caption.sampled)),
                    ("beam", words!(caption.beam)),
                ]
                chosen=way
                on_choose=choose
            />
            {live::view(more)}
            {live::view(speakers)}
        </div>
    }
}
