//! The nine strongest places of a channel, what of each picture it is that excites it, and how it answers to classes.

use super::Wanted;
use crate::protocol::{ClassMean, ExciteFound, ExcitedPlace, Pixels};
use crate::ui::widget::PixelsView;
use crate::ui::{Words, app, live, number, sentence};
use leptos::prelude::*;

pub(super) fn places(shown: RwSignal<Option<ExciteFound>>, put: StoredValue<Option<Wanted>>) -> AnyView {
    let title = move || {
        let channel = shown.with(|found| found.as_ref().map(|found| found.channel))?;
        Some(say!(look.excite_places, channel = channel))
    };
    let about = move || {
        shown.with(|found| {
            let found = found.as_ref()?;
            let is_silent = found.places.first().is_none_or(|place| place.value <= 0.0);
            Some(match (is_silent, found.is_rectified) {
                (true, _) => say!(look.excite_silent),
                (false, true) => say!(look.excite_legend),
                (false, false) => say!(look.excite_plain),
            })
        })
    };
    let all = move || {
        let one = |found: &ExciteFound, place: &ExcitedPlace| one(place, found.input, name_of(place, put));
        shown.with(|found| match found {
            Some(found) => found.places.iter().map(|place| one(found, place)).collect_view().into_any(),
            None => ().into_any(),
        })
    };
    view! {
        <div class:gone=live::flag(move || shown.with(Option::is_none))>
            <h3 class="excite-head">{live::maybe(title)}</h3>
            <p class="hint">{live::name(about)}</p>
            <ol class="excite-places" data-testid="excite-places">{live::view(all)}</ol>
        </div>
    }
    .into_any()
}

/// Of the tray, what the picture is called there.
fn name_of(place: &ExcitedPlace, put: StoredValue<Option<Wanted>>) -> String {
    let of_tray = |(job, _): &Wanted| app().item(*job.pictures.get(place.picture as usize)?).map(|item| item.name);
    let name = put.with_value(|put| put.as_ref().and_then(of_tray));
    name.unwrap_or_else(|| format!("{} · {}", sentence::in_language(&place.label), place.picture))
}

fn one(place: &ExcitedPlace, [height, width]: [u32; 2], name: String) -> AnyView {
    let ExcitedPlace { value, picture, field: [left, top, wide, high], .. } = *place;
    let share = |length: u32, of: u32| format!("{}%", 100.0 * f64::from(length) / f64::from(of.max(1)));
    let part = |pixels: Option<Pixels>, words: Words| {
        view! {
            <figure>
                {match pixels {
                    Some(pixels) => view! { <PixelsView pixels=Signal::stored(pixels) /> }.into_any(),
                    None => view! { <div class="excite-wait" aria-hidden="true"></div> }.into_any(),
                }}
                <figcaption>{words}</figcaption>
            </figure>
        }
    };
    view! {
        <li
            data-testid="excite-place"
            data-value=value.to_string()
            data-picture=picture.to_string()
            data-field=format!("{left} {top} {wide} {high}")
        >
            <figure>
                <div class="excite-whole">
                    <PixelsView pixels=Signal::stored(place.seen.clone()) />
                    <div
                        class="evidence-place"
                        style:left=share(left, width)
                        style:top=share(top, height)
                        style:width=share(wide, width)
                        style:height=share(high, height)
                    ></div>
                </div>
                <figcaption>{words!(look.excite_whole)}</figcaption>
            </figure>
            {part(Some(place.patch.clone()), words!(look.excite_patch))}
            {part(place.deconvnet.clone(), || "deconvnet")}
            {part(place.guided.clone(), words!(look.excite_guided))}
            <p><b class="figure">{number::digits(value)}</b> " " <span>{name}</span></p>
        </li>
    }
    .into_any()
}

/// The channel's mean strongest answer to the pictures of each class.
pub(super) fn classes(shown: RwSignal<Option<ExciteFound>>) -> AnyView {
    let rows = move || {
        shown.with(|found| {
            let Some(found) = found else { return ().into_any() };
            let most = found.classes.iter().map(|class| class.mean).fold(f32::MIN_POSITIVE, f32::max);
            found.classes.iter().map(|class| bar(class, most)).collect_view().into_any()
        })
    };
    let hint = move || {
        shown.with(|found| {
            let is_labelled = found.as_ref()?.is_labelled;
            Some(if is_labelled { say!(look.excite_by_label) } else { say!(look.excite_by_guess) })
        })
    };
    view! {
        <div class:gone=live::flag(move || shown.with(Option::is_none))>
            <h3 class="excite-head">{words!(look.excite_classes)}</h3>
            <p class="hint">{live::name(hint)}</p>
            <ul class="excite-classes" data-testid="excite-classes">{live::view(rows)}</ul>
        </div>
    }
    .into_any()
}

fn bar(class: &ClassMean, most: f32) -> AnyView {
    let ClassMean { label, mean, count } = class.clone();
    let name = label[0].clone();
    let width = format!("{:.2}%", 100.0 * (mean / most).clamp(0.0, 1.0));
    view! {
        <li data-testid="excite-class" data-label=name data-mean=mean.to_string()>
            <span>{live::text(move || sentence::in_language(&label).to_owned())}</span>
            <i aria-hidden="true"><i style:width=width></i></i>
            <span class="figure">{number::digits(mean)}</span>
            <span class="figure hint">{format!("{count} ×")}</span>
        </li>
    }
    .into_any()
}
