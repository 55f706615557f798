//! What is measured of the autoencoder: the error over the size of the code, and whether the error tells what it has never seen.

use super::state::{CodePage, planes, setup_of};
use crate::protocol::{
    AutoencoderTrain, CodeSizeRow, CodeSizes, Represent, RepresentNews, Represented, UnseenKind, UnseenReport,
};
use crate::ui::page::represent::settings::RepresentSettings;
use crate::ui::widget::{
    Card, ChartExtent, Line, LineChart, PixelsView, Scaling, StartProgress, legend, no_pixels, trouble_box,
};
use crate::ui::{app, live, number};
use leptos::prelude::*;

/// Of each training, for the chart over sizes.
const STEPS: u32 = 400;

pub(super) fn sizes_card(page: CodePage) -> AnyView {
    let asked = ask!(Represent, Restart, Represented::Sizes);
    let rows = RwSignal::new(Vec::<CodeSizeRow>::new());
    let start = move |()| {
        rows.set(Vec::new());
        let backend = app().route.with_untracked(|route| route.backend);
        let setup = page.settings.with_untracked(setup_of);
        let setup = AutoencoderTrain { steps: setup.steps.min(STEPS), backend, resume: false, ..setup };
        let hear = move |news: RepresentNews| {
            if let RepresentNews::Size(row) = news {
                rows.try_update(|rows| rows.push(row));
            }
        };
        asked.start(Represent::Sizes(CodeSizes { setup }), hear, move |found| drop(rows.try_set(found)));
    };
    let lines = Memo::new(move |_| {
        rows.with(|rows| {
            let of = |error: fn(&CodeSizeRow) -> f64| rows.iter().map(move |row| [f64::from(row.code), error(row)]);
            let autoencoder = Line::new("run-0", of(|row| row.autoencoder)).named(say!(represent.part_autoencoder));
            let components = Line::new("run-2", of(|row| row.components)).named(say!(represent.code_components));
            vec![autoencoder.dots("run-0"), autoencoder, components.dots("run-2"), components]
        })
    });
    let extent = Memo::new(move |_| {
        let [low, high] = lines.with(|lines| {
            let values = lines.iter().flat_map(|line| &line.points).map(|point| point[1]);
            values.fold([f64::INFINITY, 0.0_f64], |[low, high], at| [low.min(at), high.max(at)])
        });
        let y = if high > 0.0 { [0.8 * low, 1.2 * high] } else { [0.001, 0.1] };
        ChartExtent { x_scaling: Scaling::Log, ..ChartExtent::log_y([2.0, 64.0], y) }
    });
    let count = move || rows.with(Vec::len).to_string();
    view! {
        <Card id="represent-sizes" title=words!(represent.sizes) hint=words!(represent.sizes_hint) of=asked.asking>
            <div class="row-acts wraps">
                <StartProgress
                    id="represent-sizes"
                    label=words!(represent.sizes_start)
                    title=words!(represent.sizes)
                    of=asked.asking
                    able=move || app().is_up() && !page.learn.is_on()
                    start
                />
            </div>
            {trouble_box(move || asked.trouble())}
            <div data-testid="represent-sizes-rows" data-count=live::text(count)>
                <LineChart
                    id="represent-sizes-chart"
                    title=words!(represent.code_error)
                    extent
                    lines
                    figure=|error| number::digits(error as f32)
                    across=words!(represent.code)
                />
                {legend([
                    ("run-0", live::name(|| Some(say!(represent.part_autoencoder)))),
                    ("run-2", live::name(|| Some(say!(represent.code_components)))),
                ])}
            </div>
        </Card>
    }
    .into_any()
}

pub(super) fn unseen_card(page: CodePage) -> AnyView {
    let asked = ask!(Represent, Restart, Represented::Unseen);
    let wanted = move || {
        let kind = page.settings.with(|settings| settings.unseen);
        (page.learn.is_fresh() && page.board.with(Option::is_some)).then_some(kind)
    };
    asked.keep(wanted, move |kind: UnseenKind| asked.ask(Represent::Unseen(kind)));
    let has_some = Memo::new(move |_| asked.answer.with(Option::is_some));
    let said = move || {
        asked.answer.with(|found| {
            let UnseenReport { auc, counts, .. } = found.as_ref()?;
            let [own, other] = counts.map(number::count);
            Some(say!(represent.unseen_verdict, auc = number::fixed(*auc, 3), own = own, other = other))
        })
    };
    let auc = move || asked.answer.with(|found| found.as_ref().map(|found| found.auc.to_string()));
    let lines = Memo::new(move |_| {
        asked.answer.with(|found| {
            let bins = || found.iter().flat_map(|found| &found.bins);
            let of = |at: usize| bins().map(move |bin| [bin[0], bin[at]]);
            vec![
                Line::new("run-0", of(1)).named(say!(represent.unseen_own)),
                Line::new("run-1", of(2)).named(say!(represent.unseen_other)),
            ]
        })
    });
    let extent = Memo::new(move |_| {
        let points = lines.with(|lines| lines.iter().flat_map(|line| line.points.clone()).collect::<Vec<_>>());
        let most = points.iter().map(|point| point[1]).fold(0.0, f64::max);
        let [low, high] = points
            .iter()
            .map(|point| point[0])
            .fold([f64::INFINITY, 0.0_f64], |[low, high], at| [low.min(at), high.max(at)]);
        let x = if high > 0.0 { [low, high] } else { [0.001, 1.0] };
        ChartExtent { x_scaling: Scaling::Log, is_share: true, ..ChartExtent::linear(x, [0.0, 1.1 * most.max(0.1)]) }
    });
    let row = move |of: fn(&UnseenReport) -> &[u8]| {
        let pair = move |at: usize| {
            let pixels = move |next: usize| {
                Signal::derive(move || {
                    asked.answer.with(|found| {
                        found.as_ref().map_or_else(no_pixels, |found| planes(found.shape, of(found), 2 * at + next))
                    })
                })
            };
            view! { <li><PixelsView pixels=pixels(0) /><PixelsView pixels=pixels(1) /></li> }
        };
        view! { <ul class="code-again">{(0..UnseenReport::SHOWN).map(pair).collect_view()}</ul> }
    };
    view! {
        <Card id="represent-unseen" title=words!(represent.unseen) hint=words!(represent.unseen_hint) of=asked.asking>
            <div class="fields">{controls!(RepresentSettings, "unseen")}</div>
            <p class="represent-verdict" data-testid="represent-unseen-verdict" data-auc=live::maybe(auc)>{live::maybe(said)}</p>
            {live::view(move || (!has_some.get()).then(|| view! { <p class="represent-empty">{words!(represent.unseen_waiting)}</p> }).into_any())}
            {trouble_box(move || asked.trouble())}
            <div class:gone=live::flag(move || !has_some.get())>
                <LineChart
                    id="represent-unseen-chart"
                    title=words!(represent.unseen_chart)
                    extent
                    lines
                    figure=|share| number::percent(share as f32)
                    across=words!(represent.code_error)
                />
                {legend([
                    ("run-0", live::name(|| Some(say!(represent.unseen_own)))),
                    ("run-1", live::name(|| Some(say!(represent.unseen_other)))),
                ])}
                <div class="unseen-rows">
                    <div>
                        <p class="hint">{words!(represent.unseen_missed)}</p>
                        {row(|found| &found.missed)}
                    </div>
                    <div>
                        <p class="hint">{words!(represent.unseen_strange)}</p>
                        {row(|found| &found.strange)}
                    </div>
                </div>
            </div>
        </Card>
    }
    .into_any()
}
