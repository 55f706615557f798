//! Everything comes in here: dropped, pasted, opened, fetched, photographed, drawn.

use super::notice::next_key;
use super::{AppState, IncomingFile};
use crate::protocol::{
    AddPicture, DataFile, DownloadWeights, DropWeights, Job, Outcome, PictureSource, Pixels, Trouble, trouble,
};
use crate::ui::PageId;
use crate::ui::client::{News, Submission};
use crate::ui::folder::is_weights;
use js_sys::{Array, Uint8Array};
use leptos::prelude::{GetValue, SetValue, Update, UpdateValue, WithUntracked};
use leptos::task::spawn_local;
use serde_bytes::ByteBuf;
use web_sys::{Blob, DataTransfer, File, FileSystemEntry, ImageData};

/// No photograph is larger; reading more into memory only to refuse it would be a hang.
const PICTURE_LIMIT_BYTES: u64 = 256 << 20;
/// The engine's own limit for weights.
const WEIGHTS_LIMIT_BYTES: u64 = 1 << 30;

/// What was dropped or pasted, taken out of its transfer, which is empty after the event.
#[derive(Clone)]
pub(crate) struct Incoming {
    /// None of a transfer that a script made.
    pub(crate) entries: Vec<FileSystemEntry>,
    pub(crate) files: Vec<File>,
    pub(crate) address: Option<String>,
}

impl Incoming {
    fn of(data: &DataTransfer) -> Self {
        let items = data.items();
        let entries =
            (0..items.length()).filter_map(|at| items.get(at)?.webkit_get_as_entry().ok().flatten()).collect();
        let files = data.files().map(|files| (0..files.length()).filter_map(|at| files.get(at)).collect());
        Self { entries, files: files.unwrap_or_default(), address: address_in(data) }
    }

    pub(crate) fn has_folder(&self) -> bool {
        self.entries.iter().any(FileSystemEntry::is_directory)
    }
}

impl AppState {
    /// Whatever was dropped or pasted: files, else the address of a picture. True where there was something. On a page whose code is
    /// still to come it waits for that.
    pub(crate) fn take(self, data: &DataTransfer) -> bool {
        let incoming = Incoming::of(data);
        if incoming.files.is_empty() && incoming.address.is_none() && !incoming.has_folder() {
            return false;
        }
        let page = self.route.with_untracked(|route| route.page);
        match self.parts.of(page) {
            Some(code) if !code.is_here() => self.waiting_drop.set_value(Some((page, incoming))),
            _ => self.hand_out(page, incoming),
        }
        true
    }

    /// What was dropped on this page before it was there.
    pub(crate) fn take_waiting(self, page: PageId) {
        if let Some((_, incoming)) =
            self.waiting_drop.try_update_value(|held| held.take_if(|(of, _)| *of == page)).flatten()
        {
            self.hand_out(page, incoming);
        }
    }

    fn hand_out(self, page: PageId, incoming: Incoming) {
        if let Some((_, drop_handler)) = self.drop_handler.get_value().filter(|(of, _)| *of == page)
            && drop_handler(self, &incoming)
        {
            return;
        }
        let Incoming { entries, files, address } = incoming;
        if entries.iter().any(FileSystemEntry::is_directory) {
            spawn_local(async move {
                match self.parts.later.fetched().await {
                    Ok(later) => (later.take_folders)(entries),
                    Err(missing) => self.fail(missing.into()),
                }
            });
        } else if !files.is_empty() {
            self.take_files(files);
        } else {
            address.into_iter().for_each(|address| self.take_address(address));
        }
    }

    /// One after the other, so that the tray has them in the order of the person.
    pub(crate) fn take_files(self, files: Vec<File>) {
        spawn_local(self.take_in(files));
    }

    /// The same; ready when all are here.
    pub(crate) async fn take_in(self, files: Vec<File>) {
        let attempt = next_key();
        // What is no picture and comes with weights belongs to them: names of classes, figures, more weights.
        let has_weights = files.iter().any(|file| is_weights(&file.name()));
        let is_beside = |file: &File| has_weights && !is_weights(&file.name()) && !file.type_().starts_with("image/");
        let (beside, files): (Vec<File>, Vec<File>) = files.into_iter().partition(is_beside);
        for file in files {
            self.take_file(file, &beside, attempt).await;
        }
    }

