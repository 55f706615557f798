//! What was learnt says what is in the picture that is chosen in the tray.

use crate::protocol::{Caption, Captioned, Decode, SaidCaption, SayCaption};
use crate::ui::desk::Desk;
use crate::ui::widget::trouble_box;
use crate::ui::{live, number};
use leptos::prelude::*;

/// Sentences in mind at once.
const BEAM: u32 = 3;

#[component]
pub(super) fn Speak() -> impl IntoView {
    let desk = Desk::here();
    let learnt = desk.own_captions().learnt;
    let sentences = ask!(Caption, Latest, Captioned::SaidOf);
    Effect::new(move |_| {
        let is_ready = learnt.with(Option::is_some) && desk.is_up();
        if let Some(picture) = desk.chosen().filter(|_| is_ready) {
            let backend = desk.place.with(|place| place.backend);
            let decode = Decode::Beam { width: BEAM };
            sentences.ask(desk.client, Caption::SayOf(SayCaption { picture, decode, backend }));
        }
    });
    let said = move |said: SaidCaption| {
        let SaidCaption { picture, sentence, log_p, millis, .. } = said;
        let (log_p, time) = (number::digits(log_p as f32), number::millis(millis));
        view! {
            <p class="own-said" data-testid="own-said" data-picture=picture.to_string()>{sentence}</p>
            <p class="hint">{live::text(move || say!(caption.own_said, log_p = log_p, time = time))}</p>
        }
    };
    let all = move || {
        learnt.with(Option::is_some).then(|| {
            view! {
                <h3>{words!(caption.own_speak)}</h3>
                {live::view(move || match sentences.answer.get() {
                    Some(answer) => said(answer).into_any(),
                    None => view! { <p class="hint">{words!(classify.choose_picture)}</p> }.into_any(),
                })}
                {trouble_box(move || sentences.trouble())}
            }
        })
    };
    live::view(move || all().into_any())
}
