//! What excites a unit: the strongest places of a layer's channels among many pictures, as a wall of all channels and nine of one.

mod places;
mod source;
mod wall;

use super::layers::channel_field;
use super::saves::{acts, save};
use super::settings::LookSettings;
use crate::protocol::{DataChoice, Excite, ExciteFact, ExciteFound, Finding, LookInside, LookInsideNews};
use crate::ui::widget::{Card, ProgressLine, StartStop, Verdict, check, layer_select, trouble_box};
use crate::ui::{Ask, PageSettings, Words, app, live, number, sentence};
use leptos::prelude::*;
use places::{classes, places};
use source::{own_pictures, source_select};
use wall::wall;

/// Multiply-accumulates of all pictures together that nobody waits for: so many are done unasked.
const LIGHT: u64 = 4_000_000_000;

/// A job, and which weights its network has.
type Wanted = (Excite, Option<String>);

pub(super) fn excite_card(settings: Memo<LookSettings>, asked: Ask<LookInside, ExciteFound>) -> AnyView {
    let shown = RwSignal::new(None::<ExciteFound>);
    let put = StoredValue::new(None::<Wanted>);
    let wanted = Memo::new(move |_| wanted(settings));
    let start = move |(job, weights): Wanted| {
        put.set_value(Some((job.clone(), weights)));
        let hear = move |news| {
            if let LookInsideNews::Excite(news) = news {
                shown.try_set(Some(*news));
            }
        };
        asked.start(LookInside::Excite(job), hear, move |found: ExciteFound| {
            app().computed_on(&found.backend);
            shown.try_set(Some(found.clone()));
            asked.answer.try_set(Some(found));
        });
    };
    Effect::new(move |_| match wanted.get() {
        // Another channel of what was looked through: the engine has kept it.
        Some(wanted) if put.with_value(|put| put.as_ref().is_some_and(|put| is_same(put, &wanted))) => start(wanted),
        Some(wanted) => {
            shown.set(None);
            asked.forget();
            asked.answer.set(None);
            put.set_value(None);
            if untrack(|| is_light(&wanted.0)) {
                start(wanted);
            }
        }
        None => asked.stop(),
    });
    let chosen = Signal::derive(move || settings.with(|settings| settings.excite.layer.clone()));
    let layers =
        Signal::derive(move || shown.with(|found| found.as_ref().map(|f| f.layers.clone()).unwrap_or_default()));
    let choose = move |layer| {
        LookSettings::change(|settings| (settings.excite.layer, settings.excite.channel) = (layer, None));
    };
    view! {
        <Card id="excite" title=words!(look.excite_title) hint=words!(look.excite_hint) of=asked.asking>
            <div class="fields">
                {source_select(settings, shown)}
                {controls!(LookSettings, "drawn")}
                {layer_select("excite-layer", words!(look.excite_layer), chosen, layers, choose)}
                {channel_of(settings, shown)}
            </div>
            {acts(
                view! {
                    <StartStop
                        id="excite"
                        of=asked.asking
                        able=move || wanted.with(Option::is_some)
                        stop_words=words!(app.cancel)
                        start=move |()| wanted.get_untracked().into_iter().for_each(start)
                    />
                    {own_pictures()}
                },
                view! {
                    {save(asked, ("excite-png", words!(look.save)), "excites.png", |found| found.sheet.as_ref())}
                    {save(asked, ("excite-npy", words!(look.save_npy)), "excites.npy", |found| found.npy.as_ref())}
                },
            )}
            {live::view(move || {
                let title = say!(look.looking);
                let stop = move || asked.stop();
                let line = || view! { <ProgressLine title progress=asked.progress on_cancel=stop /> };
                asked.is_on().then(line).into_any()
            })}
            {trouble_box(move || asked.trouble())}
            <p class="sub excite-said">{live::view(move || shown.with(|found| found.as_ref().map(said)).into_any())}</p>
            {live::view(move || match shown.with(Option::is_some) {
                true => ().into_any(),
                false => view! { <p class="look-empty">{words!(look.excite_empty)}</p> }.into_any(),
            })}
            {wall(shown)}
            {places(shown, put)}
            {classes(shown)}
        </Card>
    }
    .into_any()
}

