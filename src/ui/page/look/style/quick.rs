//! The quick way: painted in one run by a network that was trained for one style, again whenever there is another picture.

use crate::protocol::{LookInside, LookInsideAnswer, Painted, QuickStyle};
use crate::ui::page::look::saves::{acts, save};
use crate::ui::page::look::settings::LookSettings;
use crate::ui::widget::{PixelsView, StartStop, computed_on, no_pixels, trouble_box};
use crate::ui::{app, live, number};
use leptos::prelude::*;

pub(super) fn quick(settings: Memo<LookSettings>) -> AnyView {
    let asked = ask!(LookInside, Restart, LookInsideAnswer::Painted);
    let job = Memo::new(move |_| {
        let subject = app().subject()?;
        let question = subject.question(None);
        let side = settings.with(|settings| settings.style.side);
        Some(QuickStyle { backend: question.backend, picture: question.picture, side })
    });
    // Weights that were brought last stand at the end.
    let brought =
        Memo::new(move |_| app().cached().into_iter().rfind(|kept| kept.network == PAINTER).map(|kept| kept.sha256));
    asked.keep(
        move || job.get().zip(brought.get()),
        move |(job, _): (QuickStyle, String)| asked.ask(LookInside::Paint(job)),
    );
    let start = move |()| job.get_untracked().into_iter().for_each(|job| asked.ask(LookInside::Paint(job)));
    let found = asked.answer;
    let pixels =
        Signal::derive(move || found.with(|found| found.as_ref().map_or_else(no_pixels, |f| f.picture.clone())));
    view! {
        <div class="look-board style-board">
            <div
                class="style-picture"
                class:blank=live::flag(move || found.with(Option::is_none))
                data-testid="quick-picture"
                data-width=live::maybe(move || found.with(|found| Some(found.as_ref()?.picture.width.to_string())))
            >
                <PixelsView pixels label=say!(look.style_label).to_owned() />
                <p class="optimal-empty">{words!(look.quick_empty)}</p>
            </div>
            <div class="look-side">
                <div class="fields">{controls!(LookSettings, "styleside")}</div>
                {acts(
                    view! {
                        <StartStop
                            id="quick"
                            of=asked.asking
                            able=move || job.with(Option::is_some)
                            stop_words=words!(app.cancel)
                            start
                        />
                    },
                    view! {
                        {save(asked, ("quick-png", words!(look.save)), "painted.png", |found| Some(&found.png))}
                        {save(asked, ("quick-npy", words!(look.save_npy)), "painted.npy", |found| Some(&found.npy))}
                    },
                )}
                <p class="sub">{live::view(move || found.get().map(said).into_any())}</p>
                {trouble_box(move || asked.trouble())}
            </div>
        </div>
    }
    .into_any()
}

/// The engine's name of such a network.
const PAINTER: &str = "fast_style";

fn said(found: Painted) -> AnyView {
    let Painted { by, elapsed_ms, backend, .. } = found;
    view! {
        <span>{show!(look.quick_ran, time = number::millis(elapsed_ms), by = by)}</span>
        {computed_on(&backend)}
    }
    .into_any()
}
