//! Caption: a person arranges a scene, and a network says what is in it.

mod checks;
mod gates;
mod own;
mod sentence;
mod settings;
mod stage;
mod teach;

use crate::protocol::{
    Caption, CaptionNews, Captioned, Decode, Describe, Explain, Explained, Said, SceneKit, SceneThing, Speaker,
};
use crate::ui::widget::{Button, NumberField, PageFrame, PixelsView, SegmentsOf, no_pixels, trouble_box};
use crate::ui::{AppState, Ask, ExperimentPage, PageSettings, app, live, number};
use checks::Checks;
use gates::{Legend, gate_strip, signed_bytes};
use leptos::prelude::*;
use own::own;
use sentence::{sentence, tree};
use settings::{BEAM, CaptionSettings, SAMPLE};
use stage::{SceneEditor, stage, tools};
use teach::teach;

impl ExperimentPage for Caption {
    const STYLE: &'static str = include_str!("style.css");

    fn view() -> AnyView {
        app().handle_drops(CaptionSettings::PAGE, AppState::take_captions);
        let settings = CaptionSettings::open();
        let news = RwSignal::new(None::<CaptionNews>);
        let sentences = ask!(Caption, Latest, Captioned::Said);
        let said = Memo::new(move |_| sentences.answer.get());
        let active = RwSignal::new(None::<usize>);
        view! {
            <PageFrame
                class="stage-column experiment caption"
                title=words!(caption.title)
                sub=words!(caption.sub).into_any()
                texts=&[words!(caption.why_tell), words!(caption.why_lstm), words!(caption.why_new)]
                tries=&[
                    words!(caption.try_move),
                    words!(caption.try_overlap),
                    words!(caption.try_sample),
                    words!(caption.try_gates),
                ]
                checks=view! { <Checks is_time=move || said.with(Option::is_some) news /> }.into_any()
            >
                {scene_card(settings, news, sentences, active)}
                {tree(said)}
                {gate_strip(said, active)}
                {teach(settings, news)}
                {own(settings)}
            </PageFrame>
        }
        .into_any()
    }
}

fn scene_card(
    settings: Memo<CaptionSettings>,
    news: RwSignal<Option<CaptionNews>>,
    sentences: Ask<Caption, Said>,
    active: RwSignal<Option<usize>>,
) -> impl IntoView {
    let kits = ask!(Caption, Latest, Captioned::Kit);
    let reasons = ask!(Caption, Latest, Captioned::Explained);
    Effect::new(move |_| {
        if app().is_up() {
            kits.ask(Caption::Kit);
        }
    });
    let editor = scene_editor(settings, Memo::new(move |_| kits.answer.get()));
    let exams = Memo::new(move |_| news.with(|news| news.as_ref().map_or(0, |news| news.exams.len())));
    Effect::new(move |_| {
        let (scene, backend) = (editor.scene.get(), app().route.with(|route| route.backend));
        let (speaker, decode) = settings.with(|settings| (settings.speaker, settings.decode));
        if speaker == Speaker::Trained {
            // It has learnt more.
            exams.track();
        }
        if app().is_up() {
            sentences.ask(Caption::Describe(Describe { scene, speaker, decode, backend }));
        }
    });
    let said = Memo::new(move |_| sentences.answer.get());
    Effect::new(move |_| {
        let Some(said) = said.get() else { return };
        let (scene, backend) = (editor.scene.get_untracked(), app().route.with_untracked(|route| route.backend));
        let speaker = settings.with_untracked(|settings| settings.speaker);
        let words = said.words.iter().map(|word| word.number).collect();
        reasons.ask(Caption::Explain(Explain { scene, speaker, words, backend }));
    });
    let blank = || signed_bytes(&[128], 1);
    let overlay = Memo::new(move |_| {
        let map = |why: &Explained| Some(signed_bytes(&why.maps.get(active.get()?)?.values, why.side));
        reasons.answer.with(|why| why.as_ref().and_then(map)).unwrap_or_else(blank)
    });
    let largest = move || {
        let at = active.get()?;
        reasons.answer.with(|why| Some(why.as_ref()?.maps.get(at)?.largest))
    };
    let on_change = Callback::new(move |thing: SceneThing| {
        let (at, thing) = (editor.selected.get_untracked(), editor.inside(thing));
        CaptionSettings::change(|settings| {
            settings.scene.things.iter_mut().skip(at).take(1).for_each(|one| *one = thing)
        });
    });
    let trouble = move || sentences.trouble().or(kits.trouble()).or(reasons.trouble());
    let seen = move || said.with(|said| said.as_ref().map_or_else(no_pixels, |said| said.seen.clone()));
    view! {
        <section class="card">
            <h2>{words!(caption.scene_title)}</h2>
            <p class="hint" id="scene-hint">{words!(caption.scene_hint)}</p>
            <div class="land-board">
                <div>
                    {stage(editor, overlay)}
                    <div class:gone=live::flag(move || active.get().is_none())>
                        <Legend />
                    </div>
                    <p class="hint">
                        {live::maybe(move || largest().map(|most| say!(caption.map_scale, most = number::digits(most))))}
                    </p>
                    // The picture as the network gets it.
                    <figure class="scene-seen">
                        <PixelsView pixels=seen />
                        <figcaption class="hint">{words!(caption.seen)}</figcaption>
                    </figure>
                </div>
                <div class="land-side">
                    {sentence(said, active)}
                    {trouble_box(trouble)}
                    {tools(editor, on_change)}
                    {choices(settings, news)}
                </div>
            </div>
        </section>
    }
}

