//! What comes of learning: the loss on the way, BLEU beside that of one caption for all, captions beside what people said,
//! and a caption of the picture that is chosen in the tray.

use crate::protocol::{Caption, Captioned, Decode, Learnt, SaidCaption, SayCaption, SpokenCaption};
use crate::ui::widget::{Axes, ChartExtent, ChartFigure, Line, PixelsView, trouble_box};
use crate::ui::{Words, app, live, number};
use leptos::prelude::*;

const SHOWN: usize = 12;

pub(super) fn results() -> impl IntoView {
    let learnt = app().own_captions().learnt;
    live::view(move || {
        // What was learnt captions the chosen picture.
        learnt
            .get()
            .map(|learnt| {
                app().want_tray();
                learnt_view(learnt)
            })
            .into_any()
    })
}

fn learnt_view(learnt: Learnt) -> impl IntoView {
    let (pictures, shown) = (learnt.spoken.len() as u64, learnt.spoken.len().min(SHOWN));
    let (frequent, times) = (learnt.frequent.clone(), number::count(learnt.frequent_count));
    // Where no two captions are the same, none is frequent.
    let is_repeated = learnt.frequent_count > 1;
    let (epoch, words) = (learnt.best_epoch.to_string(), number::count(learnt.words));
    let damaged = (learnt.damaged > 0).then(|| {
        let (count, first) = (number::count(learnt.damaged), learnt.first_damaged.clone());
        let text = move || say!(caption.own_damaged, count = count, first = first);
        view! { <p class="hint" data-testid="own-damaged">{live::text(text)}</p> }
    });
    let head = (1..=4).map(|n| view! { <th scope="col">{format!("BLEU-{n}")}</th> }).collect_view();
    view! {
        <h3>{live::text(move || say!(caption.own_bleu, count = number::count(pictures)))}</h3>
        <div class="scroll">
            <table class="pupils" data-testid="own-bleu">
                <thead>
                    <tr>
                        <th></th>
                        {head}
                    </tr>
                </thead>
                <tbody>
                    {row("greedy", words!(caption.own_greedy), learnt.greedy)}
                    {row("beam", words!(caption.own_beam), learnt.beam)}
                    {row("baseline", words!(caption.own_baseline), learnt.baseline)}
                </tbody>
            </table>
        </div>
        <p class="hint">
            {live::view(move || is_repeated.then(|| show!(caption.own_frequent, caption = frequent, times = times)).into_any())}
            " "
            {live::view(move || show!(caption.own_kept, epoch = epoch, words = words))}
        </p>
        {damaged}
        <ul class="own-spoken">{learnt.spoken.into_iter().take(shown).map(spoken).collect_view()}</ul>
    }
}

fn row(kind: &'static str, name: Words, scores: [f64; 4]) -> AnyView {
    let cell = |score: f64| view! { <td class="figure" data-value=score.to_string()>{format!("{score:.1}")}</td> };
    view! {
        <tr data-testid=format!("own-bleu-{kind}")>
            <th scope="row">{name}</th>
            {scores.map(cell).into_iter().collect_view()}
        </tr>
    }
    .into_any()
}

fn spoken(spoken: SpokenCaption) -> AnyView {
    let SpokenCaption { picture, preview, beam, references, .. } = spoken;
    let shown = preview.map(|pixels| {
        let pixels = Signal::stored(pixels);
        view! { <PixelsView pixels label=picture.clone() /> }
    });
    view! {
        <li data-testid="own-spoken" title=picture.clone()>
            {shown}
            <div>
                <p>{beam}</p>
                <p class="hint">{references.join(" · ")}</p>
            </div>
        </li>
    }
    .into_any()
}

pub(super) fn curve() -> impl IntoView {
    let news = app().own_captions().news;
    let lines = Memo::new(move |_| {
        let place = |&(step, loss): &(u32, f32)| [f64::from(step), f64::from(loss)];
        news.with(|news| {
            let losses = Line::new("", news.iter().flat_map(|news| &news.losses).map(place));
            let held_out = Line::new("", news.iter().flat_map(|news| &news.held_out).map(place));
            let dots = held_out.dots("");
            [losses, held_out.drawn("validation present"), dots]
        })
    });
    let extent = move || {
        let most = lines.with(|lines| lines.iter().flat_map(|line| &line.points).fold(1.0, |most, [_, y]| y.max(most)));
        let steps = news.with(|news| news.as_ref().map_or(1.0, |news| f64::from(news.of)));
        ChartExtent::linear([0.0, steps], [0.0, most.ceil()])
    };
    let told = move |at: f64| {
        let [loss, held_out, _] = lines.with(|lines| lines.each_ref().map(|line| line.at(at)));
        let figure = |loss: Option<f64>| loss.map(|loss| number::digits(loss as f32)).unwrap_or_default();
        loss.map(|_| say!(caption.own_losses, loss = figure(loss), held_out = figure(held_out))).unwrap_or_default()
    };
    let draw = move |axes: &Axes| lines.with(|lines| lines.iter().map(|line| line.stroke(axes)).collect());
    view! {
        <div class:gone=live::flag(move || news.with(Option::is_none))>
            <ChartFigure id="own-loss" title=words!(caption.loss) extent draw told />
        </div>
    }
}

const BEAM: u32 = 3;

pub(super) fn speak() -> impl IntoView {
    let learnt = app().own_captions().learnt;
    let sentences = ask!(Caption, Latest, Captioned::SaidOf);
    Effect::new(move |_| {
        let is_ready = learnt.with(Option::is_some) && app().is_up();
        if let Some(picture) = app().chosen.get().filter(|_| is_ready) {
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
