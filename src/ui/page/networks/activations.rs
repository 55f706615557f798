//! What the chosen layer makes of the chosen picture: its channels, one of them enlarged, how its values are spread, its weights.

use super::tiles::{Atlas, tile_map};
use crate::protocol::{Activate, Activated, DrawnNode, LayerFact, LayerWeights, Networks, Spread};
use crate::ui::widget::{Card, Figure, PixelsView, Verdict, Wanting, check, no_pixels, progress_of};
use crate::ui::{Ask, Words, app, live, number};
use leptos::prelude::*;

pub(super) type Asked = Ask<Networks, Activated>;

/// Asks about the chosen node whenever it, the picture or the network is another one.
pub(super) fn follow(asked: Asked, node: Memo<Option<DrawnNode>>) {
    let path = Memo::new(move |_| node.with(|node| node.as_ref().map(|node| node.path.clone())));
    let wanted = move || Some((app().subject()?, path.get()?));
    asked.keep(wanted, move |(subject, layer)| {
        let question = subject.question(None);
        let (picture, network, fit, backend) = (question.picture, question.network, question.fit, question.backend);
        let job = Networks::Activate(Activate { picture, network, fit, backend, layer });
        asked.stream(job, Some, move |found, _| {
            app().computed_on(&found.backend);
            drop(asked.answer.try_set(Some(found)));
        });
    });
}

pub(super) fn activations(asked: Asked) -> AnyView {
    let found = asked.answer;
    let channel = RwSignal::new(None::<usize>);
    // Another layer, or another picture, is looked at where it is strongest.
    let layer = Memo::new(move |_| found.with(|found| found.as_ref().map(|found| found.layer.clone())));
    Effect::new(move |_| {
        layer.track();
        channel.set(None);
    });
    let here = Memo::new(move |_| {
        let strongest = found.with(|found| found.as_ref().map_or(0, |found| found.strongest as usize));
        let count = found.with(|found| found.as_ref().map_or(0, |found| found.channels.count as usize));
        channel.get().filter(|at| *at < count).unwrap_or(strongest.min(count.saturating_sub(1)))
    });
    let atlas = Memo::new(move |_| found.with(|found| found.as_ref().map(|found| Atlas::of(&found.channels))));
    let seen = move || found.with(|found| found.as_ref().map_or_else(no_pixels, |found| found.seen.clone()));
    let large = move || {
        found.with(|found| found.as_ref().map_or_else(no_pixels, |found| Atlas::tile(&found.channels, here.get())))
    };
    let title = move || {
        found.with(|found| found.as_ref().map(|found| format!("{} · {}", found.layer, number::shape(&found.shape))))
    };
    view! {
        <Card title=words!(networks.activations) hint=words!(networks.activations_hint) id="activations" of=asked.asking>
            <Wanting />
            <p class="figure" data-testid="activations-of" data-channels=live::maybe(move || found.with(|found| found.as_ref().map(|found| found.channels.of.to_string())))>
                {live::maybe(title)}
            </p>
            <div class:gone=live::flag(move || found.with(Option::is_none))>
                <div class="seen-pair">
                    <figure>
                        <PixelsView pixels=seen />
                        <figcaption class="hint">{words!(networks.seen)}</figcaption>
                    </figure>
                    <figure data-testid="channel" data-channel=live::text(move || here.get().to_string())>
                        <PixelsView pixels=large />
                        <figcaption class="hint">{live::text(move || say!(networks.channel, channel = here.get()))}</figcaption>
                    </figure>
                </div>
                {tile_map(atlas, here.into(), words!(networks.channels_label), "channels", move |at| channel.set(Some(at)))}
                <div class="signed-legend">
                    <span class="figure">{live::maybe(move || most(found).map(|most| format!("−{most}")))}</span>
                    <i aria-hidden="true"></i>
                    <span class="figure">{live::maybe(move || most(found).map(|most| format!("+{most}")))}</span>
                </div>
                {live::view(move || found.with(|found| found.as_ref().map(figures).into_any()))}
                {live::view(move || found.with(|found| found.as_ref().and_then(|found| found.weights.clone()).map(filters).into_any()))}
            </div>
            {progress_of(asked.asking, words!(networks.activating))}
        </Card>
    }
    .into_any()
}

fn most(found: RwSignal<Option<Activated>>) -> Option<String> {
    found.with(|found| found.as_ref().map(|found| number::digits(found.channels.most)))
}

