//! Fine-tuning beside the classifier, over the number of pictures of each class.

use super::save::save;
use super::state::TransferState;
use crate::protocol::{AccuracyShare, ExportForm, LearningCurve, LearningRow, Transfer, TransferTask, TuneEpoch};
use crate::ui::widget::{Button, Card, ChartExtent, Line, LineChart, StartProgress, figure_table, legend, trouble_box};
use crate::ui::{Words, app, live, number, sentence};
use leptos::prelude::*;

/// Forms in which the network is saved.
const FILES: [(&str, Words, ExportForm); 2] = [
    ("tuned-safetensors", words!(transfer.save_tuned), ExportForm::Safetensors),
    ("tuned-onnx", words!(transfer.save_onnx), ExportForm::Onnx),
];

pub(super) fn tune_card(state: TransferState) -> AnyView {
    let compare = state.compare;
    let rows = state.compared;
    let lines = Memo::new(move |_| rows.with(|rows| lines_of(rows)));
    let extent = Signal::derive(move || {
        let most = rows.with(|rows| rows.last().map_or(2.0, |row| f64::from(row.each)));
        ChartExtent::share([0.0, most.max(3.0)])
    });
    let has_rows = move || rows.with(|rows| !rows.is_empty());
    let button = move |(id, words, form): (&'static str, Words, ExportForm)| {
        let off = move || !compare.is_fresh();
        view! { <Button id words off on_press=move |()| app().try_to(save(Transfer::SaveTuned(form))) /> }
    };
    view! {
        <Card id="transfer-tune" title=words!(transfer.tune) hint=words!(transfer.tune_hint) of=compare.asking>
            <div class="fields">
                {controls!(TransferTask, "blocks", "rate", "lower", "epochs", "patience", "batch", "shift", "flip", "frozen")}
            </div>
            <StartProgress
                id="compare"
                label=words!(transfer.compare)
                title=words!(transfer.tuning)
                of=compare.asking
                able=move || state.able()
                start=move |()| state.start_compare(false)
            />
            {live::view(move || {
                let go_on = || {
                    view! {
                        <p class="hint" data-testid="compare-stopped">{words!(transfer.stopped)}</p>
                        <Button id="compare-go-on" words=words!(train.go_on) on_press=move |()| state.start_compare(true) />
                    }
                };
                state.can_go_on().then(go_on).into_any()
            })}
            {trouble_box(move || compare.trouble())}
            {live::view(move || {
                let is_other = state.is_other() && has_rows();
                is_other.then(|| view! { <p class="hint" data-testid="compare-stale">{words!(transfer.compare_stale)}</p> }).into_any()
            })}
            {live::view(move || {
                let of = compare.is_on().then(|| state.epoch.get()).flatten();
                of.map(epoch).into_any()
            })}
            <div class:gone=live::flag(move || !has_rows())>
                <LineChart
                    id="compare-chart"
                    title=words!(transfer.accuracy)
                    extent
                    lines
                    figure=|share| number::percent(share as f32)
                    across=words!(transfer.each)
                />
                {legend([
                    ("run-0", words!(transfer.of_features)),
                    ("run-1", words!(transfer.tuned)),
                    ("run-5", words!(transfer.pixels)),
                ])}
                {live::view(move || rows.with(|rows| table(rows)))}
            </div>
            {live::view(move || compare.answer.with(|found| found.as_ref().map(told)).into_any())}
            <div class="row-acts wraps" class:gone=live::flag(move || !has_rows())>{FILES.map(button).collect_view()}</div>
        </Card>
    }
    .into_any()
}

fn lines_of(rows: &[LearningRow]) -> Vec<Line> {
    let line = |class: &'static str, of: fn(&LearningRow) -> Option<AccuracyShare>, name: &str| {
        let points = rows.iter().filter_map(|row| Some([f64::from(row.each), of(row)?.share()])).collect::<Vec<_>>();
        Line::new(class, points.into_iter()).named(name)
    };
    let all = [
        line("run-0", |row| Some(row.classifier), say!(transfer.of_features)),
        line("run-1", |row| row.tuned, say!(transfer.tuned)),
        line("run-5", |row| Some(row.raw), say!(transfer.pixels)),
    ];
    let dots = [all[0].dots("run-0"), all[1].dots("run-1"), all[2].dots("run-5")];
    all.into_iter().chain(dots).collect()
}

fn table(rows: &[LearningRow]) -> AnyView {
    let percent = |share: Option<&AccuracyShare>| {
        share.map_or_else(|| "–".to_owned(), |share| number::percent(share.share() as f32))
    };
    let one = |row: &LearningRow| {
        let tuned = row.tuned.as_ref().map(|tuned| tuned.share().to_string());
        view! {
            <tr data-testid="compare-row" data-each=row.each.to_string() data-features=row.classifier.share().to_string() data-tuned=tuned>
                <th scope="row">{number::count(row.each)}</th>
                <td class="figure">{percent(Some(&row.raw))}</td>
                <td class="figure">{percent(Some(&row.classifier))}</td>
                <td class="figure">{percent(row.tuned.as_ref())}</td>
            </tr>
        }
    };
    let columns =
        [words!(transfer.each), words!(transfer.pixels), words!(transfer.of_features), words!(transfer.tuned)];
    figure_table(words!(transfer.tune), "", columns, rows.iter().map(one).collect_view())
}

/// How far it is.
fn epoch(epoch: TuneEpoch) -> AnyView {
    let TuneEpoch { epoch, loss, validation_loss, validation } = epoch;
    let text = move || {
        let [loss, other] = [loss, validation_loss].map(|loss| number::fixed(f64::from(loss), 3));
        let share = number::percent(validation.share() as f32);
        say!(transfer.epoch, epoch = epoch, loss = loss, other = other, share = share)
    };
    view! { <p class="hint" data-testid="tune-epoch">{live::text(text)}</p> }.into_any()
}

fn told(found: &LearningCurve) -> AnyView {
    let LearningCurve { blocks, asked, elapsed_ms, backend, .. } = found.clone();
    let text = move || {
        say!(transfer.compared, asked = number::count(asked), blocks = blocks, time = number::millis(elapsed_ms))
    };
    view! {
        <p class="sub">
            <span data-testid="compare-told">{live::text(text)}</span>
            <span class="figure">{live::text(move || sentence::backend_name(&backend))}</span>
        </p>
    }
    .into_any()
}
