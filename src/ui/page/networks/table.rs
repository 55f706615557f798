//! The table of networks: sortable, searchable, each row with its link.

use super::settings::{Column, NetworksSettings};
use super::zoo::{NetworkRow, listed};
use crate::protocol::LayerTotals;
use crate::ui::widget::Icon;
use crate::ui::{Choice, PageSettings, Words, app, live, number};
use leptos::prelude::*;

/// The columns under a common head: of convolutions, of fully connected layers, of all.
const GROUPS: [(Words, &[Column]); 3] = [
    (words!(networks.whole), &[Column::Weights, Column::Published, Column::Macs, Column::Top1]),
    (words!(networks.convs), &[Column::ConvLayers, Column::ConvWeights, Column::ConvMacs]),
    (words!(networks.fcs), &[Column::FcLayers, Column::FcWeights, Column::FcMacs]),
];

pub(super) fn table(
    rows: Memo<Vec<NetworkRow>>,
    settings: Memo<NetworksSettings>,
    chosen: Memo<Option<String>>,
) -> AnyView {
    let shown = Memo::new(move |_| rows.with(|rows| settings.with(|settings| listed(rows, settings))));
    let find = move |event| {
        let text = event_target_value(&event);
        NetworksSettings::change(|settings| settings.find = text);
    };
    let found = move || say!(networks.found, shown = shown.with(Vec::len), all = rows.with(Vec::len));
    view! {
        <div class="fields">
            <label class="field">
                <span>{words!(networks.find)}</span>
                <input
                    type="search"
                    data-testid="networks-find"
                    placeholder=live::name(move || Some(say!(networks.find_hint)))
                    prop:value=live::text(move || settings.with(|settings| settings.find.clone()))
                    on:input=find
                />
            </label>
            <p class="hint" aria-live="polite" data-testid="networks-found">{live::text(found)}</p>
        </div>
        // Scrolls by itself; the keyboard must reach it for that.
        <div class="table zoo-table" tabindex="0" role="group" aria-label=words!(networks.table_label)>
            <table data-testid="networks-table">
                <thead>
                    <tr>
                        <td></td>
                        {GROUPS.map(|(words, columns)| view! { <th scope="colgroup" colspan=columns.len().to_string() class="group">{words}</th> })}
                        <td colspan="2"></td>
                    </tr>
                    <tr>
                        {head(Column::Title, settings)}
                        {GROUPS.map(|(_, columns)| columns.iter().map(|column| head(*column, settings)).collect_view())}
                        {[Column::Year, Column::Input].map(|column| head(column, settings))}
                    </tr>
                </thead>
                <tbody>
                    <For each=move || shown.get() key=NetworkRow::key let:row>
                        {line(row, chosen)}
                    </For>
                </tbody>
            </table>
        </div>
    }
    .into_any()
}

/// Pressed once it sorts, figures from the largest down; pressed again it turns round.
fn head(column: Column, settings: Memo<NetworksSettings>) -> AnyView {
    let sorted = move || settings.with(|settings| (settings.by == column).then_some(settings.is_down));
    let press = move |_| {
        NetworksSettings::change(|settings| {
            settings.is_down = if settings.by == column { !settings.is_down } else { column != Column::Title };
            settings.by = column;
        });
    };
    let order = move || match sorted() {
        None => None,
        Some(true) => Some("descending"),
        Some(false) => Some("ascending"),
    };
    let mark = move || sorted().map(|is_down| if is_down { "▾" } else { "▴" });
    view! {
        <th scope="col" class:figure=column != Column::Title aria-sort=live::name(order)>
            <button type="button" class="sort" data-testid=format!("by-{}", column.key()) on:click=press>
                {column.row().1}
                <span aria-hidden="true">{live::name(mark)}</span>
            </button>
        </th>
    }
    .into_any()
}

fn line(row: NetworkRow, chosen: Memo<Option<String>>) -> AnyView {
    let id = row.report.id.clone();
    let is_chosen = Memo::new(move |_| chosen.with(|chosen| chosen.as_ref() == Some(&id)));
    let (tag, here, ready) = (row.report.id.clone(), row.report.id.clone(), row.report.ready);
    let href = move || {
        let mut route = app().route.get();
        super::look_at(&mut route, here.clone());
        route.to_hash()
    };
    let dash = || "–".to_owned();
    let cell = |text: String| view! { <td class="figure">{text}</td> }.into_any();
    let of = |totals: Option<&LayerTotals>| match totals {
        None => ["…".to_owned(), "…".to_owned(), "…".to_owned()],
        Some(LayerTotals { layers: 0, .. }) => [dash(), dash(), dash()],
        Some(of) => [of.layers.to_string(), number::short_count(of.params), number::short_count(of.macs)],
    };
    let counts = row.counts.as_ref();
    let published = counts.and_then(|counts| counts.published.as_ref());
    let agrees = published.and_then(|published| published.has_params(row.report.params));
    let theirs = published.and_then(|published| published.params).map(|[params, unit]| match unit {
        1 => number::count(params),
        _ => number::short_count(params),
    });
    let by = published.map(|published| published.by.clone());
    view! {
        <tr class:chosen=live::flag(move || is_chosen.get()) data-testid="network" data-network=tag data-ready=ready.to_string()>
            <th scope="row">
                <a href=live::text(href) aria-current=live::name(move || is_chosen.get().then_some("true"))>
                    {row.title.clone()}
                </a>
                <span class="ready" title=live::name(move || ready.then(|| say!(networks.ready)))>{ready.then_some("●")}</span>
            </th>
            {cell(number::count(row.report.params))}
            <td class="figure" class:good=agrees == Some(true) class:wrong=agrees == Some(false) title=by>
                {theirs.unwrap_or_else(dash)}
                {agrees.map(|agrees| view! { <Icon of=if agrees { Icon::Check } else { Icon::Close } /> })}
            </td>
            {cell(number::short_count(row.report.macs))}
            {cell(row.top1().map_or_else(dash, |top1| number::fixed(top1, 1)))}
            {[of(counts.map(|counts| &counts.conv)), of(counts.map(|counts| &counts.fc))].into_iter().flatten().map(cell).collect_view()}
            {cell(row.year().map_or_else(dash, |year| year.to_string()))}
            {cell(number::shape(&row.report.input))}
        </tr>
    }
    .into_any()
}
