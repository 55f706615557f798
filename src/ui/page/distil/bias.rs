//! A class that the transfer set lacks, and its bias corrected afterwards.

use super::chart::OF;
use super::controls::LabelledSlider;
use super::run::RunState;
use crate::protocol::{BiasPoint, DistilRun, PUBLISHED};
use crate::ui::desk::Desk;
use crate::ui::settings::Settings;
use crate::ui::widget::{Axes, ChartFigure, Extent, Scaling, Select, Stroke, path_of};
use crate::ui::{live, number};
use leptos::prelude::*;

#[component]
pub(super) fn Bias(run: RunState) -> impl IntoView {
    let desk = Desk::here();
    let settings = DistilRun::of(desk);
    let bias = RwSignal::new(0.0_f64);
    let hover = RwSignal::new(None::<f64>);
    let curve = Memo::new(move |_| run.corrected.get());
    let at = move |bias: f64| {
        curve.with(|curve| {
            curve
                .iter()
                .copied()
                .min_by(|a, b| (f64::from(a.bias) - bias).abs().total_cmp(&(f64::from(b.bias) - bias).abs()))
        })
    };
    let most = Memo::new(move |_| curve.with(|curve| curve.last().map_or(12.0, |point| f64::from(point.bias))));
    let extent = Memo::new(move |_| Extent {
        x: [0.0, most.get()],
        y: [10.0, OF],
        x_scaling: Scaling::Linear,
        y_scaling: Scaling::Log,
    });
    let tested = Memo::new(move |_| run.news.with(|news| news.as_ref().map_or(1, |news| news.tested.max(1))));
    let draw = move |axes: &Axes| {
        let stroke = |class: &str, of: fn(&BiasPoint) -> u32| {
            let place = |point: &BiasPoint| {
                let errors = f64::from(of(point)) * OF / f64::from(tested.get());
                axes.place(f64::from(point.bias), errors.max(1.0))
            };
            let points = curve.with(|curve| curve.iter().map(place).collect::<Vec<_>>());
            Stroke { class: format!("{class} smooth present"), path: path_of(points.into_iter()) }
        };
        let paper = [PUBLISHED.without, PUBLISHED.corrected].map(|errors| {
            let points = [0.0, most.get()].map(|bias| axes.place(bias, f64::from(errors)));
            Stroke { class: "run-5 smooth present second".to_owned(), path: path_of(points.into_iter()) }
        });
        let own = [stroke("run-2", |point| point.errors), stroke("run-1", |point| point.of_class)];
        own.into_iter().chain(paper).collect()
    };
    let left_out = Memo::new(move |_| run.asked.with(|asked| asked.as_ref().and_then(|asked| asked.omit)));
    let omitted = Memo::new(move |_| settings.with(|settings| settings.omit));
    let options = Signal::derive(move || {
        let names = run.news.with(|news| news.as_ref().map(|news| news.classes.clone()).unwrap_or_default());
        let none = (String::new(), say!(distil.omit_none).to_owned());
        std::iter::once(none)
            .chain(names.into_iter().enumerate().map(|(at, name)| (at.to_string(), name)))
            .collect::<Vec<_>>()
    });
    let here = move || at(hover.get().unwrap_or_else(|| bias.get()));
    let told = move || {
        let (of, of_class) =
            run.news.with(|news| news.as_ref().map_or((0, 0), |news| (news.tested, news.tested_of_class)));
        here().map_or_else(String::new, |point| {
            say!(
                distil.bias_told,
                bias = number::digits(point.bias),
                errors = point.errors,
                of = of,
                of_class = point.of_class,
                class_count = of_class
            )
        })
    };
    view! {
        <section class="card" data-testid="bias-card">
            <h2>{words!(distil.bias_title)}</h2>
            <p class="hint">{words!(distil.bias_hint)}</p>
            <div class="fields">
                <Select
                    id="distil-omit"
                    label=words!(distil.omit)
                    options
                    chosen=Signal::derive(move || omitted.get().map(|class| class.to_string()).unwrap_or_default())
                    on_choose=move |omit: String| {
                        DistilRun::change(desk, |settings| settings.omit = omit.parse().ok());
                        run.start(desk);
                    }
                />
                <LabelledSlider
                    id="bias"
                    label=words!(distil.bias)
                    hint=words!(distil.bias_slider_hint)
                    span=[0.0, 12.0]
                    place=Signal::derive(move || bias.get())
                    told=Signal::derive(move || format!("+ {}", number::digits(bias.get() as f32)))
                    on_slide=move |value| bias.set(value)
                />
            </div>
            <p
                class="sub"
                data-testid="bias-told"
                data-errors=live::maybe(move || at(bias.get()).map(|point| point.errors.to_string()))
                data-of-class=live::maybe(move || at(bias.get()).map(|point| point.of_class.to_string()))
            >
                {live::view(move || match (curve.with(Vec::is_empty), left_out.get()) {
                    (true, _) => words!(distil.bias_todo).into_any(),
                    (false, None) => words!(distil.bias_none).into_any(),
                    (false, Some(_)) => ().into_any(),
                })}
                " "
                {live::text(told)}
            </p>
            <ChartFigure id="bias-chart" title=words!(distil.bias_chart) extent draw told=move |_| told() hover caption=String::new() />
            <p class="hint">
                {live::text(|| {
                    let p = &PUBLISHED;
                    say!(
                        distil.bias_published,
                        without = p.without,
                        without_of_class = p.without_of_class,
                        corrected = p.corrected,
                        corrected_of_class = p.corrected_of_class
                    )
                })}
            </p>
        </section>
    }
}
