//! What is asked of the plane through three pictures, and what has come.

use crate::protocol::{BackendChoice, Depth, Depths, PictureSlice, RegionNews, SliceMap};
use crate::ui::page::depth::settings::DepthSettings;
use crate::ui::{Ask, app};
use leptos::prelude::*;

#[derive(Clone, Copy)]
pub(in crate::ui::page::depth) struct SliceState {
    pub(super) settings: Memo<DepthSettings>,
    pub(in crate::ui::page::depth) run: Ask<Depth, Box<SliceMap>>,
    /// As far as it is cut.
    pub(super) map: RwSignal<Option<SliceMap>>,
    /// The region that is pointed at, by its place.
    pub(super) pointed: RwSignal<Option<usize>>,
}

impl SliceState {
    pub(in crate::ui::page::depth) fn new(settings: Memo<DepthSettings>) -> Self {
        let (map, pointed) = (RwSignal::new(None), RwSignal::new(None));
        Self { settings, run: ask!(Depth, Restart, Depths::Slice), map, pointed }
    }

    /// One of the three: of the name that is set, else one that none of the others is.
    pub(super) fn picture(self, at: usize) -> Option<u32> {
        let names = self.settings.with(|settings| settings.pictures.clone());
        let tray = app().tray();
        let named =
            |name: &String| tray.iter().copied().find(|&id| app().item(id).is_some_and(|item| item.name == *name));
        let known = names.each_ref().map(named);
        known[at].or_else(|| {
            let is_missing = app().drawings_to_come() == 0;
            let mut others = tray.iter().copied().filter(|id| !known.contains(&Some(*id)));
            is_missing.then(|| others.nth(at)).flatten()
        })
    }

    fn job(self) -> Option<PictureSlice> {
        let network = app().network().filter(|network| network.ready && app().is_up())?;
        let pictures = (0..3).map(|at| self.picture(at)).collect::<Option<Vec<u32>>>()?;
        let backend: BackendChoice = app().route.with(|route| route.backend);
        let (middle, regions) = self.settings.with(|settings| (settings.middle, settings.regions));
        Some(PictureSlice { network: network.id, pictures, middle, regions, backend })
    }

    pub(super) fn is_able(self) -> bool {
        self.job().is_some()
    }

    pub(super) fn again(self) {
        let Some(job) = untrack(|| self.job()) else { return };
        self.pointed.set(None);
        self.map.set(None);
        let hear = move |news| {
            if let RegionNews::Slice(mut news) = news {
                if let Some(before) = self.map.try_update(Option::take).flatten() {
                    news.regions = [before.regions, news.regions].concat();
                    news.parts = [before.parts, news.parts].concat();
                }
                self.map.try_set(Some(*news));
            }
        };
        self.run.start(Depth::Slice(job), hear, move |map: Box<SliceMap>| {
            app().computed_on(&map.backend);
            self.map.try_set(Some(*map));
        });
    }
}
