//! A dream: the person's picture, changed until a layer sees more and more in it; or a film that goes into it.

mod curve;
mod film;

use super::layers::channel_field;
use super::saves::{acts, save};
use super::settings::LookSettings;
use crate::protocol::{
    Dream, DreamCost, DreamFact, DreamFound, Finding, LayerGrid, LookInside, LookInsideAnswer, LookInsideNews, Pixels,
};
use crate::ui::widget::{
    Card, PixelsView, SegmentsOf, StartStop, Verdict, check, computed_on, figures, layer_select, no_pixels, trouble_box,
};
use crate::ui::{Ask, PageSettings, Words, app, live, number, sentence};
use curve::curve;
use film::FilmPlayer;
use leptos::prelude::*;

/// How far up the network a layer lies, in percent of its layers, and what it sees.
const DEPTHS: [(&str, usize, Words); 3] = [
    ("strokes", 20, words!(look.dream_strokes)),
    ("patterns", 50, words!(look.dream_patterns)),
    ("things", 85, words!(look.dream_things)),
];

pub(super) fn dream_card(settings: Memo<LookSettings>, asked: Ask<LookInside, DreamFound>) -> AnyView {
    let heard = RwSignal::new(None::<DreamFound>);
    let player = FilmPlayer::new();
    let cost = ask!(LookInside, Latest, LookInsideAnswer::DreamCost(cost) => *cost);
    let wanted = Memo::new(move |_| {
        let question = app().subject()?.question(None);
        let job = settings.with(|settings| settings.dream.clone());
        Some(Dream { network: question.network, backend: question.backend, picture: question.picture, ..job })
    });
    // And again when a tile was timed.
    let timed = Memo::new(move |_| wanted.get().map(|job| (job, asked.is_fresh())));
    cost.asking.keep(move || timed.get(), move |(job, _)| cost.ask(LookInside::DreamCost(job)));
    let shown = Memo::new(move |_| if asked.is_on() { heard.get() } else { asked.answer.get().or(heard.get()) });
    let start = move |()| {
        let Some(job) = wanted.get_untracked() else { return };
        heard.set(None);
        asked.answer.set(None);
        player.clear();
        let hear = move |news| {
            if let LookInsideNews::Dream(news) = news {
                let mut news = *news;
                player.add(std::mem::take(&mut news.frames));
                heard.try_set(Some(news));
            }
        };
        asked.start(LookInside::Dream(job), hear, move |found: DreamFound| {
            player.put(found.frames.clone());
            asked.answer.try_set(Some(found));
        });
    };
    let pixels = Signal::derive(move || {
        let still = || shown.with(|found| found.as_ref().map_or_else(no_pixels, |found| found.picture.clone()));
        player.frame().unwrap_or_else(still)
    });
    let layers = Signal::derive(move || {
        cost.answer.with(|cost| cost.as_ref().map(|cost| cost.layers.clone()).unwrap_or_default())
    });
    view! {
        <Card id="dream" title=words!(look.dream_title) hint=words!(look.dream_hint) of=asked.asking>
            <div class="look-board style-board">
                <div>
                    {picture(shown, pixels, player)}
                    <p class="sub dream-said">{live::view(move || shown.get().map(|found| said(&found, asked.is_on())).into_any())}</p>
                </div>
                <div class="look-side">
                    {depths(settings, layers)}
                    <div class="fields">
                        {layer_of(settings, layers)} {channel_of(settings)}
                    </div>
                    <div class="fields">{controls!(LookSettings, "octaves", "dreamsteps", "dreamside", "frames")}</div>
                    <p class="sub" data-testid="dream-cost" data-tiles=live::maybe(move || cost.answer.with(|cost| Some(cost.as_ref()?.tiles.to_string())))>
                        {live::maybe(move || cost.answer.with(|cost| cost.as_ref().map(cost_words)))}
                    </p>
                    {acts(
                        view! {
                            <StartStop
                                id="dream"
                                of=asked.asking
                                able=move || wanted.with(Option::is_some)
                                stop_words=words!(app.cancel)
                                start
                            />
                        },
                        view! {
                            {save(asked, ("dream-png", words!(look.save)), "dream.png", |found| found.png.as_ref())}
                            {save(asked, ("dream-npy", words!(look.save_npy)), "dream.npy", |found| found.npy.as_ref())}
                        },
                    )}
                    <details class="optimal-more">
                        <summary>{words!(look.dream_more)}</summary>
                        <div class="fields">
                            {controls!(LookSettings, "ratio", "tile", "dreamjitter", "dreamrate", "dreamseed")}
                        </div>
                        <div class="fields">{controls!(LookSettings, "dreamzoom", "framesteps")}</div>
                    </details>
                </div>
            </div>
            {curve(shown)}
            {trouble_box(move || asked.trouble().or_else(|| cost.trouble()))}
        </Card>
    }
    .into_any()
}

fn picture(shown: Memo<Option<DreamFound>>, pixels: Signal<Pixels>, player: FilmPlayer) -> AnyView {
    let of = move |of: fn(&DreamFound) -> String| live::maybe(move || shown.with(|found| found.as_ref().map(of)));
    view! {
        <div
            class="style-picture"
            class:blank=live::flag(move || shown.with(Option::is_none))
            data-testid="dream-picture"
            data-done=of(|found| found.done.to_string())
            data-of=of(|found| found.cost.tiles.to_string())
            data-octave=of(|found| found.octave.to_string())
            data-width=of(|found| found.picture.width.to_string())
            data-frames=live::text(move || player.count().to_string())
        >
            <PixelsView pixels label=say!(look.dream_label).to_owned() />
            <p class="optimal-empty">{words!(look.dream_empty)}</p>
        </div>
        {player.button()}
    }
    .into_any()
}

