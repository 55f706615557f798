//! Networks that find boxes or joints, from files that a person brought.

use super::Select;
use crate::protocol::{CachedWeights, Finds};
use crate::ui::app;
use leptos::prelude::*;

/// One that can be chosen: what the engine calls it, and people.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BroughtFile {
    pub(crate) id: String,
    pub(crate) title: String,
}

/// In the order in which they were brought, with those of the network that the engine knows by this id; none while it has not said.
pub(crate) fn brought_files(finds: Finds, (id, title): (&str, &str)) -> Option<Vec<BroughtFile>> {
    let one = |kept: &CachedWeights| match &kept.written {
        Some(written) if written.finds == Some(finds) => {
            Some(BroughtFile { id: kept.network.clone(), title: written.title.clone() })
        }
        None if kept.network == id => Some(BroughtFile { id: id.to_owned(), title: title.to_owned() }),
        Some(_) | None => None,
    };
    app().station.with(|station| {
        let mut files: Vec<BroughtFile> = Vec::new();
        for file in station.as_ref()?.cached.iter().filter_map(one) {
            files.retain(|known| known.id != file.id);
            files.push(file);
        }
        Some(files)
    })
}

/// The one of this title, else the last.
pub(crate) fn file_among(files: &[BroughtFile], title: Option<&str>) -> Option<BroughtFile> {
    let named = files.iter().find(|file| Some(file.title.as_str()) == title);
    named.or(files.last()).cloned()
}

/// A choice where there are several.
pub(crate) fn file_choice(
    id: &'static str,
    files: Memo<Vec<BroughtFile>>,
    chosen: impl Fn() -> Option<BroughtFile> + Copy + Send + Sync + 'static,
    choose: impl Fn(String) + Copy + Send + Sync + 'static,
) -> AnyView {
    let options = move || files.get().into_iter().map(|file| (file.title.clone(), file.title)).collect::<Vec<_>>();
    let shown = move || chosen().map(|file| file.title).unwrap_or_default();
    view! { <Select id label=words!(detect.file) options chosen=shown on_choose=choose /> }.into_any()
}
