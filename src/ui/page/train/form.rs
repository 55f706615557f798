//! What decides a run: above what is changed most, below everything else; and what data sets and rules are called.

use crate::protocol::{Interval, Part, Preset, Rule, ScheduleKind};
use crate::ui::page::classify::BackendSelect;
use crate::ui::page::train::{RATE, TrainSettings};
use crate::ui::widget::{NumberField, RateSlider, Segments, SegmentsOf, Select};
use crate::ui::{app, live};
use leptos::prelude::*;

pub(super) fn form() -> impl IntoView {
    let rule = Memo::new(move |_| app().training().setup.with(|setup| setup.optimiser.rule));
    view! {
        <section class="card settings">
            <h2>{words!(train.settings)}</h2>
            <fieldset>
                <legend>{words!(train.loss_and_optimiser)}</legend>
                <p class="hint" data-testid="train-rule-about">
                    {live::name(move || Some(rule_about(rule.get())))} " " {words!(train.optimiser_hint)}
                </p>
                {controls!(TrainSettings, "loss")}
                <div class="fields">
                    {controls!(TrainSettings, "momentum", "beta1", "beta2", "eps", "decay", "clip")}
                </div>
            </fieldset>
            <fieldset>
                <legend>{words!(train.schedule)}</legend>
                <p class="hint">{words!(train.schedule_hint)}</p>
                {schedule()}
            </fieldset>
            <fieldset>
                <legend>{words!(train.regular)}</legend>
                <p class="hint">{words!(train.regular_hint)}</p>
                <div class="fields">{controls!(TrainSettings, "smoothing", "shift", "elastic")}</div>
                {controls!(TrainSettings, "flip")}
            </fieldset>
            <fieldset>
                <legend>{words!(train.reproduce)}</legend>
                <p class="hint">{words!(train.reproduce_hint)}</p>
                <div class="fields">{controls!(TrainSettings, "seed")}</div>
                <BackendSelect name="train-backend" />
            </fieldset>
        </section>
    }
}

fn schedule() -> impl IntoView {
    let setup = app().training().setup;
    let kind = Memo::new(move |_| setup.with(|setup| setup.schedule.kind));
    let set = move |kind| setup.update(|setup| setup.schedule.kind = kind);
    let chosen = move || match kind.get() {
        ScheduleKind::Constant => "constant",
        ScheduleKind::Step { .. } => "step",
        ScheduleKind::Cosine => "cosine",
    };
    let choose = move |key: &str| {
        set(match key {
            "step" => ScheduleKind::Step { every_epochs: 5, factor: 0.3 },
            "cosine" => ScheduleKind::Cosine,
            _ => ScheduleKind::Constant,
        });
    };
    let is_stepped = Memo::new(move |_| matches!(kind.get(), ScheduleKind::Step { .. }));
    // Of a schedule that has none they are not shown.
    let stepped = move || {
        if let ScheduleKind::Step { every_epochs, factor } = kind.get() { (every_epochs, factor) } else { (1, 1.0) }
    };
    let steps = move || {
        view! {
            <NumberField
                id="train-every"
                label=words!(train.every_epochs)
                limits=Interval::whole(1, 10_000)
                value=move || f64::from(stepped().0)
                on_change=move |every| set(ScheduleKind::Step { every_epochs: every as u32, factor: untrack(stepped).1 })
            />
            <NumberField
                id="train-factor"
                label=words!(train.factor)
                limits=Interval::real(0.0, 1.0)
                value=move || stepped().1
                on_change=move |factor| set(ScheduleKind::Step { every_epochs: untrack(stepped).0, factor })
            />
        }
    };
    view! {
        <SegmentsOf
            name="schedule"
            label=words!(train.schedule_kind)
            rows=vec![
                ("constant", words!(train.constant)),
                ("step", words!(train.stepped)),
                ("cosine", words!(train.cosine)),
            ]
            chosen
            on_choose=choose
        />
        <div class="fields">
            {live::view(move || is_stepped.get().then(steps).into_any())}
            {controls!(TrainSettings, "warmup")}
        </div>
    }
}

pub(super) fn quick() -> impl IntoView {
    view! {
        <div class="quick">
            {data_select()}
            {preset_select()}
            {controls!(TrainSettings, "rule")}
            <Rate />
            {controls!(TrainSettings, "batch", "epochs")}
            <Segments
                name="tempo"
                label=words!(train.tempo)
                chosen=app().training().tempo
                on_choose=move |tempo| app().training().set_tempo(tempo)
            />
        </div>
    }
}

