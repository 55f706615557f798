//! What is asked of the engine: the regions of a network that learns, or of one that is made by hand.

use super::settings::{DepthSettings, NetOrigin};
use crate::protocol::{Depth, Depths, RegionMap, RegionNews, RegionRun};
use crate::ui::{Ask, PageSettings, app};
use leptos::prelude::*;

#[derive(Clone, Copy)]
pub(super) struct DepthState {
    pub(super) settings: Memo<DepthSettings>,
    pub(super) run: Ask<Depth, Box<RegionMap>>,
    /// As they are while the network learns, too.
    pub(super) map: RwSignal<Option<RegionMap>>,
    /// The region that the pointer is at, by its place in the layer that is shown.
    pub(super) pointed: RwSignal<Option<usize>>,
}

impl DepthState {
    pub(super) fn new() -> Self {
        let state = Self {
            settings: DepthSettings::open(),
            run: ask!(Depth, Restart, Depths::Regions),
            map: RwSignal::new(None),
            pointed: RwSignal::new(None),
        };
        state.run.keep(move || state.job(), move |job| state.start(job));
        state
    }

    /// What the page is set to, but for what is only shown of it.
    fn job(self) -> Option<Depth> {
        if !app().is_up() {
            return None;
        }
        let backend = app().route.with(|route| route.backend);
        self.settings.with(|settings| {
            Some(match settings.origin {
                NetOrigin::Learns => Depth::Learn(RegionRun { backend, ..settings.run() }),
                NetOrigin::ByHand => Depth::Build(settings.construction.clone()),
            })
        })
    }

    /// Once more, from the beginning.
    pub(super) fn again(self) {
        if let Some(job) = untrack(|| self.job()) {
            self.start(job);
        }
    }

    fn start(self, job: Depth) {
        let show = move |map: RegionMap| {
            if let Some(backend) = &map.backend {
                app().computed_on(backend);
            }
            self.pointed.try_set(None);
            self.map.try_set(Some(map));
        };
        let hear = move |news| {
            if let RegionNews::Regions(map) = news {
                show(*map);
            }
        };
        self.run.start(job, hear, move |map: Box<RegionMap>| show(*map));
    }

    /// The place of the layer that is shown, from 0 on.
    pub(super) fn layer(self, map: &RegionMap) -> usize {
        layer_after(map, self.settings.with(|settings| settings.after))
    }
}

/// The place of the layer after so many; of more than there are the last.
pub(super) fn layer_after(map: &RegionMap, after: u32) -> usize {
    (after as usize).clamp(1, map.layers.len().max(1)) - 1
}
