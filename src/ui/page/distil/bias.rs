//! A class that the transfer set lacks, and its bias corrected afterwards.

use super::chart::OF;
use super::controls::LabelledSlider;
use super::state::DistilState;
use crate::protocol::{BiasPoint, DistilRun, PUBLISHED};
use crate::ui::widget::{Axes, Card, ChartExtent, ChartFigure, Line, Select};
use crate::ui::{PageSettings, live, number};
use leptos::prelude::*;

pub(super) fn bias(settings: Memo<DistilRun>, run: DistilState) -> impl IntoView {
    let bias = RwSignal::new(0.0_f64);
    let hover = RwSignal::new(None::<f64>);
    let curve = Memo::new(move |_| run.corrected.get());
    let at = move |bias: f64| {
        let away = |point: &BiasPoint| (f64::from(point.bias) - bias).abs();
        curve.with(|curve| curve.iter().copied().min_by(|a, b| away(a).total_cmp(&away(b))))
    };
    let most = Memo::new(move |_| curve.with(|curve| curve.last().map_or(12.0, |point| f64::from(point.bias))));
    let draw = move |axes: &Axes| {
        let share = OF / f64::from(run.read(|news| news.tested).unwrap_or_default().max(1));
        let line = |colour: &str, of: fn(&BiasPoint) -> u32| {
            let place = |point: &BiasPoint| [f64::from(point.bias), (share * f64::from(of(point))).max(1.0)];
            curve.with(|curve| Line::new(colour, curve.iter().map(place)))
        };
        let paper = [PUBLISHED.without, PUBLISHED.corrected]
            .map(|errors| Line::level("run-5", [0.0, most.get()], f64::from(errors)));
        let own = [line("run-2", |point| point.errors), line("run-1", |point| point.of_class)];
        own.iter().chain(&paper).map(|line| line.stroke(axes)).collect()
    };
    let left_out = Memo::new(move |_| run.asked.with(|asked| asked.as_ref().and_then(|asked| asked.omit)));
    let omitted = Memo::new(move |_| settings.with(|settings| settings.omit));
    let options = Signal::derive(move || {
        let names = run.read(|news| news.classes.clone()).unwrap_or_default();
        let none = (String::new(), say!(distil.omit_none).to_owned());
        std::iter::once(none)
            .chain(names.into_iter().enumerate().map(|(at, name)| (at.to_string(), name)))
            .collect::<Vec<_>>()
    });
    let here = move || at(hover.get().unwrap_or_else(|| bias.get()));
    let told = move || {
        let (of, of_class) = run.read(|news| (news.tested, news.tested_of_class)).unwrap_or_default();
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
        <Card id="bias-card" title=words!(distil.bias_title) hint=words!(distil.bias_hint)>
            <div class="fields">
                <Select
                    id="distil-omit"
                    label=words!(distil.omit)
                    options
                    chosen=move || omitted.get().map(|class| class.to_string()).unwrap_or_default()
                    on_choose=move |omit: String| {
                        DistilRun::change(|settings| settings.omit = omit.parse().ok());
                        run.start();
                    }
                />
                <LabelledSlider
                    id="bias"
                    label=words!(distil.bias)
                    hint=words!(distil.bias_slider_hint)
                    span=[0.0, 12.0]
                    place=bias
                    told=move || format!("+ {}", number::digits(bias.get() as f32))
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
            <div class:gone=live::flag(move || left_out.get().is_none() || curve.with(Vec::is_empty))>
            <ChartFigure
                id="bias-chart"
                across=words!(distil.bias)
                title=words!(distil.bias_chart)
                extent=move || ChartExtent::log_y([0.0, most.get()], [10.0, OF])
                draw
                told=move |_| told()
                hover
                caption=String::new()
            />
            </div>
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
        </Card>
    }
}
