//! The race: one network, one seed, the same batches; only the rule differs.

use super::look::colour_of;
use super::runners::Runners;
use super::slope::{Slope, lane_rate};
use super::state::{change, slope_of};
use crate::protocol::{
    BackendUsed, CurvePoint, DataChoice, ExperimentId, Optimise, OptimiseNews, Optimised, OptimiserRace, RaceNews,
    Rule, Setup,
};
use crate::ui::ask::{Ask, Asking, Policy};
use crate::ui::desk::{Desk, Life};
use crate::ui::page::PageId;
use crate::ui::page::train::Course;
use crate::ui::page::train::{data_name, rule_name};
use crate::ui::widget::{Axes, Chart, Extent, Icon, NumberField, Scaling, Segments, Stroke, TroubleBox, path_of};
use crate::ui::{live, number, sentence};
use leptos::prelude::*;
use std::sync::Arc;

/// Sets that are learnt in seconds.
const SETS: [&str; 4] = ["spirals", "circles", "xor", "digits"];
const POINTS_NETWORK: &str = "flatten\nlinear 32\ntanh\nlinear 32\ntanh\nlinear classes\n";
const DIGITS_NETWORK: &str = "flatten\nlinear 48\nrelu\nlinear classes\n";
const LEAST_LOSS: f32 = 1e-6;
/// What smoothing keeps from point to point.
const KEEP: f32 = 0.9;

/// What is known of one lane.
#[derive(Clone, Debug, PartialEq)]
struct Lane {
    rule: Rule,
    points: Vec<CurvePoint>,
    diverged: Option<u32>,
}

/// What the last race said beside its curves.
#[derive(Clone, Debug, PartialEq)]
struct Said {
    step: u32,
    of: u32,
    params: u64,
    examples: u32,
    steps_per_second: f32,
    backend: BackendUsed,
}

#[component]
pub(super) fn RaceCard() -> impl IntoView {
    let desk = Desk::here();
    let slope = slope_of(desk);
    let lanes = RwSignal::new(Vec::<Lane>::new());
    let said = RwSignal::new(None::<Said>);
    let going =
        Ask::<Optimise, _>::new(
            Policy::Single,
            |found| if let Optimised::Raced(news) = found { Some(news) } else { None },
        );
    let scaling = RwSignal::new(Scaling::Log);
    let hear = move |news: RaceNews, whole: bool| {
        let RaceNews { step, of, lanes: heard, params, examples, steps_per_second, backend } = news;
        lanes.try_update(|lanes| {
            for (lane, news) in lanes.iter_mut().zip(heard) {
                if whole {
                    lane.points.clear();
                }
                lane.points.extend(news.points);
                lane.diverged = news.diverged;
            }
        });
        said.try_set(Some(Said { step, of, params, examples, steps_per_second, backend }));
    };
    let start = move || {
        let job = slope.with_untracked(|slope| race_of(slope, desk));
        lanes.set(job.lanes.iter().map(|lane| Lane { rule: lane.rule, points: Vec::new(), diverged: None }).collect());
        said.set(None);
        going.start(
            desk.client,
            Optimise::Race(job),
            move |news| {
                if let OptimiseNews::Race(news) = news {
                    hear(news, false);
                }
            },
            move |news| hear(news, true),
        );
    };
    let able = move || desk.life() == Life::Up && slope.with(|slope| !slope.lanes.is_empty());
    let link = move || slope.with(|slope| train_link(slope, desk));
    view! {
        <section class="card" data-testid="race">
            <h2>{words!(optimise.race_title)}</h2>
            <p class="hint">{words!(optimise.race_hint)}</p>
            <div class="fields race-fields">
                <label class="field">
                    <span>{words!(train.data)}</span>
                    <select
                        data-testid="race-data"
                        on:change=move |event| change(desk, |slope| slope.race_data = event_target_value(&event))
                    >
                        {SETS
                            .into_iter()
                            .map(|set| {
                                let here = move || slope.with(|slope| slope.race_data == set);
                                view! {
                                    <option value=set prop:selected=live::flag(here)>
                                        {live::text(move || data_name(set))}
                                    </option>
                                }
                            })
                            .collect_view()}
                    </select>
                </label>
                <NumberField id="race-steps" label=words!(train.steps) value=Signal::derive(move || slope.with(|slope| f64::from(slope.race_steps))) low=1.0 high=20_000.0 whole=true on_change=move |steps| change(desk, |slope| slope.race_steps = steps as u32) />
                <StartStop id="race" going=going.asking able=Signal::derive(able) start />
                <a class="btn" data-testid="race-train" href=live::text(link)>
                    {words!(optimise.open_train)}
                </a>
            </div>
            <p class="sub">{live::view(move || said.get().map(said_view).into_any())}</p>
            <Runners
                id="lane"
                label=words!(optimise.lanes)
                runners=Signal::derive(move || slope.with(|slope| slope.lanes.clone()))
                usual=lane_rate
                told=move |rule| lanes.with(|lanes| lanes.iter().find(|lane| lane.rule == rule).and_then(told))
                on_change=move |runners| change(desk, |slope| slope.lanes = runners)
            />
            {live::view(move || going.trouble().map(|trouble| view! { <TroubleBox trouble /> }).into_any())}
            <Curves lanes said scaling />
            <div class="chart-foot">
                <Segments
                    name="race-axis"
                    label=words!(train.axis_values)
                    choices=vec![(Scaling::Linear, "linear", words!(train.linear)), (Scaling::Log, "log", words!(train.log))]
                    chosen=scaling
                    on_choose=move |value| scaling.set(value)
                />
            </div>
        </section>
    }
}

