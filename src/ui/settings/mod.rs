//! What a page is set to, each setting once: its key, its text, its limits, when it applies. Reading and writing the address
//! and the controls of the form follow from that.

mod controls;

pub(crate) use controls::control;

use crate::protocol::Interval;
use crate::ui::widget::text_of;
use crate::ui::{Choice, PageId, Words, app, choice};
use leptos::prelude::{Memo, With};
use web_sys::UrlSearchParams;

/// All that a page is set to, besides what the pages have in common.
pub(crate) trait PageSettings: Clone + Default + PartialEq + Send + Sync + 'static {
    const PAGE: PageId;
    /// In the order of the address. A setting that resets others stands before them.
    const FIELDS: &'static [Field<Self>];

    /// As the address has it.
    fn of() -> Memo<Self> {
        Memo::new(move |_| app().route.with(|route| route.settings()).unwrap_or_default())
    }

    /// The same, when the page is opened: from now on the address names what is shown.
    fn open() -> Memo<Self> {
        Self::change(|_| {});
        Self::of()
    }

    fn change(change: impl FnOnce(&mut Self)) {
        app().go(|route| route.change_settings(change));
    }

    /// As [`PageSettings::change`], for what is chosen from a list.
    fn choose(change: impl FnOnce(&mut Self)) {
        Self::change(change);
    }

    /// `None` where the address says nothing of this page; what else is missing or cannot be read is as usual.
    fn read(params: &UrlSearchParams) -> Option<Self> {
        let mut settings = None;
        for field in Self::FIELDS.iter().filter(|field| !field.is_part) {
            if let Some(text) = params.get(field.key) {
                field.set(settings.get_or_insert_with(Self::default), &text);
            }
        }
        settings
    }

    /// Every setting by its key, so that a link gives the same on any visit.
    fn write(&self, params: &UrlSearchParams) {
        let usual = Self::default();
        for field in Self::FIELDS.iter().filter(|field| !field.is_part) {
            match field.written(self) {
                Some(text) if !field.brief || field.written(&usual).as_ref() != Some(&text) => {
                    params.append(field.key, &text);
                }
                _ => {}
            }
        }
    }
}

pub(crate) struct Field<S: 'static> {
    /// Its name in the address; several pages may have the same, but none of what all share.
    pub(crate) key: &'static str,
    pub(crate) label: Words,
    hint: Option<Words>,
    /// Names its control for tests; the page's path and the key where not given.
    id: Option<&'static str>,
    kind: Kind<S>,
    /// Its control is shown only then.
    applies: fn(&S) -> bool,
    /// Left out of the address where it is as usual.
    brief: bool,
    /// All choices are in sight: buttons instead of a list.
    in_sight: bool,
    /// A part of another setting, which has it in the address.
    is_part: bool,
}

enum Kind<S: 'static> {
    Number { limits: Interval, format: fn(f64) -> String, at: At<S> },
    Choice { rows: fn() -> Vec<(&'static str, Words)>, get: fn(&S) -> &'static str, set: fn(&mut S, &str) },
    Switch { get: fn(&S) -> bool, set: fn(&mut S, bool) },
    Text { get: fn(&S) -> Option<String>, set: fn(&mut S, &str) },
    Open { at: fn(&mut S) -> &mut Option<u32>, usual: Option<Usual> },
}

/// The limits of a number, and what it usually is.
type Usual = (Interval, fn() -> u32);

enum At<S: 'static> {
    Whole(fn(&mut S) -> &mut u32),
    Byte(fn(&mut S) -> &mut u8),
    Real(fn(&mut S) -> &mut f64),
    Single(fn(&mut S) -> &mut f32),
}

// Not derived: the settings need not be copied for it.
impl<S> Clone for At<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for At<S> {}

impl<S: Clone> At<S> {
    fn get(self, settings: &S) -> f64 {
        let mut copy = settings.clone();
        match self {
            At::Whole(at) => f64::from(*at(&mut copy)),
            At::Byte(at) => f64::from(*at(&mut copy)),
            At::Real(at) => *at(&mut copy),
            // As it was typed.
            At::Single(at) => at(&mut copy).to_string().parse().unwrap_or_default(),
        }
    }

