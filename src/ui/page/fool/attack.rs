//! Original, perturbation, result: what the network sees, what was added to it, and what it sees then.

use super::controls::Controls;
use super::delta;
use super::look::label_of;
use super::norms::Norms;
use super::settings::{FoolSettings, GAIN};
use super::state::wanted;
use crate::protocol::{AttackNews, Attacked, Fool, FoolNews, Pixels, Prediction};
use crate::ui::ask::Ask;
use crate::ui::desk::{Desk, Life};
use crate::ui::page::PageId;
use crate::ui::settings::Settings;
use crate::ui::widget::{Offers, PixelsView, ProgressLine, Slider, WeightsDrop, trouble_box};
use crate::ui::{live, number, save, sentence};
use leptos::prelude::*;

/// Classes under a picture.
const ROWS: usize = 3;

#[component]
pub(super) fn AttackCard(attacked: Ask<Fool, Attacked>) -> impl IntoView {
    let desk = Desk::here();
    let settings = FoolSettings::of(desk);
    let heard = RwSignal::new(None::<AttackNews>);
    let wanted = Memo::new(move |_| wanted(desk, settings));
    Effect::new(move |_| match wanted.get() {
        Some(wanted) => {
            heard.set(None);
            attacked.follow(desk.client, Fool::Attack(wanted.attack), move |news| {
                if let FoolNews::Attack(news) = news {
                    heard.try_set(Some(news));
                }
            });
        }
        None => attacked.stop(),
    });
    let missing = Memo::new(move |_| desk.network().filter(|network| !network.ready && desk.life() == Life::Up));
    view! {
        <section class="card" data-testid="fool-attack" data-state=live::name(move || Some(attacked.state().name()))>
            <h2>{words!(fool.attack_title)}</h2>
            <p class="hint">{words!(fool.attack_hint)}</p>
            <Controls attacked=attacked.answer />
            {live::view(move || {
                missing
                    .get()
                    .map(|network| {
                        let entries = Memo::new({
                            let id = network.id.clone();
                            move |_| desk.catalogue_of(&id)
                        });
                        let title = sentence::network_title(&network);
                        view! {
                            <WeightsDrop>
                                <p data-testid="weights-needed">{say!(weights.needed_no_offer, network = title)}</p>
                            </WeightsDrop>
                            <Offers entries />
                        }
                    })
                    .into_any()
            })}
            {live::view(move || {
                (desk.chosen().is_none()).then(|| view! { <p class="hint">{words!(classify.choose_picture)}</p> }).into_any()
            })}
            <Three attacked=attacked.answer fresh=Signal::derive(move || attacked.is_fresh()) />
            <div class="state-line">
                {live::view(move || {
                    attacked
                        .is_on()
                        .then(|| {
                            let progress = Signal::derive(move || attacked.progress());
                            view! { <ProgressLine title=say!(fool.attacking) progress on_cancel=move || attacked.stop() /> }
                        })
                        .into_any()
                })}
                <p class="figure">{live::maybe(move || heard.get().filter(|_| attacked.is_on()).map(|news| told(&news)))}</p>
            </div>
            {trouble_box(move || attacked.trouble())}
            <Norms attacked=attacked.answer />
            <Exports attacked=attacked.answer />
        </section>
    }
}

fn told(news: &AttackNews) -> String {
    let of = [news.step, news.of].map(|count| number::count(u64::from(count)));
    format!("{} / {}: {} → {}", of[0], of[1], number::percent(news.own), number::percent(news.other))
}

