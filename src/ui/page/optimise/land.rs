//! The landscape: which one, where to start, who walks; the walk itself, played step by step, and the loss on the way.

use super::map::{Map, MapOverlay};
use super::runners::{Runners, colour_of};
use super::settings::{OptimiseSettings, walker_rate};
use crate::protocol::{Interval, LandMap, Landscape, Optimise, Optimised, Path, Rule, Walk};
use crate::ui::widget::{Axes, Button, ChartExtent, ChartFigure, Icon, Line, NumberField, trouble_box};
use crate::ui::{Choice, PageSettings, Words, app, live, number};
use leptos::html::Input;
use leptos::leptos_dom::helpers::IntervalHandle;
use leptos::prelude::*;
use std::time::Duration;

/// A walk is played in so many pictures, one every [`PICTURE`].
const PICTURES: f64 = 180.0;
const PICTURE: Duration = Duration::from_millis(33);
/// Further out no landscape has anything to show.
const START: Interval = Interval::real(-100.0, 100.0);
/// What a logarithmic axis shows of a loss that has come all the way down.
const LEAST_LOSS: f64 = 1e-9;

pub(super) fn land(settings: Memo<OptimiseSettings>) -> impl IntoView {
    let land = Memo::new(move |_| settings.with(|settings| settings.land));
    // Where the start is while it is being moved; the address gets it when it is let go.
    let moved = RwSignal::new(None::<[f64; 2]>);
    let start = Memo::new(move |_| moved.get().unwrap_or_else(|| settings.with(|settings| settings.start)));
    let maps = ask!(Optimise, Latest, Optimised::Map);
    let walks = ask!(Optimise, Latest, Optimised::Walked);
    Effect::new(move |_| {
        if app().is_up() {
            maps.ask(Optimise::Map(land.get()));
        }
    });
    let walk = Memo::new(move |_| settings.with(|settings| walk_of(settings, start.get())));
    Effect::new(move |_| {
        let walk = walk.get();
        if app().is_up() && !walk.walkers.is_empty() {
            walks.ask(Optimise::Walk(walk));
        }
    });
    let paths = Memo::new(move |_| {
        let rules = walk.with(|walk| walk.walkers.iter().map(|walker| walker.rule).collect::<Vec<_>>());
        // An answer to an earlier question may have other walkers; the next one is under way.
        let found = walks.answer.get().filter(|paths: &Vec<Path>| paths.len() == rules.len()).unwrap_or_default();
        rules.into_iter().zip(found).collect::<Vec<_>>()
    });
    let steps = Memo::new(move |_| settings.with(|settings| f64::from(settings.steps)));
    let player = Player::new(steps);
    player.play_once_when(move || paths.with(|paths| !paths.is_empty()));
    let hover = RwSignal::new(None::<f64>);
    let step = Memo::new(move |_| hover.get().unwrap_or_else(|| player.at.get()).min(steps.get()).round());
    let overlay = MapOverlay { paths, step, start };
    let drop_start = move || {
        if let Some(at) = moved.get_untracked() {
            OptimiseSettings::change(|settings| settings.start = at);
            moved.set(None);
        }
    };
    let move_start = move |at| {
        player.stop();
        moved.set(Some(at));
    };
    // Of the land that is chosen; the last one's map is no ground for this one's paths.
    let map = Memo::new(move |_| maps.answer.get().filter(|map: &LandMap| map.land == land.get()));
    let shown = move || match map.get() {
        Some(map) => view! { <Map map overlay on_move=move_start on_drop=drop_start /> }.into_any(),
        None => view! { <div class="land-sheet waiting" aria-hidden="true"></div> }.into_any(),
    };
    let about = move || {
        map.get()
            .map(|map| {
                view! {
                    <p class="formula">
                        <span class="figure">"f(x, y) = "{map.formula}</span>
                        <span class="hint">{live::text(move || source_of(map.land, &map.source))}</span>
                    </p>
                }
            })
            .into_any()
    };
    view! {
        <section class="card" data-testid="landscape">
            <h2>{words!(optimise.land_title)}</h2>
            <p class="hint" id="land-hint">{words!(optimise.land_hint)}</p>
            <div class="land-board">
                <div>
                    {live::view(shown)}
                    {playing(player, steps, step)}
                    {live::view(about)}
                    {losses(paths, map, steps, hover, step)}
                </div>
                <div class="land-side">
                    <div class="fields where">
                        {controls!(OptimiseSettings, "land")}
                        {start_field(0, "start-x", words!(optimise.start_x), start)}
                        {start_field(1, "start-y", words!(optimise.start_y), start)}
                    </div>
                    <Runners
                        id="walk"
                        label=words!(optimise.walkers)
                        runners=move || settings.with(|settings| settings.walkers.clone())
                        usual=move |rule| walker_rate(land.get(), rule)
                        told=move |rule| told(paths, rule)
                        on_change=move |walkers| OptimiseSettings::change(|settings| settings.walkers = walkers)
                    />
                    {trouble_box(move || walks.trouble().or(maps.trouble()))}
                    <div class="fields">
                        {controls!(OptimiseSettings, "steps", "noise", "momentum", "decay", "seed")}
                    </div>
                </div>
            </div>
        </section>
    }
}