    fn set(self, settings: &mut S, value: f64) {
        match self {
            At::Whole(at) => *at(settings) = value as u32,
            At::Byte(at) => *at(settings) = value as u8,
            At::Real(at) => *at(settings) = value,
            At::Single(at) => *at(settings) = value as f32,
        }
    }
}

impl<S> Field<S> {
    const fn new(key: &'static str, label: Words, kind: Kind<S>) -> Self {
        Self {
            key,
            label,
            hint: None,
            id: None,
            kind,
            applies: |_| true,
            brief: false,
            in_sight: false,
            is_part: false,
        }
    }

    const fn number(key: &'static str, label: Words, limits: Interval, at: At<S>) -> Self {
        Self::new(key, label, Kind::Number { limits, format: |value| value.to_string(), at })
    }

    pub(crate) const fn whole(key: &'static str, label: Words, limits: Interval, at: fn(&mut S) -> &mut u32) -> Self {
        Self::number(key, label, limits, At::Whole(at))
    }

    pub(crate) const fn byte(key: &'static str, label: Words, at: fn(&mut S) -> &mut u8) -> Self {
        Self::number(key, label, Interval::whole(0, 255), At::Byte(at))
    }

    pub(crate) const fn real(key: &'static str, label: Words, limits: Interval, at: fn(&mut S) -> &mut f64) -> Self {
        Self::number(key, label, limits, At::Real(at))
    }

    pub(crate) const fn single(key: &'static str, label: Words, limits: Interval, at: fn(&mut S) -> &mut f32) -> Self {
        Self::number(key, label, limits, At::Single(at))
    }

    /// `set` is `choice::pick`, `get` the key of the present one.
    pub(crate) const fn choice<C: Choice>(
        key: &'static str,
        label: Words,
        get: fn(&S) -> &'static str,
        set: fn(&mut S, &str),
    ) -> Self {
        Self::new(key, label, Kind::Choice { rows: choice::rows::<C>, get, set })
    }

    /// `1` and `0` in the address.
    pub(crate) const fn switch(key: &'static str, label: Words, get: fn(&S) -> bool, set: fn(&mut S, bool)) -> Self {
        Self::new(key, label, Kind::Switch { get, set })
    }

    pub(crate) const fn label(self, label: Words) -> Self {
        Self { label, ..self }
    }

    /// What has a control of the page's own. `None` is left out of the address; `set` changes nothing where it cannot read.
    pub(crate) const fn text(key: &'static str, get: fn(&S) -> Option<String>, set: fn(&mut S, &str)) -> Self {
        Self::new(key, || "", Kind::Text { get, set })
    }

    /// A number that may be left open: `None` is left out of the address. It has a control where it has limits, which then
    /// shows what is usual.
    pub(crate) const fn open(
        key: &'static str,
        label: Words,
        usual: Option<Usual>,
        at: fn(&mut S) -> &mut Option<u32>,
    ) -> Self {
        Self::new(key, label, Kind::Open { at, usual })
    }

    pub(crate) const fn hint(self, hint: Words) -> Self {
        Self { hint: Some(hint), ..self }
    }

    pub(crate) const fn id(self, id: &'static str) -> Self {
        Self { id: Some(id), ..self }
    }

    pub(crate) const fn when(self, applies: fn(&S) -> bool) -> Self {
        Self { applies, ..self }
    }

    pub(crate) const fn brief(self) -> Self {
        Self { brief: true, ..self }
    }

    pub(crate) const fn in_sight(self) -> Self {
        Self { in_sight: true, ..self }
    }

    pub(crate) const fn part(self) -> Self {
        Self { is_part: true, ..self }
    }

    /// A number that the address writes as `1e-8`.
    pub(crate) const fn scientific(self) -> Self {
        match self.kind {
            Kind::Number { limits, at, .. } => {
                Self { kind: Kind::Number { limits, format: |value| format!("{value:e}"), at }, ..self }
            }
            _ => panic!("only numbers are written so"),
        }
    }
}

