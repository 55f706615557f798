//! Sliders: over a span, and over the decades of a learning rate.

use crate::ui::live;
use leptos::html::Input;
use leptos::prelude::*;

/// `id` names it for tests, `span` is from where to where; `told` says what it stands at, and `label` what it is where
/// nothing on the page does.
#[component]
pub(crate) fn Slider(
    #[prop(into, optional)] id: Option<String>,
    span: [f64; 2],
    step: f64,
    #[prop(into)] value: Signal<f64>,
    #[prop(into, optional)] told: Option<Signal<String>>,
    #[prop(into, optional)] label: Option<Signal<String>>,
    #[prop(into)] on_slide: Callback<f64>,
) -> impl IntoView {
    let slider = NodeRef::<Input>::new();
    let slide = move |_| {
        if let Some(slider) = slider.get_untracked() {
            on_slide.run(slider.value_as_number().clamp(span[0], span[1]));
        }
    };
    view! {
        <input
            node_ref=slider
            type="range"
            min=span[0].to_string()
            max=span[1].to_string()
            step=step.to_string()
            data-testid=id
            aria-label=live::maybe(move || label.map(|label| label.get()))
            aria-valuetext=live::maybe(move || told.map(|told| told.get()))
            prop:value=live::text(move || value.get().to_string())
            on:input=slide
        />
    }
}

/// Over powers of ten.
#[component]
pub(crate) fn RateSlider(
    #[prop(into)] label: Signal<String>,
    #[prop(into)] rate: Signal<f64>,
    #[prop(into)] on_slide: Callback<f64>,
) -> impl IntoView {
    let slide = move |power: f64| {
        let rate = 10_f64.powf(power);
        // Two digits: a rate is never known better.
        on_slide.run(format!("{rate:.1e}").parse().unwrap_or(rate));
    };
    view! {
        <Slider
            span=[-5.0, 0.5]
            step=0.05
            value=Signal::derive(move || rate.get().max(1e-9).log10())
            told=Signal::derive(move || rate.get().to_string())
            label
            on_slide=slide
        />
    }
}
