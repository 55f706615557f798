//! Start and pause, step, the same start again, a new seed; and what to do with the run.

use crate::ui::desk::{Desk, Life};
use crate::ui::page::train::{Next, Phase};
use crate::ui::widget::{CopyButton, FileButton, Icon};
use crate::ui::{folder, live};
use leptos::prelude::*;
use web_sys::File;

#[component]
pub(super) fn Controls() -> impl IntoView {
    let desk = Desk::here();
    let training = desk.training();
    let next = Memo::new(move |_| training.next(desk));
    let words = move || match next.get() {
        Next::Pause => say!(train.pause),
        Next::Start => say!(train.start),
        Next::GoOn => say!(train.go_on),
        Next::TakeUp => say!(train.take_up),
        Next::LastGood => say!(train.last_good),
    };
    let icon = move || if next.get() == Next::Pause { Icon::Pause } else { Icon::Play };
    let down = move || desk.life() != Life::Up;
    let busy = Memo::new(move |_| training.phase.with(Phase::is_busy));
    let changed = Memo::new(move |_| {
        training.is_changed(desk) && training.current(|run| !run.curve.points.is_empty()) == Some(true)
    });
    view! {
        <div class="controls">
            <button
                type="button"
                class="btn main"
                data-testid="train-main"
                data-next=live::name(move || Some(next_name(next.get())))
                prop:disabled=live::flag(down)
                on:click=move |_| training.do_next(desk, None)
            >
                {live::view(move || view! { <Icon of=icon() /> }.into_any())}
                {live::name(move || Some(words()))}
            </button>
            <button
                type="button"
                class="btn"
                data-testid="train-step"
                prop:disabled=live::flag(move || down() || busy.get())
                on:click=move |_| training.do_next(desk, Some(1))
            >
                <Icon of=Icon::Step />
                {words!(train.one_step)}
            </button>
            <button
                type="button"
                class="btn"
                data-testid="train-reset"
                title=words!(train.reset_hint)
                prop:disabled=live::flag(down)
                on:click=move |_| training.start_anew(desk)
            >
                <Icon of=Icon::Again />
                {words!(train.reset)}
            </button>
            <button
                type="button"
                class="btn"
                data-testid="train-new-seed"
                prop:disabled=live::flag(down)
                on:click=move |_| training.new_seed(desk)
            >
                <Icon of=Icon::Dice />
                {words!(train.new_seed)}
            </button>
        </div>
        <p class="changed" role="status">
            {live::view(move || match (changed.get(), busy.get()) {
                (true, true) => view! {
                    <span data-testid="train-changed">{words!(train.changed)}</span>
                    <button type="button" class="btn" data-testid="train-apply" on:click=move |_| training.start_anew(desk)>
                        {words!(train.apply)}
                    </button>
                }
                .into_any(),
                (true, false) => view! { <span data-testid="train-changed">{words!(train.changed_at_rest)}</span> }.into_any(),
                (false, _) => ().into_any(),
            })}
        </p>
    }
}

/// What can be taken out of the run: its weights, its address.
#[component]
pub(super) fn TakeOut() -> impl IntoView {
    let desk = Desk::here();
    let training = desk.training();
    let import = move |files: Vec<File>| desk.take_for_training(files.into_iter().map(folder::named).collect());
    view! {
        <span class="row-acts">
            <button
                type="button"
                class="btn"
                data-testid="train-export"
                title=words!(train.export_hint)
                prop:disabled=live::flag(move || desk.life() != Life::Up || !training.in_memory.get())
                on:click=move |_| training.export(desk)
            >
                <Icon of=Icon::Download />
                {words!(train.export)}
            </button>
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

fn next_name(next: Next) -> &'static str {
    match next {
        Next::Pause => "pause",
        Next::Start => "start",
        Next::GoOn => "go_on",
        Next::TakeUp => "take_up",
        Next::LastGood => "last_good",
    }
}
