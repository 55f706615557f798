//! The sentence, word by word with its probability, what it was told to be, and the tree of sentences that were in mind.

use crate::protocol::{BeamStatus, FoundSentence, Said, SaidWord, TreeNode};
use crate::ui::widget::Card;
use crate::ui::{live, number};
use leptos::prelude::*;

/// What the end of a sentence is called in the vocabulary.
const END: &str = "<end>";

pub(super) fn sentence(said: Memo<Option<Said>>, active: RwSignal<Option<usize>>) -> impl IntoView {
    let words = move || {
        let Some(said) = said.get() else { return ().into_any() };
        said.words.into_iter().enumerate().map(|(at, word)| chip(at, word, active)).collect_view().into_any()
    };
    let others = move || {
        let word = said.with(|said| said.as_ref()?.words.get(active.get()?).cloned())?;
        let best = word.best.iter().map(|(word, p)| format!("{} {}", shown(word), number::percent(*p)));
        Some(say!(caption.others, word = shown(&word.word), best = best.collect::<Vec<_>>().join(", ")))
    };
    let right = move || said.with(|said| said.as_ref().map(|said| said.sentence == said.truth));
    let verdict = move || {
        let Some(said) = said.get() else { return String::new() };
        if said.sentence == said.truth {
            say!(caption.right).to_owned()
        } else {
            say!(caption.wrong, truth = said.truth)
        }
    };
    let held_out = move || said.with(|said| said.as_ref().is_some_and(|said| said.held_out.contains(&true)));
    let figures = move || {
        let said = said.get()?;
        let figures =
            (format!("{:.3}", said.log_p), number::percent(said.log_p.exp() as f32), number::millis(said.millis));
        Some(say!(caption.figures, log_p = figures.0, p = figures.1, time = figures.2))
    };
    view! {
        <p
            class="sentence"
            aria-live="polite"
            data-testid="sentence"
            data-sentence=live::text(move || said.with(|said| said.as_ref().map(|said| said.sentence.clone()).unwrap_or_default()))
            data-right=live::maybe(move || right().map(|right| right.to_string()))
            data-millis=live::maybe(move || said.with(|said| said.as_ref().map(|said| said.millis.to_string())))
        >
            {live::view(words)}
        </p>
        <p class="hint">{live::text(verdict)}</p>
        <p class="hint">{live::text(move || if held_out() { say!(caption.never_seen).to_owned() } else { String::new() })}</p>
        <p class="figure">{live::text(move || figures().unwrap_or_default())}</p>
        <p class="hint">{live::text(move || others().unwrap_or_else(|| say!(caption.hover_hint).to_owned()))}</p>
    }
}

fn shown(word: &str) -> String {
    if word == END { say!(caption.end).to_owned() } else { word.to_owned() }
}

/// A word with its probability; the picture shows where it comes from while it is pointed at.
fn chip(at: usize, word: SaidWord, active: RwSignal<Option<usize>>) -> AnyView {
    let p = word.log_p.exp();
    let pressed = move || Some(if active.get() == Some(at) { "true" } else { "false" });
    view! {
        <button
            type="button"
            class="said-word"
            data-testid="word"
            data-p=p.to_string()
            aria-pressed=live::name(pressed)
            on:pointerenter=move |_| active.set(Some(at))
            on:focus=move |_| active.set(Some(at))
            on:click=move |_| active.set(Some(at))
        >
            <span>{shown(&word.word)}</span>
            <i style:width=format!("{:.0}%", p * 100.0)></i>
            <small class="figure">{number::percent(p)}</small>
        </button>
    }
    .into_any()
}

/// Of the drawing, in its own units.
const COLUMN: f64 = 92.0;
const ROW: f64 = 26.0;

pub(super) fn tree(said: Memo<Option<Said>>) -> impl IntoView {
    let found = move || {
        let all = said.with(|said| said.as_ref().map(|said| said.found.clone()).unwrap_or_default());
        let one = |found: FoundSentence| {
            view! { <li><span class="figure">{number::percent(found.log_p.exp() as f32)}</span>" "{found.sentence}</li> }
        };
        all.into_iter().map(one).collect_view().into_any()
    };
    view! {
        <Card id="tree" title=words!(caption.tree_title) hint=words!(caption.tree_hint)>
            <div class="tree-frame" tabindex="0" role="group" aria-label=live::name(|| Some(say!(caption.tree_title)))>
                {live::view(move || said.with(|said| said.as_ref().map(|said| drawn(&said.tree))).into_any())}
            </div>
            <ol class="found" data-testid="found">{live::view(found)}</ol>
        </Card>
    }
}

/// Words of one time stand in one column, the likelier sentence higher.
fn drawn(tree: &[TreeNode]) -> AnyView {
    let times = tree.iter().map(|node| node.time).max().unwrap_or_default();
    let mut places = vec![[0.0; 2]; tree.len()];
    let mut tallest = 0;
    for time in 0..=times {
        let mut column: Vec<usize> = (0..tree.len()).filter(|at| tree[*at].time == time).collect();
        column.sort_by(|a, b| tree[*b].sum.total_cmp(&tree[*a].sum));
        tallest = tallest.max(column.len());
        for (row, at) in column.into_iter().enumerate() {
            places[at] = [8.0 + f64::from(time) * COLUMN, 18.0 + row as f64 * ROW];
        }
    }
    let width = f64::from(times + 1) * COLUMN + 16.0;
    let height = tallest as f64 * ROW + 10.0;
    let nodes = tree.iter().enumerate().map(|(at, node)| {
        let [x, y] = places[at];
        let class = match node.fate {
            BeamStatus::Said => "said",
            BeamStatus::Kept => "kept",
            BeamStatus::Dropped => "dropped",
        };
        let line = node.parent.and_then(|parent| {
            let word = tree.get(parent as usize)?.word.chars().count() as f64;
            let [from_x, from_y] = places.get(parent as usize).copied()?;
            let start = (from_x + word * 7.0 + 4.0).min(x - 8.0);
            Some(format!("M{start} {}L{} {}", from_y - 4.0, x - 4.0, y - 4.0))
        });
        let word = if node.word == "<end>" { "∎".to_owned() } else { node.word.clone() };
        view! {
            <g class=class>
                <path d=line.unwrap_or_default()></path>
                <text x=x.to_string() y=y.to_string()>
                    {word}
                    <title>{number::percent(node.log_p.exp())}</title>
                </text>
            </g>
        }
    });
    view! {
        <svg class="tree" width=width.to_string() height=height.to_string() role="img" aria-hidden="true">
            {nodes.collect_view()}
        </svg>
    }
    .into_any()
}
