//! Everything else that decides a run: loss, figures of the optimiser, schedule, augmentation, seed, backend.

use super::names::rule_about;
use crate::protocol::{Interval, ScheduleKind};
use crate::ui::page::classify::BackendSelect;
use crate::ui::page::train::TrainSettings;
use crate::ui::widget::{NumberField, SegmentsOf};
use crate::ui::{app, live};
use leptos::prelude::*;

#[component]
pub(super) fn Form() -> impl IntoView {
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
                <Schedule />
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

/// Which one, and of one in steps how often and by what.
#[component]
fn Schedule() -> impl IntoView {
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
