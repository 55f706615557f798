//! The browser's private storage (OPFS): weights of earlier visits, and which backend was faster.
//!
//! Layout: `weights/<sha256>.safetensors`, and `weights/index.json`, which is written last: a file that it does not name
//! does not count and is swept away at the next start.

use super::folder::{FileParts, Folder, Refused};
use super::keeping::Keeping;
use super::kept_blob::bytes_of;
use crate::lab::FileBytes;
use crate::lab::device::Race;
use crate::part::Fetch;
use crate::protocol::{CachedWeights, NetworkReport};
use crate::sorted::SortedMap;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;
use web_sys::Blob;

const INDEX: &str = "index.json";

#[derive(Default, Serialize, Deserialize)]
pub(super) struct Index {
    /// The one kept last at the end.
    weights: Vec<CachedWeights>,
    /// By adapter, then by network.
    #[serde(default)]
    races: SortedMap<String, SortedMap<String, Race>>,
}

pub(super) struct Store {
    folder: Folder,
    index: Index,
    /// What reads and writes the index, where there is one.
    keeping: Fetch<Keeping>,
}

impl Store {
    /// [`Refused`] where the browser has no such storage, or none for this page (some private windows); `None` where what reads
    /// it could not be fetched.
    pub(super) async fn open(keeping: Fetch<Keeping>) -> Option<Result<Self, Refused>> {
        let folder = match Folder::open("weights").await {
            Ok(folder) => folder,
            Err(refused) => return Some(Err(refused)),
        };
        let mut store = Self { folder, index: Index::default(), keeping };
        store.reload().await.ok()?;
        let swept = store.sweep().await;
        Some(swept.map(|()| store))
    }

    pub(super) fn list(&self) -> &[CachedWeights] {
        &self.index.weights
    }

    /// The weights of this network that were kept last.
    pub(super) fn of_network(&self, network: &str) -> Option<&CachedWeights> {
        self.index.weights.iter().rev().find(|kept| kept.network == network)
    }

    pub(super) async fn read(&self, kept: &CachedWeights) -> Result<FileBytes, Refused> {
        bytes_of(self.folder.file(&file_of(kept)).await?.into()).await
    }

    /// The file itself, where there is one.
    pub(super) async fn file_of_network(&self, network: &str) -> Option<Blob> {
        Some(self.folder.file(&file_of(self.of_network(network)?)).await.ok()?.into())
    }

    /// Keeps a file under the name that `kept` has, or one like it where another network's weights have that name;
    /// returns the name.
    pub(super) async fn keep(&mut self, mut kept: CachedWeights, parts: FileParts<'_, '_>) -> Result<String, Refused> {
        self.reload().await?;
        if self.index.weights.iter().any(|other| other.name == kept.name && other.network != kept.network) {
            kept.name = format!("{} ({})", kept.name, kept.network);
        }
        let (name, file) = (kept.name.clone(), file_of(&kept));
        // It is called after its content, and may be in use.
        let is_there = self.index.weights.iter().any(|other| file_of(other) == file && other.bytes == kept.bytes);
        if !is_there && let Err(refused) = self.folder.write_parts(&file, parts).await {
            self.folder.remove(&file).await;
            return Err(refused);
        }
        self.index.weights.retain(|other| other.name != kept.name);
        self.index.weights.push(kept);
        self.write_index().await?;
        self.sweep().await?;
        Ok(name)
    }

    /// Keeps what a network's weights were taken for, and how pictures are prepared for it.
    pub(super) async fn prepare(&mut self, network: &str, report: &NetworkReport) -> Result<(), Refused> {
        self.reload().await?;
        if let Some(kept) = self.index.weights.iter_mut().rfind(|kept| kept.network == network) {
            kept.network.clone_from(&report.id);
            kept.preprocess = Some(report.preprocess.clone());
            kept.fits.clone_from(&report.fits);
        }
        self.write_index().await
    }

    pub(super) async fn delete(&mut self, name: &str) -> Result<(), Refused> {
        self.reload().await?;
        self.index.weights.retain(|kept| kept.name != name);
        self.write_index().await?;
        self.sweep().await
    }

    /// A GPU was measured on an earlier visit.
    pub(super) fn has_races(&self) -> bool {
        self.index.races.keys().next().is_some()
    }

    pub(super) fn races(&self, adapter: &str) -> SortedMap<String, Race> {
        self.index.races.get(adapter).cloned().unwrap_or_default()
    }

    pub(super) async fn remember(&mut self, adapter: &str, races: &SortedMap<String, Race>) -> Result<(), Refused> {
        self.reload().await?;
        self.index.races.or_insert_with(adapter.to_owned(), SortedMap::new).extend(races.clone());
        self.write_index().await
    }

    /// Another tab may have written it meanwhile.
    async fn reload(&mut self) -> Result<(), Refused> {
        let text = self.folder.read(INDEX).await.unwrap_or_default();
        self.index = if text.is_empty() { Index::default() } else { (self.keeping().await?.index_from)(&text) };
        Ok(())
    }

    async fn keeping(&self) -> Result<Keeping, Refused> {
        (self.keeping)().await.map_err(|_| JsValue::from_str("a part of the engine could not be fetched").into())
    }

    async fn write_index(&self) -> Result<(), Refused> {
        let text = (self.keeping().await?.bytes_of_index)(&self.index);
        let text = text.map_err(|error| JsValue::from_str(&error))?;
        self.folder.write(INDEX, &text).await
    }

    /// Removes every file that the index does not name: of a visit that ended in the middle, or deleted.
    async fn sweep(&self) -> Result<(), Refused> {
        let is_orphan = |name: &String| name != INDEX && !self.index.weights.iter().any(|kept| file_of(kept) == *name);
        let orphans: Vec<String> = self.folder.names().await?.into_iter().filter(is_orphan).collect();
        for orphan in orphans {
            self.folder.remove(&orphan).await;
        }
        Ok(())
    }
}

fn file_of(kept: &CachedWeights) -> String {
    format!("{}.safetensors", kept.sha256)
}