impl<S: Clone> Field<S> {
    fn written(&self, settings: &S) -> Option<String> {
        match self.kind {
            Kind::Number { format, at, .. } => Some(format(at.get(settings))),
            Kind::Choice { get, .. } => Some(get(settings).to_owned()),
            Kind::Switch { get, .. } => Some(u8::from(get(settings)).to_string()),
            Kind::Text { get, .. } => get(settings),
            Kind::Open { at, .. } => at(&mut settings.clone()).map(|number| number.to_string()),
        }
    }

    /// As a person reads it.
    pub(crate) fn shown(&self, settings: &S) -> String {
        match self.kind {
            Kind::Number { limits, at, .. } if !limits.whole => text_of(at.get(settings)),
            Kind::Choice { rows, get, .. } => {
                let chosen = rows().into_iter().find(|(key, _)| *key == get(settings));
                chosen.map(|(_, name)| name().to_owned()).unwrap_or_default()
            }
            Kind::Switch { get, .. } => if get(settings) { "✓" } else { "–" }.to_owned(),
            Kind::Number { .. } | Kind::Text { .. } | Kind::Open { .. } => self.written(settings).unwrap_or_default(),
        }
    }

    fn set(&self, settings: &mut S, text: &str) {
        match self.kind {
            Kind::Number { limits, at, .. } => {
                number_from(text, limits).into_iter().for_each(|value| at.set(settings, value));
            }
            Kind::Switch { set, .. } => set(settings, text == "1"),
            Kind::Choice { set, .. } | Kind::Text { set, .. } => set(settings, text),
            Kind::Open { at, .. } => *at(settings) = text.parse().ok(),
        }
    }
}

/// The nearest one within the limits; `None` where it is no number.
fn number_from(text: &str, limits: Interval) -> Option<f64> {
    let value = if limits.whole { text.parse().ok().map(|value: u32| f64::from(value)) } else { real(text) };
    value.map(|value| limits.nearest(value))
}

/// By the browser: the tables of the standard library for this are ten kilobytes.
pub(crate) fn real(text: &str) -> Option<f64> {
    Some(js_sys::Number::parse_float(text)).filter(|value| value.is_finite())
}

/// Puts a text in place of another, unless it is blank.
pub(crate) fn fill(place: &mut String, text: &str) {
    if !text.trim().is_empty() {
        text.clone_into(place);
    }
}

/// Where the setting of this key stands in the page's fields.
pub(crate) const fn place_of<S>(fields: &[Field<S>], key: &str) -> usize {
    let mut at = 0;
    while at < fields.len() {
        if is_same(fields[at].key.as_bytes(), key.as_bytes()) {
            return at;
        }
        at += 1;
    }
    panic!("the page has no setting of this key")
}

const fn is_same(one: &[u8], other: &[u8]) -> bool {
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}

/// A setting that is one of a few, by its type, key, text and place: `choice!(Method, "attack", words!(fool.method), method)`.
macro_rules! choice {
    ($type:ty, $key:literal, $label:expr, $($at:ident).+) => {
        $crate::ui::Field::<Self>::choice::<$type>(
            $key,
            $label,
            |settings| $crate::ui::Choice::key(settings.$($at).+),
            |settings, key| $crate::ui::choice::pick(&mut settings.$($at).+, key),
        )
    };
}

/// A setting that is on or off.
macro_rules! switch {
    ($key:literal, $label:expr, $($at:ident).+) => {
        $crate::ui::Field::<Self>::switch(
            $key,
            $label,
            |settings| settings.$($at).+,
            |settings, is_on| settings.$($at).+ = is_on,
        )
    };
}

/// The controls of settings, each shown where it applies: `controls!(FoolSettings, "steps", "seed")`. A key that the page
/// does not have does not compile.
macro_rules! controls {
    ($settings:ty, $($key:literal),+ $(,)?) => {
        ($({
            const AT: usize = $crate::ui::settings::place_of(<$settings as $crate::ui::settings::PageSettings>::FIELDS, $key);
            $crate::ui::settings::control::<$settings>(AT)
        },)+)
    };
}
