//! The loss of a word while captions of one's own are learnt: in training, and of sentences that no lesson has.

use crate::ui::desk::Desk;
use crate::ui::widget::{Axes, ChartFigure, Extent, Scaling, Stroke, dots_of, path_of};
use crate::ui::{live, number};
use leptos::prelude::*;

type Points = Vec<(f64, f64)>;

#[component]
pub(super) fn Curve() -> impl IntoView {
    let news = Desk::here().own_captions().news;
    let points =
        |all: &[(u32, f32)]| -> Points { all.iter().map(|&(step, loss)| (f64::from(step), f64::from(loss))).collect() };
    let losses = move || news.with(|news| news.as_ref().map(|news| points(&news.losses)).unwrap_or_default());
    let held_out = move || news.with(|news| news.as_ref().map(|news| points(&news.held_out)).unwrap_or_default());
    let extent = Signal::derive(move || {
        let most = losses().into_iter().chain(held_out()).fold(1.0_f64, |most, (_, loss)| most.max(loss));
        let steps = news.with(|news| news.as_ref().map_or(1.0, |news| f64::from(news.of)));
        Extent { x: [0.0, steps], y: [0.0, most.ceil()], x_scaling: Scaling::Linear, y_scaling: Scaling::Linear }
    });
    let told = move |at: f64| {
        let last = |points: Points| {
            let known = points.into_iter().take_while(|(step, _)| *step <= at).last();
            known.map(|(_, loss)| number::digits(loss as f32)).unwrap_or_default()
        };
        let (loss, held_out) = (last(losses()), last(held_out()));
        if loss.is_empty() { String::new() } else { say!(caption.own_losses, loss = loss, held_out = held_out) }
    };
    let draw = move |axes: &Axes| {
        let placed = |points: Points| points.into_iter().map(|(x, y)| axes.place(x, y));
        let line = |class: &str, path: String| Stroke { class: class.to_owned(), path };
        vec![
            line("smooth present", path_of(placed(losses()))),
            line("validation present", path_of(placed(held_out()))),
            line("dots present", dots_of(placed(held_out()))),
        ]
    };
    view! {
        <div class:gone=live::flag(move || news.with(Option::is_none))>
            <ChartFigure id="own-loss" title=words!(caption.loss) extent draw told />
        </div>
    }
}
