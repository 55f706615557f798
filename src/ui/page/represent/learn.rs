//! The machine and how it learns: the form, how likely it makes the data, and the weights of its hidden units.

use super::open::open;
use super::settings::RepresentSettings;
use super::state::RepresentState;
use crate::protocol::{BoltzmannData, BoltzmannProgress, Exported, Represent, Represented, Trouble};
use crate::ui::client::unexpected;
use crate::ui::page::bring_pictures;
use crate::ui::widget::{
    Button, Card, ChartExtent, FileButton, Icon, Line, LineChart, PixelsView, StartProgress, StartStop, signed,
    trouble_box,
};
use crate::ui::{PageSettings, app, folder, live, number};
use leptos::prelude::*;
use web_sys::File;

pub(super) fn learn_card(state: RepresentState) -> AnyView {
    let has_some = Memo::new(move |_| state.progress.with(Option::is_some));
    let can_go_on = Memo::new(move |_| {
        let is_there = state.progress.with(|known| known.as_ref().is_some_and(|known| known.step < known.of));
        is_there && !state.learn.is_on()
    });
    let open_one = |files: Vec<File>| files.into_iter().take(1).for_each(open);
    view! {
        <Card id="represent-learn" title=words!(represent.learn) hint=words!(represent.learn_hint) of=state.learn.asking>
            <div class="fields">
                {controls!(RepresentSettings, "kind", "hidden", "rule", "k", "rate", "momentum", "decay", "steps", "batch", "seed")}
                <StartStop id="represent-learn" of=state.learn.asking able=move || app().is_up() start=move |()| state.start(false) />
                <Button
                    id="represent-learn-on"
                    words=words!(run.go_on)
                    off=move || !can_go_on.get()
                    on_press=move |()| state.start(true)
                />
                <FileButton
                    id="represent-open"
                    label=words!(represent.open)
                    accept=Some(".safetensors")
                    on_files=open_one
                />
                <FileButton id="represent-files" label=words!(represent.bring) many=true on_files=move |files| bring(state, files) />
                <Button
                    id="represent-save"
                    icon=Icon::Download
                    words=words!(represent.save)
                    off=move || !has_some.get()
                    on_press=move |()| app().try_to(save())
                />
            </div>
            <p class="figure" data-testid="represent-figures" data-step=live::text(move || step(state).to_string())>
                {live::maybe(move || state.progress.with(|known| known.as_ref().map(figures)))}
            </p>
            <div class="represent-charts" class:gone=live::flag(move || !has_some.get())>
                {likelihood(state)}
                {free_energy(state)}
            </div>
            {weighing(state)}
            {filters(state)}
        </Card>
    }
    .into_any()
}

fn step(state: RepresentState) -> u32 {
    state.progress.with(|known| known.as_ref().map_or(0, |known| known.step))
}

fn figures(known: &BoltzmannProgress) -> String {
    let figures = say!(
        represent.figures,
        step = number::count(known.step),
        of = number::count(known.of),
        seconds = number::fixed(known.seconds, 1),
        speed = number::count(known.steps_per_second as u64),
        visible = number::count(known.height * known.width),
        hidden = number::count(known.hidden),
        params = number::count(known.params),
        examples = number::count(known.examples[0])
    );
    let swapped = known.swapped.map(|share| say!(represent.swapped, share = number::percent(share as f32)));
    [Some(figures), swapped].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

async fn save() -> Result<(), Trouble> {
    match app().client.answer(Represent::Save).await? {
        Represented::Saved(Exported { name, bytes }) => folder::save(&name, &bytes),
        _ => return Err(unexpected("Save")),
    }
    Ok(())
}

fn bring(state: RepresentState, files: Vec<File>) {
    bring_pictures(files, move || {
        RepresentSettings::change(|settings| {
            let usual = crate::protocol::BoltzmannTrain::usual(BoltzmannData::Own);
            settings.train = crate::protocol::BoltzmannTrain { seed: settings.train.seed, ..usual };
        });
        state.brought.update(|count| *count += 1);
    });
}

fn around(values: impl Iterator<Item = f64>) -> [f64; 2] {
    let [low, high] = values
        .filter(|at| at.is_finite())
        .fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], at| [low.min(at), high.max(at)]);
    let room = if high > low { 0.06 * (high - low) } else { 1.0 };
    if low.is_finite() { [low - room, high + room] } else { [0.0, 1.0] }
}

