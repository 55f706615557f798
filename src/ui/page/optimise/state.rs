//! What the page is set to: a part of the place, so of the address.

use super::slope::Slope;
use crate::ui::desk::Desk;
use leptos::prelude::*;

pub(super) fn slope_of(desk: Desk) -> Memo<Slope> {
    Memo::new(move |_| desk.place.with(|place| place.sheet()).unwrap_or_default())
}

pub(super) fn change(desk: Desk, change: impl FnOnce(&mut Slope)) {
    desk.go(|place| place.change_sheet(change));
}
