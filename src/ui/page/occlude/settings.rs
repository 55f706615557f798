//! What the page is set to: the job itself, but for picture and network, which the pages have in common.

use crate::protocol::{ExperimentId, Interval, Occlusion};
use crate::ui::{Field, PageId, PageSettings, app};

/// Of a side or a stride; the engine knows the network's own limit.
const PIXELS: Interval = Interval::whole(1, 1024);

/// Of the input of the network.
fn shorter() -> usize {
    app().network().map_or(32, |network| network.input[1].min(network.input[2]))
}

impl PageSettings for Occlusion {
    const PAGE: PageId = PageId::Experiment(ExperimentId::Occlude);
    const FIELDS: &'static [Field<Self>] = &[
        Field::byte("grey", words!(occlude.grey), |s| &mut s.grey),
        Field::open("side", words!(occlude.side), Some((PIXELS, || Self::usual_side(shorter()))), |s| &mut s.side),
        Field::open("stride", words!(occlude.stride), Some((PIXELS, || Self::usual_stride(shorter()))), |s| {
            &mut s.stride
        }),
        Field::open("class", words!(evidence.class), None, |s| &mut s.class),
    ];
}
