//! A matrix of dissimilarities as a picture, with the two pictures under the pointer; and the pictures as places in a plane.

use super::name_of;
use super::state::StreamState;
use crate::protocol::{Pixels, StreamReport};
use crate::ui::page::brain::settings::{BrainSettings, PictureOrder};
use crate::ui::widget::{Card, PixelsView, Select, arrow, no_pixels, painted, share_at};
use crate::ui::{PageSettings, live, number};
use leptos::html::Div;
use leptos::prelude::*;
use web_sys::{KeyboardEvent, PointerEvent};

/// Colours of kinds; others have them again.
const COLOURS: u32 = 8;

#[derive(Clone, Copy)]
struct Sheet {
    state: StreamState,
    /// Pictures in the order along both sides.
    order: Memo<Vec<usize>>,
    /// Column and row under the pointer.
    pointed: RwSignal<Option<[usize; 2]>>,
}

pub(in crate::ui::page::brain) fn matrix_card(state: StreamState) -> AnyView {
    let order = Memo::new(move |_| ordered(state));
    let sheet = Sheet { state, order, pointed: RwSignal::new(None) };
    let options = Signal::derive(move || {
        state.report.with(|report| {
            let rows = report.iter().flat_map(|report| &report.rows).enumerate();
            rows.map(|(at, row)| (at.to_string(), name_of(row))).collect::<Vec<_>>()
        })
    });
    let chosen = Signal::derive(move || state.shown_row().map(|at| at.to_string()).unwrap_or_default());
    let on_choose = move |at: String| BrainSettings::change(|settings| settings.row = at.parse().ok());
    view! {
        <Card id="brain-matrix" title=words!(brain.matrix) hint=words!(brain.matrix_hint) of=state.scaling.asking>
            <div class="fields">
                <Select id="brain-row" label=words!(brain.row) options chosen on_choose />
                {controls!(BrainSettings, "order")}
            </div>
            <div class="brain-boards">
                <figure>
                    {sheet.view()}
                    <figcaption class="hint brain-pair" data-testid="brain-pair">{live::view(move || sheet.pair())}</figcaption>
                </figure>
                <figure>
                    {live::view(move || places(state))}
                    <figcaption class="hint">{live::maybe(move || share(state))}</figcaption>
                </figure>
            </div>
        </Card>
    }
    .into_any()
}

fn ordered(state: StreamState) -> Vec<usize> {
    let by = state.settings.with(|settings| settings.order);
    state.report.with(|report| {
        let Some(report) = report else { return Vec::new() };
        let mut order: Vec<usize> = (0..report.pictures.len()).collect();
        let of = |at: &usize| (report.pictures[*at].kind, report.pictures[*at].level);
        match by {
            PictureOrder::Kind => order.sort_by_key(of),
            PictureOrder::Level => order.sort_by_key(|at| (of(at).1, of(at).0)),
            PictureOrder::Alike => state.places.with(|places| {
                let along =
                    |at: &usize| places.as_ref().and_then(|found| found.places.get(*at)).map_or(0.0, |at| at[0]);
                order.sort_by(|one, other| along(one).total_cmp(&along(other)));
            }),
        }
        order
    })
}

fn value_of(report: &StreamReport, row: usize, one: usize, other: usize) -> f32 {
    let (low, high, count) = (one.min(other), one.max(other), report.pictures.len());
    if low == high {
        return 0.0;
    }
    let at = low * (2 * count - low - 1) / 2 + high - low - 1;
    report.rows.get(row).and_then(|row| row.dissimilarity.get(at)).copied().unwrap_or_default()
}

impl Sheet {
    fn view(self) -> AnyView {
        let ground = NodeRef::<Div>::new();
        let pixels = Signal::derive(move || self.drawing());
        let point = move |event: PointerEvent| {
            let count = self.order.with_untracked(Vec::len);
            if let Some(ground) = ground.get_untracked().filter(|_| count > 0) {
                let at = share_at(&ground, &event);
                let place = |share: f64| ((share * count as f64) as usize).min(count - 1);
                self.pointed.set(Some(at.map(|share| place(share.max(0.0)))));
            }
        };
        let key = move |event: KeyboardEvent| {
            let Some(step) = arrow(&event) else { return };
            let last = self.order.with_untracked(Vec::len).saturating_sub(1) as f64;
            let here = self.pointed.get_untracked().unwrap_or_default();
            self.pointed.set(Some([0, 1].map(|axis| (here[axis] as f64 + step[axis]).clamp(0.0, last) as usize)));
        };
        let count = move || self.order.with(Vec::len).to_string();
        view! {
            <div
                node_ref=ground
                class="brain-sheet"
                data-testid="brain-sheet"
                data-count=live::text(count)
                role="img"
                tabindex="0"
                aria-label=words!(brain.matrix_label)
                on:pointermove=point
                on:pointerdown=point
                on:keydown=key
            >
                <PixelsView pixels />
            </div>
        }
        .into_any()
    }

