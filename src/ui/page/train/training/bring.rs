//! Files for training: examples in whatever form, and runs that were exported before.

use crate::protocol::{AddData, DataFile, FetchData, Train, Trouble};
use crate::ui::client::{Submission, job_of};
use crate::ui::desk::{Desk, address_in, name_in};
use crate::ui::folder::{self, Dropped};
use leptos::task::spawn_local;
use serde_bytes::ByteBuf;
use web_sys::{Blob, DataTransfer};

/// All files of one drop together: they are in memory at once, here and in the engine.
const DATA_LIMIT_BYTES: u64 = 1 << 30;
/// As many pictures as ImageNet's validation set has; each is a message's part.
const FILES: usize = 50_000;
/// Of pictures that are not of one size: what the networks for photographs are made for.
const SIDE: u32 = 32;

impl Desk {
    /// What was dropped on the Train page, or the address of examples.
    pub(crate) fn take_training(self, data: &DataTransfer) -> bool {
        if folder::has_files(data) {
            let dropped = folder::dropped(data);
            spawn_local(async move { self.take_for_training(dropped.await) });
            return true;
        }
        let address = address_in(data).filter(|address| is_data(address));
        let is_data = address.is_some();
        address.into_iter().for_each(|address| self.fetch_data(address));
        is_data
    }

    /// An exported run, loose pictures for the tray, or examples.
    pub(crate) fn take_for_training(self, dropped: Vec<Dropped>) {
        let is_run = |dropped: &Dropped| dropped.name.to_ascii_lowercase().ends_with(".safetensors");
        let is_loose_picture =
            |dropped: &Dropped| !dropped.name.contains('/') && dropped.file.type_().starts_with("image/");
        if dropped.iter().all(is_loose_picture) {
            return self.take_files(dropped.into_iter().map(|dropped| dropped.file).collect());
        }
        let (runs, data): (Vec<_>, Vec<_>) = dropped.into_iter().partition(is_run);
        if let Some(run) = runs.into_iter().next() {
            self.import_run(run);
        }
        if !data.is_empty() {
            self.add_data(data);
        }
    }

    fn import_run(self, run: Dropped) {
        let bytes = run.file.size() as u64;
        if bytes > DATA_LIMIT_BYTES {
            return self.fail(Trouble::TooLarge { file: run.name, bytes, limit_bytes: DATA_LIMIT_BYTES });
        }
        let job = job_of(Train::ImportRun(DataFile { name: run.name.clone(), bytes: ByteBuf::new() }));
        let ask = Submission::with_body(job, Blob::from(run.file));
        spawn_local(async move {
            self.bring(run.name, ask).await;
        });
    }

    /// Examples, whatever the address ends with.
    pub(crate) fn fetch_data(self, url: String) {
        let title = name_in(&url);
        let ask = move |side| job_of(Train::FetchData(FetchData { url: url.clone(), side })).into();
        spawn_local(self.bring_examples(title, ask));
    }

    pub(crate) fn add_data(self, files: Vec<Dropped>) {
        let bytes = files.iter().map(|dropped| dropped.file.size() as u64).sum();
        let first = files.first().map(|dropped| dropped.name.clone()).unwrap_or_default();
        if bytes > DATA_LIMIT_BYTES {
            return self.fail(Trouble::TooLarge { file: first, bytes, limit_bytes: DATA_LIMIT_BYTES });
        }
        if files.len() > FILES {
            let detail = say!(train.too_many_files, count = files.len(), limit = FILES);
            return self.fail(Trouble::BadSetup { detail });
        }
        let title = match files.len() {
            1 => first,
            count => say!(train.and_more, file = first, count = count - 1),
        };
        let ask = move |side| {
            let named = files.iter().map(|dropped| DataFile { name: dropped.name.clone(), bytes: ByteBuf::new() });
            let bodies = files.iter().map(|dropped| Blob::from(dropped.file.clone())).collect();
            Submission::with_bodies(job_of(Train::AddData(AddData { files: named.collect(), side })), bodies)
        };
        spawn_local(self.bring_examples(title, ask));
    }

    /// As they are; pictures that differ in size as squares.
    async fn bring_examples(self, title: String, ask: impl Fn(Option<u32>) -> Submission) {
        let mut answer = self.try_to_bring(title.clone(), ask(None)).await;
        if let Err(Trouble::SizesDiffer { .. }) = answer {
            answer = self.try_to_bring(title, ask(Some(SIDE))).await;
        }
        if let Err(trouble) = answer {
            self.fail(trouble);
        }
    }
}

/// An address of examples, by its ending.
fn is_data(url: &str) -> bool {
    let name = name_in(url).to_ascii_lowercase();
    [".zip", ".tar", ".tgz", ".gz", ".npz", ".bin"].iter().any(|ending| name.ends_with(ending))
}
