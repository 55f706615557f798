//! The transfer grid: what fools one network, shown to the others.

use super::look::{label_of, transferred};
use super::settings::FoolSettings;
use super::state::wanted;
use crate::protocol::{Fool, NetworkReport, Transfer, TransferCell, TransferRow};
use crate::ui::ask::{Ask, Policy};
use crate::ui::desk::Desk;
use crate::ui::settings::Settings;
use crate::ui::widget::{StartProgress, trouble_box};
use crate::ui::{live, number, sentence};
use leptos::prelude::*;

/// The engine's limit.
const MOST: usize = 8;

#[component]
pub(super) fn TransferCard() -> impl IntoView {
    let desk = Desk::here();
    let settings = FoolSettings::of(desk);
    let asking = Ask::new(Policy::Restart, transferred);
    let here = Memo::new(move |_| {
        let networks = desk.station().map(|station| station.networks).unwrap_or_default();
        networks.into_iter().filter(|network| network.ready).take(MOST).collect::<Vec<NetworkReport>>()
    });
    let start = move |()| {
        let networks = here.get_untracked().into_iter().map(|network| network.id).collect();
        if let Some(wanted) = untrack(move || wanted(desk, settings)) {
            asking.ask(desk.client, Fool::Transfer(Transfer { attack: wanted.attack, networks }));
        }
    };
    let able = move || wanted(desk, settings).is_some();
    view! {
        <section class="card" data-testid="fool-transfer" data-state=live::name(move || Some(asking.state().name()))>
            <h2>{words!(fool.transfer_title)}</h2>
            <p class="hint">{words!(fool.transfer_hint)}</p>
            {live::view(move || asking.answer.get().map(|rows| grid(rows, here)).into_any())}
            <StartProgress
                id="transfer"
                label=words!(fool.show_to_all)
                title=words!(fool.transfer_title)
                is_on=Signal::derive(move || asking.is_on())
                progress=Signal::derive(move || asking.progress())
                able=Signal::derive(able)
                start
                stop=move |()| asking.stop()
            />
            {trouble_box(move || asking.trouble())}
        </section>
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
        let (before, after) = (label_of(&cell.before).to_owned(), label_of(&cell.after).to_owned());
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
