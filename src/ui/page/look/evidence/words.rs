//! What there is to read of a map: of a method, of a place, of what must hold.

use crate::protocol::{EvidenceFact, EvidenceFound, EvidenceMap, EvidenceMethod, Finding};
use crate::ui::widget::{Verdict, check};
use crate::ui::{Words, live, number, sentence};
use leptos::prelude::*;

pub(super) fn hint_of(method: EvidenceMethod) -> &'static str {
    match method {
        EvidenceMethod::Gradient => say!(look.hint_gradient),
        EvidenceMethod::InputGradient => say!(look.hint_input_gradient),
        EvidenceMethod::GradCam => say!(look.hint_gradcam),
        EvidenceMethod::HiresCam => say!(look.hint_hirescam),
        EvidenceMethod::Cam => say!(look.hint_cam),
        EvidenceMethod::Occlusion => say!(look.hint_occlusion),
        EvidenceMethod::SmoothGrad => say!(look.hint_smoothgrad),
        EvidenceMethod::Integrated => say!(look.hint_integrated),
        EvidenceMethod::Guided => say!(look.hint_guided),
        EvidenceMethod::Deconvnet => say!(look.hint_deconvnet),
        EvidenceMethod::Rise => say!(look.hint_rise),
        EvidenceMethod::Attention => say!(look.hint_attention),
        EvidenceMethod::Rollout => say!(look.hint_rollout),
    }
}

/// Authors and year.
pub(super) fn source_of(method: EvidenceMethod) -> &'static str {
    match method {
        EvidenceMethod::Gradient => "Simonyan, Vedaldi & Zisserman 2013",
        EvidenceMethod::InputGradient => "Shrikumar, Greenside & Kundaje 2017",
        EvidenceMethod::GradCam => "Selvaraju et al. 2017",
        EvidenceMethod::HiresCam => "Draelos & Carin 2020",
        EvidenceMethod::Cam => "Zhou et al. 2016",
        EvidenceMethod::Occlusion | EvidenceMethod::Deconvnet => "Zeiler & Fergus 2014",
        EvidenceMethod::SmoothGrad => "Smilkov et al. 2017",
        EvidenceMethod::Integrated => "Sundararajan, Taly & Yan 2017",
        EvidenceMethod::Guided => "Springenberg et al. 2015",
        EvidenceMethod::Rise => "Petsiuk, Das & Saenko 2018",
        EvidenceMethod::Attention => "Vaswani et al. 2017",
        EvidenceMethod::Rollout => "Abnar & Zuidema 2020",
    }
}

/// A value as the map's own unit has it.
pub(super) fn amount(map: &EvidenceMap, value: f32) -> String {
    let is_of_probability = map.method.is_of_probability() && map.against.is_none();
    if is_of_probability || map.method.is_of_attention() { number::percent(value) } else { number::digits(value) }
}

pub(super) fn said(map: &EvidenceMap, at: usize) -> String {
    let ([x, y], value, label) = (map.place(at), map.values[at], sentence::label_of(&map.whole));
    if map.method.is_of_attention() {
        return say!(look.said_attention, x = x, y = y, share = number::percent(value));
    }
    match (&map.against, map.method == EvidenceMethod::Occlusion) {
        (Some(against), _) => {
            let (value, other) = (number::digits(value), sentence::label_of(against));
            say!(look.said_against, x = x, y = y, label = label, other = other, value = value)
        }
        (None, false) => say!(look.said, x = x, y = y, label = label, value = amount(map, value)),
        (None, true) => {
            let whole = number::percent(map.whole.probability);
            let left = number::percent(map.whole.probability - value);
            match value > 0.0 {
                true => say!(look.lowers, x = x, y = y, label = label, whole = whole, left = left),
                false => say!(look.raises, x = x, y = y, label = label, whole = whole, left = left),
            }
        }
    }
}

/// What one gradient takes beside one answer.
pub(super) fn cost(found: RwSignal<Option<EvidenceFound>>) -> AnyView {
    let told = move || {
        let cost = found.with(|found| found.as_ref().and_then(|found| found.cost))?;
        let (answer, gradient) = (number::millis(cost.answer_ms), number::millis(cost.gradient_ms));
        let times = number::fixed(cost.gradient_ms / cost.answer_ms.max(1e-6), 2);
        let (calls, of) = (cost.gradient_dispatches, cost.answer_dispatches);
        Some(say!(look.cost, answer = answer, gradient = gradient, times = times, calls = calls, of = of))
    };
    view! { <p class="hint evidence-words" data-testid="look-cost">{live::maybe(told)}</p> }.into_any()
}

/// What must hold of the map that is shown.
pub(in crate::ui::page::look) fn findings(found: RwSignal<Option<EvidenceFound>>) -> AnyView {
    let all = move || found.with(|found| found.as_ref().map(|found| found.findings.clone()).unwrap_or_default());
    let rows = Memo::new(move |_| all());
    live::view(move || rows.get().into_iter().map(row).collect_view().into_any()).into_any()
}

fn row(finding: Finding<EvidenceFact>) -> AnyView {
    let (id, words): (&'static str, [Words; 2]) = match finding.fact {
        EvidenceFact::Slope => ("evidence-slope", [words!(look.fact_slope), words!(look.fact_slope_how)]),
        EvidenceFact::Completeness => {
            ("evidence-completeness", [words!(look.fact_completeness), words!(look.fact_completeness_how)])
        }
        EvidenceFact::AttentionRows => {
            ("evidence-attention-rows", [words!(look.fact_attention_rows), words!(look.fact_attention_rows_how)])
        }
        EvidenceFact::CamSum => ("evidence-cam-sum", [words!(look.fact_cam_sum), words!(look.fact_cam_sum_how)]),
    };
    check(id, words, move || {
        let ratio = number::fixed(finding.measured, 6);
        (Verdict::of(finding.holds()), show!(look.ratio, ratio = ratio, limit = number::small(finding.limit)))
    })
}
