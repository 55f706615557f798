//! What layers keep of a picture that is transformed, beside how well they tell classes apart: curves over the transformation and over
//! the depth of the network.

mod charts;
mod choices;
mod strip;

use super::settings::LookSettings;
use crate::protocol::{
    Finding, Invariance, InvarianceFact, InvarianceFound, LookInside, LookInsideNews, Transformation,
};
use crate::ui::widget::{Button, Card, ProgressLine, StartStop, Verdict, check, trouble_box};
use crate::ui::{Ask, Words, app, folder, live, number, sentence};
use charts::charts;
use choices::{input_of, layer_choice, network_select, range_field, set_select};
use leptos::prelude::*;
use strip::{layer_table, strip};

/// What is drawn of how alike two responses are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum SimilarityMeasure {
    #[default]
    Cosine,
    Correlation,
    Distance,
    Pooled,
}

pub(super) fn invariance_card(settings: Memo<LookSettings>, asked: Ask<LookInside, InvarianceFound>) -> AnyView {
    let shown = RwSignal::new(None::<InvarianceFound>);
    let wanted = Memo::new(move |_| wanted(settings));
    // Curves are of one picture, one network and what is set.
    Effect::new(move |before: Option<_>| {
        let now = wanted.get();
        if before.is_some_and(|before| before != now) {
            asked.forget();
            asked.answer.set(None);
            shown.set(None);
        }
        now
    });
    let start = move |()| {
        let Some((job, _)) = wanted.get_untracked() else { return };
        shown.set(None);
        asked.answer.set(None);
        let hear = move |news| {
            if let LookInsideNews::Invariance(news) = news {
                shown.try_set(Some(*news));
            }
        };
        asked.start(LookInside::Invariance(job), hear, move |found: InvarianceFound| {
            app().computed_on(&found.backend);
            shown.try_set(Some(found.clone()));
            asked.answer.try_set(Some(found));
        });
    };
    let is_there = Memo::new(move |_| shown.with(Option::is_some));
    view! {
        <Card id="invariance" title=words!(look.same_title) hint=words!(look.same_hint) of=asked.asking>
            <div class="fields">{controls!(LookSettings, "transform")}</div>
            <div class="fields">
                {network_select(settings)}
                {range_field(settings)}
                {controls!(LookSettings, "transforms")}
                {set_select(settings, shown)}
                {controls!(LookSettings, "tellcount", "measure")}
            </div>
            {layer_choice(settings, shown)}
            <div class="row-acts wraps">
                <StartStop
                    id="invariance"
                    of=asked.asking
                    able=move || wanted.with(Option::is_some)
                    stop_words=words!(app.cancel)
                    start
                />
                <Button
                    id="invariance-csv"
                    words=words!(look.same_save)
                    off=move || !asked.is_fresh()
                    on_press=move |()| asked.answer.with_untracked(|found| {
                        if let Some(csv) = found.as_ref().and_then(|found| found.csv.as_ref()) {
                            folder::save("curves.csv", csv);
                        }
                    })
                />
            </div>
            {live::view(move || {
                let title = say!(look.looking);
                let stop = move || asked.stop();
                let line = || view! { <ProgressLine title progress=asked.progress on_cancel=stop /> };
                asked.is_on().then(line).into_any()
            })}
            {trouble_box(move || asked.trouble())}
            <p class="sub excite-said">{live::view(move || shown.with(|found| found.as_ref().map(said)).into_any())}</p>
            {live::view(move || match is_there.get() {
                true => view! {
                    {charts(settings, shown)}
                    {strip(shown)}
                    {layer_table(settings, shown)}
                }
                .into_any(),
                false => view! { <p class="look-empty">{words!(look.same_empty)}</p> }.into_any(),
            })}
        </Card>
    }
    .into_any()
}

/// And which weights the network has.
fn wanted(settings: Memo<LookSettings>) -> Option<(Invariance, Option<String>)> {
    let subject = app().subject()?;
    let question = subject.question(None);
    let job = settings.with(|settings| settings.invariance.clone());
    let (network, backend, picture, fit) = (question.network, question.backend, question.picture, question.fit);
    let is_of_tray = set_of(&job) == Invariance::TRAY;
    // Once the drawings hang, so that none is missing.
    if is_of_tray && app().drawings_to_come() > 0 {
        return None;
    }
    let tray = if is_of_tray { app().tray() } else { Vec::new() };
    let job = Invariance { tray, ..job };
    Some((Invariance { network, backend, picture, fit, ..job }, subject.weights))
}

/// The unit of a transformation's values.
fn unit_of(transformation: Transformation) -> Words {
    match transformation {
        Transformation::Shift => words!(look.same_unit_shift),
        Transformation::Scale | Transformation::Light | Transformation::Contrast => words!(look.same_unit_factor),
        Transformation::Turn => words!(look.same_unit_turn),
        Transformation::Blur => words!(look.same_unit_blur),
        Transformation::Occlude => words!(look.same_unit_occlude),
    }
}

/// The one that is drawn for the network where none is chosen.
fn set_of(job: &Invariance) -> String {
    let usual = || Invariance::usual_set(input_of(job)[0]).to_owned();
    job.data.as_ref().map_or_else(usual, |data| data.set.clone())
}

fn said(found: &InvarianceFound) -> AnyView {
    let InvarianceFound { classes, known, tested: [done, of], elapsed_ms, backend, set, .. } = found.clone();
    let told = move || {
        let (known, done, of) = (number::count(known), number::count(done), number::count(of));
        say!(look.same_said, known = known, done = done, of = of, classes = classes, set = choices::name_of(&set))
    };
    view! {
        <span data-testid="invariance-tested" data-done=done.to_string() data-of=of.to_string()>
            {live::text(told)}
        </span>
        <span class="figure">{number::millis(elapsed_ms)}</span>
        <span class="figure">{live::text(move || sentence::backend_name(&backend))}</span>
    }
    .into_any()
}

/// What must hold of the curves that are shown.
pub(super) fn findings(found: RwSignal<Option<InvarianceFound>>) -> AnyView {
    let rows =
        Memo::new(move |_| found.with(|found| found.as_ref().map(|found| found.findings.clone()).unwrap_or_default()));
    live::view(move || rows.get().into_iter().map(row).collect_view().into_any()).into_any()
}

fn row(finding: Finding<InvarianceFact>) -> AnyView {
    let (id, words): (&'static str, [Words; 2]) = match finding.fact {
        InvarianceFact::Untouched => {
            ("invariance-untouched", [words!(look.fact_untouched), words!(look.fact_untouched_how)])
        }
        InvarianceFact::Alone => ("invariance-alone", [words!(look.fact_cosine), words!(look.fact_cosine_how)]),
        InvarianceFact::Strides => ("invariance-strides", [words!(look.fact_strides), words!(look.fact_strides_how)]),
    };
    check(id, words, move || {
        let found = match finding.fact {
            InvarianceFact::Untouched => number::fixed(finding.measured, 6),
            InvarianceFact::Alone | InvarianceFact::Strides => number::small(finding.measured),
        };
        let (expected, limit) = (number::exact(finding.expected), number::small(finding.limit));
        (Verdict::of(finding.holds()), show!(look.measured, found = found, expected = expected, limit = limit))
    })
}
