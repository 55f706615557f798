//! How we know: what must hold of this attack, of this network's curve, and of attacks at all.

use crate::protocol::{Attacked, Fool, FoolFact, Fooled, InventNews, Method, StrengthLine};
use crate::ui::widget::{Verdict, check, fact_card};
use crate::ui::{Ask, Words, number};
use leptos::prelude::*;

/// Rounding of f32.
const SLACK: f64 = 1e-6;
/// Half a level of 255.
const HALF: f64 = 0.5 / 255.0;

pub(super) fn checks(
    attacked: Ask<Fool, Attacked>,
    measured: Ask<Fool, Vec<StrengthLine>>,
    invented: Ask<Fool, InventNews>,
) -> impl IntoView {
    let (attack, curve) = (attacked.answer, measured.answer);
    let above = view! { {within_bound(attack)} {same_file(attack)} {stronger(curve)} {zero(curve)} };
    let rows = [above.into_any(), sure(invented.answer)];
    fact_card(ask!(Fool, Restart, Fooled::Checked), Fool::Check, words, move || attacked.is_fresh(), rows)
}

fn words(fact: FoolFact) -> [Words; 2] {
    match fact {
        FoolFact::LinearL2 => [words!(fool.fact_l2), words!(fool.fact_l2_how)],
        FoolFact::LinearLinf => [words!(fool.fact_linf), words!(fool.fact_linf_how)],
        FoolFact::BoxMinimum => [words!(fool.fact_box), words!(fool.fact_box_how)],
        FoolFact::Nothing => [words!(fool.fact_nothing), words!(fool.fact_nothing_how)],
    }
}

/// Within ε, before and after 8 bits.
fn within_bound(attacked: RwSignal<Option<Attacked>>) -> AnyView {
    // What it is, its limit, in 8 bits, and the limit then.
    let of = |found: &Attacked| {
        let limit = found.limit?;
        let count = (found.shape.iter().product::<usize>() as f64).sqrt();
        Some(match found.attack.method {
            Method::PgdL2 => [found.norms.l2, limit, found.rounded_norms.l2, limit + HALF * count],
            _ => [found.norms.linf * 255.0, limit * 255.0, found.rounded_norms.linf * 255.0, limit * 255.0 + 0.5],
        })
    };
    check("bound", [words!(fool.check_bound), words!(fool.check_bound_how)], move || {
        if attacked.with(Option::is_none) {
            return (Verdict::Open, words!(checks.todo).into_any());
        }
        let Some(figures) = attacked.with(|attacked| attacked.as_ref().and_then(of)) else {
            return (Verdict::Open, words!(fool.check_bound_none).into_any());
        };
        let [by, limit, rounded, most] = figures;
        let holds = by <= limit + 255.0 * SLACK && rounded <= most + 255.0 * SLACK;
        let [by, limit, rounded, most] = figures.map(|figure| format!("{figure:.3}"));
        let told = show!(fool.check_bound_measured, by = by, limit = limit, rounded = rounded, most = most);
        (Verdict::of(holds), told)
    })
}

/// Written, read again, the same.
fn same_file(attacked: RwSignal<Option<Attacked>>) -> AnyView {
    check("png", [words!(fool.check_png), words!(fool.check_png_how)], move || {
        attacked.with(|found| {
            let exact = found.as_ref().and_then(|found| found.png_is_exact);
            let bytes = found.as_ref().map(|found| number::bytes(found.png.len() as u64));
            (exact.map_or(Verdict::Open, Verdict::of), view! { <span class="figure">{bytes}</span> }.into_any())
        })
    })
}

/// PGD at least as often as FGSM, at every ε.
fn stronger(measured: RwSignal<Option<Vec<StrengthLine>>>) -> AnyView {
    let pairs = |lines: &Vec<StrengthLine>| {
        let of = |method| lines.iter().find(|line| line.method == method);
        let (fgsm, pgd) = (of(Method::Fgsm)?, of(Method::PgdLinf)?);
        Some(fgsm.points.iter().zip(&pgd.points).map(|(a, b)| [a.fooled, b.fooled]).collect::<Vec<_>>())
    };
    check("stronger", [words!(fool.check_stronger), words!(fool.check_stronger_how)], move || {
        let Some(pairs) = measured.with(|lines| lines.as_ref().and_then(pairs)) else {
            return (Verdict::Open, ().into_any());
        };
        let [fgsm, pgd] = [0, 1].map(|of| pairs.iter().map(|pair| pair[of]).sum::<u32>());
        let told = show!(fool.check_stronger_measured, fgsm = fgsm, pgd = pgd, of = pairs.len());
        (Verdict::of(pairs.iter().all(|[fgsm, pgd]| pgd >= fgsm)), told)
    })
}

/// ε = 0 changes nothing, of any method of the curve.
fn zero(measured: RwSignal<Option<Vec<StrengthLine>>>) -> AnyView {
    let changed = |lines: &Vec<StrengthLine>| {
        // Without a point of strength 0 on every line nothing was measured.
        let first = |line: &StrengthLine| line.points.iter().find(|point| point.epsilon == 0.0).map(|point| point.l0);
        (!lines.is_empty()).then(|| lines.iter().map(first).sum::<Option<u64>>())?
    };
    check("zero", [words!(fool.check_zero), words!(fool.check_zero_how)], move || {
        match measured.with(|lines| lines.as_ref().and_then(changed)) {
            Some(count) => (Verdict::of(count == 0), show!(fool.check_zero_measured, count = number::count(count))),
            None => (Verdict::Open, ().into_any()),
        }
    })
}

/// As sure as was asked.
fn sure(invented: RwSignal<Option<InventNews>>) -> AnyView {
    let of = |news: &InventNews| Some((news.population.first()?.prediction.probability, news.confidence));
    check("sure", [words!(fool.check_sure), words!(fool.check_sure_how)], move || {
        let Some((sure, wanted)) = invented.with(|news| news.as_ref().and_then(of)) else {
            return (Verdict::Open, ().into_any());
        };
        let told = format!("{:.2} % ≥ {:.2} %", 100.0 * sure, 100.0 * wanted);
        (Verdict::of(f64::from(sure) >= wanted), view! { <span class="figure">{told}</span> }.into_any())
    })
}
