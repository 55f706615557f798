//! The chosen network for other programs: as a file, and as source on the clipboard.

use crate::protocol::{Experiment, ExportForm, ExportNetwork, Networks, NetworksAnswer};
use crate::ui::client::unexpected;
use crate::ui::widget::{Button, CopyLater, Icon, progress_of, trouble_box};
use crate::ui::{Words, app, folder};
use leptos::prelude::*;

/// As files.
const FILES: [(&str, Words, ExportForm); 4] = [
    ("take-safetensors", words!(networks.take_weights), ExportForm::Safetensors),
    ("take-onnx", words!(networks.take_onnx), ExportForm::Onnx),
    ("take-pytorch", words!(networks.take_pytorch), ExportForm::Pytorch),
    ("take-candle", words!(networks.take_candle), ExportForm::Candle),
];

/// On the clipboard.
const SOURCES: [(&str, Words, ExportForm); 2] = [
    ("copy-pytorch", words!(networks.copy_pytorch), ExportForm::Pytorch),
    ("copy-candle", words!(networks.copy_candle), ExportForm::Candle),
];

#[component]
pub(super) fn TakeAlong(network: String, ready: bool) -> impl IntoView {
    let exported = ask!(Networks, Restart, NetworksAnswer::Exported);
    let network = StoredValue::new(network);
    let job = move |form| Networks::ExportNetwork(ExportNetwork { network: network.get_value(), form });
    let take = move |form| exported.start(job(form), |_| {}, |file| folder::save(&file.name, &file.bytes));
    let file = move |(id, words, form): (&'static str, Words, ExportForm)| {
        let off = move || !app().is_up() || exported.is_on();
        (ready || !form.has_weights())
            .then(|| view! { <Button id icon=Icon::Download words off on_press=move |()| take(form) /> })
    };
    let source = move |(testid, words, form): (&'static str, Words, ExportForm)| {
        let text = move || async move {
            match app().client.answer(job(form)).await? {
                NetworksAnswer::Exported(file) => Ok(file.into_text()),
                _ => Err(unexpected(Networks::ID.name())),
            }
        };
        view! { <CopyLater testid words refused=words!(networks.not_copied) text /> }
    };
    view! {
        <div class="take-along" data-testid="take-along">
            <h3>{words!(networks.take)}</h3>
            <p class="hint">{words!(networks.take_hint)}</p>
            <div class="onward">
                {FILES.map(file).into_iter().collect_view()}
                {SOURCES.map(source).into_iter().collect_view()}
            </div>
            {progress_of(exported.asking, words!(networks.taking))}
            {trouble_box(move || exported.trouble())}
        </div>
    }
}