#[component]
fn Three(attacked: RwSignal<Option<Attacked>>, #[prop(into)] fresh: Signal<bool>) -> impl IntoView {
    let desk = Desk::here();
    let settings = FoolSettings::of(desk);
    let gain = Memo::new(move |_| settings.with(|settings| settings.gain));
    let nothing = || Pixels { width: 0, height: 0, rgba: Vec::new().into() };
    let of = move |read: fn(&Attacked) -> Pixels| {
        Signal::derive(move || attacked.with(|attacked| attacked.as_ref().map_or_else(nothing, read)))
    };
    let painted = Signal::derive(move || {
        attacked.with(|attacked| attacked.as_ref().map_or_else(nothing, |found| delta::pixels(found, gain.get())))
    });
    let before =
        Memo::new(move |_| attacked.with(|found| found.as_ref().map(|f| f.before.clone()).unwrap_or_default()));
    let after = Memo::new(move |_| attacked.with(|found| found.as_ref().map(|f| f.after.clone()).unwrap_or_default()));
    view! {
        <div class="fool-three" class:stale=live::flag(move || !fresh.get())>
            <figure>
                <figcaption>{words!(fool.original)}</figcaption>
                <PixelsView pixels=of(|found| found.original.clone()) label=untrack(|| say!(fool.original)) />
                <Classes id="before" predictions=before fresh />
            </figure>
            <figure>
                <figcaption>{words!(fool.perturbation)}</figcaption>
                <PixelsView pixels=painted label=untrack(|| say!(fool.perturbation)) />
                <Gain gain />
            </figure>
            <figure>
                <figcaption>{words!(fool.result)}</figcaption>
                <PixelsView pixels=of(|found| found.result.clone()) label=untrack(|| say!(fool.result)) />
                <Classes id="after" predictions=after fresh />
            </figure>
        </div>
    }
}

/// `id` names the rows for tests.
#[component]
fn Classes(id: &'static str, predictions: Memo<Vec<Prediction>>, fresh: Signal<bool>) -> impl IntoView {
    let row = move |prediction: Prediction| {
        let percent = number::percent(prediction.probability);
        view! {
            <li
                data-testid=live::text(move || if fresh.get() { format!("fool-{id}") } else { String::new() })
                data-label=prediction.label.clone()
                data-probability=prediction.probability.to_string()
            >
                <span>{label_of(&prediction).to_owned()}</span>
                <span class="bar" aria-hidden="true">
                    <i style:width=format!("{:.2}%", 100.0 * prediction.probability)></i>
                </span>
                <span class="figure">{percent}</span>
            </li>
        }
    };
    view! {
        <ol class="fool-classes">
            {live::view(move || predictions.get().into_iter().take(ROWS).map(row).collect_view().into_any())}
        </ol>
    }
}

/// The slider, and the legend of the colours.
#[component]
fn Gain(gain: Memo<u32>) -> impl IntoView {
    let desk = Desk::here();
    let edge = move || 255.0 / f64::from(gain.get());
    view! {
        <div class="fool-legend">
            <span class="figure">{live::text(move || format!("−{:.1}", edge()))}</span>
            <i aria-hidden="true"></i>
            <span class="figure">{live::text(move || format!("+{:.1}", edge()))}</span>
        </div>
        <p class="hint">{words!(fool.legend)}</p>
        <label class="field">
            <span>{live::text(move || say!(fool.gain, gain = gain.get()))}</span>
            <Slider
                id="fool-gain"
                span=[0.0, GAIN.high.log2()]
                step=1.0
                value=Signal::derive(move || f64::from(gain.get()).log2())
                on_slide=move |power: f64| FoolSettings::change(desk, |settings| settings.gain = power.exp2().round() as u32)
            />
        </label>
    }
}

#[component]
fn Exports(attacked: RwSignal<Option<Attacked>>) -> impl IntoView {
    let desk = Desk::here();
    let name = move |found: &Attacked, ending: &str| {
        let picture = desk.item(found.attack.picture).map_or_else(|| "picture".to_owned(), |item| item.name);
        format!(
            "{}-{}-{ending}",
            picture.split('.').next().unwrap_or("picture"),
            found.attack.network.replace(':', "-")
        )
    };
    let button =
        move |id: &'static str, text: crate::ui::lang::Words, ending: &'static str, read: fn(&Attacked) -> &[u8]| {
            view! {
                <button
                    type="button"
                    class="btn"
                    data-testid=id
                    prop:disabled=live::flag(move || attacked.with(Option::is_none))
                    on:click=move |_| {
                        attacked.with_untracked(|found| {
                            if let Some(found) = found {
                                save::as_file(&name(found, ending), read(found));
                            }
                        });
                    }
                >
                    {text}
                </button>
            }
        };
    view! {
        <div class="controls">
            {button("fool-png", words!(fool.save_png), "fooled.png", |found| &found.png)}
            {button("fool-npy", words!(fool.save_npy), "fooled.npy", |found| &found.npy)}
            {button("fool-delta", words!(fool.save_delta), "perturbation.npy", |found| &found.delta_npy)}
            <a class="btn" data-testid="fool-classify" href=live::text(move || desk.place.get().on(PageId::Classify).to_hash())>
                {words!(fool.to_classify)}
            </a>
        </div>
    }
}
