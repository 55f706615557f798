//! A map over what a network sees of a picture: pointed at or walked over by keys, it tells of a place.

use super::super::settings::{GAIN, LookSettings, OPACITY};
use super::words::{amount, said};
use crate::protocol::{EvidenceMap, Interval, Pixels};
use crate::ui::widget::{PixelsView, Slider, arrow, no_pixels, share_at, signed};
use crate::ui::{PageSettings, Words, app, live, number, sentence};
use leptos::html::Div;
use leptos::prelude::*;
use web_sys::{KeyboardEvent, PointerEvent};

pub(super) fn evidence_map(settings: Memo<LookSettings>, map: RwSignal<Option<EvidenceMap>>) -> AnyView {
    Effect::new(move |_| map.with(|map| map.iter().for_each(|map| app().computed_on(&map.backend))));
    let sheet = NodeRef::<Div>::new();
    // The place that is pointed at, and among how many; otherwise the strongest one.
    let pointed = RwSignal::new(None::<(usize, usize)>);
    let seen = move || map.with(|map| map.as_ref().map_or_else(no_pixels, |map| map.seen.clone()));
    let look = Memo::new(move |_| settings.with(Colours::of));
    let colours = move || map.with(|map| map.as_ref().map_or_else(no_pixels, |map| painted(map, look.get())));
    let told = move |read: &dyn Fn(&EvidenceMap, usize) -> String| {
        map.with(|map| {
            let map = map.as_ref()?;
            let at = pointed_in(map, pointed.get()).or_else(|| map.strongest())?;
            Some(read(map, at))
        })
    };
    let point = move |event: PointerEvent| {
        let Some([x, y]) = sheet.get_untracked().map(|sheet| share_at(&sheet, &event)) else { return };
        let at = |map: &EvidenceMap| {
            (map.nearest([x * f64::from(map.seen.width), y * f64::from(map.seen.height)]), map.count())
        };
        pointed.set(map.with_untracked(|map| map.as_ref().map(at)));
    };
    let walk = move |event: KeyboardEvent| {
        let Some([right, down]) = arrow(&event).map(|arrow| arrow.map(|step| step as isize)) else { return };
        let from = pointed.get_untracked();
        let to = |map: &EvidenceMap| {
            let (columns, at) = (map.xs.len(), pointed_in(map, from).or_else(|| map.strongest())?);
            let column = (at % columns).saturating_add_signed(right).min(columns - 1);
            let row = (at / columns).saturating_add_signed(down).min(map.ys.len() - 1);
            Some((row * columns + column, map.count()))
        };
        pointed.set(map.with_untracked(|map| map.as_ref().and_then(to)));
    };
    let part = move |read: fn(&EvidenceMap, [u32; 2]) -> [u32; 2]| {
        let percent = move |map: &EvidenceMap, at: usize| {
            let [length, of] = read(map, map.place(at));
            format!("{}%", 100.0 * f64::from(length) / f64::from(of.max(1)))
        };
        live::text(move || told(&percent).unwrap_or_default())
    };
    let edge = move || map.with(|map| map.as_ref().map(|map| amount(map, look.get().full(map))).unwrap_or_default());
    let ran = move |map: &EvidenceMap, _| {
        say!(look.ran, places = map.values.len(), of = map.count(), time = number::millis(map.elapsed_ms))
    };
    view! {
        <div
            class="evidence"
            node_ref=sheet
            role="application"
            tabindex="0"
            data-testid="evidence-map"
            data-places=live::maybe(move || told(&|map, _| map.values.len().to_string()))
            aria-label=words!(look.map_label)
            aria-describedby="evidence-here"
            on:pointermove=point
            on:pointerdown=point
            on:pointerleave=move |_| pointed.set(None)
            on:keydown=walk
        >
            <PixelsView pixels=seen />
            <PixelsView pixels=colours />
            <div
                class="evidence-place"
                style:left=part(|map, [x, _]| [x, map.seen.width])
                style:top=part(|map, [_, y]| [y, map.seen.height])
                style:width=part(|map, _| [map.side, map.seen.width])
                style:height=part(|map, _| [map.side, map.seen.height])
            ></div>
        </div>
        <div class="evidence-legend">
            <span class="figure">{live::text(move || format!("−{}", edge()))}</span>
            <i aria-hidden="true"></i>
            <span class="figure">{live::text(move || format!("+{}", edge()))}</span>
        </div>
        <p
            class="sub evidence-words"
            id="evidence-here"
            aria-live="polite"
            data-testid="evidence-here"
            data-value=live::maybe(move || told(&|map, at| map.values[at].to_string()))
        >
            {live::maybe(move || told(&said))}
        </p>
        <p class="hint evidence-words">{words!(look.legend)}</p>
        <p class="sub evidence-words">
            <span class="figure">{live::maybe(move || told(&ran))}</span>
            <span class="figure">{live::maybe(move || told(&|map, _| sentence::backend_name(&map.backend)))}</span>
            <span>{live::maybe(move || told(&|map, _| sentence::why(&map.backend.why)))}</span>
        </p>
    }
    .into_any()
}

