//! The text that is learnt: from a grammar, or a person's own, from a file, dropped or pasted.

use super::settings::LanguageSettings;
use super::state::LanguageState;
use crate::protocol::{Language, LanguageAnswer, LanguageText, TextFile, TextReport, Trouble, trouble};
use crate::ui::client::{Submission, job_of, opened, unexpected};
use crate::ui::folder::{is_weights, save};
use crate::ui::state::{AppState, Incoming};
use crate::ui::widget::{Button, FileButton};
use crate::ui::{PageSettings, app, live, number};
use leptos::html::Textarea;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_bytes::ByteBuf;
use web_sys::{Blob, File};

/// The engine's own limit for a text: it is in memory there.
const LIMIT_BYTES: f64 = 256e6;
/// The ending of saved models.
pub(super) const MODEL: &str = ".safetensors";
const ACCEPT: &str = ".txt,.md,.csv,.tsv,.json,.html,.xml,.tex,.py,.rs,.js,text/*";

/// The text that the engine has of this person; it stays when the page is left.
#[derive(Clone, Copy)]
pub(crate) struct BroughtText {
    pub(super) report: RwSignal<Option<TextReport>>,
    /// Counts those that were brought: all have one name in the settings.
    pub(super) count: RwSignal<u32>,
    /// Counts saved models that were opened.
    pub(super) opened: RwSignal<u32>,
}

impl AppState {
    pub(super) fn own_text(self) -> BroughtText {
        let make = || BroughtText { report: RwSignal::new(None), count: RwSignal::new(0), opened: RwSignal::new(0) };
        self.page_state(make, |_| {})
    }

    /// A file that is dropped on the page is a saved model or a text, unless it is a picture or another network.
    pub(super) fn take_text(self, incoming: &Incoming) -> bool {
        let is_model = |file: &&File| file.name().to_ascii_lowercase().ends_with(MODEL);
        if let Some(file) = incoming.files.iter().find(is_model).cloned() {
            open_model(file);
            return true;
        }
        let is_text = |file: &&File| !file.type_().starts_with("image/") && !is_weights(&file.name());
        let file = incoming.files.iter().find(is_text).cloned();
        file.map(bring).is_some()
    }
}

pub(super) fn source(state: LanguageState) -> AnyView {
    let area = NodeRef::<Textarea>::new();
    let own = Memo::new(move |_| state.settings.with(|settings| settings.train.text == LanguageText::Own));
    let text = app().own_text();
    let told = move || {
        let found = text.report.get()?;
        let [characters, bytes] = [number::count(found.characters), number::bytes(found.bytes)];
        Some(say!(language.brought, name = found.name, characters = characters, bytes = bytes))
    };
    let paste = move |()| {
        if let Some(area) = area.get_untracked() {
            let file = TextFile { name: say!(language.pasted).to_owned(), bytes: area.value().into_bytes().into() };
            spawn_local(async move { settle(app().client.answer(Language::Bring(file)).await) });
        }
    };
    let choose = |files: Vec<File>| files.into_iter().take(1).for_each(bring);
    let form = move || {
        if !own.get() {
            return ().into_any();
        }
        view! {
            <div class="language-own">
                <p class="hint" data-testid="language-brought">{live::maybe(told)}</p>
                <textarea
                    node_ref=area
                    rows="4"
                    data-testid="language-own-text"
                    aria-label=words!(language.own_label)
                    placeholder=words!(language.own_label)
                ></textarea>
                <div class="row-acts wraps">
                    <Button id="language-paste" words=words!(language.use_text) on_press=paste />
                    <FileButton
                        id="language-file"
                        label=words!(language.file)
                        accept=Some(ACCEPT)
                        on_files=choose
                    />
                </div>
            </div>
        }
        .into_any()
    };
    view! {
        <div class="fields">{controls!(LanguageSettings, "text", "of")}</div>
        {live::view(form)}
    }
    .into_any()
}

/// What was brought is what is learnt from now on.
fn settle(answer: Result<LanguageAnswer, Trouble>) {
    match answer {
        Ok(LanguageAnswer::Brought(found)) => {
            let text = app().own_text();
            text.report.set(Some(found));
            LanguageSettings::change(|settings| settings.train.text = LanguageText::Own);
            text.count.update(|count| *count += 1);
        }
        Ok(_) => app().fail(unexpected("Bring")),
        Err(trouble) => app().fail(trouble),
    }
}

/// Its bytes are handed over as they are.
fn bring(file: File) {
    let name = file.name();
    if file.size() > LIMIT_BYTES {
        let (bytes, limit_bytes) = (file.size() as u64, LIMIT_BYTES as u64);
        return app().fail(trouble::TooLarge { file: name, bytes, limit_bytes }.into());
    }
    spawn_local(async move {
        let job = job_of(Language::Bring(TextFile { name: name.clone(), bytes: ByteBuf::new() }));
        let ask = Submission::with_bodies(job, vec![Blob::from(file)]);
        settle(app().try_to_bring(name, ask).await.and_then(opened));
    });
}

/// A model that was saved here: the page is set as it was, and it goes on learning.
pub(super) fn open_model(file: File) {
    let name = file.name();
    spawn_local(async move {
        let job = job_of(Language::Open(TextFile { name: name.clone(), bytes: ByteBuf::new() }));
        let ask = Submission::with_bodies(job, vec![Blob::from(file)]);
        match app().try_to_bring(name, ask).await.and_then(opened) {
            Ok(LanguageAnswer::Opened(found)) => {
                LanguageSettings::change(|settings| settings.be_as(&found));
                app().own_text().opened.update(|count| *count += 1);
            }
            Ok(_) => app().fail(unexpected("Open")),
            Err(trouble) => app().fail(trouble),
        }
    });
}

/// The weights of the model that writes.
pub(super) async fn save_model(state: LanguageState) -> Result<(), Trouble> {
    let model = state.settings.with_untracked(LanguageSettings::asked);
    match app().client.answer(Language::Save(model)).await? {
        LanguageAnswer::Saved(file) => save(&file.name, &file.bytes),
        _ => return Err(unexpected("Save")),
    }
    Ok(())
}
