//! What was learnt, as files: the classifier alone, one network, a page that works by itself; and the whole project.

use super::state::TransferState;
use crate::protocol::{Exported, Transfer, TransferForm, Transferred, Trouble};
use crate::ui::client::unexpected;
use crate::ui::widget::{Button, Icon};
use crate::ui::{Choice, Words, app, folder, lang};
use leptos::prelude::*;

pub(super) async fn exported(job: Transfer) -> Result<Exported, Trouble> {
    match app().client.answer(job).await? {
        Transferred::Saved(file) => Ok(file),
        _ => Err(unexpected("Save")),
    }
}

pub(super) async fn save(job: Transfer) -> Result<(), Trouble> {
    let Exported { name, bytes } = exported(job).await?;
    folder::save(&name, &bytes);
    Ok(())
}

/// What a page by itself says, in the person's language.
fn texts() -> Vec<(String, String)> {
    let said = [
        lang::spoken().key(),
        say!(transfer.none),
        say!(transfer.webcam),
        say!(transfer.webcam_off),
        say!(transfer.page_told),
        say!(transfer.page_choose),
        say!(transfer.page_made),
        say!(transfer.page_unread),
        say!(transfer.page_no_webcam),
    ];
    TransferForm::TEXTS.iter().zip(said).map(|(key, text)| ((*key).to_owned(), text.to_owned())).collect()
}

/// Of what was learnt last.
pub(super) fn save_buttons(state: TransferState) -> AnyView {
    let is_none = move || state.learn.answer.with(Option::is_none);
    let button = move |id: &'static str, words: Words, form: fn() -> TransferForm| {
        let press = move |()| app().try_to(save(Transfer::Save(form())));
        view! { <Button id icon=Icon::Download words off=is_none on_press=press /> }
    };
    let use_it = async || {
        let Exported { name, bytes } = exported(Transfer::Save(TransferForm::Onnx)).await?;
        folder::take_as_dropped(&name, &bytes).await;
        Ok::<(), Trouble>(())
    };
    view! {
        <div class="row-acts wraps">
            {button("transfer-save", words!(transfer.save), || TransferForm::Classifier)}
            {button("transfer-onnx", words!(transfer.save_whole), || TransferForm::Onnx)}
            {button("transfer-page", words!(transfer.save_page), || TransferForm::Page(texts()))}
            <Button
                id="transfer-use"
                words=words!(transfer.use_it)
                title=words!(transfer.use_hint)
                off=is_none
                on_press=move |()| app().try_to(use_it())
            />
        </div>
    }
    .into_any()
}