fn figures(found: &Activated) -> AnyView {
    let Activated { channels, silent, spread, elapsed_ms, .. } = found;
    let zeros = number::percent(spread.zeros as f32 / spread.count.max(1) as f32);
    let (silent, of, mean, elapsed) = (*silent, channels.of, spread.mean, *elapsed_ms);
    let (shown, spread) = (channels.count, spread.clone());
    view! {
        <dl class="figures">
            <Figure
                label=words!(networks.silent)
                id="silent"
                data=live::maybe(move || Some(silent.to_string()))
                value=live::text(move || say!(networks.of, part = silent, all = of))
            />
            <Figure label=words!(networks.zeros) value=live::text(move || zeros.clone()) />
            <Figure label=words!(networks.mean) value=live::text(move || number::digits(mean)) />
            <Figure label=words!(networks.run_time) value=live::text(move || number::millis(elapsed)) />
        </dl>
        {(shown < of).then(|| view! { <p class="hint">{live::text(move || say!(networks.first_of, shown = shown, all = of))}</p> })}
        {histogram(&spread)}
    }
    .into_any()
}

/// Heights by square roots: zeros are most of what a rectifier gives.
fn histogram(spread: &Spread) -> AnyView {
    const HEIGHT: f64 = 64.0;
    const WIDTH: f64 = 320.0;
    let most = f64::from(spread.counts.iter().copied().max().unwrap_or(1).max(1));
    let step = WIDTH / spread.counts.len().max(1) as f64;
    let bars = spread.counts.iter().enumerate().map(|(at, count)| {
        let height = HEIGHT * (f64::from(*count) / most).sqrt();
        let middle = spread.low + (spread.high - spread.low) * (at as f32 + 0.5) / spread.counts.len() as f32;
        view! {
            <rect class:below=middle < 0.0 x=at as f64 * step y=HEIGHT - height width=step - 1.0 height=height>
                <title>{format!("{}: {}", number::digits(middle), number::count(*count))}</title>
            </rect>
        }
    });
    let (low, high) = (number::digits(spread.low), number::digits(spread.high));
    let label = format!("{low} … {high}");
    view! {
        <figure class="spread">
            <svg viewBox=format!("0 0 {WIDTH} {HEIGHT}") preserveAspectRatio="none" role="img" aria-label=live::text(move || format!("{}: {label}", say!(networks.histogram)))>
                {bars.collect_view()}
            </svg>
            <figcaption class="hint">
                <span class="figure">{low}</span>
                <span>{words!(networks.histogram)}</span>
                <span class="figure">{high}</span>
            </figcaption>
        </figure>
    }
    .into_any()
}

fn filters(weights: LayerWeights) -> AnyView {
    let LayerWeights { name, shape, tiles } = weights;
    let (shown, of) = (tiles.count, tiles.of);
    let here = RwSignal::new(0_usize);
    let atlas = Memo::new(move |_| Some(Atlas::of(&tiles)));
    view! {
        <h3>{words!(networks.weights_of)}</h3>
        <p class="hint">
            <span class="figure">{format!("{name} · {}", number::shape(&shape))}</span>
            {(shown < of).then(|| view! { " · " {live::text(move || say!(networks.first_of, shown = shown, all = of))} })}
        </p>
        {tile_map(atlas, here.into(), words!(networks.filters_label), "filters", move |at| here.set(at))}
    }
    .into_any()
}

/// How we know what a layer gives.
pub(super) fn checks(asked: Asked) -> AnyView {
    let row = move |fact: LayerFact, id: &'static str, words: [Words; 2]| {
        check(id, words, move || {
            let finding = asked.answer.with(|found| {
                found.iter().flat_map(|found| &found.findings).find(|finding| finding.fact == fact).cloned()
            });
            match finding {
                None => (Verdict::Open, ().into_any()),
                Some(finding) => {
                    let (measured, limit) = (number::small(finding.measured), number::small(finding.limit));
                    let said = show!(networks.apart, measured = measured, limit = limit);
                    (Verdict::of(finding.holds()), said)
                }
            }
        })
    };
    view! {
        {row(LayerFact::Plain, "layer-plain", [words!(networks.plain), words!(networks.plain_how)])}
        {row(LayerFact::Field, "layer-field", [words!(networks.field), words!(networks.field_how)])}
    }
    .into_any()
}
