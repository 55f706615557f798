//! The tree of sentences that were in mind: thick what was said, thin what was kept for a while, faint what was dropped.

use crate::protocol::{BeamStatus, FoundSentence, Said, TreeNode};
use crate::ui::widget::Card;
use crate::ui::{live, number};
use leptos::prelude::*;

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
