//! A folder of the browser's private storage (OPFS). Every file is replaced as a whole or not at all where the browser can do
//! that (`createWritable`).

use super::wire::words;
use crate::protocol::{Trouble, trouble};
use js_sys::{AsyncIterator, Function, Reflect, Uint8Array};
use std::borrow::Cow;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    File, FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemGetDirectoryOptions, FileSystemGetFileOptions,
    FileSystemSyncAccessHandle, FileSystemWritableFileStream,
};

/// What the browser refused, in its words.
#[derive(Clone)]
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
        self.is_full.then(|| trouble::StorageFull { needed_bytes, detail: self.detail.clone() }.into())
    }
}

/// Of a file, or why they cannot be read.
pub(super) type FileParts<'p, 'a> = &'p mut dyn Iterator<Item = Result<Cow<'a, [u8]>, String>>;

#[derive(Clone)]
pub(super) struct Folder(FileSystemDirectoryHandle);

impl Folder {
    /// Made where it is not there yet.
    pub(super) async fn open(name: &str) -> Result<Self, Refused> {
        let storage = super::scope().navigator().storage();
        let missing = Refused { detail: "this browser has no private file storage".to_owned(), is_full: false };
        let has = |object: &JsValue, name: &str| Reflect::get(object, &name.into()).is_ok_and(|f| f.is_function());
        if storage.is_undefined() || !has(&storage, "getDirectory") {
            return Err(missing);
        }
        let root: FileSystemDirectoryHandle = JsFuture::from(storage.get_directory()).await?.unchecked_into();
        let create = FileSystemGetDirectoryOptions::new();
        create.set_create(true);
        let folder = JsFuture::from(root.get_directory_handle_with_options(name, &create)).await?;
        Ok(Self(folder.unchecked_into()))
    }

    pub(super) async fn names(&self) -> Result<Vec<String>, Refused> {
        let names: AsyncIterator = self.0.keys();
        let mut found = Vec::new();
        loop {
            let next = JsFuture::from(names.next()?).await?;
            if Reflect::get(&next, &"done".into())?.is_truthy() {
                return Ok(found);
            }
            found.extend(Reflect::get(&next, &"value".into())?.as_string());
        }
    }

    /// A file that another tab has open stays; a later sweep gets it.
    pub(super) async fn remove(&self, name: &str) {
        let _ = JsFuture::from(self.0.remove_entry(name)).await;
    }

    pub(super) async fn read(&self, name: &str) -> Result<Vec<u8>, Refused> {
        Ok(Uint8Array::new(&JsFuture::from(self.file(name).await?.array_buffer()).await?).to_vec())
    }

    pub(super) async fn file(&self, name: &str) -> Result<File, Refused> {
        let handle: FileSystemFileHandle = JsFuture::from(self.0.get_file_handle(name)).await?.unchecked_into();
        Ok(JsFuture::from(handle.get_file()).await?.unchecked_into())
    }

    pub(super) async fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Refused> {
        self.write_parts(name, &mut std::iter::once(Ok(Cow::Borrowed(bytes)))).await
    }

    /// One part behind the other.
    pub(super) async fn write_parts(&self, name: &str, parts: FileParts<'_, '_>) -> Result<(), Refused> {
        let create = FileSystemGetFileOptions::new();
        create.set_create(true);
        let handle = JsFuture::from(self.0.get_file_handle_with_options(name, &create)).await?;
        let handle: FileSystemFileHandle = handle.unchecked_into();
        let whole: Option<Function> = Reflect::get(&handle, &"createWritable".into())?.dyn_into().ok();
        match whole {
            Some(_) => {
                let stream: FileSystemWritableFileStream =
                    JsFuture::from(handle.create_writable()).await?.unchecked_into();
                for part in parts {
                    let written = match part.map_err(|detail| JsValue::from_str(&detail)) {
                        Ok(part) => stream.write_with_js_u8_array(&Uint8Array::from(&*part)),
                        Err(unread) => Err(unread),
                    };
                    let written = match written {
                        Ok(written) => JsFuture::from(written).await,
                        Err(exception) => Err(exception),
                    };
                    if let Err(exception) = written {
                        let _ = JsFuture::from(stream.abort()).await;
                        return Err(exception.into());
                    }
                }
                JsFuture::from(stream.close()).await?;
            }
            // Safari before version 26.
            None => {
                let open = JsFuture::from(handle.create_sync_access_handle()).await?;
                let open: FileSystemSyncAccessHandle = open.unchecked_into();
                let mut written = open.truncate_with_u32(0);
                for part in parts {
                    written = written.and_then(|()| {
                        let part = part.map_err(|detail| JsValue::from_str(&detail))?;
                        // It goes on behind what was written last.
                        open.write_with_u8_array(&part).map(|_| ())
                    });
                }
                let written = written.and_then(|()| open.flush());
                open.close();
                written?;
            }
        }
        Ok(())
    }
}
