//! Errors on the test pictures while the three learn, with the paper's own on MNIST as lines.

use super::state::DistilState;
use crate::protocol::PUBLISHED;
use crate::ui::widget::{ChartExtent, Line, LineChart, legend};
use crate::ui::{Words, live, number};
use leptos::prelude::*;

/// Errors are shown as of so many pictures: as many as MNIST's test set has.
pub(super) const OF: f64 = 10_000.0;

pub(super) struct Learner {
    pub(super) class: &'static str,
    pub(super) id: &'static str,
    pub(super) name: Words,
    published: u32,
}

pub(super) static NETWORKS: [Learner; 3] = [
    Learner { class: "run-5", id: "teacher", name: words!(distil.teacher), published: PUBLISHED.teacher },
    Learner { class: "run-1", id: "plain", name: words!(distil.plain), published: PUBLISHED.plain },
    Learner { class: "run-2", id: "distilled", name: words!(distil.distilled), published: PUBLISHED.distilled },
];

pub(super) fn curves(run: DistilState) -> impl IntoView {
    let hover = RwSignal::new(None::<f64>);
    let lines = Memo::new(move |_| {
        let own = NETWORKS.iter().enumerate().map(|(at, of)| {
            let points = run.read(|news| {
                let share = OF / f64::from(news.tested.max(1));
                let marks = news.pupils[at].measured.iter();
                marks
                    .map(|mark| [100.0 * f64::from(mark.at), (share * f64::from(mark.errors)).max(1.0)])
                    .collect::<Vec<_>>()
            });
            Line::new(of.class, points.unwrap_or_default().into_iter()).named((of.name)())
        });
        // They belong to another data set: only beside curves of one's own.
        let is_begun = run.read(|_| ()).is_some();
        let paper =
            NETWORKS.iter().filter(|_| is_begun).map(|of| Line::level(of.class, [0.0, 100.0], f64::from(of.published)));
        own.chain(paper).collect::<Vec<_>>()
    });
    let figure = |errors: f64| number::count(errors.round() as u64);
    let value = move |at: usize| lines.with(|lines| lines[at].at(hover.get().unwrap_or(f64::INFINITY))).map(figure);
    let last = move |line: usize| {
        run.read(|news| {
            let mark = news.pupils[line].measured.last()?;
            Some((mark.errors, news.tested, news.pupils[line].params))
        })
        .flatten()
    };
    let row = |(at, line): (usize, &'static Learner)| {
        view! {
            <tr class=line.class data-testid="pupil" data-pupil=line.id data-errors=live::maybe(move || last(at).map(|(errors, ..)| errors.to_string()))>
                <th scope="row"><span class="swatch"><i></i>{line.name}</span></th>
                <td class="figure">{live::maybe(move || last(at).map(|(_, _, params)| number::count(params)))}</td>
                <td class="figure">{live::maybe(move || last(at).map(|(errors, of, _)| format!("{errors} / {of}")))}</td>
                <td class="figure">{live::maybe(move || value(at))}</td>
                <td class="figure">{line.published.to_string()}</td>
            </tr>
        }
    };
    view! {
        <LineChart
            id="distil-chart"
            title=words!(distil.chart)
            extent=ChartExtent::log_y([0.0, 100.0], [40.0, OF])
            lines
            figure
            across=words!(distil.across)
            hover
        />
        {legend(NETWORKS.iter().map(|of| {
            let name = view! { {of.name} " " <span class="figure">{of.published}</span> ", " {words!(distil.published)} };
            (format!("{} second", of.class), name)
        }))}
        <p class="hint">{words!(distil.chart_hint)}</p>
        <div class="scroll" tabindex="0" role="group" aria-label=words!(distil.errors)>
            <table class="pupils">
                <thead>
                    <tr>
                        <th scope="col">{words!(distil.network)}</th>
                        <th scope="col">{words!(train.params)}</th>
                        <th scope="col">{words!(distil.errors_measured)}</th>
                        <th scope="col">{words!(distil.per_ten_thousand)}</th>
                        <th scope="col">{words!(distil.published)}</th>
                    </tr>
                </thead>
                <tbody>{NETWORKS.iter().enumerate().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}
