//! A closer look at the run: panels that ask the engine while they are open and in sight, one question at a time.

mod ask;
mod confusion;
mod pad;
mod pictures;
mod surface;

use crate::protocol::{Look, Looked};
use crate::ui::widget::trouble_box;
use crate::ui::{Words, app, live};
use ask::{LookScheduler, Panel};
use confusion::Confusion;
use leptos::prelude::*;
use pad::Pad;
use pictures::{Examples, Filters, Histograms};
use surface::Surface;

#[component]
pub(super) fn LookPanels() -> impl IntoView {
    let scheduler = LookScheduler::open();
    provide_context(scheduler);
    // The shape of what is trained, else of what is chosen.
    let shape = Memo::new(move |_| {
        let trained = app().training().current(|run| run.about.as_ref().map(|about| about.data.shape)).flatten();
        trained.or_else(|| app().training().data().map(|data| data.shape))
    });
    view! {
        <div class="looks">
            {live::view(move || match shape.get() {
                Some([2, 1, 1]) => view! {
                    <Surface />
                    <Confusion open=false />
                    <Histograms />
                }
                .into_any(),
                Some([channels, _, _]) => view! {
                    <Pad draws={channels == 1} />
                    <Filters />
                    <Confusion open=true />
                    <Examples />
                    <Histograms />
                }
                .into_any(),
                None => ().into_any(),
            })}
        </div>
    }
}

/// A card that opens and shuts; while it is open and in sight, `look` is what it wants to know.
#[component]
fn LookPanel(
    id: &'static str,
    title: Words,
    hint: Words,
    #[prop(optional)] open: bool,
    look: impl Fn() -> Option<Look> + Send + Sync + 'static,
    panel: Panel,
    children: ChildrenFn,
) -> impl IntoView {
    let scheduler = expect_context::<LookScheduler>();
    let details = NodeRef::<leptos::html::Details>::new();
    scheduler.admit(panel, details, look);
    let is_open = RwSignal::new(open);
    view! {
        <details
            node_ref=details
            class=format!("card look look-{id}")
            open=open
            data-testid=format!("look-{id}")
            data-step=live::maybe(move || panel.answer.with(|answer| answer.as_ref().and_then(step_of)).map(|s| s.to_string()))
            on:toggle=move |_| is_open.set(details.get_untracked().is_some_and(|details| details.open()))
        >
            <summary>
                <h2>{title}</h2>
            </summary>
            {live::view(move || {
                is_open
                    .get()
                    .then(|| view! {
                        <p class="hint">{hint}</p>
                        {children()}
                        {trouble_box(move || panel.trouble.get())}
                    })
                    .into_any()
            })}
        </details>
    }
}

/// Names of the classes of what is trained, else of what is chosen.
fn classes_of() -> Memo<Vec<String>> {
    Memo::new(move |_| {
        let trained = app().training().current(|run| run.about.as_ref().map(|about| about.data.classes.clone()));
        trained.flatten().or_else(|| app().training().data().map(|data| data.classes)).unwrap_or_default()
    })
}

fn step_of(looked: &Looked) -> Option<u32> {
    match looked {
        Looked::Confusion { step, .. }
        | Looked::Filters { step, .. }
        | Looked::Histograms { step, .. }
        | Looked::Surface { step, .. }
        | Looked::Try { step, .. } => Some(*step),
        Looked::Examples { .. } => None,
    }
}
