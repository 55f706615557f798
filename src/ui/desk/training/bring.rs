//! Files for training: examples in whatever form, and runs that were exported before.

use crate::protocol::{AddData, DataFile, FetchData, Job, Trouble};
use crate::ui::client::Ask;
use crate::ui::desk::Desk;
use crate::ui::desk::intake::name_in;
use crate::ui::folder::Dropped;
use leptos::task::spawn_local;
use serde_bytes::ByteBuf;
use web_sys::Blob;

/// All files of one drop together: they are in memory at once, here and in the engine.
const DATA_LIMIT_BYTES: u64 = 1 << 30;
/// As many pictures as ImageNet's validation set has; each is a message's part.
const FILES: usize = 50_000;

impl Desk {
    /// What was dropped on the Train page: an exported run, loose pictures for the tray, or examples.
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
        let job = Job::ImportRun(DataFile { name: run.name.clone(), bytes: ByteBuf::new() });
        let ask = Ask::with_body(job, Blob::from(run.file));
        spawn_local(async move {
            self.bring(run.name, ask).await;
        });
    }

    /// Examples, whatever the address ends with.
    pub(crate) fn fetch_data(self, url: String) {
        let title = name_in(&url);
        spawn_local(async move {
            self.bring(title, Job::FetchData(FetchData { url, side: None }).into()).await;
        });
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
        let named = files.iter().map(|dropped| DataFile { name: dropped.name.clone(), bytes: ByteBuf::new() });
        let job = Job::AddData(AddData { files: named.collect(), side: None });
        let bodies = files.into_iter().map(|dropped| Blob::from(dropped.file)).collect();
        spawn_local(async move {
            self.bring(title, Ask::with_bodies(job, bodies)).await;
        });
    }
}
