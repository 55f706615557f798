//! Begin, pause, cancel; temperature and weight, live; how far it is.

use super::run::RunState;
use crate::protocol::{DistilRun, Mix};
use crate::ui::desk::{Desk, Life};
use crate::ui::lang::Words;
use crate::ui::settings::Settings;
use crate::ui::widget::{Icon, Slider, computed_on, trouble_box};
use crate::ui::{live, number};
use leptos::prelude::*;

#[component]
pub(super) fn Controls(run: RunState) -> impl IntoView {
    let desk = Desk::here();
    let settings = DistilRun::of(desk);
    let mix = Memo::new(move |_| settings.with(|settings| settings.mix));
    let state = move || match (run.is_on(), run.paused.get()) {
        (false, _) => "idle",
        (true, true) => "paused",
        (true, false) => "running",
    };
    let part = move || run.news.with(|news| news.as_ref().map(|news| f64::from(news.step) / f64::from(news.of.max(1))));
    let percent = move || part().map(|part| format!("{:.0}", 100.0 * part));
    let left = move || {
        let millis = run.news.with(|news| news.as_ref().and_then(|news| news.millis_left))?;
        run.is_on().then(|| say!(distil.left, time = number::millis(millis as f64)))
    };
    let stage = move || {
        run.news.with(|news| match news {
            _ if run.paused.get() => say!(distil.paused),
            None if run.is_on() => say!(distil.preparing),
            None => say!(distil.idle),
            Some(_) if !run.is_on() => say!(distil.done),
            Some(news) if news.is_teacher_done => say!(distil.students_learn),
            Some(_) => say!(distil.teacher_learns),
        })
    };
    view! {
        <div class="fields">
            <button
                type="button"
                class="btn main"
                data-testid="distil-start"
                data-state=live::name(move || Some(state()))
                prop:disabled=live::flag(move || desk.life() != Life::Up)
                on:click=move |_| if run.is_on() { run.pause(desk) } else { run.start(desk) }
            >
                {live::view(move || {
                    let of = if state() == "running" { Icon::Pause } else { Icon::Play };
                    view! { <Icon of /> }.into_any()
                })}
                {live::name(move || Some(match state() {
                    "running" => say!(train.pause),
                    "paused" => say!(train.go_on),
                    _ => say!(train.start),
                }))}
            </button>
            <button
                type="button"
                class="btn"
                data-testid="distil-cancel"
                prop:disabled=live::flag(move || !run.is_on())
                on:click=move |_| run.stop()
            >
                {words!(app.cancel)}
            </button>
            <button
                type="button"
                class="btn"
                data-testid="distil-seed"
                prop:disabled=live::flag(move || desk.life() != Life::Up)
                on:click=move |_| {
                    DistilRun::change(desk, |settings| settings.seed = settings.seed.wrapping_add(1));
                    run.start(desk);
                }
            >
                <Icon of=Icon::Dice />
                {words!(train.new_seed)}
            </button>
        </div>
        <div class="progress" data-testid="distil-progress" data-part=live::maybe(percent)>
            <div class="progress-words">
                <span>{live::name(move || Some(stage()))}</span>
                <span class="figure">{live::maybe(move || run.news.with(|news| news.as_ref().map(|news| {
                    format!("{} / {}", number::count(u64::from(news.step)), number::count(u64::from(news.of)))
                })))}</span>
                <span class="figure">{live::maybe(left)}</span>
                {live::view(move || run.news.with(|news| news.as_ref().map(|news| computed_on(&news.backend))).into_any())}
            </div>
            <div
                class="track"
                role="progressbar"
                aria-label=words!(distil.lesson)
                aria-valuemin="0"
                aria-valuemax="100"
                aria-valuenow=live::maybe(percent)
            >
                <i style:width=live::text(move || format!("{}%", percent().unwrap_or_default()))></i>
            </div>
        </div>
        {trouble_box(move || run.ask.trouble())}
        <div class="fields sliders">
            <LabelledSlider
                id="temperature"
                label=words!(distil.temperature)
                hint=words!(distil.temperature_hint)
                span=[0.0, 6.0]
                place=Signal::derive(move || mix.get().temperature.max(1e-3).log2())
                told=Signal::derive(move || format!("T = {}", number::digits(mix.get().temperature as f32)))
                on_slide=move |place: f64| {
                    let temperature = (place.exp2() * 10.0).round() / 10.0;
                    run.mix(desk, Mix { temperature, ..mix.get_untracked() });
                }
            />
            <LabelledSlider
                id="weight"
                label=words!(distil.weight)
                hint=words!(distil.weight_hint)
                span=[0.0, 1.0]
                place=Signal::derive(move || mix.get().weight)
                told=Signal::derive(move || format!("λ = {}", number::digits(mix.get().weight as f32)))
                on_slide=move |weight: f64| {
                    run.mix(desk, Mix { weight: (weight * 100.0).round() / 100.0, ..mix.get_untracked() });
                }
            />
        </div>
    }
}

/// A slider with what it stands at; `span` is from where to where.
#[component]
pub(super) fn LabelledSlider(
    id: &'static str,
    label: Words,
    hint: Words,
    span: [f64; 2],
    #[prop(into)] place: Signal<f64>,
    #[prop(into)] told: Signal<String>,
    #[prop(into)] on_slide: Callback<f64>,
) -> impl IntoView {
    view! {
        <label class="field slider" title=live::name(move || Some(hint()))>
            <span>{label} " " <b class="figure">{live::text(move || told.get())}</b></span>
            <Slider id=format!("distil-{id}") span step=0.01 value=place told on_slide />
        </label>
    }
}
