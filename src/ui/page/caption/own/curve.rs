//! The loss of a word while captions of one's own are learnt: in training, and of sentences that no lesson has.

use crate::ui::widget::{Axes, ChartExtent, ChartFigure, Line};
use crate::ui::{app, live, number};
use leptos::prelude::*;

#[component]
pub(super) fn Curve() -> impl IntoView {
    let news = app().own_captions().news;
    let lines = Memo::new(move |_| {
        let place = |&(step, loss): &(u32, f32)| [f64::from(step), f64::from(loss)];
        news.with(|news| {
            let losses = Line::new("", news.iter().flat_map(|news| &news.losses).map(place));
            let held_out = Line::new("", news.iter().flat_map(|news| &news.held_out).map(place));
            let dots = held_out.dots("");
            [losses, held_out.drawn("validation present"), dots]
        })
    });
    let extent = move || {
        let most = lines.with(|lines| lines.iter().flat_map(|line| &line.points).fold(1.0, |most, [_, y]| y.max(most)));
        let steps = news.with(|news| news.as_ref().map_or(1.0, |news| f64::from(news.of)));
        ChartExtent::linear([0.0, steps], [0.0, most.ceil()])
    };
    let told = move |at: f64| {
        let [loss, held_out, _] = lines.with(|lines| lines.each_ref().map(|line| line.at(at)));
        let figure = |loss: Option<f64>| loss.map(|loss| number::digits(loss as f32)).unwrap_or_default();
        loss.map(|_| say!(caption.own_losses, loss = figure(loss), held_out = figure(held_out))).unwrap_or_default()
    };
    let draw = move |axes: &Axes| lines.with(|lines| lines.iter().map(|line| line.stroke(axes)).collect());
    view! {
        <div class:gone=live::flag(move || news.with(Option::is_none))>
            <ChartFigure id="own-loss" title=words!(caption.loss) extent draw told />
        </div>
    }
}
