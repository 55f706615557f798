//! A picture in the style of another, and the textures that single layers hold: searched for while one watches.

mod curve;
mod layers;
mod quick;

use super::saves::{acts, save};
use super::settings::{LookSettings, Paint};
use crate::protocol::{
    EvidenceFound, Finding, LookInside, LookInsideNews, Pixels, StyleFact, StyleFound, StyleLayer, StyleStart,
    StyleTransfer,
};
use crate::ui::widget::{
    Card, PixelsView, Select, StartStop, Thumbnail, Verdict, check, no_pixels, run_figures, trouble_box,
};
use crate::ui::{Ask, PageSettings, app, live, number};
use curve::curve;
use layers::style_layers;
use leptos::prelude::*;

/// The picture of the tray whose style is taken where no other of that name is there.
const NEXT: [&str; 2] = ["sunflower", "castle"];

pub(super) fn style_card(
    settings: Memo<LookSettings>,
    asked: Ask<LookInside, StyleFound>,
    evidence: RwSignal<Option<EvidenceFound>>,
) -> AnyView {
    let heard = RwSignal::new(None::<StyleFound>);
    let shown = Memo::new(move |_| if asked.is_on() { heard.get() } else { asked.answer.get().or(heard.get()) });
    let subject = Memo::new(move |_| app().subject());
    let from = Memo::new(move |_| style_picture(&settings.with(|settings| settings.style_from.clone())));
    let start = move |()| {
        let (Some(subject), Some(style)) = (subject.get_untracked(), from.get_untracked()) else { return };
        let question = subject.question(None);
        let job = settings.with_untracked(job_of);
        let job = StyleTransfer {
            network: question.network,
            backend: question.backend,
            picture: question.picture,
            style,
            ..job
        };
        heard.set(None);
        asked.answer.set(None);
        asked.follow(LookInside::Style(job), move |news| {
            if let LookInsideNews::Style(news) = news {
                heard.try_set(Some(*news));
            }
        });
    };
    let paint = Memo::new(move |_| settings.with(|settings| settings.paint));
    let is_quick = Memo::new(move |_| paint.get() == Paint::Quick);
    let pixels =
        Signal::derive(move || shown.with(|found| found.as_ref().map_or_else(no_pixels, |f| f.picture.clone())));
    view! {
        <Card id="style" title=words!(look.style_title) hint=words!(look.style_hint) of=asked.asking>
            <div class="fields">{controls!(LookSettings, "paint")}</div>
            <p class="hint">
                {live::name(move || Some(match paint.get() {
                    Paint::Style => say!(look.hint_style),
                    Paint::Texture => say!(look.hint_texture),
                    Paint::Quick => say!(look.hint_quick),
                }))}
            </p>
            <div class:gone=live::flag(move || is_quick.get())>
            <div class="look-board style-board">
                <div>
                    <div
                        class="style-picture"
                        class:blank=live::flag(move || shown.with(Option::is_none))
                        data-testid="style-picture"
                        data-step=live::maybe(move || shown.with(|found| Some(found.as_ref()?.step.to_string())))
                        data-total=live::maybe(move || shown.with(|found| Some(found.as_ref()?.curve.last()?.total.to_string())))
                        data-first=live::maybe(move || shown.with(|found| Some(found.as_ref()?.curve.first()?.total.to_string())))
                    >
                        <PixelsView pixels label=say!(look.style_label).to_owned() />
                        <p class="optimal-empty">{words!(look.style_empty)}</p>
                    </div>
                    <p class="sub">{live::view(move || shown.get().map(|found| said(&found)).into_any())}</p>
                </div>
                <div class="look-side">
                    {pair(paint, from)}
                    {live::view(move || match paint.get() {
                        Paint::Style | Paint::Quick => ().into_any(),
                        Paint::Texture => layers::texture(settings, evidence),
                    })}
                    <div class="fields">{controls!(LookSettings, "keep", "stylesteps", "styleside", "begin")}</div>
                    {acts(
                        view! {
                            <StartStop
                                id="style"
                                of=asked.asking
                                able=move || subject.with(Option::is_some) && from.with(Option::is_some)
                                stop_words=words!(app.cancel)
                                start
                            />
                        },
                        view! {
                            {save(asked, ("style-png", words!(look.save)), "style.png", |found| found.png.as_ref())}
                            {save(asked, ("style-npy", words!(look.save_npy)), "style.npy", |found| found.npy.as_ref())}
                        },
                    )}
                    <details class="optimal-more">
                        <summary>{words!(look.style_more)}</summary>
                        {style_layers(settings, evidence)}
                        <div class="fields">
                            {controls!(LookSettings, "stylescale", "styletv", "stylespace", "stylerule", "styleseed")}
                        </div>
                    </details>
                </div>
            </div>
            {textures(shown)}
            {curve(shown)}
                {trouble_box(move || asked.trouble())}
            </div>
            {live::view(move || is_quick.get().then(|| quick::quick(settings)).into_any())}
        </Card>
    }
    .into_any()
}

fn job_of(settings: &LookSettings) -> StyleTransfer {
    let LookSettings { style, paint, texture, .. } = settings;
    match paint {
        Paint::Style | Paint::Quick => style.clone(),
        Paint::Texture => {
            let one = texture.iter().map(|path| StyleLayer { path: path.clone(), weight: 1.0 }).collect();
            let layers = if texture.is_some() { one } else { style.layers.clone() };
            StyleTransfer { layers, is_apart: true, content: 0.0, start: StyleStart::Noise, ..style.clone() }
        }
    }
}

