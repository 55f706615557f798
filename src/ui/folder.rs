//! Files: with the folders that they came in, for what is dropped may be a whole tree; and handed to the downloads.

use crate::protocol::{DataFile, Job, Trouble, trouble};
use crate::ui::app;
use crate::ui::client::Submission;
use crate::ui::state::Incoming;
use js_sys::{Array, Function, Promise, Reflect, Uint8Array};
use leptos::prelude::{document, set_timeout};
use leptos::task::spawn_local;
use serde_bytes::ByteBuf;
use std::future::Future;
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, File, FileSystemDirectoryEntry, FileSystemDirectoryReader, FileSystemEntry, FileSystemFileEntry,
    HtmlAnchorElement, Url,
};

pub(crate) struct Dropped {
    /// With its folders, `/` between them.
    pub(crate) name: String,
    pub(crate) file: File,
}

impl Dropped {
    /// A picture that came without a folder.
    pub(crate) fn is_loose_picture(&self) -> bool {
        !self.name.contains('/') && self.file.type_().starts_with("image/")
    }

    pub(crate) fn is_weights(&self) -> bool {
        is_weights(&self.name)
    }
}

/// Whether a file of this name holds a network's weights.
pub(crate) fn is_weights(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let endings = [".safetensors", ".onnx", ".pth", ".pt", ".pt2", ".ckpt"];
    // Data sets are named so too.
    endings.iter().any(|ending| name.ends_with(ending)) || name.ends_with(".bin") && name.contains("model")
}

/// The engine's own limit for files that are brought together: they are in memory at once, here and in the engine.
const LIMIT_BYTES: u64 = 1 << 30;

/// A job with these files, and what it is called: the first of them.
///
/// # Errors
/// [`Trouble::TooLarge`], [`Trouble::BadSetup`] of more than `most` files.
pub(crate) fn bring(
    files: &[Dropped],
    most: usize,
    job: impl FnOnce(Vec<DataFile>) -> Job,
) -> Result<(String, Submission), Trouble> {
    let bytes = files.iter().map(|dropped| dropped.file.size() as u64).sum();
    let file = files.first().map(|dropped| dropped.name.clone()).unwrap_or_default();
    if bytes > LIMIT_BYTES {
        return Err(trouble::TooLarge { file, bytes, limit_bytes: LIMIT_BYTES }.into());
    }
    if files.len() > most {
        let detail = say!(train.too_many_files, count = files.len(), limit = most);
        return Err(trouble::BadSetup { detail }.into());
    }
    let named = files.iter().map(|dropped| DataFile { name: dropped.name.clone(), bytes: ByteBuf::new() });
    let bodies = files.iter().map(|dropped| Blob::from(dropped.file.clone())).collect();
    Ok((file, Submission::with_bodies(job(named.collect()), bodies)))
}

/// All files of a drop, folders read.
pub(crate) fn dropped(incoming: &Incoming) -> impl Future<Output = Vec<Dropped>> + 'static {
    let Incoming { entries, files, .. } = incoming.clone();
    async move {
        match entries.is_empty() {
            true => files.into_iter().map(named).collect(),
            false => all_in(entries).await,
        }
    }
}

/// All files among these and in their folders.
async fn all_in(entries: Vec<FileSystemEntry>) -> Vec<Dropped> {
    let mut found = Vec::new();
    let mut waiting = entries;
    while let Some(entry) = waiting.pop() {
        // Chromium has no classes of these names, so that nothing can be an instance of them.
        if entry.is_directory() {
            let folder: &FileSystemDirectoryEntry = entry.unchecked_ref();
            waiting.extend(inside(&folder.create_reader()).await);
        } else if let Some(read) = file_of(entry.unchecked_ref()).await {
            let name = entry.full_path().trim_start_matches('/').to_owned();
            found.push(Dropped { name, file: read });
        }
    }
    found.retain(|dropped| !is_hidden(&dropped.name));
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}

