//! Pictures that the network would like best, and those that it cannot tell from the person's: searched for while one watches.

use super::evidence::layers_of;
use super::saves::{acts, save};
use super::settings::LookSettings;
use crate::protocol::{
    ClassQuestion, EvidenceFound, Finding, FoundPicture, LookInside, LookInsideNews, OptimalFact, OptimalFound,
    OptimalGoal, OptimalPicture,
};
use crate::ui::widget::{
    Card, PixelsView, StartStop, Verdict, check, layer_select, no_pixels, run_figures, trouble_box,
};
use crate::ui::{Ask, PageSettings, Words, app, live, number, sentence};
use leptos::prelude::*;

pub(super) fn optimal_card(
    settings: Memo<LookSettings>,
    asked: Ask<LookInside, OptimalFound>,
    evidence: RwSignal<Option<EvidenceFound>>,
) -> AnyView {
    let heard = RwSignal::new(None::<OptimalFound>);
    let shown = Memo::new(move |_| if asked.is_on() { heard.get() } else { asked.answer.get().or(heard.get()) });
    let subject = Memo::new(move |_| app().subject());
    let start = move |()| {
        let Some(subject) = subject.get_untracked() else { return };
        let job = settings.with_untracked(|settings| job_of(settings, &subject.question(None)));
        heard.set(None);
        asked.answer.set(None);
        asked.follow(LookInside::Optimal(job), move |news| {
            if let LookInsideNews::Optimal(news) = news {
                heard.try_set(Some(*news));
            }
        });
    };
    let goal = Memo::new(move |_| settings.with(|settings| settings.optimal.goal));
    view! {
        <Card id="optimal" title=words!(look.optimal_title) hint=words!(look.optimal_hint) of=asked.asking>
            <div class="fields">
                {controls!(LookSettings, "goal")} {layer_of(settings, goal, evidence)}
                {controls!(LookSettings, "first", "count", "diverse", "alone", "rungs", "space", "steps")}
            </div>
            <details class="optimal-more">
                <summary>{live::name(move || Some(say!(look.more)))}</summary>
                <div class="fields">
                    {controls!(LookSettings, "jitter", "zoom", "l2", "tv", "blur", "seed")}
                </div>
            </details>
            <p class="hint">{live::name(move || Some(hint_of(goal.get())))}</p>
            {acts(
                view! {
                    <StartStop
                        id="optimal"
                        of=asked.asking
                        able=move || subject.with(Option::is_some)
                        stop_words=words!(app.cancel)
                        start
                    />
                },
                view! {
                    {save(asked, ("optimal-png", words!(look.save)), "pictures.png", |found| found.sheet.as_ref())}
                    {save(asked, ("optimal-npy", words!(look.save_npy)), "pictures.npy", |found| found.npy.as_ref())}
                },
            )}
            <p class="sub dream-said">{live::view(move || shown.get().map(|found| said(&found)).into_any())}</p>
            {wall(shown)}
            <ol class="optimal-pictures" data-testid="optimal-pictures">
                {live::view(move || match shown.get() {
                    Some(found) if found.wall.is_some() => ().into_any(),
                    Some(found) => {
                        let (goal, layer) = (goal.get_untracked(), found.layer.clone());
                        found.pictures.into_iter().map(|picture| one(picture, goal, layer.clone())).collect_view().into_any()
                    }
                    None => view! { <li class="optimal-empty">{live::name(move || Some(say!(look.optimal_empty)))}</li> }.into_any(),
                })}
            </ol>
            {trouble_box(move || asked.trouble())}
        </Card>
    }
    .into_any()
}

fn job_of(settings: &LookSettings, question: &ClassQuestion) -> OptimalPicture {
    let LookSettings { optimal, first, count, .. } = settings;
    let classes = app().network().map_or(0, |network| network.classes as u32);
    // Of one unit several pictures, where they are to differ.
    let units = match optimal.diversity > 0.0 {
        true => vec![*first; (*count).max(2) as usize],
        // Of classes as many as there are.
        false => {
            let end = if optimal.layer.is_none() { (first + count).min(classes) } else { first + count };
            (*first.min(&end.saturating_sub(1))..end).collect()
        }
    };
    OptimalPicture {
        network: question.network.clone(),
        backend: question.backend,
        picture: question.picture,
        fit: question.fit,
        units,
        ..optimal.clone()
    }
}

/// Of units, the classes are what is asked where no layer is chosen.
fn layer_of(
    settings: Memo<LookSettings>,
    goal: Memo<OptimalGoal>,
    evidence: RwSignal<Option<EvidenceFound>>,
) -> AnyView {
    let chosen = Signal::derive(move || settings.with(|settings| settings.optimal.layer.clone()));
    let layers = Signal::derive(move || evidence.with(|found| layers_of(found.as_ref())));
    live::view(move || {
        let first: Words = match goal.get() {
            OptimalGoal::Units | OptimalGoal::Wall => words!(look.classes),
            OptimalGoal::Inversion => words!(look.layer_each),
            OptimalGoal::Caricature => words!(look.layer_last),
        };
        let choose = move |layer| LookSettings::change(|settings| settings.optimal.layer = layer);
        layer_select("optimal-layer", first, chosen, layers, choose)
    })
    .into_any()
}