/// One button that starts and stops.
#[component]
pub(super) fn StartStop(
    id: &'static str,
    going: Asking,
    #[prop(into)] able: Signal<bool>,
    start: impl Fn() + Copy + Send + 'static,
) -> impl IntoView {
    let is_on = move || going.is_on();
    view! {
        <button
            type="button"
            class="btn main"
            data-testid=format!("{id}-start")
            data-state=live::name(move || Some(if is_on() { "running" } else { "idle" }))
            prop:disabled=live::flag(move || !able.get() && !is_on())
            on:click=move |_| if going.is_on() { going.stop() } else { start() }
        >
            {live::view(move || {
                let of = if is_on() { Icon::Pause } else { Icon::Play };
                view! { <Icon of /> }.into_any()
            })}
            {live::name(move || Some(if is_on() { say!(optimise.stop) } else { say!(train.start) }))}
        </button>
    }
}

fn setup_of(slope: &Slope, desk: Desk) -> Setup {
    let is_digits = slope.race_data == "digits";
    Setup {
        data: DataChoice {
            set: slope.race_data.clone(),
            count: if is_digits { 1500 } else { 500 },
            ..DataChoice::default()
        },
        network: if is_digits { DIGITS_NETWORK } else { POINTS_NETWORK }.to_owned(),
        batch: 50,
        seed: slope.seed,
        backend: desk.place.with_untracked(|place| place.backend),
        ..Setup::default()
    }
}

fn race_of(slope: &Slope, desk: Desk) -> OptimiserRace {
    let lanes = slope.lanes.iter().map(|lane| slope.optimiser(*lane)).collect();
    OptimiserRace { setup: setup_of(slope, desk), lanes, steps: slope.race_steps }
}

/// The last lane's run on the Train page.
fn train_link(slope: &Slope, desk: Desk) -> String {
    let setup = setup_of(slope, desk);
    let optimiser = slope.lanes.last().map_or_else(|| setup.optimiser.clone(), |lane| slope.optimiser(*lane));
    let batches = if slope.race_data == "digits" { 24 } else { 8 };
    let setup = Setup { optimiser, epochs: slope.race_steps.div_ceil(batches), ..setup };
    let mut place = desk.place.get().on(PageId::Experiment(ExperimentId::Train));
    place.change_sheet(|course: &mut Course| course.setup = setup);
    place.to_hash()
}

