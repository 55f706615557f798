//! How far to trust the maps: all methods on the chosen picture in one table, beside chance and edges.

mod forgetting;
mod thing;

use super::evidence::{Colours, painted};
use super::settings::{Frame, LookSettings};
use crate::protocol::{
    AboutClass, Evidence, EvidenceFound, EvidenceMethod, JudgedMap, LookInside, LookInsideAnswer, LookInsideNews,
    MapSource, Trust, TrustRow,
};
use crate::ui::widget::{Card, PixelsView, StartProgress, trouble_box};
use crate::ui::{Choice, app, live, number};
use forgetting::forgetting;
use leptos::prelude::*;
use thing::thing_frame;

pub(super) fn trust_card(settings: Memo<LookSettings>, evidence: RwSignal<Option<EvidenceFound>>) -> AnyView {
    let asked = ask!(LookInside, Restart, LookInsideAnswer::Trust);
    let rows = RwSignal::new(Vec::<TrustRow>::new());
    let wanted = Memo::new(move |_| {
        let (job, emptied) = settings.with(|settings| (settings.evidence.clone(), settings.emptied));
        let subject = app().subject()?;
        let (against, question) = (subject.known(job.against), subject.question(job.class));
        // Which method is shown makes no other table.
        let job = Evidence { against, method: EvidenceMethod::GradCam, ..job.with(question) };
        Some((subject, Trust { evidence: job, emptied, ..Trust::default() }))
    });
    // A table is of one picture, one network and one class.
    Effect::new(move |before: Option<_>| {
        let now = wanted.get();
        if before.is_some_and(|before| before != now) {
            asked.forget();
            rows.set(Vec::new());
        }
        now
    });
    let start = move |()| {
        let Some((_, job)) = wanted.get_untracked() else { return };
        rows.set(Vec::new());
        let hear = move |news| {
            if let LookInsideNews::Trust(row) = news {
                rows.try_update(|rows| match rows.iter_mut().find(|old| old.judged() == row.judged()) {
                    Some(old) => *old = *row,
                    None => rows.push(*row),
                });
            }
        };
        asked.start(LookInside::Trust(job), hear, move |all| drop(rows.try_set(all)));
    };
    let nothing = move || rows.with(Vec::is_empty);
    let frame = Memo::new(move |_| settings.with(|settings| settings.thing));
    view! {
        <Card id="look-trust" title=words!(look.trust_title) hint=words!(look.trust_hint) of=asked.asking>
            <p class="hint" class:gone=live::flag(move || !nothing())>{words!(look.trust_todo)}</p>
            {thing_frame(settings, evidence)}
            <div class="scroll" class:gone=live::flag(nothing) tabindex="0" role="group" aria-label=words!(look.trust_title)>
                <table class="look-table" data-testid="look-table" data-rows=live::text(move || rows.with(Vec::len).to_string())>
                    <thead>
                        <tr>
                            <th scope="col">{words!(look.method)}</th>
                            <th scope="col">{words!(look.map)}</th>
                            <th scope="col">{words!(look.deletion)}</th>
                            <th scope="col">{words!(look.insertion)}</th>
                            <th scope="col">{words!(look.shuffled)}</th>
                            <th scope="col" class:gone=live::flag(move || frame.get().is_none())>{words!(look.in_frame)}</th>
                            <th scope="col">{words!(look.time)}</th>
                        </tr>
                    </thead>
                    <tbody>{live::view(move || rows.with(|rows| body(rows, frame.get())))}</tbody>
                </table>
            </div>
            <p class="hint" class:gone=live::flag(nothing)>{words!(look.trust_legend)}</p>
            {forgetting(rows)}
            <div class="fields">{controls!(LookSettings, "emptied")}</div>
            <StartProgress
                id="look-trust"
                label=words!(look.trust_start)
                title=words!(look.trust_title)
                of=asked.asking
                able=move || wanted.with(Option::is_some)
                start
            />
            {trouble_box(move || asked.trouble())}
        </Card>
    }
    .into_any()
}

fn name_of(judged: MapSource) -> &'static str {
    match judged {
        MapSource::Method(method) => method.name(),
        MapSource::Chance => say!(look.chance),
        MapSource::Patches => say!(look.patches),
        MapSource::Edges => say!(look.edges),
    }
}

/// The lowest deletion and the highest insertion stand out; so does a map that no other weights change.
fn body(rows: &[TrustRow], frame: Option<Frame>) -> AnyView {
    let found = || {
        rows.iter().filter_map(|row| match row {
            TrustRow::Found(found) => Some(&**found),
            TrustRow::Refused { .. } => None,
        })
    };
    let least = found().map(|found| JudgedMap::area(&found.deletion)).fold(f32::INFINITY, f32::min);
    let most = found().map(|found| JudgedMap::area(&found.insertion)).fold(f32::NEG_INFINITY, f32::max);
    rows.iter().map(|row| one(row, least, most, frame)).collect_view().into_any()
}

fn one(row: &TrustRow, least: f32, most: f32, frame: Option<Frame>) -> AnyView {
    let judged = row.judged();
    let name = live::name(move || Some(name_of(judged)));
    let id = match judged {
        MapSource::Method(method) => method.key(),
        MapSource::Chance => "chance",
        MapSource::Patches => "patches",
        MapSource::Edges => "edges",
    };
    let found = match row {
        TrustRow::Found(found) => &**found,
        TrustRow::Refused { detail, .. } => {
            let detail = detail.clone();
            return view! { <tr data-testid="look-row" data-judged=id><th scope="row">{name}</th><td colspan="6" class="hint">{detail}</td></tr> }
                .into_any();
        }
    };
    let (deletion, insertion) = (JudgedMap::area(&found.deletion), JudgedMap::area(&found.insertion));
    let pixels = painted(&found.map, Colours::OPAQUE);
    // As much as has been forgotten so far; in the end all.
    let shuffled = found.shuffled.last().map(|last| last.rank);
    let inside = frame.map(|frame| found.map.inside(frame));
    let in_frame = inside.map(|(is_hit, share)| {
        let hit = if is_hit { words!(look.hit) } else { words!(look.missed) };
        view! { <td class="figure" class:worst=!is_hit>{hit} ", " {number::percent(share)}</td> }
    });
    let (is_least, is_most) = (deletion <= least, insertion >= most);
    let is_stuck = shuffled.is_some_and(|rank| rank > 0.5);
    view! {
        <tr
            data-testid="look-row"
            data-judged=id
            data-deletion=deletion.to_string()
            data-insertion=insertion.to_string()
            data-shuffled=shuffled.map(|rank| rank.to_string())
            data-hit=inside.map(|(is_hit, _)| is_hit.to_string())
        >
            <th scope="row">{name}</th>
            <td><div class="look-thumb"><PixelsView pixels=Signal::stored(pixels) /></div></td>
            <td class="figure" class:best=is_least>{number::percent(deletion)}</td>
            <td class="figure" class:best=is_most>{number::percent(insertion)}</td>
            <td class="figure" class:worst=is_stuck>{shuffled.map_or_else(|| "–".to_owned(), |rank| number::fixed(f64::from(rank), 2))}</td>
            {in_frame}
            <td class="figure">{number::millis(found.map.elapsed_ms)}</td>
        </tr>
    }
    .into_any()
}
