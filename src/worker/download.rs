//! Fetching a file: as a stream, with a limit, progress, and an end that cancelling sets at once.

use super::context::JobContext;
use super::wire::words;
use crate::lab::Monitor;
use crate::protocol::{Progress, Stage, Trouble, trouble};
use js_sys::{Reflect, Uint8Array};
use sha2::{Digest, Sha256};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, ReadableStreamDefaultReader, RequestInit, Response};

/// Between two reports.
const REPORT_MILLIS: f64 = 100.0;
/// An estimate of the time left makes sense after this.
const ESTIMATE_MILLIS: f64 = 500.0;

pub(super) struct Downloaded {
    pub(super) bytes: Vec<u8>,
    pub(super) sha256: String,
}

/// Aborts the fetch when dropped; one that has ended does not mind.
struct Connection(AbortController);

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The whole body of a GET, at most `limit_bytes`; nothing is kept of a download that fails.
pub(super) async fn download(url: &str, limit_bytes: u64, context: &JobContext) -> Result<Downloaded, Trouble> {
    context.or_cancelled(stream(url, limit_bytes, context)).await?
}

async fn stream(url: &str, limit_bytes: u64, context: &JobContext) -> Result<Downloaded, Trouble> {
    let unreachable = |error: JsValue| trouble::Unreachable { url: url.to_owned(), detail: words(&error) };
    let too_large = |bytes| Trouble::from(trouble::TooLarge { file: url.to_owned(), bytes, limit_bytes });
    let connection = Connection(AbortController::new().map_err(unreachable)?);
    let options = RequestInit::new();
    // Nobody need know who fetches what.
    let _ = Reflect::set(&options, &"referrerPolicy".into(), &"no-referrer".into());
    options.set_signal(Some(&connection.0.signal()));
    let fetched = JsFuture::from(super::scope().fetch_with_str_and_init(url, &options)).await;
    let response: Response = fetched.map_err(unreachable)?.unchecked_into();
    if !response.ok() {
        return Err(trouble::Http { url: url.to_owned(), status: response.status() }.into());
    }
    let header = |name| response.headers().get(name).ok().flatten();
    // Of a compressed body this is not the length of what arrives.
    let length = match header("content-encoding") {
        None => header("content-length").and_then(|length| length.parse::<u64>().ok()).unwrap_or(0),
        Some(_) => 0,
    };
    if length > limit_bytes {
        return Err(too_large(length));
    }
    let broken = |got: usize| trouble::BrokenOff { url: url.to_owned(), got_bytes: got as u64, of_bytes: length };

    let mut bytes: Vec<u8> = Vec::new();
    let mut sha256 = Sha256::new();
    reserve(&mut bytes, usize::try_from(length).unwrap_or(usize::MAX))?;
    let start = context.now_millis();
    let mut reported = start;
    report(context, 0, length, 0.0);
    let reader = match response.body() {
        Some(body) => Some(ReadableStreamDefaultReader::new(&body).map_err(unreachable)?),
        None => None,
    };
    while let Some(reader) = &reader {
        let read = JsFuture::from(reader.read()).await.map_err(|_| broken(bytes.len()))?;
        let get = |name: &str| Reflect::get(&read, &name.into());
        if get("done").map_err(unreachable)?.is_truthy() {
            break;
        }
        let chunk: Uint8Array = get("value").map_err(unreachable)?.unchecked_into();
        let at = bytes.len();
        let total = at + chunk.length() as usize;
        if total as u64 > limit_bytes {
            return Err(too_large(total as u64));
        }
        reserve(&mut bytes, total - at)?;
        bytes.resize(total, 0);
        chunk.copy_to(&mut bytes[at..]);
        sha256.update(&bytes[at..]);
        let now = context.now_millis();
        if now - reported >= REPORT_MILLIS {
            reported = now;
            report(context, total, length, now - start);
        }
    }
    if (bytes.len() as u64) < length {
        return Err(broken(bytes.len()).into());
    }
    report(context, bytes.len(), bytes.len() as u64, context.now_millis() - start);
    Ok(Downloaded { bytes, sha256: hex(&sha256.finalize()) })
}

fn report(context: &JobContext, done: usize, of: u64, elapsed_millis: f64) {
    let done = done as u64;
    let left = (elapsed_millis >= ESTIMATE_MILLIS && done > 0 && of >= done)
        .then(|| (elapsed_millis * (of - done) as f64 / done as f64) as u64);
    context.progress(Progress { stage: Stage::Download, done, of, millis_left: left });
}

fn reserve(bytes: &mut Vec<u8>, more: usize) -> Result<(), Trouble> {
    // Vec grows by doubling where that is possible, and by what is needed where it is not.
    bytes.try_reserve(more).or_else(|_| bytes.try_reserve_exact(more)).map_err(|_| {
        trouble::OutOfMemory { needed_bytes: (bytes.len() + more) as u64, available_bytes: bytes.len() as u64 }.into()
    })
}

/// In lower-case hexadecimal.
pub(super) fn sha256_of(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// How a person calls what is at this address: for Hugging Face the repository, else the last part of the path.
pub(super) fn name_of(url: &str) -> String {
    let path = url.split(['?', '#']).next().unwrap_or(url).trim_end_matches('/');
    let last = path.rsplit('/').next().unwrap_or(path);
    let repository = path.strip_prefix("https://huggingface.co/").and_then(|rest| rest.split_once("/resolve/"));
    match repository {
        Some((repository, _)) => format!("{repository}/{last}"),
        None => last.to_owned(),
    }
}