/// As many pictures at once as a person can look at.
const MOST: usize = 200;

/// Folders that were dropped where single files are usual: a network with what lies beside it, or pictures.
pub(crate) fn take_folders(entries: Vec<FileSystemEntry>) {
    spawn_local(async move { take_found(all_in(entries).await).await });
}

/// What was found in folders; ready when all is here.
pub(crate) async fn take_found(mut found: Vec<Dropped>) {
    // A published network's folder has pictures that explain it.
    if found.iter().any(Dropped::is_weights) {
        found.retain(|dropped| dropped.is_weights() || !dropped.file.type_().starts_with("image/"));
    }
    match found.len() {
        1..=MOST => app().take_in(found.into_iter().map(|dropped| dropped.file).collect()).await,
        0 => app().fail(trouble::BadSetup { detail: say!(tray.empty_folder).to_owned() }.into()),
        count => {
            let detail = say!(tray.too_many_files, count = count, limit = MOST);
            app().fail(trouble::BadSetup { detail }.into());
        }
    }
}

/// A file as an input has it, a chosen folder's with its path.
pub(crate) fn named(file: File) -> Dropped {
    let path = Reflect::get(&file, &"webkitRelativePath".into()).ok().and_then(|path| path.as_string());
    let name = path.filter(|path| !path.is_empty()).unwrap_or_else(|| file.name());
    Dropped { name, file }
}

/// `.DS_Store` and its like.
fn is_hidden(name: &str) -> bool {
    name.rsplit('/').next().is_some_and(|last| last.starts_with('.'))
}

/// A reader gives some entries at a time, and none at the end.
async fn inside(reader: &FileSystemDirectoryReader) -> Vec<FileSystemEntry> {
    let mut found = Vec::new();
    loop {
        let some = called(|give, fail| reader.read_entries_with_callback_and_callback(give, fail)).await;
        let some = some.and_then(|some| some.dyn_into::<Array>().ok()).unwrap_or_default();
        if some.length() == 0 {
            return found;
        }
        found.extend(some.iter().map(|entry| entry.unchecked_into::<FileSystemEntry>()));
    }
}

async fn file_of(entry: &FileSystemFileEntry) -> Option<File> {
    called(|give, fail| {
        entry.file_with_callback_and_callback(give, fail);
        Ok(())
    })
    .await?
    .dyn_into()
    .ok()
}

/// What an API with two callbacks gives; a file that cannot be read is none.
async fn called(call: impl Fn(&Function, &Function) -> Result<(), JsValue>) -> Option<JsValue> {
    let promise = Promise::new(&mut |give, fail| {
        if call(&give, &fail).is_err() {
            let _ = fail.call0(&JsValue::NULL);
        }
    });
    JsFuture::from(promise).await.ok()
}

/// As if the file were dropped: a network is in the list of networks from then on.
pub(crate) async fn take_as_dropped(name: &str, bytes: &[u8]) {
    let parts = Array::of1(&Uint8Array::from(bytes));
    if let Ok(file) = File::new_with_u8_array_sequence(&parts, name) {
        app().take_in(vec![file]).await;
    }
}

/// Gives bytes to the browser's downloads.
pub(crate) fn save(name: &str, bytes: &[u8]) {
    let parts = Array::of1(&Uint8Array::from(bytes));
    let url = Blob::new_with_u8_array_sequence(&parts).and_then(|blob| Url::create_object_url_with_blob(&blob));
    let anchor = document().create_element("a").ok().and_then(|element| element.dyn_into::<HtmlAnchorElement>().ok());
    if let (Ok(url), Some(anchor)) = (url, anchor) {
        anchor.set_href(&url);
        anchor.set_download(name);
        anchor.click();
        // Some browsers read it only after a question to the person has been put up.
        set_timeout(move || drop(Url::revoke_object_url(&url)), Duration::from_secs(60));
    }
}