    async fn take_file(self, file: File, beside: &[File], attempt: u32) {
        let name = file.name();
        let is_weights = is_weights(&name);
        let beside = if is_weights { beside } else { &[] };
        let limit_bytes = if is_weights { WEIGHTS_LIMIT_BYTES } else { PICTURE_LIMIT_BYTES };
        let bytes = beside.iter().chain([&file]).map(|file| file.size() as u64).sum();
        if bytes > limit_bytes {
            return self.fail(trouble::TooLarge { file: name, bytes, limit_bytes }.into());
        }
        let job = if is_weights {
            let beside = beside.iter().map(|file| DataFile { name: file.name(), bytes: ByteBuf::new() }).collect();
            Job::DropWeights(DropWeights { name: name.clone(), bytes: ByteBuf::new(), preprocess: None, beside })
        } else {
            Job::AddPicture(AddPicture { name: name.clone(), source: PictureSource::Bytes(ByteBuf::new()) })
        };
        let bodies = std::iter::once(file).chain(beside.iter().cloned()).map(Blob::from).collect();
        let brought = self.bring_after(attempt, name, Submission::with_bodies(job, bodies)).await;
        brought.err().into_iter().for_each(|trouble| self.fail(trouble));
    }

    /// An address of weights or of a picture, by its ending.
    pub(crate) fn take_address(self, url: String) {
        let name = name_in(&url);
        let job = if is_weights(&name) {
            Job::DownloadWeights(DownloadWeights::from(url))
        } else {
            Job::AddPicture(AddPicture { name: name.clone(), source: PictureSource::Url(url) })
        };
        spawn_local(async move {
            self.bring(name, job.into()).await;
        });
    }

    pub(super) async fn take_drawing(self, name: String) {
        let job = Job::AddPicture(AddPicture { name: name.clone(), source: PictureSource::Gallery(name) });
        // Not among the transfers: nobody waits for these, and their tiles stand already.
        if let Err(trouble) = self.client.run(job).await {
            self.fail(trouble);
        }
        self.to_come.update(|count| *count = count.saturating_sub(1));
    }

    pub(crate) fn take_pixels(self, name: String, image: &ImageData) {
        let (width, height) = (image.width(), image.height());
        let rgba = Uint8Array::from(image.data().as_slice());
        let Ok(body) = Blob::new_with_u8_array_sequence(&Array::of1(&rgba)) else {
            return;
        };
        let pixels = Pixels { width, height, rgba: ByteBuf::new() };
        let job = Job::AddPicture(AddPicture { name: name.clone(), source: PictureSource::Pixels(pixels) });
        spawn_local(async move {
            self.bring(name, Submission::with_bodies(job, vec![body])).await;
        });
    }

    /// Runs a job that brings something in, with its line among the transfers, and tells of its failure.
    pub(crate) async fn bring(self, title: String, ask: Submission) -> Option<Outcome> {
        self.try_to_bring(title, ask).await.map_err(|trouble| self.fail(trouble)).ok()
    }

    pub(crate) async fn try_to_bring(self, title: String, ask: Submission) -> Result<Outcome, Trouble> {
        self.bring_after(next_key(), title, ask).await
    }

    /// What was said before `attempt` is forgotten where this succeeds.
    async fn bring_after(self, attempt: u32, title: String, ask: Submission) -> Result<Outcome, Trouble> {
        let key = next_key();
        let transfers = self.transfers;
        let running = self.client.follow(ask, move |news| {
            let News::Progress(progress) = news else { return };
            transfers.update(|transfers| {
                if let Some(transfer) = transfers.iter_mut().find(|transfer| transfer.key == key) {
                    transfer.progress = Some(progress);
                }
            });
        });
        let transfer = IncomingFile { key, title, progress: None, handle: running.handle() };
        transfers.update(|transfers| transfers.push(transfer));
        let answer = running.outcome().await;
        transfers.update(|transfers| transfers.retain(|transfer| transfer.key != key));
        if answer.is_ok() {
            self.forget_notices(attempt);
        }
        answer
    }
}

fn address_in(data: &DataTransfer) -> Option<String> {
    let text =
        ["text/uri-list", "text/plain"].iter().find_map(|kind| data.get_data(kind).ok().filter(|t| !t.is_empty()));
    text.map(|text| text.trim().to_owned()).filter(|text| is_address(text))
}

fn is_address(text: &str) -> bool {
    (text.starts_with("https://") || text.starts_with("http://")) && !text.contains(char::is_whitespace)
}

/// The last part of the path: what the tray calls the picture.
pub(crate) fn name_in(url: &str) -> String {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    path.rsplit('/').find(|part| !part.is_empty()).unwrap_or(url).to_owned()
}
