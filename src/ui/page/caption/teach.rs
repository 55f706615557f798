//! A network learns to caption in the page: loss, and how many captions of scenes with held-out combinations are right.

use super::{change, table_of};
use crate::protocol::{Caption, CaptionNews, CaptionTrain, Captioned, Speaker};
use crate::ui::ask::{Ask, Policy};
use crate::ui::desk::{Desk, Life};
use crate::ui::widget::{Axes, Chart, Extent, NumberField, Scaling, Stroke, TroubleBox, dots_of, path_of};
use crate::ui::{live, number};
use leptos::prelude::*;
use std::sync::Arc;

/// What a logarithmic axis shows of the loss.
const LEAST_LOSS: f64 = 1e-3;

#[component]
pub(super) fn Teach(news: RwSignal<Option<CaptionNews>>) -> impl IntoView {
    let desk = Desk::here();
    let table = table_of(desk);
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
        let job = CaptionTrain { backend, ..table.with_untracked(|table| table.train) };
        going.start(
            desk.client,
            Caption::Train(job),
            move |news| hear(news, false),
            move |news| {
                hear(news, true);
                // What was trained speaks at once.
                change(desk, |table| table.speaker = Speaker::Trained);
            },
        );
    };
    let of = move |read: fn(&CaptionTrain) -> f64| Signal::derive(move || table.with(|table| read(&table.train)));
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
                <NumberField id="caption-steps" label=words!(train.steps) value=of(|train| f64::from(train.steps)) low=1.0 high=100000.0 whole=true on_change=move |steps| change(desk, |table| table.train.steps = steps as u32) />
                <NumberField id="caption-rate" label=words!(train.rate) value=of(|train| train.rate) low=1e-6 high=1.0 on_change=move |rate| change(desk, |table| table.train.rate = rate) />
                <NumberField id="caption-seed" label=words!(train.seed) value=of(|train| f64::from(train.seed)) low=0.0 high=4e9 whole=true on_change=move |seed| change(desk, |table| table.train.seed = seed as u32) />
                <button type="button" class="btn primary" data-testid="caption-start" prop:disabled=live::flag(move || is_down() || going.is_on()) on:click=start>
                    {words!(train.start)}
                </button>
                <button type="button" class="btn" data-testid="caption-stop" prop:disabled=live::flag(move || !going.is_on()) on:click=move |_| going.stop()>
                    {words!(optimise.stop)}
                </button>
            </div>
            {live::view(move || going.trouble().map(|trouble| view! { <TroubleBox trouble /> }).into_any())}
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
    let at_hover = move |points: &[(f64, f64)]| {
        let at = hover.get().unwrap_or(f64::INFINITY);
        points.iter().take_while(|(step, _)| *step <= at).last().map(|(_, value)| *value as f32)
    };
    let loss_told = Arc::new(move || at_hover(&losses()).map(number::digits).unwrap_or_default());
    let exam_told = Arc::new(move || at_hover(&exams()).map(number::percent).unwrap_or_default());
    let extent = move |y: [f64; 2], y_scaling| {
        Signal::derive(move || Extent { x: [0.0, steps.get()], y, x_scaling: Scaling::Linear, y_scaling })
    };
    let line = |class: &str, path: String| Stroke { class: class.to_owned(), path };
    let draw_loss = Arc::new(move |axes: &Axes| {
        vec![line("smooth present", path_of(losses().into_iter().map(|(x, y)| axes.place(x, y))))]
    });
    let draw_exams = Arc::new(move |axes: &Axes| {
        let points = move || exams().into_iter().map(|(x, y)| axes.place(x, y));
        vec![line("smooth present", path_of(points())), line("dots present", dots_of(points()))]
    });
    let (loss_caption, exam_caption) = (loss_told.clone(), exam_told.clone());
    view! {
        <figure class="chart" data-testid="caption-loss">
            <figcaption>
                <h3>{words!(caption.loss)}</h3>
                <span class="figure">{live::text(move || loss_caption())}</span>
            </figcaption>
            <Chart title=words!(caption.loss) extent=extent([LEAST_LOSS, 5.0], Scaling::Log) draw=draw_loss told=loss_told hover />
        </figure>
        <figure class="chart" data-testid="caption-exams">
            <figcaption>
                <h3>{words!(caption.exams)}</h3>
                <span class="figure">{live::text(move || exam_caption())}</span>
            </figcaption>
            <Chart title=words!(caption.exams) extent=extent([0.0, 1.0], Scaling::Linear) draw=draw_exams told=exam_told hover />
        </figure>
    }
}