fn data_select() -> impl IntoView {
    let training = app().training();
    let chosen = Signal::derive(move || training.setup.with(|setup| setup.data.set.clone()));
    let options = Signal::derive(move || {
        let known = training.options.with(|options| options.as_ref().map(|options| options.data.clone()));
        let mut sets: Vec<String> = known.into_iter().flatten().map(|data| data.set).collect();
        // A link may name a set that is not here (any more).
        if !sets.contains(&chosen.get()) {
            sets.push(chosen.get());
        }
        sets.into_iter().map(|set| (set.clone(), data_name(&set))).collect::<Vec<_>>()
    });
    let choose = move |set| training.choose(|setup| training.take_data(setup, set));
    view! { <Select id="train-data" label=words!(train.data) options chosen on_choose=choose /> }
}

fn preset_select() -> impl IntoView {
    let training = app().training();
    let presets = Memo::new(move |_| {
        training.options.with(|options| options.as_ref().map(|options| options.presets.clone())).unwrap_or_default()
    });
    let preset = training.preset();
    let chosen = Signal::derive(move || {
        preset.with(|preset| preset.as_ref().map(|preset| preset.id.clone()).unwrap_or_default())
    });
    let options = Signal::derive(move || {
        let own = (String::new(), say!(train.own_network).to_owned());
        std::iter::once(own)
            .chain(presets.get().into_iter().map(|preset| (preset.id.clone(), preset_name(&preset))))
            .collect::<Vec<_>>()
    });
    let choose = move |id: String| {
        let text = presets
            .with_untracked(|presets| presets.iter().find(|preset| preset.id == id).map(|preset| preset.text.clone()));
        text.into_iter().for_each(|text| training.choose(|setup| setup.network = text));
    };
    view! { <Select id="train-preset" label=words!(train.network) options chosen on_choose=choose /> }
}

/// Steered while the run goes on; a slider over powers of ten beside the number.
#[component]
fn Rate() -> impl IntoView {
    let training = app().training();
    let rate = Memo::new(move |_| training.setup.with(|setup| setup.optimiser.rate));
    view! {
        <div class="rate">
            <NumberField
                id="train-rate"
                label=words!(train.rate)
                hint=Some(words!(train.rate_hint))
                limits=RATE
                value=rate
                on_change=move |rate| training.set_rate(rate)
            />
            <RateSlider label=Signal::derive(|| say!(train.rate).to_owned()) rate on_slide=move |rate| training.set_rate(rate) />
        </div>
    }
}

/// A set that the person brought is called what its files are called.
pub(in crate::ui::page) fn data_name(set: &str) -> String {
    match set {
        "digits" => say!(train.set_digits),
        "shapes" => say!(train.set_shapes),
        "spirals" => say!(train.set_spirals),
        "spirals3" => say!(train.set_spirals3),
        "circles" => say!(train.set_circles),
        "xor" => say!(train.set_xor),
        "gaussians" => say!(train.set_gaussians),
        other => other,
    }
    .to_owned()
}

/// In the person's language; names of networks that papers gave are the same in all.
pub(super) fn preset_name(preset: &Preset) -> String {
    match preset.id.as_str() {
        "plane" => say!(train.net_plane),
        "plane_deep" => say!(train.net_plane_deep),
        "small" => say!(train.net_small),
        "mlp" => say!(train.net_mlp),
        "zipcode1989" => say!(train.net_zipcode),
        "neocognitron" => say!(train.net_neocognitron),
        "digits" => say!(train.net_digits),
        "small_colour" => say!(train.net_small_colour),
        "vgg_small" => say!(train.net_vgg_small),
        "photos" => say!(train.net_photos),
        "things" => say!(networks.things),
        _ => &preset.title,
    }
    .to_owned()
}

/// What a rule does, and whose it is.
pub(super) fn rule_about(rule: Rule) -> &'static str {
    match rule {
        Rule::Sgd => say!(train.about_sgd),
        Rule::Momentum => say!(train.about_momentum),
        Rule::Nesterov => say!(train.about_nesterov),
        Rule::Adagrad => say!(train.about_adagrad),
        Rule::Rmsprop => say!(train.about_rmsprop),
        Rule::Adam => say!(train.about_adam),
        Rule::Adamw => say!(train.about_adamw),
    }
}

choices! {
    Part {
        Train = ("train", words!(train.part_train)),
        Validation = ("validation", words!(train.part_validation)),
        Test = ("test", words!(train.part_test)),
    }
}
