//! Deeper, and worse? Four networks on the same batch: shallow and deep, plain and residual (He et al. 2015).

use super::depth::depth_news;
use super::settings::OptimiseSettings;
use crate::protocol::{
    DeepActivation, DeepInit, DeepNet, Depth, DepthNews, Optimise, Optimised, Optimiser, Rule, StepLoss,
};
use crate::ui::widget::{ChartExtent, Line, LineChart, StartStop, legend, trouble_box};
use crate::ui::{Words, app, live, number};
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

/// Classes of the style sheet, and names.
static CURVES: [(&str, Words); 4] = [
    ("run-5 second", words!(optimise.plain_shallow)),
    ("run-5", words!(optimise.plain_deep)),
    ("run-2 second", words!(optimise.residual_shallow)),
    ("run-2", words!(optimise.residual_deep)),
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

pub(super) fn comparison(settings: Memo<OptimiseSettings>, compared: RwSignal<Option<Compared>>) -> impl IntoView {
    let going = ask!(Optimise, Single, Optimised::Deepened);
    let curves = RwSignal::new(vec![Vec::<StepLoss>::new(); CURVES.len()]);
    let hear = move |news: DepthNews, is_whole: bool| {
        curves.try_update(|curves| {
            for (curve, net) in curves.iter_mut().zip(news.nets) {
                if is_whole {
                    curve.clear();
                }
                curve.extend(net.losses);
            }
        });
        if is_whole {
            compared.try_set(curves.with_untracked(|curves| ends(curves)));
        }
    };
    let start = move |()| {
        curves.set(vec![Vec::new(); CURVES.len()]);
        compared.set(None);
        let job = Depth {
            nets: nets(),
            optimiser: Optimiser { rule: Rule::Momentum, rate: 0.02, ..Optimiser::default() },
            steps: STEPS,
            seed: settings.with_untracked(|settings| settings.seed),
            backend: app().route.with_untracked(|route| route.backend),
            ..Depth::default()
        };
        going.stream(Optimise::Depth(job), depth_news, hear);
    };
    view! {
        <section class="card" data-testid="compare">
            <h2>{words!(optimise.compare_title)}</h2>
            <p class="hint">{live::text(move || say!(optimise.compare_hint, shallow = SHALLOW, deep = DEEP))}</p>
            <div class="race-fields">
                <StartStop id="compare" of=going.asking able=move || app().is_up() start />
            </div>
            {trouble_box(move || going.trouble())}
            <Curves curves />
        </section>
    }
}

fn end_of(curve: &[StepLoss]) -> Option<f32> {
    let last = &curve[curve.len().saturating_sub(LAST)..];
    (!last.is_empty()).then(|| last.iter().map(|point| point.loss).sum::<f32>() / last.len() as f32)
}

fn ends(curves: &[Vec<StepLoss>]) -> Option<Compared> {
    let ends: Vec<f32> = curves.iter().filter_map(|curve| end_of(curve)).collect();
    ends.try_into().ok().map(Compared)
}

#[component]
fn Curves(curves: RwSignal<Vec<Vec<StepLoss>>>) -> impl IntoView {
    let hover = RwSignal::new(None::<f64>);
    let extent = Memo::new(move |_| {
        let high = curves.with(|curves| curves.iter().flatten().map(|point| f64::from(point.loss)).fold(0.0, f64::max));
        ChartExtent::linear([0.0, f64::from(STEPS)], [0.0, if high > 0.0 { high.min(3.0) * 1.1 } else { 1.0 }])
    });
    let lines = Memo::new(move |_| {
        let line = |(curve, (colour, name)): (&Vec<StepLoss>, &(&str, Words))| {
            let place = |point: &StepLoss| [f64::from(point.step), f64::from(point.loss)];
            Line::new(colour, curve.iter().map(place)).named(name())
        };
        curves.with(|curves| curves.iter().zip(&CURVES).map(line).collect::<Vec<_>>())
    });
    let figure = |loss: f64| number::digits(loss as f32);
    // At the end the mean that the check takes too.
    let value = move |at: usize| match hover.get() {
        Some(step) => lines.with(|lines| lines[at].at(step)).map(figure),
        None => curves.with(|curves| end_of(&curves[at])).map(|loss| figure(loss.into())),
    };
    let rows = CURVES.iter().enumerate().map(|(at, (colour, name))| {
        let name = view! { <span>{*name}</span> <span class="figure">{live::maybe(move || value(at))}</span> };
        (*colour, name)
    });
    view! {
        <LineChart id="compare-chart" title=words!(optimise.training_loss) extent lines figure hover caption=String::new() />
        {legend(rows)}
    }
}