/// `ln p` of an example: exact, and by annealing with three deviations; of known patterns, the best there is.
fn likelihood(state: RepresentState) -> AnyView {
    let best = Memo::new(move |_| {
        state.progress.with(|known| known.as_ref()?.patterns.as_ref().map(|(of, _)| -(of.len() as f64).ln()))
    });
    let estimated = Memo::new(move |_| {
        state.estimate.answer.with(|found| {
            let found = found.as_ref()?;
            Some((f64::from(found.step), found.log_likelihood[0], 3.0 * found.deviation))
        })
    });
    let steps = Memo::new(move |_| {
        state.progress.with(|known| known.as_ref().map_or(10.0, |known| f64::from(known.step.max(10))))
    });
    let points = Memo::new(move |_| {
        state.progress.with(|known| {
            let points = known.iter().flat_map(|known| &known.points);
            points.filter_map(|point| Some((f64::from(point.step), point.log_likelihood?))).collect::<Vec<_>>()
        })
    });
    let extent = Memo::new(move |_| {
        let by_annealing = estimated.get().into_iter().flat_map(|(_, log, off)| [log - off, log + off]);
        let all = points.get().into_iter().flat_map(|(_, logs)| logs).chain(best.get()).chain(by_annealing);
        ChartExtent::linear([0.0, steps.get()], around(all))
    });
    let lines = Memo::new(move |_| {
        let whole = state.progress.with(|known| known.as_ref().is_some_and(|known| known.examples[1] == 0));
        let line = |at: usize, colour: &str, name: &str| {
            points.with(|points| Line::new(colour, points.iter().map(|(step, logs)| [*step, logs[at]])).named(name))
        };
        let mut lines = vec![line(0, "run-0", say!(represent.training))];
        if !whole {
            lines.push(line(1, "run-1", say!(represent.validation)));
        }
        lines.extend(best.get().map(|best| Line::level("run-2", [0.0, steps.get()], best).named(say!(represent.best))));
        if let Some((step, log, off)) = estimated.get() {
            let bar = Line::new("run-4", [[step, log - off], [step, log + off]].into_iter());
            lines.push(bar);
            lines.push(Line::new("run-4", [[step, log]].into_iter()).dots("run-4"));
        }
        lines
    });
    view! {
        <LineChart
            id="represent-likelihood"
            title=words!(represent.likelihood)
            extent
            lines
            figure=|log| number::fixed(log, 2)
        />
    }
    .into_any()
}

fn free_energy(state: RepresentState) -> AnyView {
    let lines = Memo::new(move |_| {
        state.progress.with(|known| {
            let whole = known.as_ref().is_some_and(|known| known.examples[1] == 0);
            let points = || known.iter().flat_map(|known| &known.points);
            let energy = |at: usize| points().map(move |point| [f64::from(point.step), point.free_energy[at]]);
            let mut lines = vec![Line::new("run-0", energy(0)).named(say!(represent.training))];
            if !whole {
                lines.push(Line::new("run-1", energy(1)).named(say!(represent.validation)));
            }
            lines
        })
    });
    let extent = Memo::new(move |_| {
        let (low, high) = lines.with(|lines| {
            let [low, high] = around(lines.iter().flat_map(|line| &line.points).map(|point| point[1]));
            (low, high)
        });
        ChartExtent::linear([0.0, f64::from(step(state).max(10))], [low, high])
    });
    view! {
        <LineChart id="represent-free-energy" title=words!(represent.free_energy) extent lines figure=|energy| number::fixed(energy, 2) />
    }
    .into_any()
}

/// Annealed importance sampling, beside what is exact.
fn weighing(state: RepresentState) -> AnyView {
    let said = move || {
        let found = state.estimate.answer.get()?;
        let exact = found.exact.map_or_else(|| say!(represent.not_exact).to_owned(), |exact| number::fixed(exact, 3));
        Some(say!(
            represent.weighed,
            estimate = number::fixed(found.log_z, 3),
            off = number::fixed(3.0 * found.deviation, 3),
            exact = exact,
            log = number::fixed(found.log_likelihood[0], 2),
            runs = number::count(found.runs),
            time = number::millis(found.elapsed_ms)
        ))
    };
    let off = move || {
        state.estimate.answer.with(|found| {
            let found = found.as_ref()?;
            Some(((found.log_z - found.exact?) / found.deviation).to_string())
        })
    };
    let able = move || state.progress.with(Option::is_some) && !state.learn.is_on();
    view! {
        <div class="row-acts wraps weighing">
            <StartProgress
                id="represent-weigh"
                label=words!(represent.weigh)
                title=words!(represent.weighing)
                of=state.estimate.asking
                able
                start=move |()| state.weigh()
            />
        </div>
        {trouble_box(move || state.estimate.trouble())}
        <p class="hint" data-testid="represent-weighed" data-off=live::maybe(off)>{live::maybe(said)}</p>
    }
    .into_any()
}

fn filters(state: RepresentState) -> AnyView {
    let count = Memo::new(move |_| state.progress.with(|known| known.as_ref().map_or(0, |known| known.filters.len())));
    let one = move |at: usize| {
        let pixels = Signal::derive(move || {
            state.progress.with(|known| {
                let Some((filter, width)) =
                    known.as_ref().and_then(|known| Some((known.filters.get(at)?, known.width)))
                else {
                    return crate::ui::widget::no_pixels();
                };
                signed(width, 255.0, filter.iter().map(|byte| (f32::from(*byte) - 128.0) / 127.0))
            })
        });
        view! { <li><PixelsView pixels /></li> }
    };
    let largest = move || {
        let known = state.progress.with(|known| known.as_ref().map(|known| known.largest_weight))?;
        Some(say!(represent.filters_hint, most = number::digits(known as f32)))
    };
    view! {
        <h3>{words!(represent.filters)}</h3>
        <p class="hint">{live::maybe(largest)}</p>
        <ul class="represent-filters" data-testid="represent-filters" role="img" aria-label=words!(represent.filters)>
            {live::view(move || (0..count.get()).map(one).collect_view().into_any())}
        </ul>
    }
    .into_any()
}