fn hint_of(goal: OptimalGoal) -> &'static str {
    match goal {
        OptimalGoal::Units => say!(look.hint_units),
        OptimalGoal::Inversion => say!(look.hint_inversion),
        OptimalGoal::Caricature => say!(look.hint_caricature),
        OptimalGoal::Wall => say!(look.hint_wall),
    }
}

fn said(found: &OptimalFound) -> AnyView {
    let alike = found.alike.map(|alike| {
        let [begun, shown] = [alike.begun, alike.shown].map(number::digits);
        let words = match (alike.plain, alike.kept) {
            (Some(plain), Some(kept)) => {
                let (plain, kept) = (number::digits(plain), number::percent(kept));
                say!(look.alike_done, begun = begun, shown = shown, plain = plain, kept = kept)
            }
            _ => say!(look.alike, begun = begun, shown = shown),
        };
        let is_done = alike.plain.is_some();
        view! { <span data-testid="optimal-alike" data-done=is_done.to_string()>{words}</span> }
    });
    let done = found.wall.as_ref().map(|wall| {
        let words = say!(look.wall_done, done = number::count(wall.values.len() as u64));
        view! { <span class="figure" data-testid="optimal-hung">{words}</span> }
    });
    view! {
        {run_figures([found.step, found.of], words!(train.steps), Vec::new(), found.steps_per_second, Some(&found.backend))}
        {alike}
        {done}
    }
    .into_any()
}

/// Small pictures of all channels.
fn wall(shown: Memo<Option<OptimalFound>>) -> AnyView {
    let is_there = Memo::new(move |_| shown.with(|found| found.as_ref().is_some_and(|found| found.wall.is_some())));
    let pixels = Signal::derive(move || {
        shown.with(|found| {
            found.as_ref().and_then(|f| f.wall.as_ref()).map_or_else(no_pixels, |wall| wall.pixels.clone())
        })
    });
    live::view(move || {
        let view = || {
            view! {
                <div class="optimal-wall" data-testid="optimal-wall">
                    <PixelsView pixels label=say!(look.goal_wall).to_owned() />
                </div>
            }
        };
        is_there.get().then(view).into_any()
    })
    .into_any()
}

fn one(found: FoundPicture, goal: OptimalGoal, asked: Option<String>) -> AnyView {
    let FoundPicture { unit, layer, pixels, value, said, psnr } = found;
    let layer = layer.or(asked);
    let label = sentence::label_of(&said).to_owned();
    let is_class = goal == OptimalGoal::Units && layer.is_none();
    let title = match (goal, layer.as_deref()) {
        (OptimalGoal::Units, Some(layer)) => format!("{layer} · {unit}"),
        (OptimalGoal::Units, None) => label.clone(),
        (_, layer) => layer.unwrap_or_default().to_owned(),
    };
    let below = match psnr {
        _ if is_class => number::percent(said.probability),
        Some(psnr) => say!(look.kept, error = number::percent(-value), psnr = number::fixed(f64::from(psnr), 1)),
        None => say!(look.named, label = label, percent = number::percent(said.probability)),
    };
    view! {
        <li
            data-testid="optimal-picture"
            data-unit=unit.to_string()
            data-label=said.label.clone()
            data-value=value.to_string()
            data-probability=said.probability.to_string()
        >
            <PixelsView pixels=Signal::derive(move || pixels.clone()) />
            <span>{title}</span>
            <span class="figure">{below}</span>
        </li>
    }
    .into_any()
}

/// What must hold of the pictures that are shown.
pub(super) fn findings(found: RwSignal<Option<OptimalFound>>) -> AnyView {
    let rows =
        Memo::new(move |_| found.with(|found| found.as_ref().map(|found| found.findings.clone()).unwrap_or_default()));
    let row = |finding: Finding<OptimalFact>| {
        let (id, texts) = match finding.fact {
            OptimalFact::Shown => ("optimal-shown", [words!(look.fact_shown), words!(look.fact_shown_how)]),
            OptimalFact::Diverse => ("optimal-diverse", [words!(look.fact_diverse), words!(look.fact_diverse_how)]),
            OptimalFact::Strong => ("optimal-strong", [words!(look.fact_strong), words!(look.fact_strong_how)]),
        };
        check(id, texts, move || {
            let (measured, limit) = (number::fixed(finding.measured, 4), number::small(finding.limit));
            let words = match finding.fact {
                OptimalFact::Shown => show!(look.ratio, ratio = measured, limit = limit),
                OptimalFact::Diverse | OptimalFact::Strong => show!(look.at_most, measured = measured, limit = limit),
            };
            (Verdict::of(finding.holds()), words)
        })
    };
    live::view(move || rows.get().into_iter().map(row).collect_view().into_any()).into_any()
}