/// Once the drawings hang, so that none is missing.
fn wanted(settings: Memo<LookSettings>) -> Option<Wanted> {
    let subject = app().subject()?;
    let (excite, drawn) = settings.with(|settings| (settings.excite.clone(), settings.drawn));
    let pictures = if excite.data.is_none() { app().tray() } else { Vec::new() };
    let data = excite.data.clone().map(|data| DataChoice { count: drawn, ..data });
    let job =
        Excite { network: subject.network.id, backend: subject.backend, fit: subject.fit, pictures, data, ..excite };
    (job.data.is_some() || app().drawings_to_come() == 0).then_some((job, subject.weights))
}

/// But for the channel.
fn is_same((one, its): &Wanted, (other, others): &Wanted) -> bool {
    its == others && Excite { channel: other.channel, ..one.clone() } == *other
}

fn is_light(job: &Excite) -> bool {
    let macs = app().network().map_or(u64::MAX, |network| network.macs);
    job.data.is_none() && macs.saturating_mul(job.pictures.len() as u64) <= LIGHT
}

/// What is shown where none is chosen.
fn channel_of(settings: Memo<LookSettings>, shown: RwSignal<Option<ExciteFound>>) -> AnyView {
    let chosen = Signal::derive(move || {
        let chosen = settings.with(|settings| settings.excite.channel);
        chosen.or(shown.with(|found| found.as_ref().map(|found| found.channel)))
    });
    let count = Signal::derive(move || shown.with(|found| found.as_ref().map(|found| found.shape[0])));
    let choose = move |channel| LookSettings::change(|settings| settings.excite.channel = channel);
    channel_field("excite-channel", chosen, count, None, choose)
}

fn said(found: &ExciteFound) -> AnyView {
    let ExciteFound { layer, shape, field, input, seen, of, live, elapsed_ms, backend, .. } = found.clone();
    let sees = move || match field {
        Some([high, wide]) if high >= input[0] && wide >= input[1] => say!(look.excite_sees_all).to_owned(),
        Some([high, wide]) => say!(look.excite_sees, width = wide, height = high, across = input[1], down = input[0]),
        None => say!(look.excite_sees_all).to_owned(),
    };
    view! {
        <span class="figure" data-testid="excite-seen" data-seen=seen.to_string() data-of=of.to_string()>
            {live::text(move || say!(look.excite_seen, seen = number::count(seen), of = number::count(of)))}
        </span>
        <span class="figure" data-testid="excite-shape">{format!("{layer} · {}", number::shape(&shape))}</span>
        <span>{live::text(sees)}</span>
        <span>{live::text(move || say!(look.excite_live, live = live, channels = shape[0]))}</span>
        <span class="figure">{number::millis(elapsed_ms)}</span>
        <span class="figure">{live::text(move || sentence::backend_name(&backend))}</span>
    }
    .into_any()
}

/// What must hold of the places that are shown.
pub(super) fn findings(found: RwSignal<Option<ExciteFound>>) -> AnyView {
    let rows =
        Memo::new(move |_| found.with(|found| found.as_ref().map(|found| found.findings.clone()).unwrap_or_default()));
    live::view(move || rows.get().into_iter().map(row).collect_view().into_any()).into_any()
}

fn row(finding: Finding<ExciteFact>) -> AnyView {
    let (id, words): (&'static str, [Words; 2]) = match finding.fact {
        ExciteFact::Alone => ("excite-alone", [words!(look.fact_alone), words!(look.fact_alone_how)]),
        ExciteFact::Outside => ("excite-outside", [words!(look.fact_outside), words!(look.fact_outside_how)]),
        ExciteFact::Inside => ("excite-inside", [words!(look.fact_inside), words!(look.fact_inside_how)]),
        ExciteFact::Dark => ("excite-dark", [words!(look.fact_dark), words!(look.fact_dark_how)]),
    };
    check(id, words, move || {
        let [found, expected, limit] = [finding.measured, finding.expected, finding.limit].map(figure);
        (Verdict::of(finding.holds()), show!(look.measured, found = found, expected = expected, limit = limit))
    })
}

/// A count, or a difference.
fn figure(value: f64) -> String {
    if value.fract() == 0.0 { number::exact(value) } else { number::small(value) }
}
