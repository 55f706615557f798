//! Original, perturbation, result: what the network sees, what was added to it, what it sees then, and how much was changed.

use super::controls::controls;
use super::settings::{FoolSettings, GAIN, LEVELS};
use super::state::{Wanted, is_target_already};
use crate::protocol::{AttackNews, Attacked, Fool, FoolNews, Norms as Figures, Pixels, Prediction};
use crate::ui::widget::{Button, Card, PixelsView, Slider, Wanting, computed_on, no_pixels, painted, progress_of};
use crate::ui::{Ask, PageId, PageSettings, Words, app, folder, live, number, sentence};
use leptos::prelude::*;

const ROWS: usize = 3;

pub(super) fn attack_card(
    settings: Memo<FoolSettings>,
    wanted: Wanted,
    attacked: Ask<Fool, Attacked>,
    names: Memo<Vec<Prediction>>,
) -> impl IntoView {
    let heard = RwSignal::new(None::<AttackNews>);
    let start = move |(attack, _)| {
        heard.set(None);
        attacked.follow(Fool::Attack(attack), move |news| {
            if let FoolNews::Attack(news) = news {
                heard.try_set(Some(news));
            }
        });
    };
    attacked.keep(move || wanted.get(), start);
    Effect::new(move |_| {
        let climbs = attacked.answer.with(|found| {
            found.iter().for_each(|found| app().computed_on(&found.backend));
            found.as_ref().is_some_and(|found| wanted.climbs(found))
        });
        if climbs {
            wanted.climb();
        }
    });
    view! {
        <Card id="fool-attack" title=words!(fool.attack_title) hint=words!(fool.attack_hint) of=attacked.asking>
            <Wanting />
            {verdict(attacked)}
            <Three settings attacked=attacked.answer fresh=move || attacked.is_fresh() />
            <div class="state-line">
                {progress_of(attacked.asking, words!(fool.attacking))}
                <p class="figure">{live::maybe(move || heard.get().filter(|_| attacked.is_on()).map(|news| told(&news)))}</p>
            </div>
            {controls(settings, wanted, attacked.answer, names)}
            <details class="more-settings">
                <summary>{words!(fool.more_figures)}</summary>
                {norms(attacked.answer)}
                {exports(attacked.answer)}
            </details>
        </Card>
    }
}

fn told(news: &AttackNews) -> String {
    let of = [news.step, news.of].map(number::count);
    format!("{} / {}: {} → {}", of[0], of[1], number::percent(news.own), number::percent(news.other))
}

#[component]
fn Three(
    settings: Memo<FoolSettings>,
    attacked: RwSignal<Option<Attacked>>,
    #[prop(into)] fresh: Signal<bool>,
) -> impl IntoView {
    let gain = Memo::new(move |_| settings.with(|settings| settings.gain));
    let of = move |read: fn(&Attacked, u32) -> Pixels| {
        Signal::derive(move || {
            attacked.with(|found| found.as_ref().map_or_else(no_pixels, |found| read(found, gain.get())))
        })
    };
    let classes = move |read: fn(&Attacked) -> &Vec<Prediction>| {
        Memo::new(move |_| attacked.with(|found| found.as_ref().map(|found| read(found).clone()).unwrap_or_default()))
    };
    let (before, after) = (classes(|found| &found.before), classes(|found| &found.after));
    view! {
        <div class="fool-three" class:stale=live::flag(move || !fresh.get())>
            {shown(words!(fool.original), of(|found, _| found.original.clone()), classes_of("before", before, fresh))}
            {shown(words!(fool.perturbation), of(perturbation), gain_slider(gain).into_any())}
            {shown(words!(fool.result), of(|found, _| found.result.clone()), classes_of("after", after, fresh))}
        </div>
    }
}

fn shown(title: Words, pixels: Signal<Pixels>, below: AnyView) -> AnyView {
    view! {
        <figure>
            <figcaption>{title}</figcaption>
            <PixelsView pixels label=untrack(title) />
            {below}
        </figure>
    }
    .into_any()
}

const MORE: [f32; 3] = [194.0, 87.0, 26.0];
const LESS: [f32; 3] = [23.0, 105.0, 170.0];

