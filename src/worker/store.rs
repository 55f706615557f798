//! The browser's private storage (OPFS): weights of earlier visits, and which backend was faster.
//!
//! Layout: `weights/<sha256>.safetensors`, and `weights/index.json`, which is written last: a file that it does not name
//! does not count and is swept away at the next start. Every file is replaced as a whole or not at all where the browser
//! can do that (`createWritable`).

use super::wire::words;
use crate::lab::Race;
use crate::protocol::{CachedWeights, Trouble};
use js_sys::{AsyncIterator, Function, Reflect, Uint8Array};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    File, FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemGetDirectoryOptions, FileSystemGetFileOptions,
    FileSystemSyncAccessHandle, FileSystemWritableFileStream,
};

const INDEX: &str = "index.json";

/// What the browser refused, in its words.
pub(super) struct Refused {
    pub(super) detail: String,
    is_full: bool,
}

impl From<JsValue> for Refused {
    fn from(exception: JsValue) -> Self {
        let name = Reflect::get(&exception, &"name".into()).ok().and_then(|name| name.as_string());
        Self { detail: words(&exception), is_full: name.as_deref() == Some("QuotaExceededError") }
    }
}

impl Refused {
    /// The storage has no room: a person can do something about it.
    pub(super) fn full(&self, needed_bytes: u64) -> Option<Trouble> {
        self.is_full.then(|| Trouble::StorageFull { needed_bytes, detail: self.detail.clone() })
    }
}

#[derive(Default, Serialize, Deserialize)]
struct Index {
    /// The one kept last at the end.
    weights: Vec<CachedWeights>,
    /// By adapter, then by network.
    #[serde(default)]
    races: BTreeMap<String, BTreeMap<String, Race>>,
}

pub(super) struct Store {
    folder: FileSystemDirectoryHandle,
    index: Index,
}

impl Store {
    /// # Errors
    /// Where the browser has no such storage, or none for this page (some private windows).
    pub(super) async fn open() -> Result<Self, Refused> {
        let storage = super::scope().navigator().storage();
        let missing = Refused { detail: "this browser has no private file storage".to_owned(), is_full: false };
        let has = |object: &JsValue, name: &str| Reflect::get(object, &name.into()).is_ok_and(|f| f.is_function());
        if storage.is_undefined() || !has(&storage, "getDirectory") {
            return Err(missing);
        }
        let root: FileSystemDirectoryHandle = JsFuture::from(storage.get_directory()).await?.unchecked_into();
        let create = FileSystemGetDirectoryOptions::new();
        create.set_create(true);
        let folder = JsFuture::from(root.get_directory_handle_with_options("weights", &create)).await?;
        let mut store = Self { folder: folder.unchecked_into(), index: Index::default() };
        store.reload().await;
        store.sweep().await?;
        Ok(store)
    }

    pub(super) fn list(&self) -> &[CachedWeights] {
        &self.index.weights
    }

    /// The weights of this network that were kept last.
    pub(super) fn of_network(&self, network: &str) -> Option<&CachedWeights> {
        self.index.weights.iter().rev().find(|kept| kept.network == network)
    }

    pub(super) async fn read(&self, kept: &CachedWeights) -> Result<Vec<u8>, Refused> {
        self.read_file(&file_of(kept)).await
    }

    /// Keeps the bytes under the name that `kept` has, or one like it where another network's weights have that name;
    /// returns the name.
    pub(super) async fn keep(&mut self, mut kept: CachedWeights, bytes: &[u8]) -> Result<String, Refused> {
        self.reload().await;
        if self.index.weights.iter().any(|other| other.name == kept.name && other.network != kept.network) {
            kept.name = format!("{} ({})", kept.name, kept.network);
        }
        let (name, file) = (kept.name.clone(), file_of(&kept));
        if let Err(refused) = self.write_file(&file, bytes).await {
            self.remove_file(&file).await;
            return Err(refused);
        }
        self.index.weights.retain(|other| other.name != kept.name);
        self.index.weights.push(kept);
        self.write_index().await?;
        self.sweep().await?;
        Ok(name)
    }

