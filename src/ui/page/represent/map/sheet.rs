//! The map: each picture small at its place, the one under the pointer large with its nearest by all numbers.

use super::export::{as_csv, as_json};
use super::lasso::lasso;
use super::state::MapPage;
use crate::protocol::{EmbedSource, Pixels};
use crate::ui::page::NetworkSelect;
use crate::ui::page::bring_pictures;
use crate::ui::page::represent::plane::{COLOURS, MapExtents, PARTS, class_legend, extents_of, share_of};
use crate::ui::page::represent::settings::{EmbedView, RepresentSettings};
use crate::ui::widget::{
    Button, Card, FileButton, Icon, PixelsView, Select, StartStop, arrow, no_pixels, painted, progress_of, share_at,
};
use crate::ui::{PageSettings, app, folder, live, number};
use leptos::html::Div;
use leptos::prelude::*;
use web_sys::{KeyboardEvent, PointerEvent};

/// Pixels of the drawing along each side.
const SIDE: usize = 760;
/// Of the classes, red, green and blue: the style sheet has the same.
const PALETTE: [[u8; 3]; COLOURS] = [
    [0, 114, 178],
    [230, 159, 0],
    [0, 158, 115],
    [204, 121, 167],
    [213, 94, 0],
    [86, 180, 233],
    [138, 122, 0],
    [119, 119, 119],
    [123, 63, 176],
    [240, 240, 240],
];

pub(super) fn sheet_card(page: MapPage) -> AnyView {
    let is_waiting = Memo::new(move |_| page.begun.with(Option::is_none));
    let is_layer = Memo::new(move |_| page.settings.with(|settings| settings.map.of == EmbedSource::Layer));
    let bring = move |files| {
        bring_pictures(files, move || {
            RepresentSettings::change(|settings| settings.map.data = crate::protocol::CodeData::Own);
            page.brought.update(|count| *count += 1);
        });
    };
    let off = move || page.begun.with(Option::is_none);
    view! {
        <Card id="represent-map" title=words!(represent.map) hint=words!(represent.map_hint) of=page.map.asking>
            <div class="fields">
                {controls!(RepresentSettings, "map", "map-set")}
                {live::view(move || is_layer.get().then(|| view! { <NetworkSelect /> {layer_select(page)} }).into_any())}
                {controls!(RepresentSettings, "map-count", "perplexity", "map-steps", "map-seed")}
            </div>
            <div class="row-acts wraps">
                <StartStop id="represent-map" of=page.map.asking able=move || app().is_up() start=move |()| page.start() />
                <FileButton id="represent-map-files" label=words!(represent.bring) many=true on_files=bring />
                <Button
                    id="represent-map-csv"
                    icon=Icon::Download
                    words=|| "CSV"
                    off
                    on_press=move |()| as_csv(page).iter().for_each(|text| folder::save("map.csv", text.as_bytes()))
                />
                <Button
                    id="represent-map-json"
                    icon=Icon::Download
                    words=|| "JSON"
                    off
                    on_press=move |()| as_json(page).iter().for_each(|text| folder::save("map.json", text.as_bytes()))
                />
            </div>
            {verdict(page)}
            <div class="fields">{controls!(RepresentSettings, "place")}</div>
            {live::view(move || is_waiting.get().then(|| view! { <p class="represent-empty">{words!(represent.map_waiting)}</p> }).into_any())}
            <div class="code-board" class:gone=live::flag(move || is_waiting.get())>
                <div>
                    {sheet(page)}
                    {class_legend("code-legend on-dark", move || {
                        page.begun.with(|begun| begun.as_ref().map(|begun| begun.examples.classes.clone()))
                    })}
                </div>
                {beside(page)}
            </div>
            {progress_of(page.map.asking, words!(represent.mapping))}
        </Card>
    }
    .into_any()
}

fn layer_select(page: MapPage) -> AnyView {
    let options = Signal::derive(move || {
        page.begun.with(|begun| {
            let layers = begun.iter().filter_map(|begun| begun.layer.as_ref()).flat_map(|(_, layers, _)| layers);
            layers.map(|layer| (layer.path.clone(), layer.path.clone())).collect::<Vec<_>>()
        })
    });
    let chosen = Signal::derive(move || {
        page.begun
            .with(|begun| begun.as_ref().and_then(|begun| Some(begun.layer.as_ref()?.0.path.clone())))
            .unwrap_or_default()
    });
    let on_choose = move |path: String| RepresentSettings::change(|settings| settings.map.layer = Some(path));
    view! { <Select id="represent-map-layer" label=words!(represent.layer) options chosen on_choose /> }.into_any()
}

