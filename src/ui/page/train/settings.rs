//! Everything else that decides a run: loss, figures of the optimiser, schedule, augmentation, seed, backend.

use super::field::{Fields, Figure, figure, two_digits};
use super::names::{loss_name, rule_about};
use crate::protocol::{BackendChoice, Loss, Rule, ScheduleKind, Setup};
use crate::ui::desk::Desk;
use crate::ui::live;
use crate::ui::page::train::{loss_from, loss_key};
use crate::ui::place::backend_name;
use crate::ui::widget::Segments;
use leptos::prelude::*;

#[component]
pub(super) fn Settings() -> impl IntoView {
    let desk = Desk::here();
    let rule = Memo::new(move |_| desk.training().setup.with(|setup| setup.optimiser.rule));
    view! {
        <section class="card settings">
            <h2>{words!(train.settings)}</h2>
            <fieldset>
                <legend>{words!(train.loss_and_optimiser)}</legend>
                <p class="hint" data-testid="train-rule-about">
                    {live::name(move || Some(rule_about(rule.get())))} " " {words!(train.optimiser_hint)}
                </p>
                <LossSelect />
                <Fields figures=optimiser_figures() />
            </fieldset>
            <fieldset>
                <legend>{words!(train.schedule)}</legend>
                <p class="hint">{words!(train.schedule_hint)}</p>
                <ScheduleChoice />
                <Fields figures=schedule_figures() />
            </fieldset>
            <fieldset>
                <legend>{words!(train.regular)}</legend>
                <p class="hint">{words!(train.regular_hint)}</p>
                <Fields figures=regular_figures() />
                <Flip />
            </fieldset>
            <fieldset>
                <legend>{words!(train.reproduce)}</legend>
                <p class="hint">{words!(train.reproduce_hint)}</p>
                <Fields figures=vec![figure("seed", words!(train.seed), 4e9, true, |s| f64::from(s.seed), |s, v| s.seed = v as u32)] />
                <Backend />
            </fieldset>
        </section>
    }
}

fn optimiser_figures() -> Vec<Figure> {
    vec![
        Figure {
            used: |s| matches!(s.optimiser.rule, Rule::Momentum | Rule::Nesterov),
            ..figure(
                "momentum",
                words!(train.momentum),
                0.9999,
                false,
                |s| s.optimiser.momentum,
                |s, v| s.optimiser.momentum = v,
            )
        },
        Figure {
            used: |s| matches!(s.optimiser.rule, Rule::Adam | Rule::Adamw),
            ..figure("beta1", || "β₁", 0.9999, false, |s| s.optimiser.beta1, |s, v| s.optimiser.beta1 = v)
        },
        Figure {
            used: |s| matches!(s.optimiser.rule, Rule::Adam | Rule::Adamw | Rule::Rmsprop),
            ..figure("beta2", || "β₂", 0.999_999, false, |s| s.optimiser.beta2, |s, v| s.optimiser.beta2 = v)
        },
        Figure {
            used: |s| matches!(s.optimiser.rule, Rule::Adam | Rule::Adamw | Rule::Rmsprop | Rule::Adagrad),
            ..figure("eps", || "ε", 1.0, false, |s| s.optimiser.eps, |s, v| s.optimiser.eps = v)
        },
        figure(
            "decay",
            words!(train.decay),
            10.0,
            false,
            |s| s.optimiser.weight_decay,
            |s, v| s.optimiser.weight_decay = v,
        ),
        figure("clip", words!(train.clip), 1e6, false, |s| s.optimiser.clip, |s, v| s.optimiser.clip = v),
    ]
}