/// A layer by what it sees.
fn depths(settings: Memo<LookSettings>, layers: Signal<Vec<LayerGrid>>) -> AnyView {
    let at = move |percent: usize| {
        layers.with(|layers| layers.get(layers.len() * percent / 100).map(|layer| layer.path.clone()))
    };
    let chosen = Signal::derive(move || {
        let path =
            settings.with(|settings| settings.dream.layer.clone()).or_else(|| layers.with(|l| Dream::usual_layer(l)));
        DEPTHS.into_iter().find(|(_, percent, _)| path.is_some() && at(*percent) == path).map_or("", |(key, ..)| key)
    });
    let choose = move |key: &'static str| {
        let layer =
            DEPTHS.into_iter().find(|(own, ..)| *own == key).and_then(|(_, percent, _)| untrack(|| at(percent)));
        LookSettings::change(|settings| (settings.dream.layer, settings.dream.channel) = (layer, None));
    };
    let rows = DEPTHS.into_iter().map(|(key, _, words)| (key, words)).collect();
    view! { <SegmentsOf name="dream-depth" label=words!(look.dream_depth) rows chosen on_choose=choose /> }.into_any()
}

fn layer_of(settings: Memo<LookSettings>, layers: Signal<Vec<LayerGrid>>) -> AnyView {
    let chosen = Signal::derive(move || settings.with(|settings| settings.dream.layer.clone()));
    let choose = move |layer| {
        LookSettings::change(|settings| (settings.dream.layer, settings.dream.channel) = (layer, None));
    };
    layer_select("dream-layer", words!(look.dream_layer), chosen, layers, choose)
}

/// A number among the layer's channels, or nothing.
fn channel_of(settings: Memo<LookSettings>) -> AnyView {
    let chosen = Signal::derive(move || settings.with(|settings| settings.dream.channel));
    let choose = move |channel| LookSettings::change(|settings| settings.dream.channel = channel);
    channel_field("dream-channel", chosen, Signal::stored(None), Some(words!(look.dream_all)), choose)
}

/// Sizes, tiles, operations, and seconds where a tile was timed.
fn cost_words(cost: &DreamCost) -> String {
    let size = |[width, height]: [u32; 2]| format!("{width} × {height}");
    let octaves: Vec<String> = cost.octaves.iter().map(|octave| size([octave.width, octave.height])).collect();
    let gflop = cost.flops_per_tile as f64 / 1e9;
    let all = gflop * f64::from(cost.tiles);
    let figure =
        |gflop: f64| if gflop < 10.0 { number::digits(gflop as f32) } else { number::count(gflop.round() as u64) };
    let plain = say!(
        look.dream_cost,
        octaves = octaves.join(", "),
        tiles = number::count(cost.tiles),
        tile = size(cost.tile),
        each = figure(gflop),
        all = figure(all)
    );
    let time = cost.millis_per_tile.map(|millis| millis * f64::from(cost.tiles));
    match time {
        Some(millis) => format!("{plain} {}", say!(look.dream_about, time = sentence::duration(millis as u64))),
        None => plain,
    }
}

fn said(found: &DreamFound, is_on: bool) -> AnyView {
    let DreamFound { done, octave, frame, cost, backend, .. } = found;
    let millis = cost.millis_per_tile.unwrap_or_default();
    let left = f64::from(cost.tiles.saturating_sub(*done)) * millis;
    let left = (is_on && millis > 0.0).then(|| say!(distil.left, time = sentence::duration(left as u64)));
    let each = (millis > 0.0).then(|| say!(look.dream_each, millis = number::millis(millis)));
    let count = format!("{} / {}", number::count(*done), number::count(cost.tiles));
    let (octave, of, frame) = (octave + 1, cost.octaves.len(), frame + 1);
    let place = is_on.then(|| match frame {
        1 => say!(look.dream_octave, octave = octave, of = of),
        _ => say!(look.dream_frame, frame = frame),
    });
    view! {
        {figures(vec![(count, words!(look.dream_tiles))])}
        <span class="figure">{each}</span>
        {computed_on(backend)}
        <span class="figure">{place}</span>
        <span class="figure" data-testid="dream-left">{left}</span>
    }
    .into_any()
}

/// What must hold of the dream that is shown.
pub(super) fn findings(found: RwSignal<Option<DreamFound>>) -> AnyView {
    let rows =
        Memo::new(move |_| found.with(|found| found.as_ref().map(|found| found.findings.clone()).unwrap_or_default()));
    let row = |finding: Finding<DreamFact>| {
        let (id, texts) = match finding.fact {
            DreamFact::Rises => ("dream-rises", [words!(look.fact_rises), words!(look.fact_rises_how)]),
            DreamFact::Loops => ("dream-loops", [words!(look.fact_loops), words!(look.fact_loops_how)]),
        };
        check(id, texts, move || {
            let (measured, limit) = (number::fixed(finding.measured, 3), number::small(finding.limit));
            (Verdict::of(finding.holds()), show!(look.at_most, measured = measured, limit = limit))
        })
    };
    live::view(move || rows.get().into_iter().map(row).collect_view().into_any()).into_any()
}
