//! Start and pause, step, the same start again, a new seed; and what to do with the run.

use crate::protocol::ExportForm;
use crate::ui::page::train::{Next, TrainingPhase};
use crate::ui::widget::{Button, CopyButton, FileButton, Icon};
use crate::ui::{app, folder, live};
use leptos::prelude::*;
use web_sys::File;

pub(super) fn controls() -> impl IntoView {
    let training = app().training();
    let next = Memo::new(move |_| training.next());
    let icon = move || if next.get() == Next::Pause { Icon::Pause } else { Icon::Play };
    let is_down = move || !app().is_up();
    let busy = Memo::new(move |_| training.phase.with(TrainingPhase::is_busy));
    let changed =
        Memo::new(move |_| training.is_changed() && training.current(|run| !run.curve.points.is_empty()) == Some(true));
    view! {
        <div class="controls">
            <button
                type="button"
                class="btn main"
                data-testid="train-main"
                data-next=live::name(move || Some(next.get().row().0))
                prop:disabled=live::flag(is_down)
                on:click=move |_| training.do_next(None)
            >
                {live::view(move || view! { <Icon of=icon() /> }.into_any())}
                {live::name(move || Some(next.get().row().1()))}
            </button>
            <Button
                id="train-step"
                icon=Icon::Step
                words=words!(train.one_step)
                off=move || is_down() || busy.get()
                on_press=move |()| training.do_next(Some(1))
            />
            <Button
                id="train-reset"
                icon=Icon::Again
                words=words!(train.reset)
                title=words!(train.reset_hint)
                off=is_down
                on_press=move |()| training.start_anew()
            />
            <Button
                id="train-new-seed"
                icon=Icon::Dice
                words=words!(train.new_seed)
                off=is_down
                on_press=move |()| training.new_seed()
            />
        </div>
        <p class="changed" role="status">
            {live::view(move || match (changed.get(), busy.get()) {
                (true, true) => view! {
                    <span data-testid="train-changed">{words!(train.changed)}</span>
                    <Button id="train-apply" words=words!(train.apply) on_press=move |()| training.start_anew() />
                }
                .into_any(),
                (true, false) => view! { <span data-testid="train-changed">{words!(train.changed_at_rest)}</span> }.into_any(),
                (false, _) => ().into_any(),
            })}
        </p>
    }
}

pub(super) fn take_out() -> impl IntoView {
    let training = app().training();
    let import = move |files: Vec<File>| app().take_for_training(files.into_iter().map(folder::named).collect());
    view! {
        <span class="row-acts wraps">
            <Button
                id="train-export"
                icon=Icon::Download
                words=words!(train.export)
                title=words!(train.export_hint)
                off=move || !app().is_up() || !training.in_memory.get()
                on_press=move |()| training.export()
            />
            <Button
                id="train-onnx"
                icon=Icon::Download
                words=words!(train.export_onnx)
                title=words!(train.export_onnx_hint)
                off=move || !app().is_up() || !training.in_memory.get()
                on_press=move |()| training.export_as(ExportForm::Onnx)
            />
            <FileButton
                id="train-import"
                label=words!(train.import)
                hint=Some(words!(train.import_hint))
                accept=Some(".safetensors")
                on_files=import
            />
            <CopyButton
                testid="train-copy-link"
                words=words!(train.copy_link)
                refused=words!(train.not_copied)
                hint=words!(train.link_hint)
                text=|| window().location().href().unwrap_or_default()
            />
        </span>
    }
}
