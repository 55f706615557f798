//! A deep network: switches that decide whether its gradient reaches the first layer, and that gradient, layer by layer.

use super::norms::Norms;
use super::runners::Rate;
use super::settings::{DEPTH, OptimiseSettings};
use super::train_link;
use crate::protocol::{DeepNet, DeepNews, Depth, DepthNews, Optimise, OptimiseNews, Optimised, Rule, Setup, StepLoss};
use crate::ui::widget::{Card, ChartExtent, Line, LineChart, Select, Slider, StartStop, options_of, run_figures, trouble_box};
use crate::ui::{Choice, PageSettings, app, live, number, pick};
use leptos::prelude::*;

#[component]
pub(super) fn DepthCard(settings: Memo<OptimiseSettings>) -> impl IntoView {
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
            first.ask(Optimise::Depth(Depth { nets: vec![net], seed, ..Depth::default() }));
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
            <Switches net />
            <Norms norms />
            <div class="fields race-fields">
                <By settings />
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

fn job_of(settings: &OptimiseSettings) -> Depth {
    Depth {
        nets: vec![settings.net],
        optimiser: settings.optimiser(settings.deep),
        steps: settings.deep_steps,
        seed: settings.seed,
        backend: app().route.with_untracked(|route| route.backend),
        ..Depth::default()
    }
}

/// The same network, data and optimiser on the Train page, with batches.
fn setup_of(settings: &OptimiseSettings) -> Setup {
    Setup {
        data: Depth::default().data,
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
    let examples = (number::count(u64::from(said.examples)), words!(optimise.one_batch));
    let (steps, backend) = ([said.step, said.of], said.backend.as_ref());
    run_figures(steps, words!(train.step), vec![examples], said.steps_per_second, backend)
}

#[component]
fn Switches(net: Memo<DeepNet>) -> impl IntoView {
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

/// By which rule, and at which rate.
#[component]
fn By(settings: Memo<OptimiseSettings>) -> impl IntoView {
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
