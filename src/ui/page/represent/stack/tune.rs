//! Pre-training: a classifier from the stack's weights and one from random ones, on the same batches.

use super::state::StackPage;
use crate::protocol::{AccuracyShare, TuneLane, TunedStack};
use crate::ui::page::represent::settings::RepresentSettings;
use crate::ui::widget::{Card, ChartExtent, Line, LineChart, StartProgress, computed_on, legend, trouble_box};
use crate::ui::{Words, live, number};
use leptos::prelude::*;

/// From the stack's weights, and from random ones.
const LANES: [(&str, Words); 2] = [("run-0", words!(represent.tune_stack)), ("run-5", words!(represent.tune_random))];

pub(super) fn tune_card(page: StackPage) -> AnyView {
    let is_empty = Memo::new(move |_| page.tuned.with(Option::is_none));
    let able = move || page.learn.is_fresh();
    view! {
        <Card id="represent-tune" title=words!(represent.tune) hint=words!(represent.tune_hint) of=page.tune.asking>
            <div class="fields">{controls!(RepresentSettings, "labelled", "epochs", "tune-batch", "tune-rate", "tune-seed")}</div>
            <div class="row-acts wraps">
                <StartProgress
                    id="represent-tune"
                    label=words!(represent.tune_start)
                    title=words!(represent.tuning)
                    of=page.tune.asking
                    able
                    start=move |()| page.start_tuning()
                />
            </div>
            {verdict(page)}
            {trouble_box(move || page.tune.trouble())}
            {live::view(move || is_empty.get().then(|| view! { <p class="represent-empty">{words!(represent.tune_waiting)}</p> }).into_any())}
            <div class:gone=live::flag(move || is_empty.get())>
                <p class="figure">
                    {live::maybe(move || page.tuned.with(|known| known.as_ref().map(figures)))}
                    " · "
                    {live::view(move || page.tuned.with(|known| known.as_ref().map(|known| computed_on(&known.backend))).into_any())}
                </p>
                <div class="represent-charts">
                    {accuracy(page)}
                    {losses(page)}
                </div>
                {legend(LANES.map(|(colour, name)| (colour, live::name(move || Some(name())))))}
            </div>
        </Card>
    }
    .into_any()
}

fn figures(known: &TunedStack) -> String {
    say!(
        represent.tune_figures,
        step = number::count(known.step),
        of = number::count(known.of),
        seconds = number::fixed(known.seconds, 1),
        params = number::count(known.params),
        labelled = number::count(known.labelled),
        others = number::count(known.held_out)
    )
}

fn last(lane: &TuneLane) -> Option<(u32, AccuracyShare)> {
    lane.right.last().copied()
}

/// What has come of it, first and large: both shares with their intervals.
fn verdict(page: StackPage) -> AnyView {
    let both = move || {
        page.tuned.with(|known| {
            let known = known.as_ref()?;
            let [stack, random] = known.lanes.as_slice() else { return None };
            let epoch = last(stack)?.0 / known.per_epoch.max(1);
            Some((epoch, last(stack)?.1, last(random)?.1))
        })
    };
    let share = |found: AccuracyShare| {
        let [share, low, high] = [found.share(), found.low, found.high].map(|share| number::percent(share as f32));
        say!(represent.tune_share, share = share, low = low, high = high)
    };
    let said = move || {
        let (epoch, stack, random) = both()?;
        let (epoch, stack, random) = (number::count(epoch), share(stack), share(random));
        Some(say!(represent.tune_verdict, epoch = epoch, stack = stack, random = random))
    };
    let value = move |of: usize| move || both().map(|(_, stack, random)| [stack, random][of].share().to_string());
    view! {
        <p
            class="represent-verdict"
            data-testid="represent-tune-verdict"
            data-stack=live::maybe(value(0))
            data-random=live::maybe(value(1))
        >
            {live::maybe(said)}
        </p>
    }
    .into_any()
}

fn steps(page: StackPage) -> f64 {
    page.tuned.with(|known| known.as_ref().map_or(10.0, |known| f64::from(known.of)))
}

fn accuracy(page: StackPage) -> AnyView {
    let lines = Memo::new(move |_| {
        page.tuned.with(|known| {
            let lanes = known.iter().flat_map(|known| &known.lanes).zip(LANES);
            let line = |(lane, (colour, name)): (&TuneLane, (&str, Words))| {
                Line::new(colour, lane.right.iter().map(|(step, right)| [f64::from(*step), right.share()]))
                    .named(name())
            };
            lanes.map(line).collect::<Vec<_>>()
        })
    });
    view! {
        <LineChart
            id="represent-tune-accuracy"
            title=words!(represent.tune_accuracy)
            extent=move || ChartExtent { is_share: true, ..ChartExtent::linear([0.0, steps(page)], [0.0, 1.0]) }
            lines
            figure=|share| number::percent(share as f32)
        />
    }
    .into_any()
}

fn losses(page: StackPage) -> AnyView {
    let lines = Memo::new(move |_| {
        page.tuned.with(|known| {
            let lanes = known.iter().flat_map(|known| &known.lanes).zip(LANES);
            let line = |(lane, (colour, name)): (&TuneLane, (&str, Words))| {
                let points = lane.losses.iter().map(|(step, loss)| [f64::from(*step), f64::from(*loss)]);
                Line::new(colour, points).named(name())
            };
            lanes.map(line).collect::<Vec<_>>()
        })
    });
    let extent = Memo::new(move |_| {
        let high =
            lines.with(|lines| lines.iter().flat_map(|line| &line.points).map(|point| point[1]).fold(0.0, f64::max));
        ChartExtent::linear([0.0, steps(page)], [0.0, if high > 0.0 { 1.05 * high } else { 1.0 }])
    });
    view! {
        <LineChart
            id="represent-tune-loss"
            title=words!(represent.tune_loss)
            extent
            lines
            figure=|loss| number::digits(loss as f32)
        />
    }
    .into_any()
}