    pub(super) async fn delete(&mut self, name: &str) -> Result<(), Refused> {
        self.reload().await;
        self.index.weights.retain(|kept| kept.name != name);
        self.write_index().await?;
        self.sweep().await
    }

    pub(super) fn races(&self, adapter: &str) -> BTreeMap<String, Race> {
        self.index.races.get(adapter).cloned().unwrap_or_default()
    }

    pub(super) async fn remember(&mut self, adapter: &str, races: &BTreeMap<String, Race>) -> Result<(), Refused> {
        self.reload().await;
        self.index.races.entry(adapter.to_owned()).or_default().extend(races.clone());
        self.write_index().await
    }

    /// Another tab may have written it meanwhile. One that cannot be read counts as empty.
    async fn reload(&mut self) {
        let text = self.read_file(INDEX).await.unwrap_or_default();
        self.index = serde_json::from_slice(&text).unwrap_or_default();
    }

    async fn write_index(&self) -> Result<(), Refused> {
        let text = serde_json::to_vec(&self.index).map_err(|error| JsValue::from_str(&error.to_string()))?;
        self.write_file(INDEX, &text).await
    }

    /// Removes every file that the index does not name: of a visit that ended in the middle, or deleted.
    async fn sweep(&self) -> Result<(), Refused> {
        let names: AsyncIterator = self.folder.keys();
        let mut orphans = Vec::new();
        loop {
            let next = JsFuture::from(names.next()?).await?;
            if Reflect::get(&next, &"done".into())?.is_truthy() {
                break;
            }
            let Some(name) = Reflect::get(&next, &"value".into())?.as_string() else { continue };
            if name != INDEX && !self.index.weights.iter().any(|kept| file_of(kept) == name) {
                orphans.push(name);
            }
        }
        for orphan in orphans {
            self.remove_file(&orphan).await;
        }
        Ok(())
    }

    /// A file that another tab has open stays; a later sweep gets it.
    async fn remove_file(&self, name: &str) {
        let _ = JsFuture::from(self.folder.remove_entry(name)).await;
    }

    async fn read_file(&self, name: &str) -> Result<Vec<u8>, Refused> {
        let handle: FileSystemFileHandle = JsFuture::from(self.folder.get_file_handle(name)).await?.unchecked_into();
        let file: File = JsFuture::from(handle.get_file()).await?.unchecked_into();
        Ok(Uint8Array::new(&JsFuture::from(file.array_buffer()).await?).to_vec())
    }

    async fn write_file(&self, name: &str, bytes: &[u8]) -> Result<(), Refused> {
        let create = FileSystemGetFileOptions::new();
        create.set_create(true);
        let handle = JsFuture::from(self.folder.get_file_handle_with_options(name, &create)).await?;
        let handle: FileSystemFileHandle = handle.unchecked_into();
        let whole: Option<Function> = Reflect::get(&handle, &"createWritable".into())?.dyn_into().ok();
        match whole {
            Some(_) => {
                let stream: FileSystemWritableFileStream =
                    JsFuture::from(handle.create_writable()).await?.unchecked_into();
                let data = Uint8Array::from(bytes);
                let written = match stream.write_with_js_u8_array(&data) {
                    Ok(written) => JsFuture::from(written).await,
                    Err(exception) => Err(exception),
                };
                if let Err(exception) = written {
                    let _ = JsFuture::from(stream.abort()).await;
                    return Err(exception.into());
                }
                JsFuture::from(stream.close()).await?;
            }
            // Safari before version 26.
            None => {
                let open = JsFuture::from(handle.create_sync_access_handle()).await?;
                let open: FileSystemSyncAccessHandle = open.unchecked_into();
                let written =
                    open.truncate_with_u32(0).and_then(|()| open.write_with_u8_array(bytes)).and_then(|_| open.flush());
                open.close();
                written?;
            }
        }
        Ok(())
    }
}

fn file_of(kept: &CachedWeights) -> String {
    format!("{}.safetensors", kept.sha256)
}
