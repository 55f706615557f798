//! Files for training: examples in whatever form, and runs that were exported before.

use crate::protocol::{AddData, DataFile, FetchData, Outcome, Train, Trouble, TroubleKind};
use crate::ui::AppState;
use crate::ui::client::{Submission, job_of};
use crate::ui::folder::{self, Dropped};
use crate::ui::state::{Incoming, Note, name_in};
use leptos::prelude::untrack;
use leptos::task::spawn_local;

/// As many pictures as ImageNet's validation set has; each is a message's part.
const FILES: usize = 50_000;
/// Of pictures that are not of one size: what the networks for photographs are made for.
const SIDE: u32 = 32;

impl AppState {
    /// What was dropped on the Train page, or the address of examples.
    pub(crate) fn take_training(self, incoming: &Incoming) -> bool {
        if !incoming.files.is_empty() {
            let dropped = folder::dropped(incoming);
            spawn_local(async move { self.take_for_training(dropped.await) });
            return true;
        }
        let address = incoming.address.clone().filter(|address| is_data(address));
        let is_data = address.is_some();
        address.into_iter().for_each(|address| self.fetch_data(address));
        is_data
    }

    /// An exported run, networks of other programs, loose pictures for the tray, or examples.
    pub(crate) fn take_for_training(self, dropped: Vec<Dropped>) {
        if dropped.iter().all(Dropped::is_loose_picture) {
            if let (Some(first), false) = (dropped.first(), untrack(|| self.shows_tray())) {
                self.say(Note::Needs(say!(train.needs_classes, name = first.name)));
            }
            return self.take_files(dropped.into_iter().map(|dropped| dropped.file).collect());
        }
        let (weights, data): (Vec<_>, Vec<_>) = dropped.into_iter().partition(Dropped::is_weights);
        let (runs, others): (Vec<_>, Vec<_>) =
            weights.into_iter().partition(|file| file.name.to_ascii_lowercase().ends_with(".safetensors"));
        if !others.is_empty() {
            self.take_files(others.into_iter().map(|dropped| dropped.file).collect());
        }
        if let Some(run) = runs.into_iter().next() {
            self.try_to(async move {
                let import = |mut files: Vec<DataFile>| job_of(Train::ImportRun(files.swap_remove(0)));
                let (title, ask) = folder::bring(&[run], 1, import)?;
                self.try_to_bring(title, ask).await
            });
        }
        if !data.is_empty() {
            self.add_data(data);
        }
    }

    /// Examples, whatever the address ends with.
    pub(crate) fn fetch_data(self, url: String) {
        let title = name_in(&url);
        self.try_to(self.bring_examples(move |side| {
            Ok((title.clone(), job_of(Train::FetchData(FetchData { url: url.clone(), side })).into()))
        }));
    }

    fn add_data(self, data: Vec<Dropped>) {
        self.try_to(self.bring_examples(move |side| {
            let (first, ask) = folder::bring(&data, FILES, |files| job_of(Train::AddData(AddData { files, side })))?;
            let title = match data.len() {
                1 => first,
                count => say!(train.and_more, file = first, count = count - 1),
            };
            Ok((title, ask))
        }));
    }

    /// As they are; pictures that differ in size as squares.
    async fn bring_examples(
        self,
        ask: impl Fn(Option<u32>) -> Result<(String, Submission), Trouble>,
    ) -> Result<Outcome, Trouble> {
        let (title, as_they_are) = ask(None)?;
        match self.try_to_bring(title.clone(), as_they_are).await {
            Err(trouble) if trouble.is(TroubleKind::SizesDiffer) => self.try_to_bring(title, ask(Some(SIDE))?.1).await,
            answer => answer,
        }
    }
}

/// An address of examples, by its ending.
fn is_data(url: &str) -> bool {
    let name = name_in(url).to_ascii_lowercase();
    [".zip", ".tar", ".tgz", ".gz", ".npz", ".bin"].iter().any(|ending| name.ends_with(ending))
}
