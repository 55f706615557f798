//! A network learns to caption in the page: loss, and how many captions of scenes with held-out combinations are right.

use super::settings::CaptionSettings;
use crate::protocol::{Caption, CaptionNews, CaptionTrain, Captioned, Speaker};
use crate::ui::ask::{Ask, Policy};
use crate::ui::desk::{Desk, Life};
use crate::ui::settings::Settings;
use crate::ui::widget::{Axes, ChartFigure, Extent, Scaling, Stroke, dots_of, path_of, trouble_box};
use crate::ui::{live, number};
use leptos::prelude::*;

/// What a logarithmic axis shows of the loss.
const LEAST_LOSS: f64 = 1e-3;

#[component]
pub(super) fn Teach(news: RwSignal<Option<CaptionNews>>) -> impl IntoView {
    let desk = Desk::here();
    let settings = CaptionSettings::of(desk);
    let going =
        Ask::<Caption, _>::new(
            Policy::Single,
            |found| if let Captioned::Trained(news) = found { Some(news) } else { None },
        );
    let hear = move |heard: CaptionNews, is_whole: bool| {
        news.try_update(|news| match news {
            Some(before) if !is_whole => {
                let (mut losses, mut exams) = (std::mem::take(&mut before.losses), std::mem::take(&mut before.exams));
                losses.extend(&heard.losses);
                exams.extend(&heard.exams);
                *news = Some(CaptionNews { losses, exams, ..heard });
            }
            _ => *news = Some(heard),
        });
    };
    let start = move |_| {
        news.set(None);
        let backend = desk.place.with_untracked(|place| place.backend);
        let job = CaptionTrain { backend, ..settings.with_untracked(|settings| settings.train) };
        going.start(
            desk.client,
            Caption::Train(job),
            move |news| hear(news, false),
            move |news| {
                hear(news, true);
                // What was trained speaks at once.
                CaptionSettings::change(desk, |settings| settings.speaker = Speaker::Trained);
            },
        );
    };
    let figures = move || {
        let news = news.get()?;
        let right = news.exams.last().map_or(0.0, |exam| exam.right as f32 / exam.of.max(1) as f32);
        Some(say!(
            caption.train_figures,
            step = number::count(u64::from(news.step)),
            of = number::count(u64::from(news.of)),
            seconds = format!("{:.0}", news.seconds),
            speed = number::digits(news.steps_per_second),
            right = number::percent(right),
            params = number::count(news.params),
            calls = number::count(u64::from(news.dispatches))
        ))
    };
    let is_down = move || desk.life() != Life::Up;
    view! {
        <section class="card" data-testid="caption-train">
            <h2>{words!(caption.train_title)}</h2>
            <p class="hint">{words!(caption.train_hint)}</p>
            <div class="fields">
                {controls!(CaptionSettings, "steps", "rate", "seed")}
                <button type="button" class="btn primary" data-testid="caption-start" prop:disabled=live::flag(move || is_down() || going.is_on()) on:click=start>
                    {words!(train.start)}
                </button>
                <button type="button" class="btn" data-testid="caption-stop" prop:disabled=live::flag(move || !going.is_on()) on:click=move |_| going.stop()>
                    {words!(optimise.stop)}
                </button>
            </div>
            {trouble_box(move || going.trouble())}
            <p class="figure" data-testid="caption-figures" data-step=live::text(move || news.with(|news| news.as_ref().map_or(0, |news| news.step)).to_string())>
                {live::text(move || figures().unwrap_or_default())}
            </p>
            <Curves news />
        </section>
    }
}

#[component]
fn Curves(news: RwSignal<Option<CaptionNews>>) -> impl IntoView {
    let hover = RwSignal::new(None::<f64>);
    let steps = Memo::new(move |_| news.with(|news| news.as_ref().map_or(1.0, |news| f64::from(news.of))));
    let losses = move || {
        let points = news.with(|news| news.as_ref().map(|news| news.losses.clone()).unwrap_or_default());
        points.into_iter().map(|(step, loss)| (f64::from(step), f64::from(loss).max(LEAST_LOSS))).collect::<Vec<_>>()
    };
    let exams = move || {
        let points = news.with(|news| news.as_ref().map(|news| news.exams.clone()).unwrap_or_default());
        let share = |exam: crate::protocol::ExamPoint| f64::from(exam.right) / f64::from(exam.of.max(1));
        points.into_iter().map(|exam| (f64::from(exam.step), share(exam))).collect::<Vec<_>>()
    };
    let value = |points: &[(f64, f64)], at: f64| {
        points.iter().take_while(|(step, _)| *step <= at).last().map(|(_, value)| *value as f32)
    };
    let loss_told = move |at| value(&losses(), at).map(number::digits).unwrap_or_default();
    let exam_told = move |at| value(&exams(), at).map(number::percent).unwrap_or_default();
    let extent = move |y: [f64; 2], y_scaling| {
        Signal::derive(move || Extent { x: [0.0, steps.get()], y, x_scaling: Scaling::Linear, y_scaling })
    };
    let line = |class: &str, path: String| Stroke { class: class.to_owned(), path };
    let draw_loss =
        move |axes: &Axes| vec![line("smooth present", path_of(losses().into_iter().map(|(x, y)| axes.place(x, y))))];
    let draw_exams = move |axes: &Axes| {
        let points = move || exams().into_iter().map(|(x, y)| axes.place(x, y));
        vec![line("smooth present", path_of(points())), line("dots present", dots_of(points()))]
    };
    view! {
        <ChartFigure id="caption-loss" title=words!(caption.loss) extent=extent([LEAST_LOSS, 5.0], Scaling::Log) draw=draw_loss told=loss_told hover />
        <ChartFigure id="caption-exams" title=words!(caption.exams) extent=extent([0.0, 1.0], Scaling::Linear) draw=draw_exams told=exam_told hover />
    }
}
