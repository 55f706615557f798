//! Which pictures are looked through: the tray, a set that the program draws, or one that the person brings.

use super::super::settings::{LookSettings, data_of};
use crate::protocol::{AddData, ExciteFound, Train, TrainAnswer, Trouble, TroubleKind};
use crate::ui::client::{job_of, opened, unexpected};
use crate::ui::folder::{self, Dropped};
use crate::ui::state::Incoming;
use crate::ui::widget::{FileButton, Select};
use crate::ui::{AppState, PageSettings, app};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::File;

/// Sets of pictures that the program draws.
const SETS: [&str; 2] = ["digits", "shapes"];
/// As many pictures as ImageNet's validation set has.
const FILES: usize = 50_000;

pub(super) fn source_select(settings: Memo<LookSettings>, shown: RwSignal<Option<ExciteFound>>) -> AnyView {
    let set = Memo::new(move |_| settings.with(|settings| settings.excite.data.as_ref().map(|data| data.set.clone())));
    let brought = Memo::new(move |_| shown.with(|found| found.as_ref()?.brought.clone()));
    let options = Signal::derive(move || {
        let mut sets = SETS.map(str::to_owned).to_vec();
        for other in brought.get().into_iter().chain(set.get()) {
            if !sets.contains(&other) {
                sets.push(other);
            }
        }
        let tray = (String::new(), say!(look.excite_tray).to_owned());
        std::iter::once(tray).chain(sets.into_iter().map(|set| (set.clone(), name_of(&set)))).collect::<Vec<_>>()
    });
    let choose = |set: String| take(Some(set).filter(|set| !set.is_empty()));
    let chosen = Signal::derive(move || set.get().unwrap_or_default());
    view! { <Select id="excite-source" label=words!(look.excite_source) options chosen on_choose=choose /> }.into_any()
}

fn name_of(set: &str) -> String {
    match set {
        "digits" => say!(look.excite_digits).to_owned(),
        "shapes" => say!(look.excite_shapes).to_owned(),
        other => other.to_owned(),
    }
}

fn take(set: Option<String>) {
    LookSettings::change(|settings| settings.excite.data = set.map(data_of));
}

/// A folder of pictures, or files with examples, for this and for Train.
pub(super) fn own_pictures() -> AnyView {
    let take = move |files: Vec<File>| app().bring_to_look(files.into_iter().map(folder::named).collect());
    view! {
        <FileButton id="excite-folder" label=words!(look.excite_folder) many=true folder=true on_files=take />
        <FileButton id="excite-files" label=words!(look.excite_files) many=true on_files=take />
    }
    .into_any()
}

impl AppState {
    /// A folder that was dropped on the page: pictures to look through, or a network with what lies beside it.
    pub(in crate::ui::page::look) fn take_folder_to_look(self, incoming: &Incoming) -> bool {
        if !incoming.has_folder() {
            return false;
        }
        let dropped = folder::dropped(incoming);
        spawn_local(async move {
            let files = dropped.await;
            match files.iter().any(Dropped::is_weights) {
                true => folder::take_found(files).await,
                false => self.bring_to_look(files),
            }
        });
        true
    }

    /// Pictures in folders by class, or other files with examples, are a set; pictures without classes go to the tray.
    fn bring_to_look(self, files: Vec<Dropped>) {
        spawn_local(async move {
            match self.set_of(&files).await {
                Ok(set) => take(Some(set)),
                Err(trouble)
                    if [TroubleKind::NoClass, TroubleKind::OneClass, TroubleKind::OnlyPicture]
                        .into_iter()
                        .any(|kind| trouble.is(kind)) =>
                {
                    folder::take_found(files).await;
                    take(None);
                }
                Err(trouble) => self.fail(trouble),
            }
        });
    }

    /// Its name. Pictures get the size that the network reads.
    async fn set_of(self, files: &[Dropped]) -> Result<String, Trouble> {
        let side = untrack(|| self.network()).map(|network| network.input[1].min(network.input[2]) as u32);
        let (title, ask) = folder::bring(files, FILES, |files| job_of(Train::AddData(AddData { files, side })))?;
        match opened(self.try_to_bring(title, ask).await?)? {
            TrainAnswer::Data(report) => Ok(report.set),
            _ => Err(unexpected("AddData")),
        }
    }
}