fn start_field(axis: usize, id: &'static str, label: Words, start: Memo<[f64; 2]>) -> AnyView {
    let value = move || (start.get()[axis] * 1e4).round() / 1e4;
    let change = move |at| OptimiseSettings::change(|settings| settings.start[axis] = at);
    view! { <NumberField id label limits=START value on_change=change /> }.into_any()
}

fn walk_of(settings: &OptimiseSettings, start: [f64; 2]) -> Walk {
    Walk {
        land: settings.land,
        start,
        walkers: settings.walkers.iter().map(|walker| settings.optimiser(*walker)).collect(),
        steps: settings.steps,
        noise: settings.noise,
        seed: settings.seed,
    }
}

fn told(paths: Memo<Vec<(Rule, Path)>>, rule: Rule) -> Option<String> {
    paths.with(|paths| {
        let (_, path) = paths.iter().find(|(of, _)| *of == rule)?;
        Some(match (path.diverged, path.left_map) {
            (Some(step), _) => say!(optimise.diverged, step = step),
            (None, Some(step)) => say!(optimise.left_map, step = step),
            (None, None) => say!(optimise.ends_at, loss = number::digits(path.losses.last().copied()?)),
        })
    })
}

#[derive(Clone, Copy)]
struct Player {
    /// The step that is shown; infinite for all of them.
    at: RwSignal<f64>,
    clock: StoredValue<Option<IntervalHandle>>,
    is_playing: RwSignal<bool>,
    steps: Memo<f64>,
}

impl Player {
    fn new(steps: Memo<f64>) -> Player {
        let player = Player {
            at: RwSignal::new(f64::INFINITY),
            clock: StoredValue::new(None),
            is_playing: RwSignal::new(false),
            steps,
        };
        on_cleanup(move || player.stop());
        player
    }

    /// From the beginning where all is shown.
    fn play(self) {
        if self.at.get_untracked() >= self.steps.get_untracked() {
            self.at.set(0.0);
        }
        self.is_playing.set(true);
        let clock = set_interval_with_handle(
            move || {
                let steps = self.steps.get_untracked();
                self.at.update(|at| *at += steps / PICTURES);
                if self.at.get_untracked() >= steps {
                    self.at.set(f64::INFINITY);
                    self.stop();
                }
            },
            PICTURE,
        );
        self.clock.set_value(clock.ok());
    }

    fn stop(self) {
        let clock = self.clock.try_update_value(Option::take).flatten();
        clock.iter().for_each(IntervalHandle::clear);
        self.is_playing.try_set(false);
    }

    /// Unless the person wants no movement.
    fn play_once_when(self, ready: impl Fn() -> bool + 'static) {
        let still = window().match_media("(prefers-reduced-motion: reduce)").ok().flatten();
        let still = still.is_some_and(|query| query.matches());
        Effect::new(move |played: Option<bool>| {
            let played = played.unwrap_or(still);
            if !played && ready() {
                self.play();
                return true;
            }
            played
        });
    }
}

