//! Fields of forms: a number within limits, a tick, lists and buttons to choose from, sliders, files. An `id` names a field
//! for tests.

use super::Icon;
use crate::protocol::{Interval, Prediction};
use crate::ui::choice::rows;
use crate::ui::{Choice, Words, choice, live, sentence};
use leptos::html::Input;
use leptos::prelude::*;
use web_sys::{File, HtmlInputElement};

#[component]
pub(crate) fn NumberField(
    #[prop(into)] id: String,
    label: Words,
    limits: Interval,
    #[prop(into)] value: Signal<f64>,
    #[prop(default = None)] hint: Option<Words>,
    #[prop(into)] on_change: Callback<f64>,
) -> impl IntoView {
    let field = NodeRef::<Input>::new();
    let Interval { low, high, whole } = limits;
    let show = |value: f64| if value != 0.0 && value.abs() < 1e-4 { format!("{value:e}") } else { value.to_string() };
    let change = move |_| {
        let Some(field) = field.get_untracked() else {
            return;
        };
        let before = value.get_untracked();
        let found = field.value_as_number();
        let found = if found.is_finite() { limits.nearest(found) } else { before };
        field.set_value(&show(found));
        if found != before {
            on_change.run(found);
        }
    };
    view! {
        <label class="field number" title=live::name(move || hint.map(|hint| hint()))>
            <span>{label}</span>
            <input
                node_ref=field
                type="number"
                inputmode=if whole { "numeric" } else { "decimal" }
                min=low.to_string()
                max=high.to_string()
                step=if whole { "1" } else { "any" }
                data-testid=id
                prop:value=live::text(move || show(value.get()))
                on:change=change
            />
        </label>
    }
}

#[component]
pub(crate) fn Tick(
    #[prop(into)] id: String,
    label: Words,
    #[prop(into)] is_on: Signal<bool>,
    #[prop(into)] on_change: Callback<bool>,
) -> impl IntoView {
    view! {
        <label class="tick">
            <input
                type="checkbox"
                data-testid=id
                prop:checked=live::flag(move || is_on.get())
                on:change=move |event| on_change.run(event_target_checked(&event))
            />
            {label}
        </label>
    }
}

/// `options` are the value and its text.
#[component]
pub(crate) fn Select(
    #[prop(into)] id: String,
    label: Words,
    #[prop(into)] options: Signal<Vec<(String, String)>>,
    #[prop(into)] chosen: Signal<String>,
    #[prop(into)] on_choose: Callback<String>,
    #[prop(into, optional)] disabled: Signal<bool>,
) -> impl IntoView {
    let option = move |(value, text): (String, String)| {
        let here = value.clone();
        view! {
            <option value=value prop:selected=live::flag(move || chosen.with(|chosen| *chosen == here))>
                {text}
            </option>
        }
    };
    view! {
        <label class="field">
            <span>{label}</span>
            <select
                data-testid=id
                prop:disabled=live::flag(move || disabled.get())
                on:change=move |event| on_choose.run(event_target_value(&event))
            >
                {live::view(move || options.get().into_iter().map(option).collect_view().into_any())}
            </select>
        </label>
    }
}

/// All that there is of `C`, for a [`Select`].
pub(crate) fn options_of<C: Choice>() -> Signal<Vec<(String, String)>> {
    Signal::derive(|| choice::rows::<C>().into_iter().map(|(key, text)| (key.to_owned(), text().to_owned())).collect())
}

/// A class among those that are known, one that is in no list, or none: `any` says what that means.
#[component]
pub(crate) fn ClassSelect(
    #[prop(into)] id: String,
    label: Words,
    any: Words,
    #[prop(into)] known: Signal<Vec<Prediction>>,
    #[prop(into)] chosen: Signal<Option<u32>>,
    #[prop(into)] on_choose: Callback<Option<u32>>,
) -> impl IntoView {
    let options = Signal::derive(move || {
        let known = known.get();
        let other = chosen.get().filter(|chosen| known.iter().all(|prediction| prediction.index != *chosen));
        let listed = known.iter().map(|one| (one.index.to_string(), sentence::label_of(one).to_owned()));
        let other = other.map(|class| (class.to_string(), format!("# {class}")));
        std::iter::once((String::new(), any().to_owned())).chain(listed).chain(other).collect::<Vec<_>>()
    });
    let chosen = Signal::derive(move || chosen.get().map(|class| class.to_string()).unwrap_or_default());
    view! { <Select id label options chosen on_choose=move |class: String| on_choose.run(class.parse().ok()) /> }
}

/// All that there is of `C`.
#[component]
pub(crate) fn Segments<C: Choice>(
    name: &'static str,
    label: Words,
    #[prop(into)] chosen: Signal<C>,
    on_choose: impl Fn(C) + Send + Sync + 'static,
) -> impl IntoView {
    let chosen = Signal::derive(move || chosen.get().key());
    let on_choose = Callback::new(move |key| C::from_key(key).into_iter().for_each(&on_choose));
    view! { <SegmentsOf name label rows={rows::<C>()} chosen on_choose /> }
}

/// `rows` are the keys and their texts.
#[component]
pub(crate) fn SegmentsOf(
    name: &'static str,
    label: Words,
    rows: Vec<(&'static str, Words)>,
    #[prop(into)] chosen: Signal<&'static str>,
    #[prop(into)] on_choose: Callback<&'static str>,
) -> impl IntoView {
    let radio = |(key, text): (&'static str, Words)| {
        view! {
            <label>
                <input
                    type="radio"
                    class="unseen"
                    name=name
                    value=key
                    data-testid=format!("{name}-{key}")
                    prop:checked=live::flag(move || chosen.get() == key)
                    on:change=move |_| on_choose.run(key)
                />
                <span>{text}</span>
            </label>
        }
    };
    view! {
        <fieldset class="field">
            <legend>{label}</legend>
            <div class="segments">{rows.into_iter().map(radio).collect_view()}</div>
        </fieldset>
    }
}

/// `span` is from where to where; `told` says what it stands at, and `label` what it is where
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

/// `accept` is what the dialog offers, `folder` that it is for a whole one.
#[component]
pub(crate) fn FileButton(
    id: &'static str,
    label: Words,
    #[prop(default = None)] hint: Option<Words>,
    #[prop(default = None)] accept: Option<&'static str>,
    #[prop(optional)] many: bool,
    #[prop(optional)] folder: bool,
    #[prop(into)] on_files: Callback<Vec<File>>,
) -> impl IntoView {
    let take = move |event| {
        let files = chosen(&event_target(&event));
        if !files.is_empty() {
            on_files.run(files);
        }
    };
    view! {
        <label class="btn" title=live::name(move || hint.map(|hint| hint()))>
            <input
                type="file"
                class="unseen"
                multiple=many
                accept=accept
                prop:webkitdirectory=folder
                data-testid=id
                on:change=take
            />
            <Icon of=Icon::File />
            {label}
        </label>
    }
}

/// The files that were just chosen in an input; the same ones can be chosen again.
fn chosen(input: &HtmlInputElement) -> Vec<File> {
    let files = input
        .files()
        .map(|files| (0..files.length()).filter_map(|place| files.get(place)).collect())
        .unwrap_or_default();
    input.set_value("");
    files
}
