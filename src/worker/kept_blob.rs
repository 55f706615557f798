//! Large files of weights stay with the browser, on its disk: the engine reads the parts that it wants.

use super::folder::{FileParts, Refused};
use super::wire::words;
use crate::lab::{FileBytes, KeptFile, Weights};
use js_sys::{Array, Uint8Array};
use std::sync::Arc;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, FileReaderSync};

struct KeptBlob {
    blob: Blob,
    reader: FileReaderSync,
}

impl KeptFile for KeptBlob {
    fn read_at(&self, at: u64, to: &mut [u8]) -> Result<(), String> {
        let end = at + to.len() as u64;
        let part = self.blob.slice_with_f64_and_f64(at as f64, end as f64);
        let read = part.and_then(|part| self.reader.read_as_array_buffer(&part));
        let bytes = Uint8Array::new(&read.map_err(|exception| words(&exception))?.into());
        if bytes.length() as usize != to.len() {
            return Err("the file has changed meanwhile".to_owned());
        }
        bytes.copy_to(to);
        Ok(())
    }
}

/// The bytes of a file: in memory where it is small, for programs are made of it again and again.
pub(super) async fn bytes_of(blob: Blob) -> Result<FileBytes, Refused> {
    let len = blob.size() as usize;
    if len < Weights::LARGE_BYTES {
        return Ok(Uint8Array::new(&JsFuture::from(blob.array_buffer()).await?).to_vec().into());
    }
    let reader = FileReaderSync::new()?;
    Ok(FileBytes::kept(Arc::new(KeptBlob { blob, reader }), len))
}

/// Of bytes that no storage keeps.
pub(super) fn blob_from(parts: FileParts<'_, '_>) -> Result<Blob, String> {
    let list = Array::new();
    for part in parts {
        list.push(&Uint8Array::from(&*part?));
    }
    Blob::new_with_u8_array_sequence(&list).map_err(|exception| words(&exception))
}
