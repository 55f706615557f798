//! A network learns to caption in the page: loss, and how many captions of scenes with held-out combinations are right.

use super::settings::CaptionSettings;
use crate::protocol::{Caption, CaptionNews, CaptionTrain, Captioned, ExamPoint, Speaker};
use crate::ui::widget::{Button, Card, ChartExtent, Line, LineChart, trouble_box};
use crate::ui::{Asking, PageSettings, app, live, number, sentence};
use leptos::prelude::*;

/// What a logarithmic axis shows of the loss.
const LEAST_LOSS: f64 = 1e-3;

pub(super) fn teach(settings: Memo<CaptionSettings>, news: RwSignal<Option<CaptionNews>>) -> impl IntoView {
    let going = ask!(Caption, Single, Captioned::Trained);
    let hear = move |heard: CaptionNews, is_whole: bool| {
        news.try_update(|news| *news = Some(if is_whole { heard } else { appended(news.take(), heard) }));
        if is_whole {
            // What was trained speaks at once.
            CaptionSettings::change(|settings| settings.speaker = Speaker::Trained);
        }
    };
    let start = move |()| {
        news.set(None);
        let backend = app().route.with_untracked(|route| route.backend);
        let job = CaptionTrain { backend, ..settings.with_untracked(|settings| settings.train) };
        going.stream(Caption::Train(job), Some, hear);
    };
    let figures = move || {
        let news = news.get()?;
        let right = news.exams.last().map(|exam| number::percent(exam.right as f32 / exam.of.max(1) as f32));
        let left = time_left(&news).filter(|_| going.is_on());
        let figures = say!(
            caption.train_figures,
            step = number::count(news.step),
            of = number::count(news.of),
            seconds = format!("{:.0}", news.seconds),
            speed = number::digits(news.steps_per_second),
            right = right.unwrap_or_else(|| "–".to_owned()),
            params = number::count(news.params),
            calls = number::count(news.dispatches)
        );
        Some([Some(figures), left].into_iter().flatten().collect::<Vec<_>>().join(" · "))
    };
    view! {
        <Card id="caption-train" title=words!(caption.train_title) hint=words!(caption.train_hint)>
            <div class="fields">
                {controls!(CaptionSettings, "steps", "rate", "seed")}
                <TrainButtons id="caption" of=going.asking able=move || app().is_up() start />
            </div>
            {trouble_box(move || going.trouble())}
            <p class="figure" data-testid="caption-figures" data-step=live::text(move || news.with(|news| news.as_ref().map_or(0, |news| news.step)).to_string())>
                {live::maybe(figures)}
            </p>
            {curves(news)}
        </Card>
    }
}

/// At the speed so far.
pub(super) fn time_left(news: &CaptionNews) -> Option<String> {
    let seconds = f64::from(news.of.saturating_sub(news.step)) / f64::from(news.steps_per_second);
    seconds.is_finite().then(|| say!(distil.left, time = sentence::duration((1e3 * seconds) as u64)))
}

/// The news so far, with what is new.
pub(super) fn appended(before: Option<CaptionNews>, heard: CaptionNews) -> CaptionNews {
    let Some(CaptionNews { mut losses, mut exams, mut held_out, .. }) = before else { return heard };
    losses.extend(&heard.losses);
    exams.extend(&heard.exams);
    held_out.extend(&heard.held_out);
    CaptionNews { losses, exams, held_out, ..heard }
}

#[component]
pub(super) fn TrainButtons(
    id: &'static str,
    of: Asking,
    #[prop(into)] able: Signal<bool>,
    #[prop(into)] start: Callback<()>,
) -> impl IntoView {
    view! {
        <Button
            id=format!("{id}-start")
            class="btn main"
            words=words!(train.start)
            off=move || !able.get() || of.is_on()
            on_press=start
        />
        <Button id=format!("{id}-stop") words=words!(optimise.stop) off=move || !of.is_on() on_press=move |()| of.stop() />
    }
}

fn curves(news: RwSignal<Option<CaptionNews>>) -> impl IntoView {
    let hover = RwSignal::new(None::<f64>);
    // As far as it has come: on an axis of all steps the beginning is a hook.
    let steps = Memo::new(move |_| news.with(|news| news.as_ref().map_or(10.0, |news| f64::from(news.step.max(10)))));
    let losses = Memo::new(move |_| {
        let place = |&(step, loss): &(u32, f32)| [f64::from(step), f64::from(loss).max(LEAST_LOSS)];
        news.with(|news| vec![Line::new("", news.iter().flat_map(|news| &news.losses).map(place)).named("")])
    });
    let exams = Memo::new(move |_| {
        let place = |exam: &ExamPoint| [f64::from(exam.step), f64::from(exam.right) / f64::from(exam.of.max(1))];
        let line = news.with(|news| Line::new("", news.iter().flat_map(|news| &news.exams).map(place)).named(""));
        let dots = line.dots("");
        vec![line, dots]
    });
    view! {
        <LineChart
            id="caption-loss"
            title=words!(caption.loss)
            extent=move || ChartExtent::log_y([0.0, steps.get()], [LEAST_LOSS, 5.0])
            lines=losses
            figure=|loss| number::digits(loss as f32)
            hover
        />
        <LineChart
            id="caption-exams"
            title=words!(caption.exams)
            extent=move || ChartExtent::share([0.0, steps.get()])
            lines=exams
            figure=|share| number::percent(share as f32)
            hover
        />
    }
}