    /// A pixel for each two pictures, from dark to light as they differ.
    fn drawing(self) -> Pixels {
        let Some(row) = self.state.shown_row() else { return no_pixels() };
        let order = self.order.get();
        self.state.report.with(|report| {
            let Some(report) = report.as_ref().filter(|report| report.pictures.len() == order.len()) else {
                return no_pixels();
            };
            let Some(all) = report.rows.get(row).map(|row| &row.dissimilarity) else { return no_pixels() };
            // The middle 98 of 100 have the whole range.
            let mut sorted = all.clone();
            sorted.sort_by(f32::total_cmp);
            let at = |share: f64| sorted.get((share * sorted.len() as f64) as usize).copied().unwrap_or_default();
            let (low, span) = (at(0.01), (at(0.99) - at(0.01)).max(f32::MIN_POSITIVE));
            let count = order.len();
            let pixel = |place: usize| {
                let (one, other) = (order[place / count], order[place % count]);
                if one == other {
                    return [14, 18, 32, 255];
                }
                let share = ((value_of(report, row, one, other) - low) / span).clamp(0.0, 1.0);
                heat(share)
            };
            painted(count as u32, (0..count * count).map(pixel))
        })
    }

    fn pair(self) -> AnyView {
        let Some([column, line]) = self.pointed.get() else { return words!(brain.point).into_any() };
        let row = self.state.shown_row().unwrap_or_default();
        let (one, other) = self.order.with(|order| (order.get(line).copied(), order.get(column).copied()));
        self.state
            .report
            .with(|report| {
                let (report, one, other) = (report.as_ref()?, one?, other?);
                let value = number::fixed(f64::from(value_of(report, row, one, other)), 3);
                let thumbnail = |at: usize| {
                    let picture = report.pictures.get(at)?;
                    let pixels = Signal::stored(picture.seen.clone());
                    let kind = kind_of(report, picture.kind);
                    Some(view! { <span class="brain-thumb"><PixelsView pixels /> {kind}</span> })
                };
                Some(view! { {thumbnail(one)} {thumbnail(other)} <span class="figure" data-testid="brain-value">{value}</span> })
            })
            .into_any()
    }
}

/// What a picture shows, in the person's language where the program drew it.
fn kind_of(report: &StreamReport, kind: u32) -> String {
    let name = report.kinds.get(kind as usize).cloned().unwrap_or_default();
    let known = match name.as_str() {
        "animal" => say!(brain.kind_animal),
        "boat" => say!(brain.kind_boat),
        "car" => say!(brain.kind_car),
        "chair" => say!(brain.kind_chair),
        "face" => say!(brain.kind_face),
        "fruit" => say!(brain.kind_fruit),
        "plane" => say!(brain.kind_plane),
        "table" => say!(brain.kind_table),
        _ => return name,
    };
    known.to_owned()
}

/// From near black over blue and orange to near white.
fn heat(share: f32) -> [u8; 4] {
    const STOPS: [[f32; 3]; 4] = [[18.0, 22.0, 40.0], [38.0, 92.0, 158.0], [232.0, 142.0, 74.0], [252.0, 240.0, 214.0]];
    let along = share * (STOPS.len() - 1) as f32;
    let from = (along as usize).min(STOPS.len() - 2);
    let part = along - from as f32;
    let of = |channel: usize| (STOPS[from][channel] + part * (STOPS[from + 1][channel] - STOPS[from][channel])) as u8;
    [of(0), of(1), of(2), 255]
}

fn share(state: StreamState) -> Option<String> {
    let share = state.places.with(|places| places.as_ref().map(|places| number::percent(places.share as f32)))?;
    Some(say!(brain.scaling_told, share = share))
}

/// Each picture small at its place.
fn places(state: StreamState) -> AnyView {
    let found = state.places.get();
    state
        .report
        .with(|report| {
            let (report, found) = (report.as_ref()?, found?);
            if found.places.len() != report.pictures.len() {
                return None;
            }
            let far = found.places.iter().flatten().fold(f32::MIN_POSITIVE, |far, at| far.max(at.abs()));
            let share = |at: f32| format!("{:.2}%", 50.0 + 46.0 * at / far);
            let one = |(picture, place): (&crate::protocol::StreamPicture, &[f32; 2])| {
                let pixels = Signal::stored(picture.seen.clone());
                let class = format!("brain-kind-{}", picture.kind % COLOURS);
                let title = kind_of(report, picture.kind);
                view! {
                    <li class=class title=title style:left=share(place[0]) style:top=share(place[1])>
                        <PixelsView pixels />
                    </li>
                }
            };
            let all = report.pictures.iter().zip(&found.places).map(one).collect_view();
            let count = report.pictures.len().to_string();
            Some(view! { <ul class="brain-places" data-testid="brain-places" data-count=count>{all}</ul> })
        })
        .into_any()
}
