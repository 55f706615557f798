//! The harness's options, and the tensors that it serves: `models/manifest.json` and a flat file of 4-byte elements per set.

use super::device::Backend;
use super::error::BenchError;
use crate::graph::Host;
use candle_core::Device as HostDevice;
use js_sys::{ArrayBuffer, Float32Array, Promise, Reflect, Uint32Array};
use serde::Deserialize;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum BenchPhase {
    First,
    Check,
    Measure,
}

#[derive(Debug, Deserialize)]
pub(super) struct Options {
    pub(super) phase: BenchPhase,
    #[serde(default)]
    pub(super) iters: u32,
    pub(super) backend: Option<Backend>,
    /// Where the harness serves `models/`.
    #[serde(default)]
    pub(super) base: String,
    #[serde(default)]
    pub(super) spec: WorkloadSpec,
}

/// A row of the harness's `workloads.json`; each kind of workload has some of these.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct WorkloadSpec {
    pub(super) kind: String,
    pub(super) model: String,
    pub(super) net: String,
    /// The set, where it is not named as the workload.
    pub(super) data: Option<String>,
    pub(super) batch: usize,
    pub(super) batches: usize,
    pub(super) time: usize,
    pub(super) embed: usize,
    pub(super) hidden: usize,
    pub(super) vocab: usize,
    pub(super) opt: String,
    pub(super) lr: f64,
    pub(super) eps: f64,
    pub(super) momentum: f64,
    pub(super) check_steps: u32,
    pub(super) chain: Option<u32>,
    pub(super) mul: f64,
    pub(super) add: f64,
}

/// One tensor of a set.
#[derive(Debug, Deserialize)]
struct Entry {
    name: String,
    shape: Vec<usize>,
    /// In elements.
    offset: usize,
    size: usize,
    dtype: String,
}

impl Options {
    /// The tensors of a set in PyTorch's layout, in their order; asked for at once. Whole numbers come as U32.
    pub(super) fn set(&self, set: &str) -> impl Future<Output = Result<Vec<(String, Host)>, BenchError>> + use<> {
        let set = set.to_owned();
        let file = fetch(format!("{}/models/{set}.nchw.bin", self.base), Response::array_buffer);
        let manifest = self.manifest();
        async move { tensors(&set, both(manifest, file).await) }
    }

    /// The class whose logit W6 differentiates.
    pub(super) async fn class(&self) -> Result<usize, BenchError> {
        let class = within(&self.manifest().await?, &["W6", "cls"])?.as_f64();
        class.map(|class| class as usize).ok_or_else(|| bad("W6", "no class".to_owned()))
    }

    /// The harness's manifest, read by the browser.
    fn manifest(&self) -> impl Future<Output = Result<JsValue, BenchError>> + use<> {
        fetch(format!("{}/models/manifest.json", self.base), Response::json)
    }
}

fn bad(set: &str, detail: String) -> BenchError {
    BenchError::Data { set: set.to_owned(), detail }
}

/// The value under these names.
fn within(value: &JsValue, names: &[&str]) -> Result<JsValue, BenchError> {
    names.iter().try_fold(value.clone(), |value, &name| {
        let found = Reflect::get(&value, &name.into()).ok().filter(|found| !found.is_undefined());
        found.ok_or_else(|| bad(name, "not in the manifest".to_owned()))
    })
}

/// The tensors of a set, of the manifest and the set's file.
fn tensors(
    set: &str,
    (manifest, file): (Result<JsValue, BenchError>, Result<JsValue, BenchError>),
) -> Result<Vec<(String, Host)>, BenchError> {
    let layout = within(&manifest?, &[set, "nchw"])?;
    let entries: Vec<Entry> = serde_wasm_bindgen::from_value(layout).map_err(|error| bad(set, error.to_string()))?;
    let file: ArrayBuffer = file?.unchecked_into();
    let tensor = |entry: Entry| {
        if 4 * (entry.offset + entry.size) > file.byte_length() as usize {
            return Err(bad(set, format!("{} lies beyond the end of the file", entry.name)));
        }
        let (start, len) = (4 * entry.offset as u32, entry.size as u32);
        let made = match entry.dtype.as_str() {
            "i32" => {
                let whole = Uint32Array::new_with_byte_offset_and_length(&file, start, len).to_vec();
                Host::from_vec(whole, entry.shape, &HostDevice::Cpu)?
            }
            _ => {
                let real = Float32Array::new_with_byte_offset_and_length(&file, start, len).to_vec();
                Host::from_vec(real, entry.shape, &HostDevice::Cpu)?
            }
        };
        Ok((entry.name, made))
    };
    entries.into_iter().map(tensor).collect()
}

/// How an answer is read.
type Reading = fn(&Response) -> Result<Promise, JsValue>;

/// An answer, read by `read`. The request starts at once, before anyone waits for it.
fn fetch(url: String, read: Reading) -> impl Future<Output = Result<JsValue, BenchError>> {
    let asked = web_sys::window().map(|window| window.fetch_with_str(&url));
    async move {
        let failed = |error: JsValue| BenchError::Fetch { url: url.clone(), detail: format!("{error:?}") };
        let asked = asked.ok_or_else(|| failed("there is no window".into()))?;
        let response: Response = JsFuture::from(asked).await.map_err(failed)?.unchecked_into();
        if !response.ok() {
            return Err(failed(format!("the server says {}", response.status()).into()));
        }
        JsFuture::from(read(&response).map_err(failed)?).await.map_err(failed)
    }
}

/// Waits for two things at the same time.
pub(super) async fn both<A, B>(a: impl Future<Output = A>, b: impl Future<Output = B>) -> (A, B) {
    let (mut a, mut b) = (pin!(a), pin!(b));
    let (mut first, mut second) = (None, None);
    poll_fn(|context| {
        if first.is_none()
            && let Poll::Ready(value) = a.as_mut().poll(context)
        {
            first = Some(value);
        }
        if second.is_none()
            && let Poll::Ready(value) = b.as_mut().poll(context)
        {
            second = Some(value);
        }
        match (first.take(), second.take()) {
            (Some(x), Some(y)) => Poll::Ready((x, y)),
            (x, y) => {
                (first, second) = (x, y);
                Poll::Pending
            }
        }
    })
    .await
}
