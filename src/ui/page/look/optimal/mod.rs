//! Pictures that the network would like best, and those that it cannot tell from the person's: searched for while one watches.

use super::evidence::layers_of;
use super::layers::layer_select;
use super::settings::LookSettings;
use crate::protocol::{
    ClassQuestion, EvidenceFound, Finding, FoundPicture, LookInside, LookInsideNews, OptimalFact, OptimalFound,
    OptimalGoal, OptimalPicture,
};
use crate::ui::widget::{Button, Card, PixelsView, StartStop, Verdict, check, run_figures, trouble_box};
use crate::ui::{Ask, PageSettings, Words, app, folder, live, number, sentence};
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
                heard.try_set(Some(news));
            }
        });
    };
    let goal = Memo::new(move |_| settings.with(|settings| settings.optimal.goal));
    view! {
        <Card id="optimal" title=words!(look.optimal_title) hint=words!(look.optimal_hint) of=asked.asking>
            <div class="fields">
                {controls!(LookSettings, "goal")} {layer_of(settings, goal, evidence)}
                {controls!(LookSettings, "first", "count", "alone", "rungs", "space", "steps")}
            </div>
            <details class="optimal-more">
                <summary>{live::name(move || Some(say!(look.more)))}</summary>
                <div class="fields">
                    {controls!(LookSettings, "jitter", "zoom", "l2", "tv", "blur", "seed")}
                </div>
            </details>
            <p class="hint">{live::name(move || Some(hint_of(goal.get())))}</p>
            <div class="fields">
                <StartStop
                    id="optimal"
                    of=asked.asking
                    able=move || subject.with(Option::is_some)
                    stop_words=words!(app.cancel)
                    start
                />
                <Button
                    id="optimal-png"
                    words=words!(look.save)
                    off=move || !asked.is_fresh()
                    on_press=move |()| asked.answer.with_untracked(|found| {
                        if let Some(png) = found.as_ref().and_then(|found| found.sheet.as_ref()) {
                            folder::save("pictures.png", png);
                        }
                    })
                />
            </div>
            <p class="sub">{live::view(move || shown.get().map(|found| said(&found)).into_any())}</p>
            <ol class="optimal-pictures" data-testid="optimal-pictures">
                {live::view(move || match shown.get() {
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
    // Of classes as many as there are.
    let end = if optimal.layer.is_none() { (first + count).min(classes) } else { first + count };
    OptimalPicture {
        network: question.network.clone(),
        backend: question.backend,
        picture: question.picture,
        fit: question.fit,
        units: (*first.min(&end.saturating_sub(1))..end).collect(),
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
            OptimalGoal::Units => words!(look.classes),
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
    }
}

fn said(found: &OptimalFound) -> AnyView {
    run_figures([found.step, found.of], words!(train.steps), Vec::new(), found.steps_per_second, Some(&found.backend))
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
        let OptimalFact::Shown = finding.fact;
        check("optimal-shown", [words!(look.fact_shown), words!(look.fact_shown_how)], move || {
            let ratio = number::fixed(finding.measured, 4);
            (Verdict::of(finding.holds()), show!(look.ratio, ratio = ratio, limit = number::small(finding.limit)))
        })
    };
    live::view(move || rows.get().into_iter().map(row).collect_view().into_any()).into_any()
}