fn said_view(said: Said) -> AnyView {
    view! {
        <span class="figure">{format!("{} / {}", number::count(u64::from(said.step)), number::count(u64::from(said.of)))}</span>
        {words!(train.step)}
        <span class="figure">{number::count(said.params)}</span>
        {words!(train.params)}
        <span class="figure">{number::count(u64::from(said.examples))}</span>
        {words!(train.examples)}
        <span class="figure">{live::text(move || say!(train.per_second, count = number::count(said.steps_per_second as u64)))}</span>
        <span class="figure" title=live::text({
            let why = said.backend.why.clone();
            move || sentence::why(&why)
        })>
            {sentence::backend_name(&said.backend)}
        </span>
    }
    .into_any()
}

fn told(lane: &Lane) -> Option<String> {
    match lane.diverged {
        Some(step) => Some(say!(optimise.diverged, step = step)),
        None => lane.points.last().map(|point| {
            say!(optimise.lane_at, loss = number::digits(point.loss), accuracy = number::percent(point.accuracy))
        }),
    }
}

/// Losses of batches jump; the mean that forgets shows where they go.
fn smoothed(points: &[CurvePoint]) -> impl Iterator<Item = f32> {
    let (mut sum, mut weight) = (0.0, 0.0);
    points.iter().map(move |point| {
        (sum, weight) = (KEEP * sum + point.loss, KEEP * weight + 1.0);
        sum / weight
    })
}

#[component]
fn Curves(lanes: RwSignal<Vec<Lane>>, said: RwSignal<Option<Said>>, scaling: RwSignal<Scaling>) -> impl IntoView {
    let hover = RwSignal::new(None::<f64>);
    let extent = Memo::new(move |_| {
        let of = said.with(|said| said.as_ref().map_or(10, |said| said.of));
        let (mut low, mut high) = (f64::INFINITY, 0.0_f64);
        lanes.with(|lanes| {
            let first = lanes.iter().filter_map(|lane| lane.points.first()).map(|point| f64::from(point.loss));
            let first = first.fold(0.0, f64::max);
            for point in lanes.iter().flat_map(|lane| &lane.points) {
                low = low.min(f64::from(point.loss.max(LEAST_LOSS)));
                // What runs away must not press the rest flat.
                high = high.max(f64::from(point.loss).min(4.0 * first));
            }
        });
        let high = if high > 0.0 { high * 1.15 } else { 1.0 };
        let low = if scaling.get() == Scaling::Log { low.min(high / 10.0) * 0.8 } else { 0.0 };
        Extent { x: [0.0, f64::from(of)], y: [low, high], x_scaling: Scaling::Linear, y_scaling: scaling.get() }
    });
    let draw = Arc::new(move |axes: &Axes| {
        let one = |lane: &Lane| {
            let place =
                |point: &CurvePoint, loss: f32| axes.place(f64::from(point.step), f64::from(loss.max(LEAST_LOSS)));
            let colour = colour_of(lane.rule);
            let raw = lane.points.iter().map(|point| place(point, point.loss));
            let smooth = lane.points.iter().zip(smoothed(&lane.points)).map(|(point, loss)| place(point, loss));
            [
                Stroke { class: format!("{colour} raw present"), path: path_of(raw) },
                Stroke { class: format!("{colour} smooth present"), path: path_of(smooth) },
            ]
        };
        lanes.with(|lanes| lanes.iter().flat_map(one).collect())
    });
    let values = move || {
        let at = hover.get().unwrap_or(f64::INFINITY);
        let one = |lane: &Lane| {
            let after = lane.points.partition_point(|point| f64::from(point.step) <= at);
            let point = lane.points.get(after.max(1) - 1)?;
            Some(format!("{} {}", rule_name(lane.rule), number::digits(point.loss)))
        };
        lanes.with(|lanes| lanes.iter().filter_map(one).collect::<Vec<_>>().join(", "))
    };
    view! {
        <figure class="chart" data-testid="race-chart">
            <figcaption>
                <h3>{words!(train.loss)}</h3>
                <span class="figure">{live::text(values)}</span>
            </figcaption>
            <Chart title=words!(train.loss) extent draw told=Arc::new(values) hover />
        </figure>
    }
}
