//! The race: one network, one seed, the same batches; only the rule differs.

use super::runners::{Runners, colour_of};
use super::settings::{OptimiseSettings, lane_rate};
use super::train_link;
use crate::protocol::{
    CurvePoint, DataChoice, Optimise, OptimiseNews, Optimised, OptimiserRace, RaceNews, Rule, Setup,
};
use crate::ui::page::train::data_name;
use crate::ui::widget::{
    Card, ChartExtent, Line, LineChart, Scaling, Segments, Select, StartStop, run_figures, trouble_box,
};
use crate::ui::{Choice, PageSettings, app, live, number};
use leptos::prelude::*;

/// Sets that are learnt in seconds.
const SETS: [&str; 4] = ["spirals", "circles", "xor", "digits"];
const POINTS_NETWORK: &str = "flatten\nlinear 32\ntanh\nlinear 32\ntanh\nlinear classes\n";
const DIGITS_NETWORK: &str = "flatten\nlinear 48\nrelu\nlinear classes\n";
const LEAST_LOSS: f32 = 1e-6;
/// What smoothing keeps from point to point.
const KEEP: f32 = 0.9;

#[derive(Clone, Debug, PartialEq)]
struct Lane {
    rule: Rule,
    points: Vec<CurvePoint>,
    diverged: Option<u32>,
}

pub(super) fn race_card(settings: Memo<OptimiseSettings>) -> impl IntoView {
    let lanes = RwSignal::new(Vec::<Lane>::new());
    // Without its lanes.
    let said = RwSignal::new(None::<RaceNews>);
    let going = ask!(Optimise, Single, Optimised::Raced);
    let scaling = RwSignal::new(Scaling::Log);
    let hear = move |mut news: RaceNews, is_whole: bool| {
        let heard = std::mem::take(&mut news.lanes);
        lanes.try_update(|lanes| {
            for (lane, news) in lanes.iter_mut().zip(heard) {
                if is_whole {
                    lane.points.clear();
                }
                lane.points.extend(news.points);
                lane.diverged = news.diverged;
            }
        });
        said.try_set(Some(news));
    };
    let start = move |()| {
        let job = settings.with_untracked(race_of);
        lanes.set(job.lanes.iter().map(|lane| Lane { rule: lane.rule, points: Vec::new(), diverged: None }).collect());
        said.set(None);
        let of = |news| if let OptimiseNews::Race(news) = news { Some(news) } else { None };
        going.stream(Optimise::Race(job), of, hear);
    };
    let able = move || app().is_up() && settings.with(|settings| !settings.lanes.is_empty());
    view! {
        <Card id="race" title=words!(optimise.race_title) hint=words!(optimise.race_hint)>
            <div class="fields race-fields">
                <Select
                    id="race-data"
                    label=words!(train.data)
                    options=|| SETS.map(|set| (set.to_owned(), data_name(set))).to_vec()
                    chosen=move || settings.with(|settings| settings.race_data.clone())
                    on_choose=move |set| OptimiseSettings::change(|settings| settings.race_data = set)
                />
                {controls!(OptimiseSettings, "racesteps")}
                <StartStop id="race" of=going.asking able start />
                {train_link("race-train", move || settings.with(last_lane))}
            </div>
            <p class="sub">{live::view(move || said.get().map(said_view).into_any())}</p>
            <Runners
                id="lane"
                label=words!(optimise.lanes)
                runners=move || settings.with(|settings| settings.lanes.clone())
                usual=lane_rate
                told=move |rule| lanes.with(|lanes| lanes.iter().find(|lane| lane.rule == rule).and_then(told))
                on_change=move |runners| OptimiseSettings::change(|settings| settings.lanes = runners)
            />
            {trouble_box(move || going.trouble())}
            <Curves lanes said scaling />
            <div class="chart-foot">
                <Segments
                    name="race-axis"
                    label=words!(train.axis_values)
                    chosen=scaling
                    on_choose=move |value| scaling.set(value)
                />
            </div>
        </Card>
    }
}

fn setup_of(settings: &OptimiseSettings) -> Setup {
    let is_digits = settings.race_data == "digits";
    Setup {
        data: DataChoice {
            set: settings.race_data.clone(),
            count: if is_digits { 1500 } else { 500 },
            ..DataChoice::default()
        },
        network: if is_digits { DIGITS_NETWORK } else { POINTS_NETWORK }.to_owned(),
        batch: 50,
        seed: settings.seed,
        backend: app().route.with_untracked(|route| route.backend),
        ..Setup::default()
    }
}

fn race_of(settings: &OptimiseSettings) -> OptimiserRace {
    let lanes = settings.lanes.iter().map(|lane| settings.optimiser(*lane)).collect();
    OptimiserRace { setup: setup_of(settings), lanes, steps: settings.race_steps }
}

/// The last lane's run, as the Train page has it.
fn last_lane(settings: &OptimiseSettings) -> Setup {
    let setup = setup_of(settings);
    let optimiser = settings.lanes.last().map_or_else(|| setup.optimiser.clone(), |lane| settings.optimiser(*lane));
    let batches = if settings.race_data == "digits" { 24 } else { 8 };
    Setup { optimiser, epochs: settings.race_steps.div_ceil(batches), ..setup }
}

fn said_view(said: RaceNews) -> AnyView {
    let params = (number::count(said.params), words!(train.params));
    let examples = (number::count(said.examples), words!(train.examples));
    let more = vec![params, examples];
    run_figures([said.step, said.of], words!(train.step), more, said.steps_per_second, Some(&said.backend))
}

fn told(lane: &Lane) -> Option<String> {
    match lane.diverged {
        Some(step) => Some(say!(optimise.diverged, step = step)),
        // As the curve is drawn; the last batch alone may be lucky.
        None => lane.points.last().zip(smoothed(&lane.points).last()).map(|(point, loss)| {
            say!(optimise.lane_at, loss = number::digits(loss), accuracy = number::percent(point.accuracy))
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
fn Curves(lanes: RwSignal<Vec<Lane>>, said: RwSignal<Option<RaceNews>>, scaling: RwSignal<Scaling>) -> impl IntoView {
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
        ChartExtent { y_scaling: scaling.get(), ..ChartExtent::linear([0.0, f64::from(of)], [low, high]) }
    });
    let lines = Memo::new(move |_| {
        let one = |lane: &Lane| {
            let place = |point: &CurvePoint, loss: f32| [f64::from(point.step), f64::from(loss.max(LEAST_LOSS))];
            let colour = colour_of(lane.rule);
            let smooth = lane.points.iter().zip(smoothed(&lane.points)).map(|(point, loss)| place(point, loss));
            let raw = Line::new(colour, lane.points.iter().map(|point| place(point, point.loss)));
            [raw.drawn(&format!("{colour} raw present")), Line::new(colour, smooth).named(lane.rule.name())]
        };
        lanes.with(|lanes| lanes.iter().flat_map(one).collect::<Vec<_>>())
    });
    let figure = |loss: f64| number::digits(loss as f32);
    view! { <LineChart id="race-chart" title=words!(train.loss) extent lines figure /> }
}
