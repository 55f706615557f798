//! A machine that was saved is opened again, and goes on learning.

use super::settings::{RepresentPart, RepresentSettings};
use crate::protocol::{BoltzmannTrain, OpenedMachine, Represent, Represented, SavedMachine};
use crate::ui::client::{Submission, job_of, opened, unexpected};
use crate::ui::state::{AppState, Incoming};
use crate::ui::{PageSettings, app};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_bytes::ByteBuf;
use web_sys::{Blob, File};

const ENDING: &str = ".safetensors";

/// Counts machines that were opened.
#[derive(Clone, Copy)]
struct OpenedMachines(RwSignal<u32>);

impl AppState {
    pub(super) fn opened_machines(self) -> RwSignal<u32> {
        self.page_state(|| OpenedMachines(RwSignal::new(0)), |_| {}).0
    }

    /// A file of weights that is dropped where Boltzmann machines are shown is such a machine.
    pub(crate) fn take_machine(self, incoming: &Incoming) -> bool {
        let settings: RepresentSettings = self.route.with_untracked(|route| route.settings()).unwrap_or_default();
        let is_here = settings.part == RepresentPart::Boltzmann;
        let file = incoming.files.iter().find(|file| file.name().to_ascii_lowercase().ends_with(ENDING));
        file.filter(|_| is_here).cloned().map(open).is_some()
    }
}

/// Its bytes are handed over as they are; the page is then set as the machine was.
pub(super) fn open(file: File) {
    let name = file.name();
    spawn_local(async move {
        let job = job_of(Represent::Open(SavedMachine { name: name.clone(), bytes: ByteBuf::new() }));
        let ask = Submission::with_bodies(job, vec![Blob::from(file)]);
        match app().try_to_bring(name, ask).await.and_then(opened) {
            Ok(Represented::Opened(OpenedMachine { mut setup, step })) => {
                // One that has learnt all of its steps has as many before it as are usual.
                if step >= setup.steps {
                    setup.steps = step.saturating_add(BoltzmannTrain::usual(setup.data).steps);
                }
                RepresentSettings::change(|settings| {
                    (settings.part, settings.train) = (RepresentPart::Boltzmann, setup);
                });
                app().opened_machines().update(|count| *count += 1);
            }
            Ok(_) => app().fail(unexpected("Open")),
            Err(trouble) => app().fail(trouble),
        }
    });
}
