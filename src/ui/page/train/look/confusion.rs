//! Which class is taken for which, and the mistakes that the network is surest of.

use super::super::names::part_name;
use super::LookPanel;
use super::ask::Panel;
use crate::protocol::{Look, Looked, Mistake, Part};
use crate::ui::desk::Desk;
use crate::ui::widget::{PixelsView, Segments};
use crate::ui::{live, number};
use leptos::prelude::*;

const MISTAKES: u32 = 24;
/// A table of more cells than this squared says nothing any more; then the pairs that are confused most stand in a list.
const CLASSES: usize = 32;
const PAIRS: usize = 20;

#[component]
pub(super) fn Confusion(open: bool) -> impl IntoView {
    let panel = Panel::new();
    let part = RwSignal::new(Part::Validation);
    let choices = || {
        [Part::Train, Part::Validation, Part::Test]
            .into_iter()
            .zip(["train", "validation", "test"])
            .zip([words!(train.part_train), words!(train.part_validation), words!(train.part_test)])
            .map(|((part, word), text)| (part, word, text))
            .collect::<Vec<_>>()
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
            <Segments name="part" label=words!(train.part) choices=choices() chosen=part on_choose=move |chosen| part.set(chosen) />
            {live::view(move || panel.answer.get().map(|answer| view! { <Found answer /> }).into_any())}
        </LookPanel>
    }
}

#[component]
fn Found(answer: Looked) -> impl IntoView {
    let Looked::Confusion { part, counts, measured, mistakes, .. } = answer else {
        return ().into_any();
    };
    let desk = Desk::here();
    let classes = untrack(|| desk.training.current(|run| run.about.as_ref().map(|about| about.data.classes.clone())));
    let classes = classes.flatten().unwrap_or_default();
    let matches = !classes.is_empty() && counts.len() == classes.len() * classes.len();
    let hovered = RwSignal::new(None::<(usize, usize)>);
    let said = {
        let (classes, counts) = (classes.clone(), counts.clone());
        move || {
            let (truth, guess) = hovered.get()?;
            let row = counts.get(truth * classes.len()..(truth + 1) * classes.len())?;
            let of = row.iter().sum::<u32>();
            let share = number::percent(row[guess] as f32 / of.max(1) as f32);
            let (truth, guess_name) = (&classes[truth], &classes[guess]);
            Some(say!(train.confused, truth = truth, guess = guess_name, count = row[guess], of = of, share = share))
        }
    };
    let table = match (matches, classes.len() <= CLASSES) {
        (false, _) => ().into_any(),
        (true, true) => table(&classes, &counts, hovered),
        (true, false) => pairs(&classes, &counts),
    };
    let shown =
        mistakes.into_iter().map(|mistake| view! { <OneMistake mistake classes=classes.clone() /> }).collect_view();
    view! {
        <p class="found">
            {live::view(move || show!(
                train.errors_of,
                errors = number::count(u64::from(measured.errors)),
                of = number::count(u64::from(measured.of)),
                accuracy = number::percent(measured.accuracy),
                part = part_name(part).to_owned(),
                loss = number::digits(measured.loss)
            ))}
        </p>
        {table}
        <p class="hint readout">{live::maybe(said)}</p>
        <h3>{words!(train.mistakes)}</h3>
        <ul class="mistakes">{shown}</ul>
    }
    .into_any()
}

/// Rows are truths, columns guesses; the shade is the share of the row.
fn table(classes: &[String], counts: &[u32], hovered: RwSignal<Option<(usize, usize)>>) -> AnyView {
    let side = classes.len();
    let with_counts = side <= 12;
    let row = |truth: usize| {
        let cells = &counts[truth * side..(truth + 1) * side];
        let of = cells.iter().sum::<u32>().max(1);
        let cells = cells.iter().enumerate().map(|(guess, count)| {
            let share = 100.0 * *count as f32 / of as f32;
            // A few mistakes among many right answers must be seen too.
            let shade = if *count == 0 { 0.0 } else { 12.0 + 0.88 * share };
            view! {
                <td
                    class:right={truth == guess}
                    class:dark={shade > 55.0}
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
        <div class="heat-frame" tabindex="0" role="region" aria-label=words!(train.confusion)>
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
        </div>
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

#[component]
fn OneMistake(mistake: Mistake, classes: Vec<String>) -> impl IntoView {
    let Mistake { picture, truth, guess, probability } = mistake;
    let name = |class: u32| classes.get(class as usize).cloned().unwrap_or_else(|| class.to_string());
    let (truth, guess) = (name(truth), name(guess));
    view! {
        <li data-testid="mistake">
            <PixelsView pixels=picture />
            <span class="verdict-line">{truth} " → " <b>{guess}</b></span>
            <span class="figure">{number::percent(probability)}</span>
        </li>
    }
}
