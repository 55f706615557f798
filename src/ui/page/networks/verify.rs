//! Verify: a network that came as an ONNX file, against the test data that came with it.

use crate::protocol::{DataFile, NetworkReport, Networks, NetworksAnswer, Source, VerifiedSet, VerifyNetwork};
use crate::ui::client::{job_of, opened};
use crate::ui::folder::{self, Dropped};
use crate::ui::state::Incoming;
use crate::ui::widget::{FileButton, Verdict, check};
use crate::ui::{AppState, app, number};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::File;

/// Test sets have a few files each.
const FILES: usize = 1000;

/// What was found last, and of which network.
#[derive(Clone, Copy)]
struct VerifyState(RwSignal<Option<(String, Vec<VerifiedSet>)>>);

fn found() -> RwSignal<Option<(String, Vec<VerifiedSet>)>> {
    app().page_state(|| VerifyState(RwSignal::new(None)), |_| {}).0
}

impl AppState {
    /// A folder of test data, or its files. Whatever else is dropped goes where it always goes, and comes first: the folder may hold
    /// the network too.
    pub(crate) fn take_test_data(self, incoming: &Incoming) -> bool {
        if incoming.files.is_empty() {
            return false;
        }
        let dropped = folder::dropped(incoming);
        spawn_local(async move {
            let (tests, others): (Vec<_>, Vec<_>) = dropped.await.into_iter().partition(is_test);
            let are_loose = !others.is_empty() && others.iter().all(|dropped| !dropped.name.contains('/'));
            match (tests.is_empty(), others.is_empty()) {
                (false, true) => {}
                _ if are_loose => self.take_in(others.into_iter().map(|dropped| dropped.file).collect()).await,
                _ => folder::take_found(others).await,
            }
            if !tests.is_empty() {
                self.verify(tests);
            }
        });
        true
    }

    fn verify(self, files: Vec<Dropped>) {
        let Some(network) = untrack(|| self.network()).map(|network| network.id) else { return };
        self.try_to(async move {
            let of = network.clone();
            let job = |files: Vec<DataFile>| job_of(Networks::VerifyNetwork(VerifyNetwork { network: of, files }));
            let (title, ask) = folder::bring(&files, FILES, job)?;
            if let NetworksAnswer::Verified(sets) = opened(self.try_to_bring(title, ask).await?)? {
                found().set(Some((network, sets)));
            }
            Ok(())
        });
    }
}

/// Other programs' graphs are called `.pb` too.
fn is_test(dropped: &Dropped) -> bool {
    let name = dropped.name.rsplit('/').next().unwrap_or_default();
    name.ends_with(".pb") && (name.starts_with("input_") || name.starts_with("output_"))
}

/// For a network of the person's own.
pub(super) fn verify(network: Memo<Option<NetworkReport>>) -> AnyView {
    let found = found();
    let is_own = move || network.with(|network| network.as_ref().is_some_and(|network| network.source == Source::Own));
    let row = check("verified", [words!(networks.verify), words!(networks.verify_how)], move || {
        let here = network.with(|network| network.as_ref().map(|network| network.id.clone()));
        found.with(|found| match found {
            Some((of, sets)) if Some(of) == here.as_ref() => {
                let verdict = Verdict::of(sets.iter().all(VerifiedSet::holds));
                (verdict, sets.iter().map(said).collect_view().into_any())
            }
            _ => (Verdict::Open, ().into_any()),
        })
    });
    let choose = |files: Vec<File>| app().verify(files.into_iter().map(folder::named).collect());
    view! {
        <section class="card" class:gone=move || !is_own() data-testid="verify">
            <ul class="checks">{row}</ul>
            <FileButton
                id="verify-files"
                label=words!(networks.verify_choose)
                accept=Some(".pb")
                many=true
                on_files=choose
            />
        </section>
    }
    .into_any()
}

fn said(set: &VerifiedSet) -> AnyView {
    let VerifiedSet { name, largest, of_tolerance, count } = set.clone();
    let share = number::small(of_tolerance);
    let (data_largest, data_share) = (largest.to_string(), of_tolerance.to_string());
    view! {
        <span class="talk" class:wrong=!set.holds() data-testid="verified-set" data-largest=data_largest data-share=data_share>
            {(!name.is_empty()).then(|| format!("{name}: "))}
            {show!(networks.verified, largest = number::small(largest), share = share, count = number::count(count))}
        </span>
    }
    .into_any()
}
