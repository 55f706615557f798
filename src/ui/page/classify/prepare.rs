//! How pictures are prepared for a network that a person brought: what was guessed or read beside its file, to be changed, and what a
//! change does to the best class. A part of what comes later.

use super::question::Question;
use crate::protocol::{Classified, Interpolation, Interval, Job, NetworkReport, Outcome, PrepareWeights, Preprocess};
use crate::ui::widget::{NumberField, Select};
use crate::ui::{Words, app, live, number, sentence, style};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Of the network's input in pixels: what the engine takes.
const SIDES: Interval = Interval::whole(8, 1024);

/// Of the shorter side before the cut: what the engine takes of the largest input.
const SHORTER_SIDES: Interval = Interval::whole(8, 4096);

/// Key and text of each.
const BETWEEN: [(&str, Words, Interpolation); 2] = [
    ("bilinear", words!(prepare.bilinear), Interpolation::Bilinear),
    ("bicubic", words!(prepare.bicubic), Interpolation::Bicubic),
];

/// The usual figures: key, text, mean, standard deviation of values from 0 to 1.
const USUAL: [(&str, Words, [f32; 3], [f32; 3]); 4] = [
    ("imagenet", words!(prepare.imagenet), [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    ("signed", words!(prepare.signed), [0.5; 3], [0.5; 3]),
    ("unit", words!(prepare.unit), [0.0; 3], [1.0; 3]),
    ("bytes", words!(prepare.bytes), [0.0; 3], [1.0 / 255.0; 3]),
];

const OTHER: &str = "other";

#[derive(Clone, Copy)]
struct Form {
    network: Memo<Option<NetworkReport>>,
    question: Question,
    /// The network, and its best class before the last change.
    before: RwSignal<Option<(String, String)>>,
    /// Fields show what holds again after a change that was refused.
    refused: RwSignal<u32>,
}

pub(crate) fn prepare(question: Question) -> AnyView {
    style::wear(include_str!("prepare.css"));
    let network = Memo::new(move |_| app().network());
    let form = Form { network, question, before: RwSignal::new(None), refused: RwSignal::new(0) };
    let options = Signal::derive(move || {
        let usual = USUAL.map(|(key, text, ..)| (key.to_owned(), text().to_owned()));
        let other = (form.usual() == OTHER).then(|| (OTHER.to_owned(), say!(prepare.other).to_owned()));
        usual.into_iter().chain(other).collect::<Vec<_>>()
    });
    let choose = move |key: String| {
        if let Some((_, _, mean, std)) = USUAL.into_iter().find(|(usual, ..)| *usual == key) {
            form.change(Preprocess { mean: Some(mean), std: Some(std), ..Preprocess::default() });
        }
    };
    let size = Signal::derive(move || form.now().size.map_or(0.0, f64::from));
    let resize = move |side: f64| form.change(Preprocess { size: Some(side as u32), ..Preprocess::default() });
    let shorter = Signal::derive(move || form.now().shorter.map_or(0.0, f64::from));
    let scale = move |side: f64| form.change(Preprocess { shorter: Some(side as u32), ..Preprocess::default() });
    let between = Signal::derive(|| BETWEEN.map(|(key, text, _)| (key.to_owned(), text().to_owned())).to_vec());
    let interpolate = move |key: String| form.interpolate(&key);
    view! {
        <details class="prepare" data-testid="prepare">
            <summary>{words!(prepare.title)}</summary>
            <p class="hint">{words!(prepare.hint)}</p>
            <div class="fields">
                {live::view(move || (form.fits().len() > 1).then(|| taken_as(form)).into_any())}
                <Select
                    id="prepare-range"
                    label=words!(prepare.range)
                    options
                    chosen=Signal::derive(move || form.usual().to_owned())
                    on_choose=choose
                />
                <Channels
                    id="prepare-mean"
                    label=words!(prepare.mean)
                    value=Signal::derive(move || form.now().mean)
                    on_change=move |mean| form.change(Preprocess { mean: Some(mean), ..Preprocess::default() })
                />
                <Channels
                    id="prepare-std"
                    label=words!(prepare.std)
                    value=Signal::derive(move || form.now().std)
                    on_change=move |std| form.change(Preprocess { std: Some(std), ..Preprocess::default() })
                />
                <NumberField id="prepare-size" label=words!(prepare.size) limits=SIDES value=size on_change=resize />
                <NumberField
                    id="prepare-shorter"
                    label=words!(prepare.shorter)
                    limits=SHORTER_SIDES
                    value=shorter
                    hint=Some(words!(prepare.shorter_hint))
                    on_change=scale
                />
                <Select
                    id="prepare-interpolation"
                    label=words!(prepare.interpolation)
                    options=between
                    chosen=Signal::derive(move || form.interpolation().to_owned())
                    on_choose=interpolate
                />
            </div>
            <p class="hint" role="status" data-testid="prepare-effect">
                {live::maybe(move || form.effect())}
            </p>
        </details>
    }
    .into_any()
}

/// Which of the networks that the weights fit.
fn taken_as(form: Form) -> AnyView {
    let fits = move || {
        let networks = app().station.get().map(|station| station.networks).unwrap_or_default();
        let named = |id: String| {
            let title = networks.iter().find(|network| network.id == id).map(sentence::network_title)?;
            Some((id, title))
        };
        form.fits().into_iter().filter_map(named).collect::<Vec<_>>()
    };
    view! {
        <Select
            id="prepare-network"
            label=words!(prepare.network)
            options=Signal::derive(fits)
            chosen=Signal::derive(move || form.fits().first().cloned().unwrap_or_default())
            on_choose=move |id| form.take_as(id)
        />
    }
    .into_any()
}

impl Form {
    fn fits(self) -> Vec<String> {
        self.refused.track();
        self.network.with(|network| network.as_ref().map(|network| network.fits.clone())).unwrap_or_default()
    }

    fn now(self) -> Preprocess {
        self.refused.track();
        self.network.with(|network| network.as_ref().map(|network| network.preprocess.clone())).unwrap_or_default()
    }

    fn usual(self) -> &'static str {
        let now = self.now();
        let is_now = |(_, _, mean, std): &(&str, Words, [f32; 3], [f32; 3])| {
            (now.mean.as_ref(), now.std.as_ref()) == (Some(mean), Some(std))
        };
        USUAL.iter().find(|usual| is_now(usual)).map_or(OTHER, |(key, ..)| *key)
    }

    fn interpolation(self) -> &'static str {
        let now = self.now().interpolation;
        BETWEEN.iter().find(|(.., of)| Some(*of) == now).map_or("", |(key, ..)| *key)
    }

    fn interpolate(self, key: &str) {
        if let Some((.., interpolation)) = BETWEEN.into_iter().find(|(known, ..)| *known == key) {
            self.change(Preprocess { interpolation: Some(interpolation), ..Preprocess::default() });
        }
    }

    fn change(self, preprocess: Preprocess) {
        self.prepare(|network| PrepareWeights { network, preprocess, taken_as: None });
    }

    fn take_as(self, id: String) {
        self.prepare(|network| PrepareWeights { network, preprocess: Preprocess::default(), taken_as: Some(id) });
    }

    fn prepare(self, job: impl FnOnce(String) -> PrepareWeights) {
        let Some(network) = self.network.get_untracked().map(|network| network.id) else { return };
        let best = self.best_untracked();
        let job = Job::PrepareWeights(job(network.clone()));
        spawn_local(async move {
            match app().client.run(job).await {
                Ok(Outcome::Prepared(prepared)) => {
                    let id = prepared.report.id;
                    self.before.set(best.map(|best| (id.clone(), best)));
                    if id != network {
                        app().route.update(|route| route.network = Some(id));
                    }
                }
                Ok(_) => {}
                Err(trouble) => {
                    self.before.set(None);
                    self.refused.update(|count| *count += 1);
                    app().fail(trouble);
                }
            }
        });
    }

    fn best_untracked(self) -> Option<String> {
        self.question.last.with_untracked(|last| last.as_ref().and_then(best))
    }

    /// The best class before the last change and after it.
    fn effect(self) -> Option<String> {
        let answer = self.question.answer()?;
        let (network, before) = self.before.get()?;
        let after = best(&answer).filter(|_| answer.network == network)?;
        Some(say!(prepare.effect, before = before, after = after))
    }
}

