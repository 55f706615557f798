//! Pictures that a person brings to be learnt.

use crate::protocol::{AddData, Train, TrainAnswer};
use crate::ui::client::{job_of, opened, unexpected};
use crate::ui::{app, folder};
use leptos::task::spawn_local;
use web_sys::File;

/// Of what a person brings.
const FILES: usize = 50_000;
/// Pictures are brought at this size, unless they have another that all share.
const SIDE: u32 = 28;

/// `then` is done where they could be read.
pub(crate) fn bring_pictures(files: Vec<File>, then: impl FnOnce() + 'static) {
    let files: Vec<_> = files.into_iter().map(folder::named).collect();
    spawn_local(async move {
        let added = async {
            let side = Some(SIDE);
            let (title, ask) = folder::bring(&files, FILES, |files| job_of(Train::AddData(AddData { files, side })))?;
            match opened(app().try_to_bring(title, ask).await?)? {
                TrainAnswer::Data(_) => Ok(()),
                _ => Err(unexpected("AddData")),
            }
        };
        match added.await {
            Ok(()) => then(),
            Err(trouble) => app().fail(trouble),
        }
    });
}
