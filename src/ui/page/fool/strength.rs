//! The strength curve, how sure the network still is of its first answer by ε; and what fools one network, shown to others.

use super::state::{Wanted, colour_of, is_target_already, strength_of};
use crate::protocol::{
    Attacked, Fool, Fooled, Method, NetworkReport, StrengthLine, StrengthPoint, TransferAttack, TransferCell,
    TransferRow,
};
use crate::ui::widget::{Axes, Card, ChartExtent, ChartFigure, Line, StartProgress, legend, point_at, trouble_box};
use crate::ui::{Ask, Choice, app, live, number, sentence};
use leptos::prelude::*;

const METHODS: [Method; 3] = [Method::Fgsm, Method::Bim, Method::PgdLinf];
const LEVELS: [f64; 8] = [0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 12.0, 16.0];
/// What is measured without being asked: a second or two on a CPU.
const SOON_MACS: u64 = 60_000_000;

pub(super) fn strength_card(
    wanted: Wanted,
    attacked: Ask<Fool, Attacked>,
    measured: Ask<Fool, Vec<StrengthLine>>,
) -> impl IntoView {
    let wanted = Memo::new(move |_| {
        let (attack, subject) = wanted.get()?;
        // After the attack itself, which says whether there is anything to measure.
        let is_known = attacked.answer.with(|found| {
            let about = found.as_ref().filter(|found| found.attack.picture == attack.picture);
            about.is_some_and(|found| found.attack.target != attack.target || !is_target_already(found))
        });
        is_known.then_some(())?;
        Some((strength_of(&attack, &METHODS, &LEVELS), subject.network.macs))
    });
    Effect::new(move |_| match wanted.get() {
        Some((job, macs)) if macs <= SOON_MACS => measured.ask(Fool::Strength(job)),
        _ => {
            measured.stop();
            measured.answer.set(None);
        }
    });
    let start = move |()| {
        if let Some((job, _)) = wanted.get_untracked() {
            measured.ask(Fool::Strength(job));
        }
    };
    view! {
        <Card id="fool-strength" title=words!(fool.strength_title) hint=words!(fool.strength_hint) of=measured.asking>
            {live::view(move || {
                measured.answer.with(Option::is_none).then(|| view! { <p class="hint">{words!(fool.strength_todo)}</p> }).into_any()
            })}
            <div class:gone=live::flag(move || measured.answer.with(Option::is_none))>{curves(measured.answer)}</div>
            <StartProgress
                id="strength"
                label=words!(fool.measure)
                title=words!(fool.strength_title)
                of=measured.asking
                able=move || wanted.with(Option::is_some)
                start
            />
            {trouble_box(move || measured.trouble())}
        </Card>
    }
}

fn curves(lines: RwSignal<Option<Vec<StrengthLine>>>) -> impl IntoView {
    let hover = RwSignal::new(None::<f64>);
    let most = LEVELS[LEVELS.len() - 1];
    let draw = move |axes: &Axes| {
        let place = |point: &StrengthPoint| [255.0 * point.epsilon, f64::from(point.confidence)];
        let one = |line: &StrengthLine| Line::new(colour_of(line.method), line.points.iter().map(place)).stroke(axes);
        lines.with(|lines| lines.iter().flatten().map(one).collect())
    };
    let told_of = move |method: Method, at: f64| {
        lines.with(|lines| {
            let line = lines.as_ref()?.iter().find(|line| line.method == method)?;
            let point = point_at(&line.points, at + 1e-9, |point| 255.0 * point.epsilon)?;
            let percent = number::percent(point.confidence);
            let state = if point.fooled > 0 { say!(fool.fooled) } else { say!(fool.stands) };
            Some(format!("{percent}, {state}"))
        })
    };
    let told = move |at| {
        let one = |method: Method| told_of(method, at).map(|told| format!("{} {told}", method.name()));
        METHODS.into_iter().filter_map(one).collect::<Vec<_>>().join("; ")
    };
    let rows = METHODS.map(|method| {
        let name = view! {
            <span>{method.name()}</span>
            <span class="figure" data-testid="strength-line">
                {live::maybe(move || told_of(method, hover.get().unwrap_or(f64::INFINITY)))}
            </span>
        };
        (colour_of(method), name)
    });
    view! {
        <ChartFigure
            id="strength-chart"
            title=words!(fool.confidence_by_epsilon)
            extent=ChartExtent::share([0.0, most])
            across=words!(fool.across)
            draw
            told
            hover
            caption=move || format!("ε = {:.1}", hover.get().unwrap_or(most).clamp(0.0, most))
        />
        {legend(rows)}
    }
}

/// The engine's limit.
const MOST: usize = 8;

pub(super) fn transfer_card(wanted: Wanted) -> impl IntoView {
    let asked = ask!(Fool, Restart, Fooled::Transferred);
    let here = Memo::new(move |_| {
        let networks = app().station.get().map(|station| station.networks).unwrap_or_default();
        networks.into_iter().filter(|network| network.ready).take(MOST).collect::<Vec<NetworkReport>>()
    });
    let start = move |()| {
        let networks = here.get_untracked().into_iter().map(|network| network.id).collect();
        if let Some((attack, _)) = untrack(move || wanted.get()) {
            asked.ask(Fool::Transfer(TransferAttack { attack, networks }));
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
                able=move || wanted.get().is_some()
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
        <div class="fool-grid" tabindex="0" role="group" aria-label=words!(fool.transfer_title)>
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
