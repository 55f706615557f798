//! The chains: one large, the others small, and their energies.

use super::dream::{dream_acts, dream_tiles};
use super::pad::pad;
use super::settings::RepresentSettings;
use super::state::{CHAINS, RepresentState};
use crate::protocol::{BoltzmannSweep, Pixels};
use crate::ui::widget::{Card, ChartExtent, Line, LineChart, Slider, no_pixels, painted, progress_of, trouble_box};
use crate::ui::{PageSettings, live, number};
use leptos::prelude::*;

pub(super) fn board_card(state: RepresentState) -> AnyView {
    let is_waiting = Memo::new(move |_| state.chains.with(Option::is_none));
    view! {
        <Card id="represent" title=words!(represent.board) hint=words!(represent.board_hint) of=state.learn.asking>
            <div class="fields">{controls!(RepresentSettings, "data")}</div>
            {verdict(state)}
            {live::view(move || is_waiting.get().then(|| view! { <p class="represent-empty">{words!(represent.waiting)}</p> }).into_any())}
            <div class="dream-board" class:gone=live::flag(move || is_waiting.get())>
                {pad(state)}
                <div class="dream-side">
                    {temperature(state)}
                    {dream_acts(
                        ["represent-play", "represent-step", "represent-toss"],
                        state.is_playing,
                        move || state.go_on(1),
                        move || state.toss(),
                    )}
                    {dream_tiles("represent-tiles", CHAINS as usize, move |at| tile(state, at), move || {
                        state.chains.with(|all| all.as_ref().map_or(0, |all| all.sweeps))
                    })}
                    {energies(state)}
                </div>
            </div>
            {progress_of(state.learn.asking, words!(represent.learning))}
            {trouble_box(move || state.sweep.trouble())}
        </Card>
    }
    .into_any()
}

/// What has come of learning, first and large.
fn verdict(state: RepresentState) -> AnyView {
    let said = move || {
        let known = state.progress.get()?;
        let step = number::count(known.step);
        if let Some((patterns, divergence)) = &known.patterns {
            let share = number::percent(patterns.iter().sum::<f64>() as f32);
            let (count, divergence) = (patterns.len(), number::digits(*divergence as f32));
            return Some(say!(represent.verdict_patterns, step = step, count = count, share = share, kl = divergence));
        }
        let exact = known.points.iter().rev().find_map(|point| point.log_likelihood);
        let estimated = state.estimate.answer.with(|found| found.as_ref().map(|found| found.log_likelihood));
        let [train, other] = exact.or(estimated)?.map(|log| number::fixed(log, 1));
        Some(say!(represent.verdict_likelihood, step = step, train = train, other = other))
    };
    let divergence = move || {
        state.progress.with(|known| known.as_ref()?.patterns.as_ref().map(|(_, divergence)| divergence.to_string()))
    };
    view! {
        <p class="represent-verdict" data-testid="represent-verdict" data-kl=live::maybe(divergence)>
            {live::maybe(said)}
        </p>
    }
    .into_any()
}

fn temperature(state: RepresentState) -> AnyView {
    let now = Memo::new(move |_| state.settings.with(|settings| settings.temperature));
    let told = Signal::derive(move || say!(represent.temperature_at, t = number::fixed(now.get(), 2)));
    let limits = BoltzmannSweep::TEMPERATURE;
    let slide = move |power: f64| {
        let found = (10_f64.powf(power) * 100.0).round() / 100.0;
        RepresentSettings::change(|settings| settings.temperature = limits.nearest(found));
    };
    view! {
        <label class="field">
            <span data-testid="represent-temperature-told">{live::text(move || told.get())}</span>
            <Slider
                id="represent-temperature"
                span=[limits.low.log10(), limits.high.log10()]
                step=0.02
                value=Signal::derive(move || now.get().log10())
                told
                on_slide=slide
            />
        </label>
    }
    .into_any()
}

fn tile(state: RepresentState, at: usize) -> Pixels {
    state.chains.with(|all| {
        let found = all.as_ref().and_then(|all| Some((all.chains.get(at)?, all.width)));
        found.map_or_else(no_pixels, |(chain, width)| {
            painted(width, chain.visible.iter().map(|&pixel| [pixel, pixel, pixel, 255]))
        })
    })
}

fn energies(state: RepresentState) -> AnyView {
    // At the machine's own temperature, with all pixels free, the mean is known.
    let level = Memo::new(move |_| {
        let is_own = state.settings.with(|settings| settings.temperature == 1.0);
        let is_free = state.held.with(|held| held.iter().all(|held| *held == 0));
        let mean = state.progress.with(|known| Some(known.as_ref()?.enumerated.as_ref()?.mean_energy));
        mean.filter(|_| is_own && is_free)
    });
    let extent = Memo::new(move |_| {
        state.energies.with(|points| {
            let all = points.iter().flat_map(|point| [point[1], point[2]]).chain(level.get());
            let [low, high] =
                all.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], at| [low.min(at), high.max(at)]);
            let from = points.first().map_or(0.0, |point| point[0]);
            let to = points.last().map_or(1.0, |point| point[0]).max(from + 20.0);
            let room = if high > low { 0.08 * (high - low) } else { 1.0 };
            let y = if low.is_finite() { [low - room, high + room] } else { [-1.0, 1.0] };
            ChartExtent::linear([from, to], y)
        })
    });
    let lines = Memo::new(move |_| {
        let line = |at: usize, colour: &str| {
            state.energies.with(|points| Line::new(colour, points.iter().map(|point| [point[0], point[at]])))
        };
        let first = line(2, "run-5");
        let mean = line(1, "run-0").named(say!(represent.energy_mean));
        let exact =
            level.get().map(|level| Line::level("run-2", extent.get().x, level).named(say!(represent.energy_exact)));
        [first.drawn("run-5 raw present"), mean].into_iter().chain(exact).collect::<Vec<_>>()
    });
    view! {
        <LineChart
            id="represent-energy"
            title=words!(represent.energy)
            extent
            lines
            figure=|energy| number::fixed(energy, 2)
            across=words!(represent.sweep)
        />
    }
    .into_any()
}
