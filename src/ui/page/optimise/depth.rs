//! A deep network: switches that decide whether its gradient reaches the first layer, and that gradient, layer by layer.

use super::norms::Norms;
use super::race::StartStop;
use super::runners::Rate;
use super::slope::Slope;
use super::state::{change, slope_of};
use crate::protocol::{
    DeepActivation, DeepInit, DeepNet, DeepNews, Depth, DepthNews, ExperimentId, Optimise, OptimiseNews, Optimised,
    Rule, Setup, StepLoss,
};
use crate::ui::ask::{Ask, Policy};
use crate::ui::desk::{Desk, Life};
use crate::ui::lang::Words;
use crate::ui::page::PageId;
use crate::ui::page::train::rule_name;
use crate::ui::page::train::{Course, rule_from, rule_key};
use crate::ui::widget::{Axes, Chart, Extent, NumberField, Scaling, Segments, Stroke, TroubleBox, path_of};
use crate::ui::{live, number, sentence};
use leptos::html::Input;
use leptos::prelude::*;
use std::sync::Arc;

const MOST_LAYERS: u32 = 50;

#[component]
pub(super) fn DepthCard() -> impl IntoView {
    let desk = Desk::here();
    let slope = slope_of(desk);
    let net = Memo::new(move |_| slope.with(|slope| slope.net));
    let seed = Memo::new(move |_| slope.with(|slope| slope.seed));
    let first =
        Ask::<Optimise, _>::new(
            Policy::Latest,
            |found| if let Optimised::Deepened(news) = found { Some(news) } else { None },
        );
    let is_up = Memo::new(move |_| desk.life() == Life::Up);
    let going =
        Ask::<Optimise, _>::new(
            Policy::Single,
            |found| if let Optimised::Deepened(news) = found { Some(news) } else { None },
        );
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
        if is_up.get() {
            first.ask(desk.client, Optimise::Depth(Depth { nets: vec![net], seed, ..Depth::default() }));
        }
    });
    let norms = Memo::new(move |_| {
        live_norms.get().unwrap_or_else(|| {
            let of_first = |news: &DepthNews| news.nets.first().map(|net| net.gradients.clone());
            first.answer.with(|news| news.as_ref().and_then(of_first)).unwrap_or_default()
        })
    });
    let hear = move |mut news: DepthNews, whole: bool| {
        let Some(DeepNews { losses: new, gradients, .. }) = news.nets.first_mut().map(std::mem::take) else {
            return;
        };
        losses.try_update(|losses| {
            if whole {
                losses.clear();
            }
            losses.extend(new);
        });
        live_norms.try_set(Some(gradients));
        said.try_set(Some(news));
    };
    let start = move || {
        let job = slope.with_untracked(|slope| job_of(slope, desk));
        losses.set(Vec::new());
        going.start(
            desk.client,
            Optimise::Depth(job),
            move |news| {
                if let OptimiseNews::Depth(news) = news {
                    hear(news, false);
                }
            },
            move |news| hear(news, true),
        );
    };
    let link = move || slope.with(|slope| train_link(slope, desk));
    view! {
        <section class="card" data-testid="depth">
            <h2>{words!(optimise.depth_title)}</h2>
            <p class="hint">{words!(optimise.depth_hint)}</p>
            <Switches net />
            <Norms norms />
            <div class="fields race-fields">
                <By />
                <NumberField id="deep-steps" label=words!(train.steps) value=Signal::derive(move || slope.with(|slope| f64::from(slope.deep_steps))) low=1.0 high=20_000.0 whole=true on_change=move |steps| change(desk, |slope| slope.deep_steps = steps as u32) />
                <StartStop id="depth" going=going.asking able=Signal::derive(move || is_up.get()) start />
                <a class="btn" data-testid="depth-train" href=live::text(link)>
                    {words!(optimise.open_train)}
                </a>
            </div>
            <p class="sub">{live::view(move || said.get().map(said_view).into_any())}</p>
            {live::view(move || {
                going.trouble().or(first.trouble()).map(|trouble| view! { <TroubleBox trouble /> }).into_any()
            })}
            <Curve losses steps=Memo::new(move |_| slope.with(|slope| slope.deep_steps)) />
        </section>
    }
}

fn job_of(slope: &Slope, desk: Desk) -> Depth {
    Depth {
        nets: vec![slope.net],
        optimiser: slope.optimiser(slope.deep),
        steps: slope.deep_steps,
        seed: slope.seed,
        backend: desk.place.with_untracked(|place| place.backend),
        ..Depth::default()
    }
}

/// The same network, data and optimiser on the Train page, with batches.
fn train_link(slope: &Slope, desk: Desk) -> String {
    let Depth { data, .. } = Depth::default();
    let setup = Setup {
        data,
        network: slope.net.text(),
        optimiser: slope.optimiser(slope.deep),
        batch: 64,
        epochs: slope.deep_steps.div_ceil(5),
        seed: slope.seed,
        ..Setup::default()
    };
    let mut place = desk.place.get().on(PageId::Experiment(ExperimentId::Train));
    place.change_sheet(|course: &mut Course| course.setup = setup);
    place.to_hash()
}

fn said_view(said: DepthNews) -> AnyView {
    let backend = said.backend.clone().map(|used| {
        let name = sentence::backend_name(&used);
        view! { <span class="figure" title=live::text(move || sentence::why(&used.why))>{name}</span> }
    });
    view! {
        <span class="figure">{format!("{} / {}", number::count(u64::from(said.step)), number::count(u64::from(said.of)))}</span>
        {words!(train.step)}
        <span class="figure">{number::count(u64::from(said.examples))}</span>
        {words!(optimise.one_batch)}
        <span class="figure">{live::text(move || say!(train.per_second, count = number::count(said.steps_per_second as u64)))}</span>
        {backend}
    }
    .into_any()
}

