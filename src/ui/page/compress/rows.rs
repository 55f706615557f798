//! Networks side by side: accuracy, parameters, operations, bytes and time, before and after.

use crate::protocol::{CompressMethod, CompressRow};
use crate::ui::widget::figure_table;
use crate::ui::{Choice, number};
use leptos::prelude::*;

/// How a row is called.
pub(super) fn name_of(row: &CompressRow) -> String {
    let CompressRow { method, budget, bits, epochs, rounds, is_by_layer, is_rounded, is_corrected, .. } = row;
    let Some(method) = method else { return say!(compress.before).to_owned() };
    let share = number::percent(*budget as f32);
    let name = match method {
        method if *is_by_layer => say!(compress.row_by_layer, method = (method.row().1)()),
        CompressMethod::LowRank => say!(compress.row_rank, share = share),
        CompressMethod::Prune => say!(compress.row_prune, share = share),
        CompressMethod::Share => say!(compress.row_share, share = share, bits = number::count(*bits)),
        CompressMethod::Channels => say!(compress.row_channels, share = share),
        CompressMethod::Predict => say!(compress.row_predict, share = share),
        CompressMethod::Int8 | CompressMethod::Int4 => (method.row().1)().to_owned(),
    };
    let with = |name: String, is: bool, what: &str| if is { format!("{name} + {what}") } else { name };
    let name = with(name, *is_rounded, say!(compress.row_rounded));
    let name = with(name, *is_corrected, say!(compress.row_corrected));
    let epochs_text = number::count(*epochs);
    match (*epochs, *rounds) {
        (0, _) => name,
        (_, 2..) => {
            let rounds = number::count(*rounds);
            format!("{name} + {}", say!(compress.row_rounds, epochs = epochs_text, rounds = rounds))
        }
        _ => format!("{name} + {}", say!(compress.row_epochs, epochs = epochs_text)),
    }
}

/// A table with a line for each; all are held against the first.
pub(super) fn table(rows: Vec<CompressRow>, id: &'static str) -> AnyView {
    let Some(first) = rows.first().cloned() else { return ().into_any() };
    let one = move |row: &CompressRow| {
        let ratio = first.bytes as f64 / row.bytes.max(1) as f64;
        let name = name_of(row);
        let accuracy = row.accuracy;
        let (params, macs, bytes, millis) = (row.params, row.macs, row.bytes, row.millis);
        view! {
            <tr data-testid=id data-accuracy=accuracy.share().to_string() data-bytes=bytes.to_string() data-macs=macs.to_string()>
                <th scope="row">{name}</th>
                <td class="figure">{number::percent(accuracy.share() as f32)}</td>
                <td class="figure">{number::bytes(bytes)} <small>{format!("1/{ratio:.1}")}</small></td>
                <td class="figure">{number::short_count(macs)}</td>
                <td class="figure">{number::short_count(params)}</td>
                <td class="figure">{number::millis(millis)}</td>
            </tr>
        }
    };
    let columns = [
        words!(compress.method),
        words!(compress.accuracy),
        words!(compress.bytes),
        words!(compress.macs),
        words!(compress.params),
        words!(compress.millis),
    ];
    figure_table(words!(compress.table), "compress-table", columns, rows.iter().map(one).collect_view())
}
