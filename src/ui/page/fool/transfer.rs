//! The transfer grid: what fools one network, shown to the others.

use super::settings::FoolSettings;
use super::state::wanted;
use crate::protocol::{Fool, Fooled, NetworkReport, Transfer, TransferCell, TransferRow};
use crate::ui::widget::{Card, StartProgress, trouble_box};
use crate::ui::{app, live, number, sentence};
use leptos::prelude::*;

/// The engine's limit.
const MOST: usize = 8;

#[component]
pub(super) fn TransferCard(settings: Memo<FoolSettings>) -> impl IntoView {
    let asked = ask!(Fool, Restart, Fooled::Transferred);
    let here = Memo::new(move |_| {
        let networks = app().station().map(|station| station.networks).unwrap_or_default();
        networks.into_iter().filter(|network| network.ready).take(MOST).collect::<Vec<NetworkReport>>()
    });
    let start = move |()| {
        let networks = here.get_untracked().into_iter().map(|network| network.id).collect();
        if let Some(wanted) = untrack(move || wanted(settings)) {
            asked.ask(Fool::Transfer(Transfer { attack: wanted.attack, networks }));
        }
    };
    view! {
        <Card id="fool-transfer" title=words!(fool.transfer_title) hint=words!(fool.transfer_hint) of=asked.asking>
            {live::view(move || asked.answer.get().map(|rows| grid(rows, here)).into_any())}
            <StartProgress
                id="transfer"
                label=words!(fool.show_to_all)
                title=words!(fool.transfer_title)
                of=asked.asking
                able=move || wanted(settings).is_some()
                start
            />
            {trouble_box(move || asked.trouble())}
        </Card>
    }
}

fn grid(rows: Vec<TransferRow>, here: Memo<Vec<NetworkReport>>) -> AnyView {
    let title = move |id: &str| {
        here.with_untracked(|here| here.iter().find(|network| network.id == id).map(sentence::network_title))
            .unwrap_or_else(|| id.to_owned())
    };
    let heads: Vec<String> =
        rows.first().map(|row| row.cells.iter().map(|cell| title(&cell.network)).collect()).unwrap_or_default();
    let cell = |cell: TransferCell| {
        let is_fooled = cell.is_fooled();
        let percent = number::percent(cell.after.probability);
        let (before, after) = (sentence::label_of(&cell.before).to_owned(), sentence::label_of(&cell.after).to_owned());
        view! {
            <td class:fooled=is_fooled data-testid="transfer-cell" data-fooled=is_fooled.to_string()>
                {before} " → " <b>{after}</b> " " <span class="figure">{percent}</span>
            </td>
        }
    };
    let body = rows.into_iter().map(|row| {
        view! { <tr><th scope="row">{title(&row.network)}</th>{row.cells.into_iter().map(cell).collect_view()}</tr> }
    });
    view! {
        <div class="fool-grid">
            <table>
                <thead>
                    <tr>
                        <th scope="col">{words!(fool.made_for)}</th>
                        {heads.into_iter().map(|head| view! { <th scope="col">{head}</th> }).collect_view()}
                    </tr>
                </thead>
                <tbody>{body.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}
