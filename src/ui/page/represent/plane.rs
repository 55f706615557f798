//! A plane that pictures stand in: from their places to parts of a sheet, and the colours of their classes.

use crate::ui::live;
use crate::ui::widget::legend;
use leptos::prelude::*;

/// Colours of classes; others have them again.
pub(super) const COLOURS: usize = 10;
/// Arrow keys go so many parts of a side.
pub(super) const PARTS: f32 = 40.0;
/// Beyond the outermost dots, in parts of their extent.
const ROOM: f32 = 0.06;

/// From the least to the greatest, of both axes.
pub(super) type MapExtents = [[f32; 2]; 2];

pub(super) fn extents_of(places: &[[f32; 2]]) -> MapExtents {
    [0, 1].map(|axis| {
        let all = places.iter().map(|place| place[axis]).filter(|value| value.is_finite());
        let [low, high] = all.fold([f32::INFINITY, f32::NEG_INFINITY], |[low, high], at| [low.min(at), high.max(at)]);
        let room = if high > low { ROOM * (high - low) } else { 1.0 };
        if low.is_finite() { [low - room, high + room] } else { [-1.0, 1.0] }
    })
}

/// Parts of the sides from the left and from the top.
pub(super) fn share_of(extents: &MapExtents, place: [f32; 2]) -> [f32; 2] {
    let [x, y] = [0, 1].map(|axis| (place[axis] - extents[axis][0]) / (extents[axis][1] - extents[axis][0]));
    [x, 1.0 - y]
}

/// The colour of each class.
pub(super) fn class_legend(
    class: &'static str,
    classes: impl Fn() -> Option<Vec<String>> + Copy + Send + Sync + 'static,
) -> AnyView {
    let rows = move || {
        let all = classes().unwrap_or_default().into_iter().enumerate();
        legend(all.map(|(at, class)| (format!("code-{}", at % COLOURS), class)))
    };
    view! { <div class=class>{live::view(rows)}</div> }.into_any()
}
