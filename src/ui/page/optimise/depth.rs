//! A deep network: switches that decide whether its gradient reaches the first layer, and that gradient, layer by layer.

use super::norms::Norms;
use super::runners::Rate;
use super::settings::{DEPTH, OptimiseSettings};
use crate::protocol::{
    DeepNet, DeepNews, Depth, DepthNews, ExperimentId, Optimise, OptimiseNews, Optimised, Rule, Setup, StepLoss,
};
use crate::ui::ask::{Ask, Policy};
use crate::ui::choice::{Choice, pick};
use crate::ui::desk::{Desk, Life};
use crate::ui::page::PageId;
use crate::ui::page::train::TrainSettings;
use crate::ui::settings::Settings;
use crate::ui::widget::{
    Axes, ChartFigure, Extent, NumberField, Scaling, Segments, Select, Slider, StartStop, Stroke, Tick, computed_on,
    options_of, path_of, point_at, trouble_box,
};
use crate::ui::{live, number};
use leptos::prelude::*;

#[component]
pub(super) fn DepthCard() -> impl IntoView {
    let desk = Desk::here();
    let settings = OptimiseSettings::of(desk);
    let net = Memo::new(move |_| settings.with(|settings| settings.net));
    let seed = Memo::new(move |_| settings.with(|settings| settings.seed));
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
    let start = move |()| {
        let job = settings.with_untracked(|settings| job_of(settings, desk));
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
    let link = move || settings.with(|settings| train_link(settings, desk));
    view! {
        <section class="card" data-testid="depth">
            <h2>{words!(optimise.depth_title)}</h2>
            <p class="hint">{words!(optimise.depth_hint)}</p>
            <Switches net />
            <Norms norms />
            <div class="fields race-fields">
                <By />
                {controls!(OptimiseSettings, "deepsteps")}
                <StartStop id="depth" is_on=Signal::derive(move || going.is_on()) able=Signal::derive(move || is_up.get()) start stop=move |()| going.stop() />
                <a class="btn" data-testid="depth-train" href=live::text(link)>
                    {words!(optimise.open_train)}
                </a>
            </div>
            <p class="sub">{live::view(move || said.get().map(said_view).into_any())}</p>
            {trouble_box(move || going.trouble().or(first.trouble()))}
            <Curve losses steps=Memo::new(move |_| settings.with(|settings| settings.deep_steps)) />
        </section>
    }
}

fn job_of(settings: &OptimiseSettings, desk: Desk) -> Depth {
    Depth {
        nets: vec![settings.net],
        optimiser: settings.optimiser(settings.deep),
        steps: settings.deep_steps,
        seed: settings.seed,
        backend: desk.place.with_untracked(|place| place.backend),
        ..Depth::default()
    }
}

/// The same network, data and optimiser on the Train page, with batches.
fn train_link(settings: &OptimiseSettings, desk: Desk) -> String {
    let Depth { data, .. } = Depth::default();
    let setup = Setup {
        data,
        network: settings.net.text(),
        optimiser: settings.optimiser(settings.deep),
        batch: 64,
        epochs: settings.deep_steps.div_ceil(5),
        seed: settings.seed,
        ..Setup::default()
    };
    let mut place = desk.place.get().on(PageId::Experiment(ExperimentId::Train));
    place.change_settings(|train: &mut TrainSettings| train.setup = setup);
    place.to_hash()
}

fn said_view(said: DepthNews) -> AnyView {
    view! {
        <span class="figure">{format!("{} / {}", number::count(u64::from(said.step)), number::count(u64::from(said.of)))}</span>
        {words!(train.step)}
        <span class="figure">{number::count(u64::from(said.examples))}</span>
        {words!(optimise.one_batch)}
        <span class="figure">{live::text(move || say!(train.per_second, count = number::count(said.steps_per_second as u64)))}</span>
        {said.backend.as_ref().map(computed_on)}
    }
    .into_any()
}

#[component]
fn Switches(net: Memo<DeepNet>) -> impl IntoView {
    let desk = Desk::here();
    let set = move |write: &dyn Fn(&mut DeepNet)| OptimiseSettings::change(desk, |settings| write(&mut settings.net));
    view! {
        <div class="fields switches">
            <label class="field depth">
                <span>{live::text(move || say!(optimise.layers, count = net.with(|net| net.depth)))}</span>
                <Slider
                    id="depth-layers"
                    span=[DEPTH.low, DEPTH.high]
                    step=1.0
                    value=Signal::derive(move || f64::from(net.with(|net| net.depth)))
                    on_slide=move |layers| set(&|net| net.depth = layers as u32)
                />
            </label>
            <NumberField
                id="deep-width"
                label=words!(optimise.width)
                limits=DeepNet::WIDTH
                value=Signal::derive(move || f64::from(net.with(|net| net.width)))
                on_change=move |width| set(&|net| net.width = width as u32)
            />
            <Segments
                name="deep-activation"
                label=words!(optimise.activation)
                chosen=Signal::derive(move || net.with(|net| net.activation))
                on_choose=move |activation| set(&move |net| net.activation = activation)
            />
            <Segments
                name="deep-init"
                label=words!(optimise.init)
                chosen=Signal::derive(move || net.with(|net| net.init))
                on_choose=move |init| set(&move |net| net.init = init)
            />
            <Tick
                id="depth-norm"
                label=words!(optimise.batch_norm)
                is_on=Signal::derive(move || net.with(|net| net.batch_norm))
                on_change=move |is_on| set(&|net| net.batch_norm = is_on)
            />
            <Tick
                id="depth-residual"
                label=words!(optimise.residual)
                is_on=Signal::derive(move || net.with(|net| net.residual))
                on_change=move |is_on| set(&|net| net.residual = is_on)
            />
        </div>
    }
}

/// By which rule, and at which rate.
#[component]
fn By() -> impl IntoView {
    let desk = Desk::here();
    let settings = OptimiseSettings::of(desk);
    let rule = Memo::new(move |_| settings.with(|settings| settings.deep.rule));
    view! {
        <Select
            id="depth-rule"
            label=words!(train.optimiser)
            options={options_of::<Rule>()}
            chosen=Signal::derive(move || rule.get().key().to_owned())
            on_choose=move |key: String| OptimiseSettings::change(desk, |settings| pick(&mut settings.deep.rule, &key))
        />
        <div class="by">
            {live::view(move || {
                let rate = Signal::derive(move || settings.with(|settings| settings.deep.rate));
                view! { <Rate rule=rule.get() rate set=move |rate| OptimiseSettings::change(desk, |settings| settings.deep.rate = rate) /> }.into_any()
            })}
        </div>
    }
}

#[component]
fn Curve(losses: RwSignal<Vec<StepLoss>>, steps: Memo<u32>) -> impl IntoView {
    let extent = Memo::new(move |_| {
        let high = losses.with(|losses| losses.iter().map(|point| f64::from(point.loss)).fold(0.0, f64::max));
        let y = [0.0, if high > 0.0 { high.min(20.0) * 1.1 } else { 1.0 }];
        let x = [0.0, f64::from(steps.get())];
        Extent { x, y, x_scaling: Scaling::Linear, y_scaling: Scaling::Linear }
    });
    let draw = move |axes: &Axes| {
        let place = |point: &StepLoss| axes.place(f64::from(point.step), f64::from(point.loss));
        let path = losses.with(|losses| path_of(losses.iter().map(place)));
        vec![Stroke { class: "run-0 smooth present".to_owned(), path }]
    };
    let value = move |at| {
        losses.with(|losses| {
            let point = point_at(losses, at, |point| f64::from(point.step));
            point.map(|point| number::digits(point.loss)).unwrap_or_default()
        })
    };
    view! {
        <ChartFigure id="depth-chart" title=words!(optimise.training_loss) extent draw told=value />
    }
}