fn best(answer: &Classified) -> Option<String> {
    let first = answer.top.first()?;
    Some(format!("{} {}", sentence::label_of(first), number::percent(first.probability)))
}

/// A number for each channel, between commas; one for all is enough.
#[component]
fn Channels(
    id: &'static str,
    label: Words,
    value: Signal<Option<[f32; 3]>>,
    #[prop(into)] on_change: Callback<[f32; 3]>,
) -> impl IntoView {
    let shown = move || value.get().map(shown).unwrap_or_default();
    let changed = move |event: leptos::ev::Event| match channels(&event_target_value(&event)) {
        Some(numbers) if Some(numbers) == value.get_untracked() => {}
        Some(numbers) => on_change.run(numbers),
        None => event_target::<web_sys::HtmlInputElement>(&event).set_value(&untrack(shown)),
    };
    view! {
        <label class="field">
            <span>{label}</span>
            <input type="text" inputmode="decimal" autocomplete="off" data-testid=id prop:value=live::text(shown) on:change=changed />
        </label>
    }
}

fn shown([red, green, blue]: [f32; 3]) -> String {
    if red == green && green == blue { red.to_string() } else { format!("{red}, {green}, {blue}") }
}

fn channels(text: &str) -> Option<[f32; 3]> {
    let numbers: Option<Vec<f32>> =
        text.split([',', ' ', ';']).filter(|part| !part.is_empty()).map(|part| part.parse().ok()).collect();
    match numbers?.as_slice() {
        [all] => Some([*all; 3]),
        &[red, green, blue] => Some([red, green, blue]),
        _ => None,
    }
}