/// The tray's picture of this name, else one that is not the chosen one; none while it may still come.
fn style_picture(name: &str) -> Option<u32> {
    let (ids, chosen) = (app().tray(), app().chosen.get());
    let named = |name: &str| ids.iter().copied().find(|&id| app().item(id).is_some_and(|item| item.name == name));
    if named(name).is_none() && app().drawings_to_come() > 0 {
        return None;
    }
    named(name)
        .or_else(|| NEXT.into_iter().filter_map(named).find(|&id| Some(id) != chosen))
        .or_else(|| ids.iter().copied().find(|&id| Some(id) != chosen))
        .or(chosen)
}

/// Whose content and whose style it is.
fn pair(paint: Memo<Paint>, from: Memo<Option<u32>>) -> AnyView {
    let options = Signal::derive(move || {
        let name = |id: u32| app().item(id).map(|item| (item.name.clone(), item.name));
        app().tray().into_iter().filter_map(name).collect::<Vec<_>>()
    });
    let chosen = Signal::derive(move || from.get().and_then(|id| app().item(id)).map(|i| i.name).unwrap_or_default());
    let content = move || {
        let id = app().chosen.get().filter(|_| paint.get() == Paint::Style);
        id.map(|picture| {
            view! {
                <figure>
                    <Thumbnail picture />
                    <figcaption>{words!(look.content)}</figcaption>
                </figure>
                <span aria-hidden="true">"+"</span>
            }
        })
        .into_any()
    };
    let style = move || from.get().map(|picture| view! { <Thumbnail picture /> }).into_any();
    view! {
        <div class="style-pair" data-testid="style-pair" data-style=live::text(move || chosen.get())>
            {live::view(content)}
            <figure>
                {live::view(style)}
                <figcaption>{words!(look.style)}</figcaption>
            </figure>
            <Select
                id="style-from"
                label=words!(look.style_from)
                options
                chosen
                on_choose=|name| LookSettings::change(|settings| settings.style_from = name)
            />
        </div>
    }
    .into_any()
}

fn said(found: &StyleFound) -> AnyView {
    run_figures([found.step, found.of], words!(train.steps), Vec::new(), found.steps_per_second, Some(&found.backend))
}

/// Of each layer that was painted apart, what it holds.
fn textures(shown: Memo<Option<StyleFound>>) -> AnyView {
    let all =
        Memo::new(move |_| shown.with(|found| found.as_ref().map(|found| found.textures.clone()).unwrap_or_default()));
    let one = |path: String, picture: Pixels, loss: f32| {
        view! {
            <li data-testid="style-texture" data-layer=path.clone()>
                <PixelsView pixels=Signal::derive(move || picture.clone()) />
                <span>{path.clone()}</span>
                <span class="figure">{show!(look.left, loss = number::percent(loss))}</span>
            </li>
        }
    };
    live::view(move || {
        let all = all.get();
        (!all.is_empty())
            .then(|| {
                let list =
                    all.into_iter().map(|texture| one(texture.path, texture.picture, texture.loss)).collect_view();
                view! { <ol class="optimal-pictures">{list}</ol> }
            })
            .into_any()
    })
    .into_any()
}

/// As the address has them: `path*weight`, one after another.
pub(super) fn layers_text(layers: &[StyleLayer]) -> Option<String> {
    let one = |layer: &StyleLayer| format!("{}*{}", layer.path, layer.weight);
    (!layers.is_empty()).then(|| layers.iter().map(one).collect::<Vec<_>>().join(","))
}

pub(super) fn layers_from(text: &str) -> Vec<StyleLayer> {
    let one = |part: &str| {
        let (path, weight) = part.rsplit_once('*')?;
        Some(StyleLayer { path: path.to_owned(), weight: weight.parse().ok()? })
    };
    text.split(',').filter_map(one).collect()
}

/// What must hold of the search that is shown.
pub(super) fn findings(found: RwSignal<Option<StyleFound>>) -> AnyView {
    let rows =
        Memo::new(move |_| found.with(|found| found.as_ref().map(|found| found.findings.clone()).unwrap_or_default()));
    let row = |finding: Finding<StyleFact>| {
        let (id, texts) = match finding.fact {
            StyleFact::Falls => ("style-falls", [words!(look.fact_falls), words!(look.fact_falls_how)]),
            StyleFact::Symmetric => ("style-symmetric", [words!(look.fact_symmetric), words!(look.fact_symmetric_how)]),
            StyleFact::Definite => ("style-definite", [words!(look.fact_definite), words!(look.fact_definite_how)]),
        };
        check(id, texts, move || {
            let (measured, limit) = (number::small(finding.measured), number::small(finding.limit));
            let limit = if finding.fact == StyleFact::Definite { format!("−{limit}") } else { limit };
            let words = match finding.fact {
                StyleFact::Definite => show!(look.at_least, measured = measured, limit = limit),
                StyleFact::Falls | StyleFact::Symmetric => show!(look.at_most, measured = measured, limit = limit),
            };
            (Verdict::of(finding.holds()), words)
        })
    };
    live::view(move || rows.get().into_iter().map(row).collect_view().into_any()).into_any()
}
