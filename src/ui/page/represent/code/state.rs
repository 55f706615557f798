//! What is asked of the engine: an autoencoder that learns, and pictures of codes meanwhile.

use crate::protocol::{
    AutoencoderProgress, AutoencoderTrain, CodeBoard, CodeExamples, CodeNetwork, CodeRule, DecodeCodes,
    DecodedPictures, Pixels, Represent, RepresentNews, Represented, RunProgress,
};
use crate::ui::page::represent::settings::RepresentSettings;
use crate::ui::widget::{heard_run, no_pixels, painted};
use crate::ui::{Ask, app};
use leptos::prelude::*;

/// Pictures between one and another, both among them.
pub(super) const STEPS: usize = 9;

#[derive(Clone, Copy)]
pub(super) struct CodePage {
    pub(super) settings: Memo<RepresentSettings>,
    pub(super) learn: Ask<Represent, Box<AutoencoderProgress>>,
    pub(super) progress: RwSignal<Option<RunProgress>>,
    pub(super) examples: RwSignal<Option<CodeExamples>>,
    pub(super) board: RwSignal<Option<CodeBoard>>,
    pub(super) components_error: RwSignal<Option<f64>>,
    /// A place of the plane; where nobody points, the first picture's is looked at.
    pub(super) pointed: RwSignal<Option<[f32; 2]>>,
    pub(super) decode: Ask<Represent, DecodedPictures>,
    pub(super) decoded: RwSignal<Option<DecodedPictures>>,
    /// Two of the pictures that are shown.
    pub(super) ends: RwSignal<[usize; 2]>,
    pub(super) walk: Ask<Represent, DecodedPictures>,
    pub(super) walked: RwSignal<Option<DecodedPictures>>,
    /// Counts data that were brought: they have one name.
    pub(super) brought: RwSignal<u32>,
}

impl CodePage {
    pub(super) fn new(settings: Memo<RepresentSettings>) -> Self {
        let page = Self {
            settings,
            learn: ask!(Represent, Restart, Represented::Encoded),
            progress: RwSignal::new(None),
            examples: RwSignal::new(None),
            board: RwSignal::new(None),
            components_error: RwSignal::new(None),
            pointed: RwSignal::new(None),
            decode: ask!(Represent, Latest, Represented::Decoded),
            decoded: RwSignal::new(None),
            ends: RwSignal::new([0, 1]),
            walk: ask!(Represent, Latest, Represented::Decoded),
            walked: RwSignal::new(None),
            brought: RwSignal::new(0),
        };
        let wanted = move || {
            let setup = page.settings.with(setup_of);
            let backend = app().route.with(|route| route.backend);
            app().is_up().then_some((AutoencoderTrain { backend, ..setup }, page.brought.get()))
        };
        page.learn.keep(wanted, move |(setup, _)| page.learn_from(setup));
        // Whatever is pointed at is made anew with each state of the network.
        Effect::new(move |_| {
            if let Some(code) = page.code_looked_at() {
                let job = Represent::Decode(DecodeCodes { codes: vec![code] });
                page.decode.start(job, |_| {}, move |found| drop(page.decoded.try_set(Some(found))));
            }
        });
        Effect::new(move |_| {
            let codes = page.codes_between();
            if !codes.is_empty() {
                let job = Represent::Decode(DecodeCodes { codes });
                page.walk.start(job, |_| {}, move |found| drop(page.walked.try_set(Some(found))));
            }
        });
        page
    }

    pub(super) fn start(self, resume: bool) {
        let setup = self.settings.with_untracked(setup_of);
        let backend = app().route.with_untracked(|route| route.backend);
        self.learn_from(AutoencoderTrain { backend, resume, ..setup });
    }

