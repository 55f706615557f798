//! Every state counted: what the machine gives each pattern, sums over all states, and how far contrastive divergence is off.

use super::state::RepresentState;
use crate::protocol::BoltzmannProgress;
use crate::ui::widget::{Card, ChartExtent, Figure, Line, LineChart, PixelsView, Scaling, no_pixels, painted};
use crate::ui::{Words, live, number};
use leptos::prelude::*;

pub(super) fn exact_card(state: RepresentState) -> AnyView {
    let has_patterns =
        Memo::new(move |_| state.progress.with(|known| known.as_ref().is_some_and(|k| k.patterns.is_some())));
    let has_all =
        Memo::new(move |_| state.progress.with(|known| known.as_ref().is_some_and(|k| k.enumerated.is_some())));
    let is_small = move || has_patterns.get() || has_all.get();
    view! {
        <Card id="represent-exact" title=words!(represent.every_state) hint=words!(represent.every_state_hint)>
            {live::view(move || (!is_small()).then(|| view! { <p class="represent-empty">{words!(represent.too_many)}</p> }).into_any())}
            <div class:gone=live::flag(move || !has_patterns.get())>{patterns(state)}</div>
            <div class:gone=live::flag(move || !has_all.get())>
                {sums(state)}
                {angles(state)}
            </div>
        </Card>
    }
    .into_any()
}

fn patterns(state: RepresentState) -> AnyView {
    let count = Memo::new(move |_| {
        state.progress.with(|known| Some(known.as_ref()?.patterns.as_ref()?.0.len())).unwrap_or_default()
    });
    let one = move |at: usize| {
        let pixels = Signal::derive(move || {
            state.progress.with(|known| {
                let found = known.as_ref().and_then(|known| Some((known.shown.get(at)?, known.width)));
                found.map_or_else(no_pixels, |(pattern, width)| {
                    painted(width, pattern.iter().map(|on| [255 * on, 255 * on, 255 * on, 255]))
                })
            })
        });
        let chance = move || state.progress.with(|known| known.as_ref()?.patterns.as_ref()?.0.get(at).copied());
        // A full bar is twice a fair share.
        let width = move || {
            let share = chance().unwrap_or_default() * count.get() as f64 / 2.0;
            format!("{}%", number::fixed(100.0 * share.min(1.0), 1))
        };
        view! {
            <li data-testid="represent-pattern">
                <PixelsView pixels />
                <span class="pattern-bar" aria-hidden="true"><i style:width=live::text(width)></i></span>
                <span class="figure">{live::maybe(move || chance().map(|chance| number::percent(chance as f32)))}</span>
            </li>
        }
    };
    let rest = move || {
        let known = state.progress.get()?;
        let (chances, _) = known.patterns?;
        let fair = number::percent(1.0 / chances.len() as f32);
        let other = number::percent((1.0 - chances.iter().sum::<f64>()).max(0.0) as f32);
        Some(say!(represent.patterns_told, fair = fair, other = other))
    };
    view! {
        <ul class="represent-patterns">{live::view(move || (0..count.get()).map(one).collect_view().into_any())}</ul>
        <p class="hint">{live::maybe(rest)}</p>
    }
    .into_any()
}

fn sums(state: RepresentState) -> AnyView {
    type Of = fn(&BoltzmannProgress) -> Option<String>;
    let rows: [(Words, &'static str, Of); 5] = [
        (words!(represent.states), "represent-states", |known| Some(number::count(known.enumerated.as_ref()?.states))),
        (words!(represent.total), "represent-sum", |known| Some(number::fixed(known.enumerated.as_ref()?.total, 9))),
        (words!(represent.log_z), "represent-log-z", |known| Some(number::fixed(known.enumerated.as_ref()?.log_z, 3))),
        (words!(represent.entropy), "represent-entropy-now", |known| {
            Some(say!(represent.nats, count = number::fixed(known.enumerated.as_ref()?.entropy, 3)))
        }),
        (words!(represent.mean_energy), "represent-mean-energy", |known| {
            Some(number::fixed(known.enumerated.as_ref()?.mean_energy, 3))
        }),
    ];
    let row = |(label, id, of): (Words, &'static str, Of)| {
        let value = move || state.progress.with(|known| known.as_ref().and_then(of)).unwrap_or_default();
        view! { <Figure label=move || label() id value=live::text(value) /> }
    };
    view! { <dl class="figures">{rows.into_iter().map(row).collect_view()}</dl> }.into_any()
}

fn angles(state: RepresentState) -> AnyView {
    let points = Memo::new(move |_| {
        state.progress.with(|known| {
            let all = known.iter().filter_map(|known| known.enumerated.as_ref()).flat_map(|all| &all.angles);
            all.map(|(k, angle)| [f64::from(*k), *angle]).collect::<Vec<_>>()
        })
    });
    let extent = Memo::new(move |_| {
        let high = points.with(|points| points.iter().map(|point| point[1]).fold(1.0, f64::max));
        ChartExtent { x_scaling: Scaling::Log, ..ChartExtent::linear([1.0, 100.0], [0.0, 1.1 * high]) }
    });
    let lines = Memo::new(move |_| {
        let line = Line::new("run-1", points.get().into_iter()).named("");
        vec![line.dots("run-1"), line]
    });
    let is_gone = move || points.with(Vec::is_empty);
    view! {
        <div class:gone=live::flag(is_gone)>
            <LineChart
                id="represent-angles"
                title=words!(represent.angles)
                extent
                lines
                figure=|angle| format!("{}°", number::digits(angle as f32))
                across=words!(represent.k_steps)
            />
            <p class="hint">{words!(represent.angles_hint)}</p>
        </div>
    }
    .into_any()
}
