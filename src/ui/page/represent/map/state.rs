//! What is asked of the engine: a map that forms.

use crate::protocol::{
    EmbedBegun, EmbedFrame, EmbedNews, EmbedReport, EmbedSource, EmbedTask, Pixels, Represent, RepresentNews,
    Represented,
};
use crate::ui::page::represent::code::planes;
use crate::ui::page::represent::settings::RepresentSettings;
use crate::ui::widget::no_pixels;
use crate::ui::{Ask, app};
use leptos::prelude::*;

#[derive(Clone, Copy)]
pub(super) struct MapPage {
    pub(super) settings: Memo<RepresentSettings>,
    pub(super) map: Ask<Represent, Box<EmbedReport>>,
    pub(super) begun: RwSignal<Option<EmbedBegun>>,
    pub(super) frame: RwSignal<Option<EmbedFrame>>,
    /// Of the components' map and of t-SNE's, when all is done.
    pub(super) trustworthiness: RwSignal<Option<[f64; 2]>>,
    /// Parts of the sheet's sides from the left and from the top.
    pub(super) pointed: RwSignal<[f32; 2]>,
    /// Corners of the line that is drawn round pictures, in the same parts.
    pub(super) lasso: RwSignal<Vec<[f32; 2]>>,
    /// Pictures that were chosen by it.
    pub(super) picked: RwSignal<Vec<usize>>,
    /// Counts data that were brought: they have one name.
    pub(super) brought: RwSignal<u32>,
}

impl MapPage {
    pub(super) fn new(settings: Memo<RepresentSettings>) -> Self {
        let page = Self {
            settings,
            map: ask!(Represent, Restart, Represented::Mapped),
            begun: RwSignal::new(None),
            frame: RwSignal::new(None),
            trustworthiness: RwSignal::new(None),
            pointed: RwSignal::new([0.5; 2]),
            lasso: RwSignal::new(Vec::new()),
            picked: RwSignal::new(Vec::new()),
            brought: RwSignal::new(0),
        };
        let wanted = move || app().is_up().then(|| page.task()).flatten().map(|task| (task, page.brought.get()));
        page.map.keep(wanted, move |(task, _)| page.begin(task));
        page
    }

    /// None while a network that is to be asked has no weights.
    fn task(self) -> Option<EmbedTask> {
        let task = self.settings.with(|settings| settings.map.clone());
        let backend = app().route.with(|route| route.backend);
        let network = match task.of {
            EmbedSource::Layer => app().network().filter(|network| network.ready)?.id,
            EmbedSource::Pixels | EmbedSource::Codes => String::new(),
        };
        Some(EmbedTask { network, backend, ..task })
    }

    pub(super) fn start(self) {
        if let Some(task) = untrack(|| self.task()) {
            self.begin(task);
        }
    }

    fn begin(self, task: EmbedTask) {
        self.begun.set(None);
        self.frame.set(None);
        self.trustworthiness.set(None);
        self.forget_lasso();
        let hear = move |news: RepresentNews| {
            let RepresentNews::Map(news) = news else { return };
            let EmbedNews { begun, frame } = *news;
            if begun.is_some() {
                self.begun.try_set(begun);
            }
            self.frame.try_set(Some(frame));
        };
        self.map.start(Represent::Map(task), hear, move |found: Box<EmbedReport>| {
            let EmbedReport { begun, frame, trustworthiness, .. } = *found;
            self.begun.try_set(Some(begun));
            self.frame.try_set(Some(frame));
            self.trustworthiness.try_set(Some(trustworthiness));
        });
    }

    pub(super) fn picture(self, at: usize) -> Pixels {
        self.begun.with(|begun| {
            begun.as_ref().map_or_else(no_pixels, |begun| planes(begun.examples.shape, &begun.examples.pixels, at))
        })
    }

    pub(super) fn class_of(self, at: usize) -> Option<String> {
        self.begun.with(|begun| {
            let examples = &begun.as_ref()?.examples;
            examples.classes.get(*examples.labels.get(at)? as usize).cloned()
        })
    }
}