    fn learn_from(self, setup: AutoencoderTrain) {
        self.progress.set(None);
        if !setup.resume {
            self.board.set(None);
            self.examples.set(None);
            self.decoded.set(None);
            self.walked.set(None);
            self.pointed.set(None);
            self.components_error.set(None);
        }
        let hear_run = heard_run(self.progress, || {});
        let of = |news: RepresentNews| {
            let RepresentNews::Autoencoder(news) = news else { return None };
            Some(news)
        };
        self.learn.stream(Represent::Autoencoder(setup), of, move |heard, is_whole| {
            let AutoencoderProgress { run, examples, board, components_error } = *heard;
            if let Some(examples) = examples {
                self.examples.try_set(Some(examples));
            }
            if let Some(board) = board {
                self.board.try_set(Some(board));
            }
            if components_error.is_some() {
                self.components_error.try_set(components_error);
            }
            hear_run(run, is_whole);
        });
    }

    /// Where in the plane is looked.
    pub(super) fn place(self) -> Option<[f32; 2]> {
        self.pointed.get().or_else(|| self.board.with(|board| board.as_ref()?.places.first().copied()))
    }

    fn code_looked_at(self) -> Option<Vec<f32>> {
        let pointed = self.pointed.get();
        self.board.with(|board| {
            let board = board.as_ref()?;
            match pointed {
                Some(place) => Some(board.code_at(place)),
                None => board.codes.first().cloned(),
            }
        })
    }

    fn codes_between(self) -> Vec<Vec<f32>> {
        let [from, to] = self.ends.get();
        self.board.with(|board| {
            let Some(board) = board else { return Vec::new() };
            let (Some(from), Some(to)) = (board.codes.get(from), board.codes.get(to)) else { return Vec::new() };
            let at = |step: usize| {
                let part = step as f32 / (STEPS - 1) as f32;
                from.iter().zip(to).map(|(a, b)| a + part * (b - a)).collect()
            };
            (0..STEPS).map(at).collect()
        })
    }

    /// The picture that lies nearest to the place that is looked at.
    pub(super) fn nearest(self) -> Option<usize> {
        let [x, y] = self.place()?;
        self.board.with(|board| {
            let off = |place: &[f32; 2]| (place[0] - x).powi(2) + (place[1] - y).powi(2);
            let places = board.as_ref()?.places.iter().enumerate();
            places.min_by(|a, b| off(a.1).total_cmp(&off(b.1))).map(|(at, _)| at)
        })
    }

    /// One of the pictures that are looked at, as it was given.
    pub(super) fn original(self, at: usize) -> Pixels {
        self.examples.with(|examples| {
            let Some(examples) = examples else { return no_pixels() };
            planes(examples.shape, &examples.pixels, at)
        })
    }

    pub(super) fn class_of(self, at: usize) -> Option<String> {
        self.examples.with(|examples| {
            let examples = examples.as_ref()?;
            examples.classes.get(*examples.labels.get(at)? as usize).cloned()
        })
    }
}

/// As the page is set: a rule that a network does not have is none.
pub(super) fn setup_of(settings: &RepresentSettings) -> AutoencoderTrain {
    let setup = settings.code.clone();
    let rule = match (setup.network, setup.rule) {
        (CodeNetwork::Linear, _) => CodeRule::Plain,
        (_, rule) => rule,
    };
    AutoencoderTrain { rule, ..setup }
}

/// The picture at this place among pictures whose channels are planes.
pub(in crate::ui::page::represent) fn planes([channels, height, width]: [u32; 3], pixels: &[u8], at: usize) -> Pixels {
    let plane = (height * width) as usize;
    let row = plane * channels as usize;
    let Some(picture) = pixels.get(at * row..(at + 1) * row).filter(|picture| !picture.is_empty()) else {
        return no_pixels();
    };
    // Grey is its own red, green and blue.
    let value = |pixel: usize, channel: usize| picture[channel.min(channels as usize - 1) * plane + pixel];
    painted(width, (0..plane).map(|pixel| [value(pixel, 0), value(pixel, 1), value(pixel, 2), 255]))
}
