//! Deeper, and worse? Four networks on the same batch: shallow and deep, plain and residual (He et al. 2015).

use super::settings::OptimiseSettings;
use crate::protocol::{
    DeepActivation, DeepInit, DeepNet, Depth, DepthNews, Optimise, OptimiseNews, Optimised, Optimiser, Rule, StepLoss,
};
use crate::ui::ask::{Ask, Policy};
use crate::ui::desk::{Desk, Life};
use crate::ui::lang::Words;
use crate::ui::settings::Settings;
use crate::ui::widget::{Axes, ChartFigure, Extent, Scaling, StartStop, Stroke, path_of, point_at, trouble_box};
use crate::ui::{live, number};
use leptos::prelude::*;

const SHALLOW: u32 = 8;
const DEEP: u32 = 50;
const STEPS: u32 = 300;
/// The mean over the last tenth of the curve: single steps jump.
const LAST: usize = 10;

/// Training losses at the end: plain shallow, plain deep, residual shallow, residual deep.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Compared(pub(super) [f32; 4]);

impl Compared {
    /// Depth hurts the plain net, and not the residual one.
    pub(super) fn holds(self) -> bool {
        let Compared([plain_shallow, plain_deep, residual_shallow, residual_deep]) = self;
        plain_deep > plain_shallow && residual_deep < plain_deep && residual_deep <= residual_shallow * 1.1 + 0.01
    }
}

struct Line {
    class: &'static str,
    name: Words,
}

static LINES: [Line; 4] = [
    Line { class: "run-5 second", name: words!(optimise.plain_shallow) },
    Line { class: "run-5", name: words!(optimise.plain_deep) },
    Line { class: "run-2 second", name: words!(optimise.residual_shallow) },
    Line { class: "run-2", name: words!(optimise.residual_deep) },
];

fn nets() -> Vec<DeepNet> {
    let net = |residual, depth| DeepNet {
        depth,
        residual,
        batch_norm: true,
        activation: DeepActivation::Relu,
        init: DeepInit::He,
        ..DeepNet::default()
    };
    vec![net(false, SHALLOW), net(false, DEEP), net(true, SHALLOW), net(true, DEEP)]
}

#[component]
pub(super) fn Comparison(compared: RwSignal<Option<Compared>>) -> impl IntoView {
    let desk = Desk::here();
    let settings = OptimiseSettings::of(desk);
    let going =
        Ask::<Optimise, _>::new(
            Policy::Single,
            |found| if let Optimised::Deepened(news) = found { Some(news) } else { None },
        );
    let curves = RwSignal::new(vec![Vec::<StepLoss>::new(); LINES.len()]);
    let hear = move |news: DepthNews, whole: bool| {
        curves.try_update(|curves| {
            for (curve, net) in curves.iter_mut().zip(news.nets) {
                if whole {
                    curve.clear();
                }
                curve.extend(net.losses);
            }
        });
    };
    let start = move |()| {
        curves.set(vec![Vec::new(); LINES.len()]);
        compared.set(None);
        let job = Depth {
            nets: nets(),
            optimiser: Optimiser { rule: Rule::Momentum, rate: 0.02, ..Optimiser::default() },
            steps: STEPS,
            seed: settings.with_untracked(|settings| settings.seed),
            backend: desk.place.with_untracked(|place| place.backend),
            ..Depth::default()
        };
        going.start(
            desk.client,
            Optimise::Depth(job),
            move |news| {
                if let OptimiseNews::Depth(news) = news {
                    hear(news, false);
                }
            },
            move |news| {
                hear(news, true);
                compared.try_set(curves.with_untracked(|curves| ends(curves)));
            },
        );
    };
    view! {
        <section class="card" data-testid="compare">
            <h2>{words!(optimise.compare_title)}</h2>
            <p class="hint">{live::text(move || say!(optimise.compare_hint, shallow = SHALLOW, deep = DEEP))}</p>
            <div class="race-fields">
                <StartStop id="compare" is_on=Signal::derive(move || going.is_on()) able=Signal::derive(move || desk.life() == Life::Up) start stop=move |()| going.stop() />
            </div>
            {trouble_box(move || going.trouble())}
            <Curves curves />
        </section>
    }
}

fn ends(curves: &[Vec<StepLoss>]) -> Option<Compared> {
    let end = |curve: &Vec<StepLoss>| {
        let last = &curve[curve.len().saturating_sub(LAST)..];
        (!last.is_empty()).then(|| last.iter().map(|point| point.loss).sum::<f32>() / last.len() as f32)
    };
    let ends: Vec<f32> = curves.iter().filter_map(end).collect();
    ends.try_into().ok().map(Compared)
}

#[component]
fn Curves(curves: RwSignal<Vec<Vec<StepLoss>>>) -> impl IntoView {
    let hover = RwSignal::new(None::<f64>);
    let extent = Memo::new(move |_| {
        let high = curves.with(|curves| curves.iter().flatten().map(|point| f64::from(point.loss)).fold(0.0, f64::max));
        let y = [0.0, if high > 0.0 { high.min(3.0) * 1.1 } else { 1.0 }];
        Extent { x: [0.0, f64::from(STEPS)], y, x_scaling: Scaling::Linear, y_scaling: Scaling::Linear }
    });
    let draw = move |axes: &Axes| {
        let one = |(curve, line): (&Vec<StepLoss>, &Line)| {
            let points = curve.iter().map(|point| axes.place(f64::from(point.step), f64::from(point.loss)));
            Stroke { class: format!("{} smooth present", line.class), path: path_of(points) }
        };
        curves.with(|curves| curves.iter().zip(&LINES).map(one).collect())
    };
    let value = move |line: usize, at: f64| {
        curves.with(|curves| {
            let point = point_at(&curves[line], at, |point| f64::from(point.step));
            point.map(|point| number::digits(point.loss))
        })
    };
    let told = move |at| {
        let one = |(line, of): (usize, &Line)| value(line, at).map(|value| format!("{} {value}", (of.name)()));
        LINES.iter().enumerate().filter_map(one).collect::<Vec<_>>().join(", ")
    };
    let legend = LINES.iter().enumerate().map(|(at, line)| {
        view! {
            <li class=line.class data-testid="compare-line">
                <i></i>
                <span>{line.name}</span>
                <span class="figure">{live::maybe(move || value(at, hover.get().unwrap_or(f64::INFINITY)))}</span>
            </li>
        }
    });
    view! {
        <ChartFigure id="compare-chart" title=words!(optimise.training_loss) extent draw told hover caption=String::new() />
        <ul class="legend lines-legend">{legend.collect_view()}</ul>
    }
}
