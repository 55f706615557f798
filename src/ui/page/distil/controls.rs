//! Begin, pause, cancel; temperature and weight, live; how far it is; and who teaches whom on what.

use super::settings::data_of;
use super::state::DistilState;
use crate::protocol::{DistilRun, ExportForm, Mix, Teacher};
use crate::ui::page::train::data_name;
use crate::ui::widget::{Button, Card, Icon, Select, Slider, computed_on, track, trouble_box};
use crate::ui::{PageSettings, Words, app, live, number, sentence};
use leptos::prelude::*;

/// Sets that the program draws; what the person brought on the Train page comes after them.
const SETS: [&str; 7] = ["digits", "shapes", "spirals", "spirals3", "circles", "xor", "gaussians"];

pub(super) fn controls(settings: Memo<DistilRun>, run: DistilState) -> impl IntoView {
    let mix = Memo::new(move |_| settings.with(|settings| settings.mix));
    let state = move || match (run.ask.is_on(), run.paused.get()) {
        (false, _) => "idle",
        (true, true) => "paused",
        (true, false) => "running",
    };
    let percent = move || run.read(|news| format!("{:.0}", 100.0 * f64::from(news.step) / f64::from(news.of.max(1))));
    let left = move || {
        let millis = run.read(|news| news.millis_left)??;
        run.ask.is_on().then(|| say!(distil.left, time = sentence::duration(millis)))
    };
    let stage = move || {
        run.news.with(|news| match news {
            _ if run.paused.get() => say!(distil.paused),
            None if run.ask.is_on() => say!(distil.preparing),
            None => say!(distil.idle),
            Some(_) if !run.ask.is_on() => say!(distil.done),
            Some(news) if news.is_teacher_done => say!(distil.students_learn),
            Some(_) => say!(distil.teacher_learns),
        })
    };
    let new_seed = move |()| {
        DistilRun::change(|settings| settings.seed = settings.seed.wrapping_add(1));
        run.start();
    };
    view! {
        <div class="fields">
            <Button
                id="distil-start"
                class="btn main"
                state=move || Some(state())
                icon=move || Some(if state() == "running" { Icon::Pause } else { Icon::Play })
                words=move || match state() {
                    "running" => say!(train.pause),
                    "paused" => say!(train.go_on),
                    _ => say!(train.start),
                }
                off=move || !app().is_up()
                on_press=move |()| if untrack(|| run.ask.is_on()) { run.pause() } else { run.start() }
            />
            <Button id="distil-cancel" words=words!(app.cancel) off=move || !run.ask.is_on() on_press=move |()| run.ask.stop() />
            <Button id="distil-seed" icon=Icon::Dice words=words!(train.new_seed) off=move || !app().is_up() on_press=new_seed />
        </div>
        <div class="progress" data-testid="distil-progress" data-part=live::maybe(percent)>
            <div class="progress-words">
                <span>{live::name(move || Some(stage()))}</span>
                <span class="figure">{live::maybe(move || run.read(|news| {
                    format!("{} / {}", number::count(news.step), number::count(news.of))
                }))}</span>
                <span class="figure">{live::maybe(left)}</span>
                {live::view(move || run.read(|news| computed_on(&news.backend)).into_any())}
            </div>
            {track(live::text(|| say!(distil.lesson).to_owned()), Signal::derive(move || percent().or(Some("0".to_owned()))))}
        </div>
        {trouble_box(move || run.ask.trouble())}
        {save_student(run)}
        <div class="fields sliders">
            <LabelledSlider
                id="temperature"
                label=words!(distil.temperature)
                hint=words!(distil.temperature_hint)
                span=[0.0, 6.0]
                place=move || mix.get().temperature.max(1e-3).log2()
                told=move || format!("T = {}", number::digits(mix.get().temperature as f32))
                on_slide=move |place: f64| {
                    let temperature = (place.exp2() * 10.0).round() / 10.0;
                    run.mix(Mix { temperature, ..mix.get_untracked() });
                }
            />
            <LabelledSlider
                id="weight"
                label=words!(distil.weight)
                hint=words!(distil.weight_hint)
                span=[0.0, 1.0]
                place=move || mix.get().weight
                told=move || format!("λ = {}", number::digits(mix.get().weight as f32))
                on_slide=move |weight: f64| {
                    run.mix(Mix { weight: (weight * 100.0).round() / 100.0, ..mix.get_untracked() });
                }
            />
        </div>
    }
}