#[component]
fn Switches(net: Memo<DeepNet>) -> impl IntoView {
    let desk = Desk::here();
    let depth = NodeRef::<Input>::new();
    let set = move |write: &dyn Fn(&mut DeepNet)| change(desk, |slope| write(&mut slope.net));
    let slide = move |_| {
        if let Some(depth) = depth.get_untracked() {
            let layers = depth.value_as_number().clamp(1.0, f64::from(MOST_LAYERS)) as u32;
            set(&|net| net.depth = layers);
        }
    };
    let activations = vec![
        (DeepActivation::Sigmoid, "sigmoid", (|| "sigmoid") as Words),
        (DeepActivation::Tanh, "tanh", || "tanh"),
        (DeepActivation::Relu, "relu", || "ReLU"),
    ];
    let inits = vec![
        (DeepInit::He, "he", (|| "He") as Words),
        (DeepInit::Glorot, "glorot", || "Glorot"),
        (DeepInit::Lecun, "lecun", || "LeCun"),
    ];
    let tick = move |id: &'static str, words: Words, read: fn(&DeepNet) -> bool, write: fn(&mut DeepNet, bool)| {
        view! {
            <label class="tick">
                <input
                    type="checkbox"
                    data-testid=id
                    prop:checked=live::flag(move || net.with(read))
                    on:change=move |event| {
                        let is_on = event_target_checked(&event);
                        set(&move |net| write(net, is_on));
                    }
                />
                {words}
            </label>
        }
    };
    view! {
        <div class="fields switches">
            <label class="field depth">
                <span>{live::text(move || say!(optimise.layers, count = net.with(|net| net.depth)))}</span>
                <input
                    node_ref=depth
                    type="range"
                    min="1"
                    max=MOST_LAYERS.to_string()
                    step="1"
                    data-testid="depth-layers"
                    prop:value=live::text(move || net.with(|net| net.depth.to_string()))
                    on:input=slide
                />
            </label>
            <NumberField id="deep-width" label=words!(optimise.width) value=Signal::derive(move || f64::from(net.with(|net| net.width))) low=1.0 high=128.0 whole=true on_change=move |width| set(&move |net| net.width = width as u32) />
            <Segments
                name="deep-activation"
                label=words!(optimise.activation)
                choices=activations
                chosen=Signal::derive(move || net.with(|net| net.activation))
                on_choose=move |activation| set(&move |net| net.activation = activation)
            />
            <Segments
                name="deep-init"
                label=words!(optimise.init)
                choices=inits
                chosen=Signal::derive(move || net.with(|net| net.init))
                on_choose=move |init| set(&move |net| net.init = init)
            />
            {tick("depth-norm", words!(optimise.batch_norm), |net| net.batch_norm, |net, is_on| net.batch_norm = is_on)}
            {tick("depth-residual", words!(optimise.residual), |net| net.residual, |net, is_on| net.residual = is_on)}
        </div>
    }
}

/// By which rule, and at which rate.
#[component]
fn By() -> impl IntoView {
    let desk = Desk::here();
    let slope = slope_of(desk);
    let rule = Memo::new(move |_| slope.with(|slope| slope.deep.rule));
    let options = Rule::ALL.into_iter().map(|one| {
        view! {
            <option value=rule_key(one) prop:selected=live::flag(move || rule.get() == one)>
                {rule_name(one)}
            </option>
        }
    });
    let choose = move |event| {
        if let Some(rule) = rule_from(&event_target_value(&event)) {
            change(desk, |slope| slope.deep.rule = rule);
        }
    };
    view! {
        <label class="field">
            <span>{words!(train.optimiser)}</span>
            <select data-testid="depth-rule" on:change=choose>
                {options.collect_view()}
            </select>
        </label>
        <div class="by">
            {live::view(move || {
                let rate = move || slope.with(|slope| slope.deep.rate);
                view! { <Rate rule=rule.get() rate set=move |rate| change(desk, |slope| slope.deep.rate = rate) /> }.into_any()
            })}
        </div>
    }
}

#[component]
fn Curve(losses: RwSignal<Vec<StepLoss>>, steps: Memo<u32>) -> impl IntoView {
    let hover = RwSignal::new(None::<f64>);
    let extent = Memo::new(move |_| {
        let high = losses.with(|losses| losses.iter().map(|point| f64::from(point.loss)).fold(0.0, f64::max));
        let y = [0.0, if high > 0.0 { high.min(20.0) * 1.1 } else { 1.0 }];
        let x = [0.0, f64::from(steps.get())];
        Extent { x, y, x_scaling: Scaling::Linear, y_scaling: Scaling::Linear }
    });
    let draw = Arc::new(move |axes: &Axes| {
        let place = |point: &StepLoss| axes.place(f64::from(point.step), f64::from(point.loss));
        let path = losses.with(|losses| path_of(losses.iter().map(place)));
        vec![Stroke { class: "run-0 smooth present".to_owned(), path }]
    });
    let value = move || {
        let at = hover.get().unwrap_or(f64::INFINITY);
        losses.with(|losses| {
            let after = losses.partition_point(|point| f64::from(point.step) <= at);
            losses.get(after.max(1) - 1).map(|point| number::digits(point.loss)).unwrap_or_default()
        })
    };
    view! {
        <figure class="chart" data-testid="depth-chart">
            <figcaption>
                <h3>{words!(optimise.training_loss)}</h3>
                <span class="figure" data-testid="depth-loss">{live::text(value)}</span>
            </figcaption>
            <Chart title=words!(optimise.training_loss) extent draw told=Arc::new(value) hover />
        </figure>
    }
}
