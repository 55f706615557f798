//! What the page is set to; lengths are in pixels of the network's input.

use crate::protocol::{ExperimentId, Interval};
use crate::ui::page::PageId;
use crate::ui::settings::{Field, Settings};

#[derive(Clone, Debug, PartialEq)]
pub(super) struct OccludeSettings {
    pub(super) grey: u32,
    /// Of the square; as usual for the network where not given. The same of the stride.
    pub(super) side: Option<u32>,
    pub(super) stride: Option<u32>,
    /// The likeliest where not given.
    pub(super) class: Option<u32>,
}

impl Default for OccludeSettings {
    fn default() -> Self {
        Self { grey: 128, side: None, stride: None, class: None }
    }
}

impl Settings for OccludeSettings {
    const PAGE: PageId = PageId::Experiment(ExperimentId::Occlude);
    const FIELDS: &'static [Field<Self>] = &[
        Field::whole("grey", words!(occlude.grey), Interval::whole(0, 255), |s| &mut s.grey),
        Field::text("side", |s| s.side.map(|side| side.to_string()), |s, text| s.side = text.parse().ok()),
        Field::text("stride", |s| s.stride.map(|stride| stride.to_string()), |s, text| s.stride = text.parse().ok()),
        Field::text("class", |s| s.class.map(|class| class.to_string()), |s, text| s.class = text.parse().ok()),
    ];
}
