//! What was learnt says what is in the picture that is chosen in the tray.

use crate::protocol::{Caption, Captioned, Decode, SaidCaption, SayCaption};
use crate::ui::widget::trouble_box;
use crate::ui::{app, live, number};
use leptos::prelude::*;

/// Sentences in mind at once.
const BEAM: u32 = 3;

#[component]
pub(super) fn Speak() -> impl IntoView {
    let learnt = app().own_captions().learnt;
    let sentences = ask!(Caption, Latest, Captioned::SaidOf);
    Effect::new(move |_| {
        let is_ready = learnt.with(Option::is_some) && app().is_up();
        if let Some(picture) = app().chosen().filter(|_| is_ready) {
            let backend = app().route.with(|route| route.backend);
            let decode = Decode::Beam { width: BEAM };
            sentences.ask(Caption::SayOf(SayCaption { picture, decode, backend }));
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
