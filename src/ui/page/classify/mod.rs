//! Classify: what is in this picture?

mod answer;
mod checks;
mod choices;
mod prepare;
mod question;

use crate::protocol::{Fit, NetworkReport, Preprocess, Source};
use crate::ui::page::{PAGES, Page, PageTopic};
use crate::ui::parts::Arrival;
use crate::ui::widget::{Enlarged, Framed, PageFrame, check_card, figures};
use crate::ui::{PageId, app, live, number, sentence};
use answer::{answer, kept_weights};
pub(crate) use checks::checks;
pub(super) use choices::BackendSelect;
use choices::choices;
pub(crate) use choices::{FitSelect, NetworkSelect};
use leptos::prelude::*;
pub(crate) use prepare::prepare;
pub(crate) use question::Question;

pub(crate) fn classify() -> AnyView {
    let question = Question::ask();
    view! {
        <PageFrame
            class="stage-column"
            title=words!(classify.title)
            sub=live::view(move || app().network().map(facts).into_any()).into_any()
            texts=&[words!(why.idea), words!(why.who)]
            tries=&[words!(why.try_fit), words!(why.try_network), words!(why.try_backend)]
            checks=check_card(None, app().parts.later.show(move |later| (later.checks)(question)))
        >
            <div class="card">
                <div class="stage">
                    <Shown question />
                    {answer(question)}
                </div>
                <p class="onward">
                    {PAGES.iter().filter(is_onward).map(onward).collect_view()}
                </p>
                {choices()}
                {kept_weights()}
                {brought(question)}
            </div>
        </PageFrame>
    }
    .into_any()
}

/// What can be set of a network that a person brought.
fn brought(question: Question) -> impl IntoView {
    let is_brought = Memo::new(move |_| {
        app().network().is_some_and(|network| network.ready && !matches!(network.source, Source::Shipped(_)))
    });
    live::view(move || match app().parts.later.arrival() {
        Arrival::Here(later) if is_brought.get() => untrack(|| (later.prepare)(question)),
        _ => ().into_any(),
    })
}

fn is_onward(page: &&Page) -> bool {
    page.about == PageTopic::Pictures && page.id != PageId::Classify
}

fn onward(page: &'static Page) -> impl IntoView {
    view! {
        <a class="btn" data-testid=format!("{}-this", page.path) href=live::text(move || app().route.get().on(page.id).to_hash())>
            {live::text(move || say!(classify.onward, page = (page.name)()))}
        </a>
    }
}

fn facts(network: NetworkReport) -> AnyView {
    let weights = (number::count(network.params), words!(classify.weights_count));
    let macs = (number::short_count(network.macs), words!(classify.macs));
    let title = network.clone();
    view! {
        <b>{live::text(move || sentence::network_title(&title))}</b>
        {figures(vec![weights, macs])}
        <span class="paper">{live::text(move || sentence::network_origin(&network))}</span>
    }
    .into_any()
}

#[component]
fn Shown(question: Question) -> impl IntoView {
    let fit = move || app().route.with(|route| route.fit);
    // What the centre crop keeps of the shorter side.
    let part = Memo::new(move |_| {
        let of = |network: NetworkReport| {
            let Preprocess { size, shorter, .. } = network.preprocess;
            (fit() == Fit::Crop && !network.reads_digits).then_some(f64::from(size?) / f64::from(shorter?))
        };
        app().network().and_then(of)
    });
    let chosen = Memo::new(move |_| app().chosen_item().map(|item| item.id));
    let reads_digits = Memo::new(move |_| app().network().is_some_and(|network| network.reads_digits));
    let seen = Memo::new(move |_| question.answer().and_then(|answer| answer.seen));
    view! {
        <figure class="shown">
            <div class="mat">
                {live::view(move || match chosen.get() {
                    Some(picture) => view! { <Framed picture part=part.get() /> }.into_any(),
                    None => view! { <p class="hint">{words!(classify.choose_picture)}</p> }.into_any(),
                })}
            </div>
            <figcaption>
                <p class="shown-line">
                    {live::view(move || {
                        app().chosen_item()
                            .map(|item| {
                                view! {
                                    <span class="shown-name">{item.name}</span>
                                    <span class="figure">{format!("{}×{} px", item.width, item.height)}</span>
                                }
                            })
                            .into_any()
                    })}
                </p>
                <p data-testid="seen-how">
                    {live::name(move || match (chosen.get(), fit()) {
                        (None, _) => None,
                        (Some(_), _) if reads_digits.get() => Some(say!(classify.seen_digit)),
                        (Some(_), Fit::Crop) => Some(say!(classify.seen)),
                        (Some(_), Fit::Squash) => Some(say!(classify.seen_all)),
                    })}
                </p>
                {live::view(move || seen.get().map(|pixels| view! { <Enlarged pixels /> }).into_any())}
            </figcaption>
        </figure>
    }
}
