//! A deep network: switches that decide whether its gradient reaches the first layer, and that gradient, layer by layer.

use super::runners::Rate;
use super::settings::{DEPTH, OptimiseSettings};
use super::train_link;
use crate::protocol::{
    DeepNet, DeepNews, DeepTraining, DepthNews, Optimise, OptimiseNews, Optimised, Rule, Setup, StepLoss,
};
use crate::ui::widget::{
    Axis, Card, ChartExtent, Line, LineChart, Scaling, Select, Slider, StartStop, along, follow_width, grid_rows,
    options_of, run_figures, trouble_box,
};
use crate::ui::{Choice, PageSettings, app, live, number, pick};
use leptos::html::Div;
use leptos::prelude::*;

pub(super) fn depth_card(settings: Memo<OptimiseSettings>) -> impl IntoView {
    let net = Memo::new(move |_| settings.with(|settings| settings.net));
    let seed = Memo::new(move |_| settings.with(|settings| settings.seed));
    let first = ask!(Optimise, Latest, Optimised::Deepened);
    let going = ask!(Optimise, Single, Optimised::Deepened);
    let losses = RwSignal::new(Vec::<StepLoss>::new());
    let live_norms = RwSignal::new(None::<Vec<f32>>);
    let said = RwSignal::new(None::<DepthNews>);
    // What every switch does is seen at once, on weights that are not trained yet.
    Effect::new(move |_| {
        let (net, seed) = (net.get(), seed.get());
        going.stop();
        live_norms.set(None);
        losses.set(Vec::new());
        said.set(None);
        if app().is_up() {
            first.ask(Optimise::Depth(DeepTraining { nets: vec![net], seed, ..DeepTraining::default() }));
        }
    });
    let norms = Memo::new(move |_| {
        live_norms.get().unwrap_or_else(|| {
            let of_first = |news: &DepthNews| news.nets.first().map(|net| net.gradients.clone());
            first.answer.with(|news| news.as_ref().and_then(of_first)).unwrap_or_default()
        })
    });
    let hear = move |mut news: DepthNews, is_whole: bool| {
        let Some(DeepNews { losses: new, gradients, .. }) = news.nets.first_mut().map(std::mem::take) else {
            return;
        };
        losses.try_update(|losses| {
            if is_whole {
                losses.clear();
            }
            losses.extend(new);
        });
        live_norms.try_set(Some(gradients));
        said.try_set(Some(news));
    };
    let start = move |()| {
        let job = settings.with_untracked(job_of);
        losses.set(Vec::new());
        going.stream(Optimise::Depth(job), depth_news, hear);
    };
    view! {
        <Card id="depth" title=words!(optimise.depth_title) hint=words!(optimise.depth_hint)>
            {switches(net)}
            {norms_chart(norms)}
            <div class="fields race-fields">
                {by(settings)}
                {controls!(OptimiseSettings, "deepsteps")}
                <StartStop id="depth" of=going.asking able=move || app().is_up() start />
                {train_link("depth-train", move || settings.with(setup_of))}
            </div>
            <p class="sub">{live::view(move || said.get().map(said_view).into_any())}</p>
            {trouble_box(move || going.trouble().or(first.trouble()))}
            <Curve losses steps=Memo::new(move |_| settings.with(|settings| settings.deep_steps)) />
        </Card>
    }
}

fn job_of(settings: &OptimiseSettings) -> DeepTraining {
    DeepTraining {
        nets: vec![settings.net],
        optimiser: settings.optimiser(settings.deep),
        steps: settings.deep_steps,
        seed: settings.seed,
        backend: app().route.with_untracked(|route| route.backend),
        ..DeepTraining::default()
    }
}

/// The same network, data and optimiser on the Train page, with batches.
fn setup_of(settings: &OptimiseSettings) -> Setup {
    Setup {
        data: DeepTraining::default().data,
        network: settings.net.text(),
        optimiser: settings.optimiser(settings.deep),
        batch: 64,
        epochs: settings.deep_steps.div_ceil(5),
        seed: settings.seed,
        ..Setup::default()
    }
}

pub(super) fn depth_news(news: OptimiseNews) -> Option<DepthNews> {
    if let OptimiseNews::Depth(news) = news { Some(news) } else { None }
}

fn said_view(said: DepthNews) -> AnyView {
    let examples = (number::count(said.examples), words!(optimise.one_batch));
    let (steps, backend) = ([said.step, said.of], said.backend.as_ref());
    run_figures(steps, words!(train.step), vec![examples], said.steps_per_second, backend)
}

fn switches(net: Memo<DeepNet>) -> impl IntoView {
    view! {
        <div class="fields switches">
            <label class="field depth">
                <span>{live::text(move || say!(optimise.layers, count = net.with(|net| net.depth)))}</span>
                <Slider
                    id="depth-layers"
                    span=[DEPTH.low, DEPTH.high]
                    step=1.0
                    value=move || f64::from(net.with(|net| net.depth))
                    on_slide=move |layers| OptimiseSettings::change(|settings| settings.net.depth = layers as u32)
                />
            </label>
            {controls!(OptimiseSettings, "width", "activation", "init", "norm", "residual")}
        </div>
    }
}

fn by(settings: Memo<OptimiseSettings>) -> impl IntoView {
    let rule = Memo::new(move |_| settings.with(|settings| settings.deep.rule));
    view! {
        <Select
            id="depth-rule"
            label=words!(train.optimiser)
            options={options_of::<Rule>()}
            chosen=move || rule.get().key().to_owned()
            on_choose=move |key: String| OptimiseSettings::change(|settings| pick(&mut settings.deep.rule, &key))
        />
        <div class="by">
            {live::view(move || {
                let rate = Signal::derive(move || settings.with(|settings| settings.deep.rate));
                view! { <Rate rule=rule.get() rate set=move |rate| OptimiseSettings::change(|settings| settings.deep.rate = rate) /> }.into_any()
            })}
        </div>
    }
}