/// What has come of it, first and large.
fn verdict(page: MapPage) -> AnyView {
    let said = move || {
        let features = page.begun.with(|begun| begun.as_ref().map(|begun| number::count(begun.features)))?;
        let frame = page.frame.with(|frame| frame.as_ref().map(|frame| (frame.step, frame.of, frame.divergence)))?;
        let (step, of) = (number::count(frame.0), number::count(frame.1));
        let divergence = number::fixed(frame.2, 3);
        Some(match page.trustworthiness.get() {
            Some(found) => {
                let [components, tsne] = found.map(|share| number::fixed(share, 3));
                say!(
                    represent.map_verdict,
                    features = features,
                    tsne = tsne,
                    components = components,
                    divergence = divergence
                )
            }
            None => say!(represent.map_forming, features = features, step = step, of = of, divergence = divergence),
        })
    };
    let trusted = move || page.trustworthiness.get().map(|[_, tsne]| tsne.to_string());
    view! {
        <p class="represent-verdict" data-testid="represent-map-verdict" data-trust=live::maybe(trusted)>{live::maybe(said)}</p>
    }
    .into_any()
}

/// As the person wants them placed.
pub(super) fn places(page: MapPage) -> Vec<[f32; 2]> {
    match page.settings.with(|settings| settings.place) {
        EmbedView::Tsne => page.frame.with(|frame| frame.as_ref().map(|frame| frame.places.clone())),
        EmbedView::Components => page.begun.with(|begun| begun.as_ref().map(|begun| begun.components.clone())),
    }
    .unwrap_or_default()
}

/// The one that is nearest to where somebody points.
fn nearest(page: MapPage, places: Memo<Vec<[f32; 2]>>, extents: Memo<MapExtents>) -> Option<usize> {
    let [x, y] = page.pointed.get();
    places.with(|places| {
        let off = |place: &[f32; 2]| {
            let [a, b] = share_of(&extents.get(), *place);
            (a - x).powi(2) + (b - y).powi(2)
        };
        places.iter().enumerate().min_by(|a, b| off(a.1).total_cmp(&off(b.1))).map(|(at, _)| at)
    })
}

#[derive(Clone, Copy)]
struct Placed {
    places: Memo<Vec<[f32; 2]>>,
    extents: Memo<MapExtents>,
    /// Under the pointer.
    one: Memo<Option<usize>>,
}

fn placed(page: MapPage) -> Placed {
    let places = Memo::new(move |_| places(page));
    let extents = Memo::new(move |_| places.with(|places| extents_of(places)));
    Placed { places, extents, one: Memo::new(move |_| nearest(page, places, extents)) }
}

fn sheet(page: MapPage) -> AnyView {
    let Placed { places, extents, one } = placed(page);
    let ground = NodeRef::<Div>::new();
    let pixels = Signal::derive(move || drawing(page, &places.get(), &extents.get()));
    let at = move |event: &PointerEvent| {
        let ground = ground.get_untracked()?;
        Some(share_at(&ground, event).map(|share| (share as f32).clamp(0.0, 1.0)))
    };
    let is_drawn = StoredValue::new(false);
    let point = move |event: PointerEvent| {
        let Some(at) = at(&event) else { return };
        page.pointed.set(at);
        if is_drawn.get_value() {
            page.go_on_with_lasso(at);
        }
    };
    let down = move |event: PointerEvent| {
        let Some(at) = at(&event) else { return };
        if let Some(ground) = ground.get_untracked() {
            // Refused where the pointer has gone already.
            let _ = ground.set_pointer_capture(event.pointer_id());
        }
        page.pointed.set(at);
        page.begin_lasso(at);
        is_drawn.set_value(true);
    };
    let up = move |_: PointerEvent| {
        if is_drawn.get_value() {
            is_drawn.set_value(false);
            page.close_lasso(&extents.get_untracked());
        }
    };
    let key = move |event: KeyboardEvent| {
        match event.key().as_str() {
            " " => {
                event.prevent_default();
                return page.go_on_with_lasso(page.pointed.get_untracked());
            }
            "Enter" => return page.close_lasso(&extents.get_untracked()),
            "Escape" => return page.forget_lasso(),
            _ => {}
        }
        let Some([right, down]) = arrow(&event) else { return };
        page.pointed.update(|[x, y]| {
            *x = (*x + right as f32 / PARTS).clamp(0.0, 1.0);
            *y = (*y + down as f32 / PARTS).clamp(0.0, 1.0);
        });
    };
    let marks = move || {
        let all = places.get();
        let chosen = one.get()?;
        let others = page.begun.with(|begun| begun.as_ref()?.neighbours.get(chosen).cloned()).unwrap_or_default();
        let extents = extents.get();
        let mark = |at: usize, class: &'static str| {
            let [left, top] = share_of(&extents, *all.get(at)?).map(|share| format!("{:.2}%", 100.0 * share));
            Some(view! { <i class=class style:left=left style:top=top></i> })
        };
        let near = others.into_iter().filter_map(|at| mark(at as usize, "map-near")).collect_view();
        Some(view! { {near} {mark(chosen, "code-mark")} })
    };
    let chosen = move || one.get().map(|at| at.to_string());
    let step = move || page.frame.with(|frame| frame.as_ref().map_or(0, |frame| frame.step)).to_string();
    let count = move || places.with(Vec::len).to_string();
    view! {
        <div
            node_ref=ground
            class="code-sheet map-sheet"
            data-testid="represent-map-sheet"
            data-step=live::text(step)
            data-count=live::text(count)
            data-chosen=live::maybe(chosen)
            role="img"
            tabindex="0"
            aria-label=words!(represent.map_label)
            on:pointermove=point
            on:pointerdown=down
            on:pointerup=up
            on:pointercancel=up
            on:keydown=key
        >
            <PixelsView pixels />
            {lasso(page, extents)}
            {live::view(move || marks().into_any())}
        </div>
    }
    .into_any()
}

