//! What the page is set to; lengths are in pixels of the network's input.

use crate::protocol::{ExperimentId, Interval, usual_side, usual_stride};
use crate::ui::{Field, PageId, PageSettings, app};

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

/// Of a side or a stride; the engine knows the network's own limit.
const PIXELS: Interval = Interval::whole(1, 1024);

/// Of the input of the network.
fn shorter() -> usize {
    app().network().map_or(32, |network| network.input[1].min(network.input[2]))
}

impl PageSettings for OccludeSettings {
    const PAGE: PageId = PageId::Experiment(ExperimentId::Occlude);
    const FIELDS: &'static [Field<Self>] = &[
        Field::whole("grey", words!(occlude.grey), Interval::whole(0, 255), |s| &mut s.grey),
        Field::open("side", words!(occlude.side), Some((PIXELS, || usual_side(shorter()))), |s| &mut s.side),
        Field::open("stride", words!(occlude.stride), Some((PIXELS, || usual_stride(shorter()))), |s| &mut s.stride),
        Field::open("class", words!(occlude.class), None, |s| &mut s.class),
    ];
}
