//! A curve that a network learns, beside the one that is reckoned; and how the error falls with the number of units.

mod pad;

use super::settings::DepthSettings;
use crate::protocol::{CurveFit, Depth, Depths, FitActivation, FittedCurve, FittedShape, RegionNews};
use crate::ui::widget::{Card, ChartExtent, Line, LineChart, Scaling, StartStop, computed_on, legend, trouble_box};
use crate::ui::{Ask, app, live, number};
use leptos::prelude::*;

/// Heights of a curve that a person draws.
const DRAWN: usize = 65;

/// A network that has learnt a curve: how many units of one layer its weights would be, and its largest error.
type Tried = (u32, u32, FitActivation, f64);

#[derive(Clone, Copy)]
pub(super) struct CurveState {
    settings: Memo<DepthSettings>,
    run: Ask<Depth, Box<FittedCurve>>,
    found: RwSignal<Option<FittedCurve>>,
    /// A curve of the person's own.
    drawn: RwSignal<Vec<f32>>,
    /// Of this curve, while the page is open.
    tried: RwSignal<Vec<Tried>>,
}

impl CurveState {
    pub(super) fn new(settings: Memo<DepthSettings>) -> Self {
        let drawn = RwSignal::new(vec![0.0; DRAWN]);
        let (found, tried) = (RwSignal::new(None), RwSignal::new(Vec::new()));
        let state = Self { settings, run: ask!(Depth, Restart, Depths::Fitted), found, drawn, tried };
        // Another curve has other errors.
        let shape = Memo::new(move |_| settings.with(|settings| settings.fit.shape));
        Effect::new(move |_| {
            shape.get();
            tried.set(Vec::new());
        });
        // Whoever has started it once sees what each setting does.
        let fit = Memo::new(move |_| settings.with(|settings| settings.fit.clone()));
        Effect::new(move |before: Option<CurveFit>| {
            let fit = fit.get();
            if before.is_some_and(|before| before != fit) && found.with_untracked(Option::is_some) {
                state.again();
            }
            fit
        });
        state
    }

    fn again(self) {
        if !app().is_up() {
            return;
        }
        let fit = self.settings.with_untracked(|settings| settings.fit.clone());
        let drawn = if fit.shape == FittedShape::Drawn { self.drawn.get_untracked() } else { Vec::new() };
        let backend = app().route.with_untracked(|route| route.backend);
        let (units, layers, activation) = (fit.units, fit.layers, fit.activation);
        let hear = move |news| {
            if let RegionNews::Fitted(found) = news {
                self.found.try_set(Some(*found));
            }
        };
        self.run.start(Depth::Fit(CurveFit { drawn, backend, ..fit }), hear, move |found: Box<FittedCurve>| {
            app().computed_on(&found.backend);
            let error = found.learnt_error;
            self.tried.try_update(|tried| {
                tried.retain(|(known, deep, by, _)| (*known, *deep, *by) != (units, layers, activation));
                tried.push((units, layers, activation, error));
            });
            self.found.try_set(Some(*found));
        });
    }
}

pub(super) fn curve_card(state: CurveState) -> AnyView {
    let names = move || {
        let rows = [
            ("depth-target", words!(depth.fit_target)),
            ("run-0", words!(depth.fit_reckoned)),
            ("run-1", words!(depth.fit_learnt)),
        ];
        legend(rows)
    };
    view! {
        <Card id="depth-fit" title=words!(depth.fit) hint=words!(depth.fit_hint) of=state.run.asking>
            <div class="depth-board">
                <div>
                    <p class="sub" data-testid="depth-fit-figures">{live::maybe(move || figures(state))}</p>
                    {pad::pad(state)}
                    {names()}
                </div>
                <div class="depth-side">
                    <div class="fields">
                        {controls!(DepthSettings, "curve", "fitunits", "fitlayers", "bent", "fitsteps", "fitrate", "fitseed")}
                    </div>
                    <div class="row-acts wraps">
                        <StartStop id="depth-fit" of=state.run.asking able=move || app().is_up() start=move |()| state.again() />
                    </div>
                    {live::view(move || {
                        let backend = state.found.with(|found| Some(found.as_ref()?.backend.clone()));
                        backend.map(|backend| view! { <p class="sub">{computed_on(&backend)}</p> }).into_any()
                    })}
                </div>
            </div>
            {errors(state)}
            {trouble_box(move || state.run.trouble())}
        </Card>
    }
    .into_any()
}

fn figures(state: CurveState) -> Option<String> {
    let settings = state.settings.get();
    state.found.with(|found| {
        let found = found.as_ref()?;
        let figure = |value: f64| number::digits(value as f32);
        Some(say!(
            depth.fit_figures,
            step = number::count(found.step),
            of = number::count(found.of),
            learnt = figure(found.learnt_error),
            layers = settings.fit.layers,
            width = found.width,
            params = number::count(found.params as u32),
            reckoned = figure(found.interpolant_error),
            bound = figure(found.bound)
        ))
    })
}

/// The largest error against the number of units.
fn errors(state: CurveState) -> AnyView {
    let lines = Memo::new(move |_| {
        let reckoned = state.found.with(|found| found.as_ref().map(|found| found.by_units.clone()))?;
        let over = |pick: fn(&(u32, f64, f64)) -> f64| {
            let points: Vec<[f64; 2]> = reckoned.iter().map(|row| [f64::from(row.0), pick(row).max(LEAST)]).collect();
            points.into_iter()
        };
        let mut lines = vec![
            Line::new("run-0", over(|row| row.1)).named(say!(depth.fit_reckoned)),
            Line::new("run-3 second", over(|row| row.2)).named(say!(depth.fit_bound)),
        ];
        let mut tried = state.tried.get();
        tried.sort_by_key(|(units, ..)| *units);
        let points = tried.iter().map(|(units, _, _, error)| [f64::from(*units), error.max(LEAST)]);
        let learnt = Line::new("run-1", points);
        lines.push(learnt.dots("run-1"));
        Some(lines)
    });
    let shown = Memo::new(move |_| lines.with(|lines| lines.clone().unwrap_or_default()));
    let extent = ChartExtent {
        x: [1.0, 128.0],
        y: [LEAST, 2.0],
        x_scaling: Scaling::Log,
        y_scaling: Scaling::Log,
        is_share: false,
    };
    let is_there = Memo::new(move |_| lines.with(Option::is_some));
    let chart = move || {
        let rows = [
            ("run-0", words!(depth.fit_reckoned)),
            ("run-3 second", words!(depth.fit_bound)),
            ("run-1", words!(depth.fit_tried)),
        ];
        view! {
            <LineChart
                id="depth-fit-errors"
                title=words!(depth.fit_errors)
                extent
                lines=shown
                figure=|value| number::digits(value as f32)
                across=words!(depth.fit_units)
            />
            {legend(rows)}
        }
    };
    live::view(move || is_there.get().then(chart).into_any()).into_any()
}

/// Below this an error is not drawn.
const LEAST: f64 = 1e-4;
