//! Everything else that decides a run: figures of the optimiser, schedule, data, augmentation, seed, backend.

use crate::protocol::{BackendChoice, Rule, ScheduleKind, Setup};
use crate::ui::desk::Desk;
use crate::ui::folder;
use crate::ui::lang::Words;
use crate::ui::live;
use crate::ui::place::backend_name;
use crate::ui::widget::{Icon, NumberField, Segments, chosen_files};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

/// One figure of the setup: its name, its text, its limits, how to read and how to write it.
struct Figure {
    id: &'static str,
    label: Words,
    low: f64,
    high: f64,
    whole: bool,
    read: fn(&Setup) -> f64,
    write: fn(&mut Setup, f64),
    /// Whether it plays a part in this setup.
    used: fn(&Setup) -> bool,
}

#[component]
pub(super) fn Settings() -> impl IntoView {
    view! {
        <section class="card settings">
            <h2>{words!(train.settings)}</h2>
            <fieldset>
                <legend>{words!(train.optimiser)}</legend>
                <Fields figures=optimiser_figures() />
            </fieldset>
            <fieldset>
                <legend>{words!(train.schedule)}</legend>
                <ScheduleChoice />
                <Fields figures=schedule_figures() />
            </fieldset>
            <fieldset>
                <legend>{words!(train.regular)}</legend>
                <Fields figures=regular_figures() />
                <Flip />
            </fieldset>
            <fieldset>
                <legend>{words!(train.data)}</legend>
                <Fields figures=data_figures() />
                <OwnData />
            </fieldset>
            <fieldset>
                <legend>{words!(train.reproduce)}</legend>
                <Fields figures=vec![figure("seed", words!(train.seed), 4e9, true, |s| f64::from(s.seed), |s, v| s.seed = v as u32)] />
                <Backend />
            </fieldset>
        </section>
    }
}

fn figure(
    id: &'static str,
    label: Words,
    high: f64,
    whole: bool,
    read: fn(&Setup) -> f64,
    write: fn(&mut Setup, f64),
) -> Figure {
    Figure { id, label, low: 0.0, high, whole, read, write, used: |_| true }
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
        figure("smoothing", words!(train.smoothing), 0.9, false, |s| s.label_smoothing, |s, v| s.label_smoothing = v),
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

fn data_figures() -> Vec<Figure> {
    vec![
        figure(
            "data-seed",
            words!(train.data_seed),
            4e9,
            true,
            |s| f64::from(s.data.seed),
            |s, v| s.data.seed = v as u32,
        ),
        figure("count", words!(train.count), 1e6, true, |s| f64::from(s.data.count), |s, v| s.data.count = v as u32),
        figure("noise", words!(train.noise), 2.0, false, |s| two_digits(s.data.noise), |s, v| s.data.noise = v as f32),
    ]
}

/// An f32 as it was typed.
fn two_digits(value: f32) -> f64 {
    value.to_string().parse().unwrap_or(f64::from(value))
}

/// The fields of figures that play a part, side by side.
#[component]
fn Fields(figures: Vec<Figure>) -> impl IntoView {
    let desk = Desk::here();
    let setup = desk.training.setup;
    let field = |figure: Figure| {
        let Figure { id, label, low, high, whole, read, write, used } = figure;
        let used = Memo::new(move |_| {
            let of_drawn = matches!(id, "data-seed" | "count" | "noise");
            let data = desk.training.data();
            // Noise is for points, and brought data are what they are.
            let applies = data.is_none_or(|data| data.drawn && (id != "noise" || data.shape == [2, 1, 1]));
            setup.with(used) && (!of_drawn || applies)
        });
        live::view(move || {
            used.get()
                .then(|| {
                    view! {
                        <NumberField
                            id
                            label
                            value=Signal::derive(move || setup.with(read))
                            low
                            high
                            whole
                            on_change=move |value| setup.update(|setup| write(setup, value))
                        />
                    }
                })
                .into_any()
        })
    };
    view! { <div class="fields">{figures.into_iter().map(field).collect_view()}</div> }
}

#[component]
fn ScheduleChoice() -> impl IntoView {
    let setup = Desk::here().training.setup;
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
    let setup = Desk::here().training.setup;
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

/// Files by dialog; dropping them anywhere on the page does the same.
#[component]
fn OwnData() -> impl IntoView {
    let desk = Desk::here();
    let take = move |input: &HtmlInputElement| {
        let files = chosen_files(input).into_iter().map(folder::named).collect::<Vec<_>>();
        if !files.is_empty() {
            desk.take_for_training(files);
        }
    };
    let button = move |id: &'static str, words: Words, folder: bool| {
        view! {
            <label class="btn">
                <input
                    type="file"
                    class="unseen"
                    multiple
                    prop:webkitdirectory=folder
                    data-testid=id
                    on:change=move |event| {
                        if let Some(input) = event.target().and_then(|target| target.dyn_into().ok()) {
                            take(&input);
                        }
                    }
                />
                <Icon of=Icon::File />
                {words}
            </label>
        }
    };
    view! {
        <div class="own-data">
            <p class="hint">{words!(train.formats)}</p>
            <span class="row-acts">
                {button("train-files", words!(train.files), false)}
                {button("train-folder", words!(train.folder), true)}
            </span>
        </div>
    }
}
