//! Which class is taken for which, and the mistakes that the network is surest of.

use super::ask::Panel;
use super::{LookPanel, classes_of};
use crate::protocol::{Look, Looked, Mistake, Part};
use crate::ui::widget::{PixelsView, Segments};
use crate::ui::{Choice, live, number};
use leptos::prelude::*;

const MISTAKES: u32 = 24;
/// A table of more cells than this squared says nothing any more; then the pairs that are confused most stand in a list.
const CLASSES: usize = 32;
/// With more classes than this, the counts would not fit into their cells.
const CLASSES_WITH_COUNTS: usize = 12;
const PAIRS: usize = 20;

/// Truth and guess.
type Cell = (usize, usize);

#[component]
pub(super) fn Confusion(open: bool) -> impl IntoView {
    let panel = Panel::new();
    let classes = classes_of();
    let part = RwSignal::new(Part::Validation);
    let hovered = RwSignal::new(None::<Cell>);
    // Before the first answer there is nothing in any cell; the table stands already.
    let counts = Memo::new(move |_| {
        let cells = classes.with(Vec::len).pow(2);
        let found = panel.answer.with(|answer| match answer {
            Some(Looked::Confusion { counts, .. }) => counts.clone(),
            _ => Vec::new(),
        });
        if found.len() == cells { found } else { vec![0; cells] }
    });
    let table = move || {
        let classes = classes.get();
        counts.with(|counts| match classes.len() <= CLASSES {
            true => table(&classes, counts, hovered),
            false => pairs(&classes, counts),
        })
    };
    let said = move || {
        let (truth, guess) = hovered.get()?;
        let (classes, counts) = (classes.get(), counts.get());
        let row = counts.chunks(classes.len().max(1)).nth(truth)?;
        let (of, count) = (row.iter().sum::<u32>(), *row.get(guess)?);
        let share = number::percent(count as f32 / of.max(1) as f32);
        let (truth, guess) = (classes.get(truth)?, classes.get(guess)?);
        Some(say!(train.confused, truth = truth, guess = guess, count = count, of = of, share = share))
    };
    view! {
        <LookPanel
            id="confusion"
            title=words!(train.confusion)
            hint=words!(train.confusion_hint)
            open
            look=move || Some(Look::Confusion { part: part.get(), mistakes: MISTAKES })
            panel
        >
            <Segments name="part" label=words!(train.part) chosen=part on_choose=move |chosen| part.set(chosen) />
            <p class="found">{live::view(move || found(panel))}</p>
            <div class="heat-frame" tabindex="0" role="region" aria-label=words!(train.confusion)>
                {live::view(table)}
            </div>
            <p class="hint readout">{live::maybe(said)}</p>
            <h3>{words!(train.mistakes)}</h3>
            <ul class="mistakes">{live::view(move || mistakes(panel, &classes.get()))}</ul>
        </LookPanel>
    }
}

fn found(panel: Panel) -> AnyView {
    panel.answer.with(|answer| match answer {
        Some(Looked::Confusion { part, measured, .. }) => show!(
            train.errors_of,
            errors = number::count(measured.errors),
            of = number::count(measured.of),
            accuracy = number::percent(measured.accuracy),
            part = part.name(),
            loss = number::digits(measured.loss)
        ),
        _ => ().into_any(),
    })
}

/// Rows are truths, columns guesses; the shade is the share of the row.
fn table(classes: &[String], counts: &[u32], hovered: RwSignal<Option<Cell>>) -> AnyView {
    let side = classes.len();
    let with_counts = side <= CLASSES_WITH_COUNTS;
    let row = |truth: usize| {
        let cells = &counts[truth * side..(truth + 1) * side];
        let of = cells.iter().sum::<u32>().max(1);
        let cells = cells.iter().enumerate().map(|(guess, count)| {
            let share = 100.0 * *count as f32 / of as f32;
            // A few mistakes among many right answers must be seen too.
            let shade = if *count == 0 { 0.0 } else { 12.0 + 0.88 * share };
            // Between these, neither dark nor light letters can be read.
            let (low, high) = (60.0, 85.0);
            let shade = if shade > low { high + (shade - low) * (100.0 - high) / (100.0 - low) } else { shade };
            view! {
                <td
                    class:right={truth == guess}
                    class:dark={shade >= high}
                    style=("--shade", format!("{shade:.0}%"))
                    on:pointerenter=move |_| hovered.set(Some((truth, guess)))
                >
                    {(with_counts && *count > 0).then(|| count.to_string())}
                </td>
            }
        });
        view! {
            <tr>
                <th scope="row">{classes[truth].clone()}</th>
                {cells.collect_view()}
            </tr>
        }
    };
    view! {
        <table class="heat" class:small=!with_counts data-testid="confusion" on:pointerleave=move |_| hovered.set(None)>
            <caption class="unseen">{words!(train.confusion_caption)}</caption>
            <thead>
                <tr>
                    <td class="corner">{words!(train.truth_guess)}</td>
                    {classes.iter().map(|class| view! { <th scope="col">{class.clone()}</th> }).collect_view()}
                </tr>
            </thead>
            <tbody>{(0..side).map(row).collect_view()}</tbody>
        </table>
    }
    .into_any()
}

fn pairs(classes: &[String], counts: &[u32]) -> AnyView {
    let side = classes.len();
    let mut wrong: Vec<(usize, u32)> =
        counts.iter().copied().enumerate().filter(|(at, count)| *count > 0 && at / side != at % side).collect();
    wrong.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let line = |(at, count): (usize, u32)| {
        view! { <li>{format!("{} → {}", classes[at / side], classes[at % side])} " " <b class="figure">{count}</b></li> }
    };
    view! { <ol class="pairs">{wrong.into_iter().take(PAIRS).map(line).collect_view()}</ol> }.into_any()
}

fn mistakes(panel: Panel, classes: &[String]) -> AnyView {
    let name = |class: u32| classes.get(class as usize).cloned().unwrap_or_else(|| class.to_string());
    let one = |mistake: &Mistake| {
        let Mistake { picture, truth, guess, probability } = mistake;
        view! {
            <li data-testid="mistake">
                <PixelsView pixels=picture.clone() />
                <span class="verdict-line">{name(*truth)} " → " <b>{name(*guess)}</b></span>
                <span class="figure">{number::percent(*probability)}</span>
            </li>
        }
    };
    panel.answer.with(|answer| match answer {
        Some(Looked::Confusion { mistakes, .. }) => mistakes.iter().map(one).collect_view().into_any(),
        _ => ().into_any(),
    })
}
