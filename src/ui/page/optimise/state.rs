//! What the page is set to: a part of the place, so of the address.

use crate::ui::desk::Desk;
use crate::ui::place::Slope;
use leptos::prelude::*;

pub(super) fn slope_of(desk: Desk) -> Memo<Slope> {
    Memo::new(move |_| desk.place.with(|place| place.slope.clone()).unwrap_or_default())
}

pub(super) fn change(desk: Desk, change: impl FnOnce(&mut Slope)) {
    desk.go(|place| change(place.slope.get_or_insert_default()));
}