fn playing(player: Player, steps: Memo<f64>, step: Memo<f64>) -> impl IntoView {
    let slider = NodeRef::<Input>::new();
    let slide = move |_| {
        if let Some(slider) = slider.get_untracked() {
            player.stop();
            let at = slider.value_as_number();
            player.at.set(if at >= steps.get_untracked() { f64::INFINITY } else { at });
        }
    };
    let toggle = move |()| if player.is_playing.get_untracked() { player.stop() } else { player.play() };
    view! {
        <div class="playing">
            <Button
                id="walk-play"
                icon=move || Some(if player.is_playing.get() { Icon::Pause } else { Icon::Play })
                words=move || if player.is_playing.get() { say!(train.pause) } else { say!(optimise.play) }
                on_press=toggle
            />
            <input
                node_ref=slider
                type="range"
                min="0"
                max=live::text(move || steps.get().to_string())
                step="1"
                data-testid="walk-step"
                aria-label=words!(train.step)
                prop:value=live::text(move || step.get().to_string())
                on:input=slide
            />
            <span class="figure">
                {live::text(move || say!(train.at_step, step = number::count(step.get().max(0.0) as u64)))}
            </span>
        </div>
    }
}

/// How far above the lowest point, over the steps.
fn losses(
    paths: Memo<Vec<(Rule, Path)>>,
    map: Memo<Option<LandMap>>,
    steps: Memo<f64>,
    hover: RwSignal<Option<f64>>,
    step: Memo<f64>,
) -> impl IntoView {
    let lowest = Memo::new(move |_| map.with(|map| map.as_ref().map_or(0.0, |map| f64::from(map.lowest))));
    let above = move |loss: f32| (f64::from(loss) - lowest.get()).max(LEAST_LOSS);
    let extent = Memo::new(move |_| {
        let (mut low, mut high) = (f64::INFINITY, LEAST_LOSS);
        let start = paths.with(|paths| paths.first().and_then(|(_, path)| path.losses.first().copied()));
        paths.with(|paths| {
            for loss in paths.iter().flat_map(|(_, path)| &path.losses).map(|loss| above(*loss)) {
                (low, high) = (low.min(loss), high.max(loss));
            }
        });
        // What runs away must not press the rest flat.
        let high = start.map_or(high, |start| high.min(above(start).max(1e-3) * 100.0));
        ChartExtent::log_y([0.0, steps.get()], [low.min(high / 10.0), high * 1.3])
    });
    let draw = move |axes: &Axes| {
        let until = step.get() as usize;
        let one = |(rule, path): &(Rule, Path)| {
            let points = path.losses.iter().take(until.saturating_add(1)).enumerate();
            Line::new(colour_of(*rule), points.map(|(at, loss)| [at as f64, above(*loss)])).stroke(axes)
        };
        paths.with(|paths| paths.iter().map(one).collect())
    };
    let told = move |_| {
        let at = step.get() as usize;
        let one = |(rule, path): &(Rule, Path)| {
            let loss = path.losses.get(at).or(path.losses.last())?;
            Some(format!("{} {}", rule.name(), number::digits(*loss)))
        };
        paths.with(|paths| paths.iter().filter_map(one).collect::<Vec<_>>().join(", "))
    };
    view! {
        <ChartFigure id="walk-chart" title=words!(optimise.above_lowest) extent draw told hover />
    }
}

/// What the engine says before a paper's name, in the person's language.
fn source_of(land: Landscape, source: &str) -> String {
    let paper = |mark: &str| source.split_once(mark).map_or(source, |(_, paper)| paper).to_owned();
    match land {
        Landscape::Ravine => say!(optimise.source_ravine, source = paper("as in ")),
        Landscape::Saddle => say!(optimise.source_saddle, source = paper("matter: ")),
        _ => source.to_owned(),
    }
}
