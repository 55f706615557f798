//! The depth sweep: the same classifier on layers from the first to the last.

use super::state::TransferState;
use crate::protocol::{AccuracyShare, SweepRow};
use crate::ui::widget::{Card, ChartExtent, Line, LineChart, StartProgress, figure_table, legend, trouble_box};
use crate::ui::{live, number};
use leptos::prelude::*;

pub(super) fn sweep_card(state: TransferState) -> AnyView {
    let sweep = state.sweep;
    let lines = Memo::new(move |_| sweep.answer.with(|rows| rows.as_deref().map(lines_of).unwrap_or_default()));
    let extent = Signal::derive(|| ChartExtent::share([0.0, 1.0]));
    let has_rows = move || sweep.answer.with(|rows| rows.as_ref().is_some_and(|rows| !rows.is_empty()));
    view! {
        <Card id="transfer-sweep" title=words!(transfer.sweep) hint=words!(transfer.sweep_hint) of=sweep.asking>
            <div class:gone=live::flag(move || !has_rows())>
                <LineChart
                    id="sweep-chart"
                    title=words!(transfer.accuracy)
                    extent
                    lines
                    figure=|share| number::percent(share as f32)
                    across=words!(transfer.depth)
                />
                {legend([
                    ("run-0", words!(transfer.trained)),
                    ("run-1", words!(transfer.untrained)),
                    ("run-5 second", words!(transfer.pixels)),
                ])}
                {live::view(move || sweep.answer.with(|rows| rows.as_deref().map(table)).into_any())}
            </div>
            <StartProgress
                id="sweep"
                label=words!(transfer.sweep_start)
                title=words!(transfer.sweep)
                of=sweep.asking
                able=move || state.able()
                start=move |()| state.start_sweep()
            />
            {trouble_box(move || sweep.trouble())}
        </Card>
    }
    .into_any()
}

fn lines_of(rows: &[SweepRow]) -> Vec<Line> {
    let layers = || rows.iter().filter(|row| row.layer.is_some());
    let trained = layers().map(|row| [row.depth, row.accuracy.share()]).collect::<Vec<_>>();
    let untrained = layers().filter_map(|row| Some([row.depth, row.untrained.as_ref()?.share()])).collect::<Vec<_>>();
    let pixels = rows.iter().find(|row| row.layer.is_none()).map(|row| row.accuracy.share());
    let trained = Line::new("run-0", trained.into_iter()).named(say!(transfer.trained));
    let untrained = Line::new("run-1", untrained.into_iter()).named(say!(transfer.untrained));
    let dots = [trained.dots("run-0"), untrained.dots("run-1")];
    let pixels = pixels.map(|share| Line::level("run-5", [0.0, 1.0], share).named(say!(transfer.pixels)));
    [trained, untrained].into_iter().chain(dots).chain(pixels).collect()
}

fn table(rows: &[SweepRow]) -> AnyView {
    let percent = |share: &AccuracyShare| number::percent(share.share() as f32);
    let one = |row: &SweepRow| {
        let name = match &row.layer {
            Some(layer) => format!("{} · {}", layer.path, number::count(layer.features)),
            None => say!(transfer.pixels).to_owned(),
        };
        view! {
            <tr data-testid="sweep-row" data-accuracy=row.accuracy.share().to_string()>
                <th scope="row">{name}</th>
                <td class="figure">{percent(&row.accuracy)}</td>
                <td class="figure">{row.untrained.as_ref().map(percent).unwrap_or_else(|| "–".to_owned())}</td>
            </tr>
        }
    };
    let columns = [words!(transfer.layer), words!(transfer.trained), words!(transfer.untrained)];
    view! {
        <details class="sweep-rows">
            <summary>{words!(transfer.by_layer)}</summary>
            {figure_table(words!(transfer.by_layer), "", columns, rows.iter().map(one).collect_view())}
        </details>
    }
    .into_any()
}