fn schedule_figures() -> Vec<Figure> {
    const STEPPED: fn(&Setup) -> bool = |s| matches!(s.schedule.kind, ScheduleKind::Step { .. });
    vec![
        Figure {
            low: 1.0,
            used: STEPPED,
            ..figure(
                "every",
                words!(train.every_epochs),
                1e4,
                true,
                |s| {
                    if let ScheduleKind::Step { every_epochs, .. } = s.schedule.kind {
                        f64::from(every_epochs)
                    } else {
                        1.0
                    }
                },
                |s, v| {
                    if let ScheduleKind::Step { every_epochs, .. } = &mut s.schedule.kind {
                        *every_epochs = v as u32;
                    }
                },
            )
        },
        Figure {
            used: STEPPED,
            ..figure(
                "factor",
                words!(train.factor),
                1.0,
                false,
                |s| if let ScheduleKind::Step { factor, .. } = s.schedule.kind { factor } else { 1.0 },
                |s, v| {
                    if let ScheduleKind::Step { factor, .. } = &mut s.schedule.kind {
                        *factor = v;
                    }
                },
            )
        },
        figure(
            "warmup",
            words!(train.warmup),
            1e6,
            true,
            |s| f64::from(s.schedule.warmup_steps),
            |s, v| {
                s.schedule.warmup_steps = v as u32;
            },
        ),
    ]
}

fn regular_figures() -> Vec<Figure> {
    vec![
        Figure {
            used: |s| s.loss == Loss::CrossEntropy,
            ..figure(
                "smoothing",
                words!(train.smoothing),
                0.9,
                false,
                |s| s.label_smoothing,
                |s, v| s.label_smoothing = v,
            )
        },
        figure(
            "shift",
            words!(train.shift),
            16.0,
            true,
            |s| f64::from(s.augment.shift),
            |s, v| s.augment.shift = v as u32,
        ),
        figure(
            "elastic",
            words!(train.elastic),
            16.0,
            false,
            |s| two_digits(s.augment.elastic),
            |s, v| {
                s.augment.elastic = v as f32;
            },
        ),
    ]
}

#[component]
fn LossSelect() -> impl IntoView {
    let training = Desk::here().training();
    let option = move |loss: Loss| {
        let here = move || training.setup.with(|setup| setup.loss == loss);
        view! {
            <option value=loss_key(loss) prop:selected=live::flag(here)>
                {live::name(move || Some(loss_name(loss)))}
            </option>
        }
    };
    view! {
        <label class="field">
            <span>{words!(train.loss_kind)}</span>
            <select
                data-testid="train-loss-kind"
                on:change=move |event| {
                    if let Some(loss) = loss_from(&event_target_value(&event)) {
                        training.choose(|setup| setup.loss = loss);
                    }
                }
            >
                {Loss::ALL.into_iter().map(option).collect_view()}
            </select>
        </label>
    }
}

#[component]
fn ScheduleChoice() -> impl IntoView {
    let setup = Desk::here().training().setup;
    const STEP: ScheduleKind = ScheduleKind::Step { every_epochs: 5, factor: 0.3 };
    let choices = vec![
        (ScheduleKind::Constant, "constant", words!(train.constant)),
        (STEP, "step", words!(train.stepped)),
        (ScheduleKind::Cosine, "cosine", words!(train.cosine)),
    ];
    let chosen = Signal::derive(move || match setup.with(|setup| setup.schedule.kind) {
        ScheduleKind::Step { .. } => STEP,
        kind @ (ScheduleKind::Constant | ScheduleKind::Cosine) => kind,
    });
    view! {
        <Segments
            name="schedule"
            label=words!(train.schedule_kind)
            choices
            chosen
            on_choose=move |kind| setup.update(|setup| setup.schedule.kind = kind)
        />
    }
}

#[component]
fn Flip() -> impl IntoView {
    let setup = Desk::here().training().setup;
    view! {
        <label class="tick">
            <input
                type="checkbox"
                data-testid="train-flip"
                prop:checked=live::flag(move || setup.with(|setup| setup.augment.flip))
                on:change=move |event| setup.update(|setup| setup.augment.flip = event_target_checked(&event))
            />
            {words!(train.flip)}
        </label>
    }
}

#[component]
fn Backend() -> impl IntoView {
    let desk = Desk::here();
    let choices = vec![
        (BackendChoice::Auto, backend_name(BackendChoice::Auto), words!(classify.backend_auto)),
        (BackendChoice::Gpu, backend_name(BackendChoice::Gpu), words!(classify.backend_gpu)),
        (BackendChoice::Cpu, backend_name(BackendChoice::Cpu), words!(classify.backend_cpu)),
    ];
    view! {
        <Segments
            name="train-backend"
            label=words!(classify.backend)
            choices
            chosen=Signal::derive(move || desk.place.with(|place| place.backend))
            on_choose=move |backend| desk.go(|place| place.backend = backend)
        />
    }
}
