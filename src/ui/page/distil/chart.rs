//! Errors on the test pictures while the three learn, with the paper's own on MNIST as lines.

use super::run::RunState;
use crate::protocol::{Mark, PUBLISHED};
use crate::ui::lang::Words;
use crate::ui::widget::{Axes, ChartFigure, Extent, Scaling, Stroke, path_of, point_at};
use crate::ui::{live, number};
use leptos::prelude::*;

/// Errors are shown as of so many pictures: as many as MNIST's test set has.
pub(super) const OF: f64 = 10_000.0;

/// One of the three networks.
pub(super) struct Line {
    pub(super) class: &'static str,
    pub(super) id: &'static str,
    pub(super) name: Words,
    published: u32,
}

pub(super) static LINES: [Line; 3] = [
    Line { class: "run-5", id: "teacher", name: words!(distil.teacher), published: PUBLISHED.teacher },
    Line { class: "run-1", id: "plain", name: words!(distil.plain), published: PUBLISHED.plain },
    Line { class: "run-2", id: "distilled", name: words!(distil.distilled), published: PUBLISHED.distilled },
];

#[component]
pub(super) fn Curves(run: RunState) -> impl IntoView {
    let hover = RwSignal::new(None::<f64>);
    let per_mille = move |mark: &Mark| {
        let tested = run.news.with(|news| news.as_ref().map_or(1, |news| news.tested.max(1)));
        f64::from(mark.errors) * OF / f64::from(tested)
    };
    let marks = move |line: usize| -> Vec<[f64; 2]> {
        let all = run.news.with(|news| news.as_ref().map(|news| news.pupils[line].measured.clone()));
        all.unwrap_or_default().iter().map(|mark| [f64::from(mark.at) * 100.0, per_mille(mark)]).collect()
    };
    let extent = Extent { x: [0.0, 100.0], y: [40.0, OF], x_scaling: Scaling::Linear, y_scaling: Scaling::Log };
    let extent = Memo::new(move |_| extent);
    let draw = move |axes: &Axes| {
        let own = LINES.iter().enumerate().map(|(at, line)| {
            let points = marks(at).into_iter().map(|[x, y]| axes.place(x, y.max(1.0)));
            Stroke { class: format!("{} smooth present", line.class), path: path_of(points) }
        });
        let paper = LINES.iter().map(|line| {
            let points = [0.0, 100.0].map(|x| axes.place(x, f64::from(line.published)));
            Stroke { class: format!("{} smooth present second", line.class), path: path_of(points.into_iter()) }
        });
        own.chain(paper).collect()
    };
    let value = move |line: usize, at: f64| {
        point_at(&marks(line), at, |[x, _]| *x).map(|[_, y]| number::count(y.round() as u64))
    };
    let told = move |at| {
        let one = |(line, of): (usize, &Line)| value(line, at).map(|value| format!("{} {value}", (of.name)()));
        LINES.iter().enumerate().filter_map(one).collect::<Vec<_>>().join(", ")
    };
    let last = move |line: usize| {
        run.news.with(|news| {
            let news = news.as_ref()?;
            news.pupils[line].measured.last().map(|mark| (mark.errors, news.tested, news.pupils[line].params))
        })
    };
    let row = |(at, line): (usize, &'static Line)| {
        view! {
            <tr class=line.class data-testid="pupil" data-pupil=line.id data-errors=live::maybe(move || last(at).map(|(errors, ..)| errors.to_string()))>
                <th scope="row"><span class="swatch"><i></i>{line.name}</span></th>
                <td class="figure">{live::maybe(move || last(at).map(|(_, _, params)| number::count(params)))}</td>
                <td class="figure">{live::maybe(move || last(at).map(|(errors, of, _)| format!("{errors} / {of}")))}</td>
                <td class="figure">{live::maybe(move || value(at, hover.get().unwrap_or(f64::INFINITY)))}</td>
                <td class="figure">{line.published.to_string()}</td>
            </tr>
        }
    };
    view! {
        <ChartFigure id="distil-chart" title=words!(distil.chart) extent draw told hover />
        <p class="hint">{words!(distil.chart_hint)}</p>
        <div class="scroll">
            <table class="pupils">
                <thead>
                    <tr>
                        <th scope="col">{words!(distil.network)}</th>
                        <th scope="col">{words!(train.params)}</th>
                        <th scope="col">{words!(distil.errors)}</th>
                        <th scope="col">{words!(distil.per_ten_thousand)}</th>
                        <th scope="col">{words!(distil.published)}</th>
                    </tr>
                </thead>
                <tbody>{LINES.iter().enumerate().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}