/// Moving shows at once; the address gets a scene when the thing is let go.
fn scene_editor(settings: Memo<CaptionSettings>, kit: Memo<Option<SceneKit>>) -> SceneEditor {
    let moved = RwSignal::new(None);
    let selected = RwSignal::new(0_usize);
    let scene = Memo::new(move |_| moved.get().unwrap_or_else(|| settings.with(|settings| settings.scene.clone())));
    let drop = Callback::new(move |()| {
        if let Some(scene) = moved.get_untracked() {
            CaptionSettings::change(|settings| settings.scene = scene);
            moved.set(None);
        }
    });
    let remove = Callback::new(move |()| {
        let at = selected.get_untracked();
        CaptionSettings::change(|settings| {
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
            CaptionSettings::change(|settings| {
                settings.scene.things.push(SceneThing { x, y: 24.0, ..SceneThing::default() })
            });
            selected.set(count);
        }
    });
    SceneEditor { scene, kit, selected, moved, drop, remove, add }
}

fn choices(settings: Memo<CaptionSettings>, news: RwSignal<Option<CaptionNews>>) -> impl IntoView {
    let set = move |decode| CaptionSettings::change(|settings| settings.decode = decode);
    let chosen = move || match settings.with(|settings| settings.decode) {
        Decode::Greedy => "greedy",
        Decode::Sample { .. } => "sample",
        Decode::Beam { .. } => "beam",
    };
    let choose = move |method: &str| match method {
        "sample" => set(SAMPLE),
        "beam" => set(BEAM),
        _ => set(Decode::Greedy),
    };
    let more = move || match settings.with(|settings| settings.decode) {
        Decode::Greedy => ().into_any(),
        Decode::Beam { width } => view! {
            <NumberField
                id="beam-width"
                label=words!(caption.width)
                value=f64::from(width)
                limits=Decode::WIDTH
                on_change=move |width| set(Decode::Beam { width: width as u32 })
            />
        }
        .into_any(),
        Decode::Sample { temperature, seed } => view! {
            <NumberField
                id="temperature"
                label=words!(caption.temperature)
                value=temperature
                limits=Decode::TEMPERATURE
                on_change=move |temperature| set(Decode::Sample { temperature, seed })
            />
            <Button
                id="draw-again"
                words=words!(caption.again)
                on_press=move |()| set(Decode::Sample { temperature, seed: seed.wrapping_add(1) })
            />
        }
        .into_any(),
    };
    let speakers = move || {
        let is_there = news.with(|news| news.as_ref().is_some_and(|news| !news.exams.is_empty()));
        let is_chosen = settings.with(|settings| settings.speaker == Speaker::Trained);
        (is_there || is_chosen).then(|| controls!(CaptionSettings, "by")).into_any()
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
                chosen
                on_choose=choose
            />
            {live::view(more)}
            {live::view(speakers)}
        </div>
    }
}