/// The mean over the channels: zero is white, more is orange, less is blue. A change by `1 / gain` has the full colour.
fn perturbation(attacked: &Attacked, gain: u32) -> Pixels {
    let [channels, height, width] = attacked.shape;
    let plane = height * width;
    let value = |at: usize| {
        let bytes = attacked.delta.get(4 * at..4 * at + 4);
        bytes.map_or(0.0, |b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
    };
    let pixel = |at: usize| {
        let mean = (0..channels).map(|channel| value(channel * plane + at)).sum::<f32>() / channels.max(1) as f32;
        let part = (mean * gain as f32).clamp(-1.0, 1.0);
        let full = if part > 0.0 { MORE } else { LESS };
        let [red, green, blue] = full.map(|full| (255.0 + (full - 255.0) * part.abs()).round() as u8);
        [red, green, blue, 255]
    };
    painted(width as u32, (0..plane).map(pixel))
}

fn classes_of(id: &'static str, predictions: Memo<Vec<Prediction>>, fresh: Signal<bool>) -> AnyView {
    let row = move |prediction: Prediction| {
        let percent = number::percent(prediction.probability);
        view! {
            <li
                data-testid=live::text(move || if fresh.get() { format!("fool-{id}") } else { String::new() })
                data-label=prediction.label.clone()
                data-probability=prediction.probability.to_string()
            >
                <span>{sentence::label_of(&prediction).to_owned()}</span>
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
    .into_any()
}

fn gain_slider(gain: Memo<u32>) -> impl IntoView {
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
                on_slide=move |power: f64| FoolSettings::change(|settings| settings.gain = power.exp2().round() as u32)
            />
        </label>
    }
}

fn exports(attacked: RwSignal<Option<Attacked>>) -> impl IntoView {
    let name = move |found: &Attacked, ending: &str| {
        let picture = app().item(found.attack.picture).map_or_else(|| "picture".to_owned(), |item| item.name);
        format!(
            "{}-{}-{ending}",
            picture.split('.').next().unwrap_or("picture"),
            found.attack.network.replace(':', "-")
        )
    };
    let button = move |id: &'static str, words: Words, ending: &'static str, read: fn(&Attacked) -> &[u8]| {
        let save = move |found: &Attacked| folder::save(&name(found, ending), read(found));
        let press = move |()| attacked.with_untracked(|found| found.iter().for_each(save));
        view! { <Button id words off=move || attacked.with(Option::is_none) on_press=press /> }
    };
    view! {
        <div class="controls">
            {button("fool-png", words!(fool.save_png), "fooled.png", |found| &found.png)}
            {button("fool-npy", words!(fool.save_npy), "fooled.npy", |found| &found.npy)}
            {button("fool-delta", words!(fool.save_delta), "perturbation.npy", |found| &found.delta_npy)}
            <a class="btn" data-testid="fool-classify" href=live::text(move || app().route.get().on(PageId::Classify).to_hash())>
                {words!(fool.to_classify)}
            </a>
        </div>
    }
}

/// What came of it, in one sentence, and what to try where it did not work.
fn verdict(attacked: Ask<Fool, Attacked>) -> impl IntoView {
    let whether = move |read: fn(&Attacked) -> bool| {
        live::maybe(move || attacked.answer.with(|found| found.as_ref().map(|found| read(found).to_string())))
    };
    let is_fooled = |found: &Attacked| found.is_fooled && !is_target_already(found);
    let told = move || {
        attacked.answer.with(|found| {
            let Some(found) = found else { return (say!(fool.verdict_todo).to_owned(), String::new()) };
            let named = |all: &[Prediction]| {
                all.first().map(|one| format!("{} {}", sentence::label_of(one), number::percent(one.probability)))
            };
            let (before, after) = (named(&found.before).unwrap_or_default(), named(&found.rounded).unwrap_or_default());
            let most = number::fixed(255.0 * found.rounded_norms.linf, 0);
            let (head, more) = match (is_target_already(found), found.is_fooled, found.survives) {
                (true, _, _) => (say!(fool.target_already), String::new()),
                (_, true, true) => (say!(fool.survives), say!(fool.changed_by, most = most)),
                (_, true, false) => (say!(fool.survives_not), say!(fool.changed_by, most = most)),
                (_, false, _) => (say!(fool.not_fooled), say!(fool.changed_by, most = most)),
            };
            (format!("{head} {before} → {after}"), more)
        })
    };
    // Twice as strong, where that may help.
    let stronger = move || {
        attacked.answer.with(|found| {
            let found = found.as_ref().filter(|_| attacked.is_fresh())?;
            let is_missed = !(is_target_already(found) || found.is_fooled && found.survives);
            let levels = (2.0 * 255.0 * found.attack.epsilon).max(1.0).round().min(LEVELS.high);
            (is_missed && found.attack.method.is_bounded() && levels > 255.0 * found.attack.epsilon).then_some(levels)
        })
    };
    let more = move || {
        stronger().map(|levels| {
            view! {
                <button
                    type="button"
                    class="btn main"
                    data-testid="fool-stronger"
                    on:click=move |_| FoolSettings::change(|settings| settings.levels = Some(levels))
                >
                    {live::text(move || say!(fool.try_stronger, levels = levels))}
                </button>
            }
        })
    };
    view! {
        <div
            class="fool-verdict"
            class:stale=live::flag(move || !attacked.is_fresh())
            data-testid="fool-survives"
            data-survives=whether(|found| found.survives)
            data-fooled=whether(is_fooled)
            role="status"
        >
            <p><b>{live::text(move || told().0)}</b> " " <span>{live::text(move || told().1)}</span></p>
            {live::view(move || more().into_any())}
        </div>
    }
}

type Found = RwSignal<Option<Attacked>>;

pub(super) fn norms(attacked: Found) -> impl IntoView {
    let is_none = move || attacked.with(Option::is_none);
    let data = move |read: fn(&Figures) -> String| {
        live::maybe(move || attacked.with(|found| found.as_ref().map(|found| read(&found.norms))))
    };
    let ran = move |found: &Attacked| {
        let (runs, millis) = (number::count(found.runs), number::millis(found.elapsed_ms));
        say!(fool.runs, runs = runs, millis = millis, dispatches = found.dispatches)
    };
    view! {
        <div class="fool-grid" tabindex="0" role="group" aria-label=words!(speed.figures)>
        <table
            class="fool-norms"
            class:gone=live::flag(is_none)
            data-testid="fool-norms"
            data-linf=data(|norms| norms.linf.to_string())
            data-l2=data(|norms| norms.l2.to_string())
            data-l0=data(|norms| norms.l0.to_string())
        >
            <thead>
                <tr>
                    <td></td>
                    <th scope="col">"L0"</th>
                    <th scope="col">"L2"</th>
                    <th scope="col">{words!(fool.relative)}</th>
                    <th scope="col">"L∞ × 255"</th>
                </tr>
            </thead>
            <tbody>
                {row(words!(fool.exact), attacked, |found| found.norms)}
                {row(words!(fool.eight_bits), attacked, |found| found.rounded_norms)}
            </tbody>
        </table>
        </div>
        <p class="sub">
            <span class="figure">{live::maybe(move || attacked.with(|found| found.as_ref().map(ran)))}</span>
            {live::view(move || attacked.with(|found| found.as_ref().map(|found| computed_on(&found.backend))).into_any())}
        </p>
    }
}

fn row(title: Words, attacked: Found, read: fn(&Attacked) -> Figures) -> AnyView {
    let cells = move || {
        let norms = attacked.with(|found| found.as_ref().map(read));
        let cells = norms.map(|norms| {
            let relative = format!("{:.2} %", 100.0 * norms.relative);
            [number::count(norms.l0), format!("{:.3}", norms.l2), relative, format!("{:.2}", 255.0 * norms.linf)]
        });
        cells.unwrap_or_default().map(|cell| view! { <td class="figure">{cell}</td> }).collect_view().into_any()
    };
    view! { <tr><th scope="row">{title}</th>{live::view(cells)}</tr> }.into_any()
}
