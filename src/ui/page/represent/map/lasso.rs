//! Pictures are chosen by drawing round them: with mouse or finger, or corner by corner with the keyboard.

use super::export::picked_as_csv;
use super::sheet::places;
use super::state::MapPage;
use crate::ui::page::represent::plane::{MapExtents, share_of};
use crate::ui::widget::{Button, Card, Icon, PixelsView};
use crate::ui::{folder, live, number};
use leptos::prelude::*;
use std::collections::BTreeMap;

/// Corners nearer to each other than this, in parts of a side, are one.
const NEAR: f32 = 0.004;
/// A line that stays within this is a click.
const CLICK: f32 = 0.015;
/// Pictures of the chosen that are shown.
const SHOWN: usize = 120;

/// Whether a place lies inside: a ray from it crosses the line an odd number of times.
fn is_inside(line: &[[f32; 2]], [x, y]: [f32; 2]) -> bool {
    let last = line.last().copied();
    let before = last.into_iter().chain(line.iter().copied());
    let crosses =
        |([ax, ay], [bx, by]): ([f32; 2], [f32; 2])| (ay > y) != (by > y) && x < ax + (y - ay) / (by - ay) * (bx - ax);
    before.zip(line.iter().copied()).filter(|pair| crosses(*pair)).count() % 2 == 1
}

impl MapPage {
    pub(super) fn begin_lasso(self, at: [f32; 2]) {
        self.lasso.set(vec![at]);
    }

    /// Another corner.
    pub(super) fn go_on_with_lasso(self, at: [f32; 2]) {
        let is_near = |last: &[f32; 2]| (last[0] - at[0]).hypot(last[1] - at[1]) < NEAR;
        if !self.lasso.with_untracked(|line| line.last().is_some_and(is_near)) {
            self.lasso.update(|line| line.push(at));
        }
    }

    /// What lies inside is chosen; nothing where the line is a click.
    pub(super) fn close_lasso(self, extents: &MapExtents) {
        let line = self.lasso.get_untracked();
        let wide = |axis: usize| {
            let all = line.iter().map(|at| at[axis]);
            all.clone().fold(f32::NEG_INFINITY, f32::max) - all.fold(f32::INFINITY, f32::min)
        };
        if line.len() < 3 || wide(0).max(wide(1)) < CLICK {
            return self.lasso.set(Vec::new());
        }
        let all = untrack(|| places(self));
        let inside = all.iter().enumerate().filter(|(_, place)| is_inside(&line, share_of(extents, **place)));
        self.picked.set(inside.map(|(at, _)| at).collect());
    }

    pub(super) fn forget_lasso(self) {
        self.lasso.set(Vec::new());
        self.picked.set(Vec::new());
    }
}

/// The line, and a ring round each that is chosen.
pub(super) fn lasso(page: MapPage, extents: Memo<MapExtents>) -> AnyView {
    const SIDE: f32 = 1000.0;
    let corner = |[x, y]: [f32; 2]| format!("{:.0} {:.0}", SIDE * x, SIDE * y);
    let line = move || {
        let corners: Vec<String> = page.lasso.with(|line| line.iter().map(|at| corner(*at)).collect());
        if corners.is_empty() { String::new() } else { format!("M{}", corners.join("L")) }
    };
    let rings = move || {
        let (all, extents) = (places(page), extents.get());
        page.picked.with(|picked| {
            let places = picked.iter().filter_map(|at| all.get(*at));
            places.map(|place| format!("M{}h0", corner(share_of(&extents, *place)))).collect::<String>()
        })
    };
    view! {
        <svg class="map-lasso" viewBox=format!("0 0 {SIDE} {SIDE}") preserveAspectRatio="none" aria-hidden="true">
            <path class="map-picked" d=live::text(rings)></path>
            <path class="map-line" d=live::text(line)></path>
        </svg>
    }
    .into_any()
}

/// The chosen ones: how many of each class, their pictures, and a table of them.
pub(super) fn picked_card(page: MapPage) -> AnyView {
    let count = Memo::new(move |_| page.picked.with(Vec::len));
    let is_empty = Memo::new(move |_| count.get() == 0);
    let classes = Memo::new(move |_| {
        let mut classes = BTreeMap::<String, usize>::new();
        for at in page.picked.get() {
            *classes.entry(page.class_of(at).unwrap_or_default()).or_default() += 1;
        }
        classes.into_iter().collect::<Vec<_>>()
    });
    let told = move || Some(say!(represent.picked_told, count = number::count(count.get() as u64)));
    let row = |(class, count): (String, usize)| {
        view! { <li><b>{class}</b> <span class="figure">{number::count(count as u64)}</span></li> }
    };
    let pictures = move || {
        let one = |at: usize| {
            let pixels = Signal::derive(move || page.picture(at));
            view! { <li><PixelsView pixels /></li> }
        };
        page.picked.get().into_iter().take(SHOWN).map(one).collect_view().into_any()
    };
    let more = move || {
        let beyond = count.get().saturating_sub(SHOWN);
        (beyond > 0).then(|| say!(represent.picked_more, count = number::count(beyond as u64)))
    };
    view! {
        <Card id="represent-picked" title=words!(represent.picked) hint=words!(represent.picked_hint)>
            {live::view(move || is_empty.get().then(|| view! { <p class="represent-empty">{words!(represent.picked_empty)}</p> }).into_any())}
            <div class:gone=live::flag(move || is_empty.get())>
                <p class="represent-verdict" data-testid="represent-picked-count" data-count=live::text(move || count.get().to_string())>
                    {live::maybe(told)}
                </p>
                <ul class="picked-classes" data-testid="represent-picked-classes">
                    {live::view(move || classes.get().into_iter().map(row).collect_view().into_any())}
                </ul>
                <div class="row-acts wraps">
                    <Button
                        id="represent-picked-csv"
                        icon=Icon::Download
                        words=|| "CSV"
                        on_press=move |()| {
                            picked_as_csv(page).iter().for_each(|text| folder::save("chosen.csv", text.as_bytes()));
                        }
                    />
                    <Button id="represent-picked-none" words=words!(represent.picked_none) on_press=move |()| page.forget_lasso() />
                </div>
                <ul class="picked" role="img" aria-label=words!(represent.picked)>{live::view(pictures)}</ul>
                <p class="hint">{live::maybe(more)}</p>
            </div>
        </Card>
    }
    .into_any()
}
