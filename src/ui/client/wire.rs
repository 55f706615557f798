//! Between protocol types and what `postMessage` carries.

use crate::protocol::{Caption, Job, PictureSource, Response};
use js_sys::{Reflect, Uint8Array};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};

/// As JSON has it, but bytes as `Uint8Array`.
const FORM: serde_wasm_bindgen::Serializer =
    serde_wasm_bindgen::Serializer::json_compatible().serialize_bytes_as_arrays(false);

pub(crate) fn js_from(value: &impl Serialize) -> Result<JsValue, serde_wasm_bindgen::Error> {
    value.serialize(&FORM)
}

pub(crate) fn response_from(message: JsValue) -> Result<Response, serde_wasm_bindgen::Error> {
    serde_wasm_bindgen::from_value(message)
}

pub(crate) fn job_from(job: JsValue) -> Result<Job, serde_wasm_bindgen::Error> {
    serde_wasm_bindgen::from_value(job)
}

/// `{id, job}`, with `bodies` in the places of the job's bytes.
pub(super) fn request(id: u32, job: &Job, bodies: &[Uint8Array]) -> Result<JsValue, JsValue> {
    // Not `Request` itself: that would want to own the job.
    let request = js_sys::Object::new();
    let value = js_from(job)?;
    for (place, body) in bodies.iter().enumerate() {
        put(&value, job, place, body)?;
    }
    Reflect::set(&request, &"id".into(), &id.into())?;
    Reflect::set(&request, &"job".into(), &value)?;
    Ok(request.into())
}

/// Stands for the number of the file.
const EACH: &str = "*";

/// Where a job of this kind keeps its bytes.
fn body_path(job: &Job) -> &'static [&'static str] {
    match job {
        Job::AddPicture(picture) => match picture.source {
            PictureSource::Bytes(_) => &["add_picture", "source", "bytes"],
            PictureSource::Pixels(_) => &["add_picture", "source", "pixels", "rgba"],
            PictureSource::Url(_) | PictureSource::Gallery(_) => &[],
        },
        Job::DropWeights(_) => &["drop_weights", "bytes"],
        Job::ImportRun(_) => &["import_run", "bytes"],
        Job::Caption(Caption::Bring(_)) => &["caption", "bring", "files", EACH, "bytes"],
        Job::AddData(_) => &["add_data", "files", EACH, "bytes"],
        Job::Start(_)
        | Job::RemovePicture(_)
        | Job::DownloadWeights(_)
        | Job::DeleteWeights(_)
        | Job::Classify(_)
        | Job::Compare(_)
        | Job::Summarise(_)
        | Job::TrainOptions
        | Job::FetchData(_)
        | Job::LoseGpu
        | Job::DescribeNetwork(_)
        | Job::Train(_)
        | Job::Steer(_)
        | Job::Look(_)
        | Job::ExportRun
        | Job::Optimise(_)
        | Job::Distil(_)
        | Job::SteerDistil(_)
        | Job::Fool(_)
        | Job::Caption(_)
        | Job::Speed(_)
        | Job::Cancel(_) => &[],
    }
}

fn put(object: &JsValue, job: &Job, place: usize, value: &JsValue) -> Result<(), JsValue> {
    let Some((last, parents)) = body_path(job).split_last() else {
        return Ok(());
    };
    let mut object = object.clone();
    for name in parents {
        object = match *name {
            EACH => Reflect::get_u32(&object, place as u32)?,
            name => Reflect::get(&object, &JsValue::from_str(name))?,
        };
    }
    Reflect::set(&object, &JsValue::from_str(last), value).map(|_| ())
}

/// An exception in words: its message where it has one.
pub(crate) fn words(exception: &JsValue) -> String {
    exception
        .dyn_ref::<js_sys::Error>()
        .map(|error| String::from(error.message()))
        .or_else(|| exception.as_string())
        .unwrap_or_else(|| format!("{exception:?}"))
}
