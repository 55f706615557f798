//! Which class is taken for which, the pictures behind each cell, and the mistakes that the classifier is surest of.

use super::classes::thumbnail;
use super::state::TransferState;
use crate::protocol::{ClassChange, HeldOutAnswer, TransferFound};
use crate::ui::widget::{Button, PixelsView};
use crate::ui::{live, number};
use leptos::prelude::*;

/// A table of more classes says nothing any more.
const CLASSES: usize = 32;
/// Pictures of a cell, and mistakes, that are shown.
const SHOWN: usize = 24;
const MISTAKES: usize = 12;

/// Truth and answer.
type Cell = (usize, usize);

pub(super) fn confusion(state: TransferState) -> AnyView {
    let opened = RwSignal::new(None::<Cell>);
    let found = state.learn.answer;
    // Another answer has other pictures behind its cells.
    Effect::new(move |_| {
        found.track();
        opened.set(None);
    });
    let frame = move || {
        found.with(|found| {
            let found = found.as_ref().filter(|found| found.is_measured() && found.classes.len() <= CLASSES)?;
            Some(view! {
                <h3>{words!(transfer.confusion)}</h3>
                <p class="hint">{words!(transfer.confusion_hint)}</p>
                <div class="heat-frame" tabindex="0" role="region" aria-label=live::text(|| say!(transfer.confusion).to_owned())>
                    {table(found, opened)}
                </div>
            })
        })
        .into_any()
    };
    let behind = move || {
        let cell = opened.get()?;
        found.with(|found| found.as_ref().map(|found| pictures(state, found, cell)))
    };
    view! {
        {live::view(frame)}
        {live::view(move || behind().into_any())}
    }
    .into_any()
}

fn table(found: &TransferFound, opened: RwSignal<Option<Cell>>) -> AnyView {
    let row = |truth: usize| {
        let counts = &found.confusion[truth];
        let of = counts.iter().sum::<u32>().max(1);
        let cells = counts.iter().enumerate().map(|(answer, &count)| {
            let shade = if count == 0 { 0.0 } else { 12.0 + 0.48 * 100.0 * count as f32 / of as f32 };
            let (from, to) = (found.classes[truth].clone(), found.classes[answer].clone());
            let label = move || say!(transfer.cell, truth = from, answer = to, count = count);
            let open = move |_| opened.update(|opened| *opened = (*opened != Some((truth, answer))).then_some((truth, answer)));
            view! {
                <td class:right={truth == answer} style=("--shade", format!("{shade:.0}%"))>
                    <button
                        type="button"
                        data-testid="transfer-cell"
                        data-truth=truth.to_string()
                        data-answer=answer.to_string()
                        data-count=count.to_string()
                        aria-label=live::text(label)
                        aria-expanded=live::name(move || Some(if opened.get() == Some((truth, answer)) { "true" } else { "false" }))
                        disabled={count == 0}
                        on:click=open
                    >
                        {(count > 0).then(|| count.to_string())}
                    </button>
                </td>
            }
        });
        view! { <tr><th scope="row">{found.classes[truth].clone()}</th>{cells.collect_view()}</tr> }
    };
    view! {
        <table class="heat" data-testid="transfer-confusion">
            <caption class="unseen">{words!(transfer.confusion)}</caption>
            <thead>
                <tr>
                    <td class="corner">{words!(transfer.truth_answer)}</td>
                    {found.classes.iter().map(|class| view! { <th scope="col">{class.clone()}</th> }).collect_view()}
                </tr>
            </thead>
            <tbody>{(0..found.classes.len()).map(row).collect_view()}</tbody>
        </table>
    }
    .into_any()
}

/// To take out, or to put where the classifier says.
fn pictures(state: TransferState, found: &TransferFound, (truth, answer): Cell) -> AnyView {
    let of: Vec<HeldOutAnswer> = found
        .answers
        .iter()
        .copied()
        .filter(|held| (held.class as usize, held.answer as usize) == (truth, answer))
        .take(SHOWN)
        .collect();
    let (from, to) = (found.classes[truth].clone(), found.classes[answer].clone());
    let title = {
        let (from, to) = (from.clone(), to.clone());
        move || say!(transfer.behind, truth = from, answer = to)
    };
    let one = |held: HeldOutAnswer| {
        let (id, to) = (held.picture, to.clone());
        let relabel = move |()| state.change(ClassChange::Move { pictures: vec![id], class: to.clone() });
        let remove = move |()| state.change(ClassChange::Remove { pictures: vec![id] });
        view! {
            <li data-testid="behind-picture">
                <PixelsView pixels=Signal::derive(move || thumbnail(state, id)) label=state.name_of(id) />
                <span class="figure">{number::percent(held.probability)}</span>
                {(truth != answer).then(|| view! {
                    <Button id="behind-move" words=words!(transfer.relabel) on_press=relabel />
                })}
                <Button id="behind-remove" words=words!(transfer.take_out) on_press=remove />
            </li>
        }
    };
    view! {
        <h3>{live::text(title)}</h3>
        <ul class="behind" data-testid="transfer-behind">{of.into_iter().map(one).collect_view()}</ul>
    }
    .into_any()
}

pub(super) fn mistakes(state: TransferState) -> AnyView {
    let one = move |found: &TransferFound, held: HeldOutAnswer| {
        let [truth, answer] = [held.class, held.answer].map(|class| found.classes[class as usize].clone());
        let id = held.picture;
        view! {
            <li data-testid="transfer-mistake">
                <PixelsView pixels=Signal::derive(move || thumbnail(state, id)) label=state.name_of(id) />
                <span class="verdict-line">{truth} " → " <b>{answer}</b></span>
                <span class="figure">{number::percent(held.probability)}</span>
            </li>
        }
    };
    live::view(move || {
        state
            .learn
            .answer
            .with(|found| {
                let found = found.as_deref()?;
                let wrong = found.mistakes();
                (!wrong.is_empty()).then(|| {
                    let all: Vec<_> = wrong.into_iter().take(MISTAKES).map(|held| one(found, held)).collect();
                    view! { <h3>{words!(transfer.mistakes)}</h3> <ul class="mistakes">{all}</ul> }
                })
            })
            .into_any()
    })
    .into_any()
}