/// Of a lesson that has come to its end.
fn save_student(run: DistilState) -> impl IntoView {
    let off = move || !app().is_up() || run.ask.is_on() || !run.ask.is_fresh();
    let save = |form| move |()| app().try_to(DistilState::save_student(form));
    view! {
        <div class="row-acts wraps">
            <Button
                id="distil-save"
                icon=Icon::Download
                words=words!(distil.save)
                title=words!(distil.save_hint)
                off
                on_press=save(ExportForm::Safetensors)
            />
            <Button
                id="distil-onnx"
                icon=Icon::Download
                words=words!(distil.save_onnx)
                title=words!(distil.save_onnx_hint)
                off
                on_press=save(ExportForm::Onnx)
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

pub(super) fn form(settings: Memo<DistilRun>) -> impl IntoView {
    let set = Memo::new(move |_| settings.with(|settings| settings.data.set.clone()));
    let sets = move || {
        let brought = app().training().options.with(|options| {
            let all = options.iter().flat_map(|options| &options.data);
            all.map(|data| data.set.clone()).collect::<Vec<_>>()
        });
        let mut sets = SETS.map(str::to_owned).to_vec();
        for set in brought.into_iter().chain([set.get()]) {
            if !sets.contains(&set) {
                sets.push(set);
            }
        }
        sets.into_iter().map(|set| (set.clone(), data_name(&set))).collect::<Vec<_>>()
    };
    let teachers = move || {
        let station = app().station.get();
        let ready = station.into_iter().flat_map(|station| station.networks).filter(|network| network.ready);
        let here = (String::new(), say!(distil.trained_here).to_owned());
        std::iter::once(here)
            .chain(ready.map(|network| (network.id.clone(), sentence::network_title(&network))))
            .collect::<Vec<_>>()
    };
    let teacher = Memo::new(move |_| settings.with(|settings| settings.teacher.clone()));
    let loaded = move || if let Teacher::Loaded { network } = teacher.get() { network } else { String::new() };
    let teach = move |network: String| {
        let teacher = if network.is_empty() { Teacher::default() } else { Teacher::Loaded { network } };
        DistilRun::change(|settings| settings.teacher = teacher);
    };
    let teacher_text = move || {
        let Teacher::Trained { network, .. } = teacher.get() else { return ().into_any() };
        let change = move |text| {
            DistilRun::change(|settings| {
                if let Teacher::Trained { network, .. } = &mut settings.teacher {
                    *network = text
                }
            });
        };
        view! { <NetworkText id="distil-teach" label=words!(distil.teacher_network) text=network on_change=change /> }
            .into_any()
    };
    view! {
        <Card id="distil-settings" title=words!(distil.settings) hint=words!(distil.settings_hint)>
            <div class="fields">
                <Select
                    id="distil-data"
                    label=words!(train.data)
                    options=sets
                    chosen=set
                    on_choose=move |set: String| DistilRun::change(|settings| settings.data = data_of(set))
                />
                <Select id="distil-teacher" label=words!(distil.teacher) options=teachers chosen=loaded on_choose=teach />
                {controls!(DistilRun, "examples", "count", "epochs", "batch", "rate")}
            </div>
            <div class="fields texts">
                {live::view(teacher_text)}
                <NetworkText
                    id="distil-student"
                    label=words!(distil.student_network)
                    text=move || settings.with(|settings| settings.student.clone())
                    on_change=move |text| DistilRun::change(|settings| settings.student = text)
                />
            </div>
        </Card>
    }
}

#[component]
fn NetworkText(
    id: &'static str,
    label: Words,
    #[prop(into)] text: Signal<String>,
    #[prop(into)] on_change: Callback<String>,
) -> impl IntoView {
    view! {
        <label class="field">
            <span>{label}</span>
            <textarea
                rows="8"
                spellcheck="false"
                data-testid=id
                prop:value=live::text(move || text.get())
                on:change=move |event| on_change.run(event_target_value(&event))
            ></textarea>
        </label>
    }
}