/// How it is shown.
pub(super) fn evidence_view(settings: Memo<LookSettings>) -> AnyView {
    let (gain, opacity) = (
        Signal::derive(move || settings.with(|settings| settings.gain)),
        Signal::derive(move || settings.with(|settings| settings.opacity)),
    );
    view! {
        <div class="fields">
            {slider("look-gain", words!(look.gain), GAIN, gain, |settings, value| settings.gain = value)}
            {slider("look-opacity", words!(look.opacity), OPACITY, opacity, |settings, value| settings.opacity = value)}
            {controls!(LookSettings, "smooth", "absolute")}
        </div>
    }
    .into_any()
}

fn slider(
    id: &'static str,
    label: Words,
    limits: Interval,
    value: Signal<u32>,
    set: fn(&mut LookSettings, u32),
) -> AnyView {
    let slide = move |value: f64| LookSettings::change(|settings| set(settings, value as u32));
    view! {
        <label class="field">
            <span>{label} " " <span class="figure">{live::text(move || value.get().to_string())}</span></span>
            <Slider
                id=id
                span=[limits.low, limits.high]
                step=1.0
                value=Signal::derive(move || f64::from(value.get()))
                on_slide=slide
            />
        </label>
    }
    .into_any()
}

/// A place of another map's grid is none of this one's.
fn pointed_in(map: &EvidenceMap, pointed: Option<(usize, usize)>) -> Option<usize> {
    pointed.filter(|&(at, of)| of == map.count() && at < map.values.len()).map(|(at, _)| at)
}

/// How values become colours.
#[derive(Clone, Copy, PartialEq)]
pub(in crate::ui::page::look) struct Colours {
    gain: u32,
    /// In percent.
    opacity: u32,
    is_smooth: bool,
    is_absolute: bool,
}

impl Colours {
    /// Of a small picture in a table.
    pub(in crate::ui::page::look) const OPAQUE: Self =
        Self { gain: 1, opacity: 100, is_smooth: true, is_absolute: false };

    fn of(settings: &LookSettings) -> Self {
        let &LookSettings { gain, opacity, is_smooth, is_absolute, .. } = settings;
        Self { gain, opacity, is_smooth, is_absolute }
    }

    /// The value that has the full colour: the map's largest, or 1 in every map, divided by the gain.
    fn full(self, map: &EvidenceMap) -> f32 {
        let full = if self.is_absolute { 1.0 } else { map.largest().max(1e-30) };
        full / self.gain as f32
    }
}

/// Orange above zero, blue below: transparent where there is no evidence, or none is known yet.
pub(in crate::ui::page::look) fn painted(map: &EvidenceMap, colours: Colours) -> Pixels {
    let full = colours.full(map);
    let values = map.at_pixels(colours.is_smooth).into_iter().map(|value| value / full);
    signed(map.seen.width, 2.55 * colours.opacity as f32, values)
}