/// All pictures, each as large as so many leave room for, in the colour of its class where it is bright.
fn drawing(page: MapPage, places: &[[f32; 2]], extents: &MapExtents) -> Pixels {
    page.begun.with(|begun| {
        let Some(begun) = begun else { return no_pixels() };
        let [channels, height, width] = begun.examples.shape.map(|side| side as usize);
        let (plane, row) = (height * width, channels * height * width);
        let tile = ((SIDE as f64 / (places.len().max(1) as f64).sqrt() / 1.6) as usize).clamp(8, 32);
        let mut sheet = vec![[16_u8, 18, 24, 255]; SIDE * SIDE];
        for (at, place) in places.iter().enumerate() {
            let Some(picture) = begun.examples.pixels.get(at * row..(at + 1) * row) else { continue };
            let colour = PALETTE[begun.examples.labels.get(at).map_or(0, |label| *label as usize) % COLOURS];
            let [x, y] = share_of(extents, *place).map(|share| share.clamp(0.0, 1.0) * (SIDE - tile) as f32);
            let (left, top) = (x as usize, y as usize);
            for down in 0..tile {
                for across in 0..tile {
                    let pixel = down * height / tile * width + across * width / tile;
                    let to = &mut sheet[(top + down) * SIDE + left + across];
                    let is_frame = down == 0 || across == 0 || down + 1 == tile || across + 1 == tile;
                    match channels {
                        // What is dark of grey pictures lets others through.
                        1 => {
                            let light = u32::from(picture[pixel]);
                            for (to, colour) in to.iter_mut().zip(colour) {
                                *to = (u32::from(colour) * light / 255).max(u32::from(*to)) as u8;
                            }
                        }
                        _ if is_frame => *to = [colour[0], colour[1], colour[2], 255],
                        _ => {
                            let value = |channel: usize| picture[channel.min(channels - 1) * plane + pixel];
                            *to = [value(0), value(1), value(2), 255];
                        }
                    }
                }
            }
        }
        painted(SIDE as u32, sheet.into_iter())
    })
}

/// The picture under the pointer, and those that are nearest to it by all numbers.
fn beside(page: MapPage) -> AnyView {
    let Placed { one, .. } = placed(page);
    let pixels = Signal::derive(move || one.get().map_or_else(no_pixels, |at| page.picture(at)));
    let class = move || one.get().and_then(|at| page.class_of(at));
    let neighbours = Memo::new(move |_| {
        let at = one.get()?;
        page.begun.with(|begun| begun.as_ref()?.neighbours.get(at).cloned())
    });
    let near = move || {
        let all = neighbours.get().unwrap_or_default();
        let tile = |at: u32| {
            let pixels = Signal::derive(move || page.picture(at as usize));
            let class = page.class_of(at as usize).unwrap_or_default();
            view! { <li><PixelsView pixels /><span>{class}</span></li> }
        };
        all.into_iter().map(tile).collect_view().into_any()
    };
    view! {
        <div class="code-beside">
            <figure>
                <PixelsView pixels />
                <figcaption data-testid="represent-map-class">{live::maybe(class)}</figcaption>
            </figure>
            <div>
                <p class="hint">{words!(represent.map_near)}</p>
                <ul class="map-neighbours" data-testid="represent-map-near">{live::view(near)}</ul>
            </div>
        </div>
    }
    .into_any()
}