#[component]
fn Curve(losses: RwSignal<Vec<StepLoss>>, steps: Memo<u32>) -> impl IntoView {
    let extent = Memo::new(move |_| {
        let high = losses.with(|losses| losses.iter().map(|point| f64::from(point.loss)).fold(0.0, f64::max));
        ChartExtent::linear([0.0, f64::from(steps.get())], [0.0, if high > 0.0 { high.min(20.0) * 1.1 } else { 1.0 }])
    });
    let lines = Memo::new(move |_| {
        let place = |point: &StepLoss| [f64::from(point.step), f64::from(point.loss)];
        losses.with(|losses| vec![Line::new("run-0", losses.iter().map(place)).named("")])
    });
    let figure = |loss: f64| number::digits(loss as f32);
    view! { <LineChart id="depth-chart" title=words!(optimise.training_loss) extent lines figure /> }
}

const HEIGHT: f64 = 220.0;
const LEFT: f64 = 48.0;
const RIGHT: f64 = 8.0;
const TOP: f64 = 8.0;
const BOTTOM: f64 = 24.0;
/// The axis reaches at least this far down and up, so that a healthy net's bars stay where they are.
const USUAL: [f64; 2] = [1e-4, 1.0];
/// What vanishes further is cut off here; single precision ends at 1e-38.
const LEAST: f64 = 1e-30;

fn norms_chart(norms: Memo<Vec<f32>>) -> impl IntoView {
    let frame = NodeRef::<Div>::new();
    let width = follow_width(frame);
    let chosen = RwSignal::new(None::<usize>);
    let told = move || {
        norms.with(|norms| {
            let (first, last) = (norms.first().copied()?, norms.last().copied()?);
            Some(say!(
                optimise.norms_told,
                layers = norms.len(),
                first = number::digits(first),
                last = number::digits(last),
                ratio = number::digits(first / last)
            ))
        })
    };
    let read = move || {
        let layer = chosen.get()?;
        let norm = norms.with(|norms| norms.get(layer).copied())?;
        Some(say!(optimise.norm_of, layer = layer + 1, norm = number::digits(norm)))
    };
    let steer = move |event: leptos::ev::KeyboardEvent| {
        let next = along(&event, chosen.get_untracked(), norms.with_untracked(Vec::len));
        next.into_iter().for_each(|next| chosen.set(Some(next)));
    };
    view! {
        <figure class="chart norms">
            <figcaption>
                <h3>{words!(optimise.norms)}</h3>
                <span class="figure">{live::maybe(move || read().or_else(told))}</span>
            </figcaption>
            <div class="plot" node_ref=frame>
                <svg
                    width=live::text(move || width.get().to_string())
                    height=HEIGHT.to_string()
                    role="img"
                    tabindex="0"
                    data-testid="norms"
                    data-first=live::maybe(move || norms.with(|norms| norms.first().map(f32::to_string)))
                    data-last=live::maybe(move || norms.with(|norms| norms.last().map(f32::to_string)))
                    aria-label=live::text(move || told().unwrap_or_default())
                    on:keydown=steer
                    on:blur=move |_| chosen.set(None)
                    on:pointerleave=move |_| chosen.set(None)
                >
                    {live::view(move || norms.with(|norms| bars(norms, width.get(), chosen)))}
                </svg>
            </div>
        </figure>
    }
}

fn bars(norms: &[f32], width: f64, chosen: RwSignal<Option<usize>>) -> AnyView {
    let finite = || norms.iter().map(|norm| f64::from(*norm)).filter(|norm| norm.is_finite() && *norm > 0.0);
    let low = finite().fold(USUAL[0], f64::min).max(LEAST) / 3.0;
    let high = finite().fold(USUAL[1], f64::max) * 1.5;
    let axis = Axis::new(low, high, HEIGHT - TOP - BOTTOM, Scaling::Log);
    let (floor, room) = (HEIGHT - BOTTOM, (width - LEFT - RIGHT).max(1.0));
    let pitch = room / norms.len().max(1) as f64;
    // As many numbers below as there is room for.
    let stride = [1, 2, 5, 10, 20].into_iter().find(|stride| pitch * f64::from(*stride) >= 22.0).unwrap_or(50) as usize;
    let one = |(layer, norm): (usize, &f32)| {
        let x = LEFT + pitch * layer as f64;
        let is_number = norm.is_finite() && *norm > 0.0;
        let height = if is_number { axis.place(f64::from(*norm)).max(1.0) } else { 0.0 };
        let is_named = layer == 0 || (layer + 1).is_multiple_of(stride);
        view! {
            <g on:pointerenter=move |_| chosen.set(Some(layer)) class:on=live::flag(move || chosen.get() == Some(layer))>
                <rect class="reach" x=x.to_string() y=TOP.to_string() width=pitch.to_string() height=(floor - TOP).to_string()></rect>
                <rect
                    class="norm"
                    data-testid="norm"
                    data-value=norm.to_string()
                    x=(x + pitch * 0.12).to_string()
                    y=(floor - height).to_string()
                    width=(pitch * 0.76).max(1.0).to_string()
                    height=height.to_string()
                ></rect>
                {is_named.then(|| view! { <text x=(x + pitch / 2.0).to_string() y=(floor + 16.0).to_string() text-anchor="middle">{layer + 1}</text> })}
            </g>
        }
    };
    view! {
        <g class="axes" aria-hidden="true">
            {grid_rows(&axis, 5, [LEFT, LEFT + room], floor)} {norms.iter().enumerate().map(one).collect_view()}
        </g>
    }
    .into_any()
}
