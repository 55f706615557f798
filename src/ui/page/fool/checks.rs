//! How we know: what must hold of this attack, of this network's curve, and of attacks at all.

use super::look::checked;
use crate::protocol::{Attacked, Fool, FoolFact, InventNews, Method, StrengthLine};
use crate::ui::ask::{Ask, Policy};
use crate::ui::desk::{Desk, Life};
use crate::ui::lang::Words;
use crate::ui::widget::{Check, Verdict, facts};
use crate::ui::{live, number};
use leptos::prelude::*;

/// Rounding of f32.
const SLACK: f64 = 1e-6;
/// Half a level of 255.
const HALF: f64 = 0.5 / 255.0;

#[component]
pub(super) fn Checks(
    attacked: Ask<Fool, Attacked>,
    measured: Ask<Fool, Vec<StrengthLine>>,
    invented: Ask<Fool, InventNews>,
) -> impl IntoView {
    let desk = Desk::here();
    let found = Ask::new(Policy::Restart, checked);
    let backend = Memo::new(move |_| desk.place.with(|place| place.backend));
    let is_up = Memo::new(move |_| desk.life() == Life::Up);
    // After what the person came for.
    let is_time = Memo::new(move |before: Option<&bool>| before == Some(&true) || attacked.is_fresh());
    Effect::new(move |_| {
        if is_up.get() && is_time.get() {
            found.ask(desk.client, Fool::Check(backend.get()));
        }
    });
    view! {
        <section class="card">
            <h2>{words!(checks.title)}</h2>
            <ul class="checks">
                <Bound attacked=attacked.answer />
                <File attacked=attacked.answer />
                <Stronger measured=measured.answer />
                <Zero measured=measured.answer />
                {facts(words, move || found.answer.get().unwrap_or_default())}
                <Sure invented=invented.answer />
            </ul>
        </section>
    }
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
#[component]
fn Bound(attacked: RwSignal<Option<Attacked>>) -> impl IntoView {
    // What it is, its limit, in 8 bits, and the limit then.
    let found = Memo::new(move |_| {
        attacked.with(|attacked| {
            let found = attacked.as_ref()?;
            let limit = found.limit?;
            let count = (found.shape.iter().product::<usize>() as f64).sqrt();
            Some(match found.attack.method {
                Method::PgdL2 => [found.norms.l2, limit, found.rounded_norms.l2, limit + HALF * count],
                _ => [found.norms.linf * 255.0, limit * 255.0, found.rounded_norms.linf * 255.0, limit * 255.0 + 0.5],
            })
        })
    });
    let verdict = move || match found.get() {
        None => Verdict::Open,
        Some([by, limit, rounded, most]) => Verdict::of(by <= limit + 255.0 * SLACK && rounded <= most + 255.0 * SLACK),
    };
    view! {
        <Check id="bound" title=words!(fool.check_bound) verdict=Signal::derive(verdict) how=words!(fool.check_bound_how).into_any()>
            <span>
                {live::view(move || match found.get() {
                    Some(figures) => {
                        let [by, limit, rounded, most] = figures.map(|figure| format!("{figure:.3}"));
                        show!(fool.check_bound_measured, by = by, limit = limit, rounded = rounded, most = most)
                    }
                    None => words!(fool.check_bound_none).into_any(),
                })}
            </span>
        </Check>
    }
}

/// Written, read again, the same.
#[component]
fn File(attacked: RwSignal<Option<Attacked>>) -> impl IntoView {
    let exact = Memo::new(move |_| attacked.with(|attacked| attacked.as_ref().and_then(|found| found.png_is_exact)));
    let bytes = Memo::new(move |_| attacked.with(|attacked| attacked.as_ref().map(|found| found.png.len() as u64)));
    view! {
        <Check
            id="png"
            title=words!(fool.check_png)
            verdict=Signal::derive(move || exact.get().map_or(Verdict::Open, Verdict::of))
            how=words!(fool.check_png_how).into_any()
        >
            <span class="figure">{live::maybe(move || bytes.get().map(number::bytes))}</span>
        </Check>
    }
}

/// PGD at least as often as FGSM, at every ε.
#[component]
fn Stronger(measured: RwSignal<Option<Vec<StrengthLine>>>) -> impl IntoView {
    let pairs = Memo::new(move |_| {
        measured.with(|lines| {
            let of = |method| lines.as_ref()?.iter().find(|line| line.method == method);
            let (fgsm, pgd) = (of(Method::Fgsm)?, of(Method::PgdLinf)?);
            Some(fgsm.points.iter().zip(&pgd.points).map(|(a, b)| (a.fooled, b.fooled)).collect::<Vec<_>>())
        })
    });
    let verdict = move || match pairs.get() {
        None => Verdict::Open,
        Some(pairs) => Verdict::of(pairs.iter().all(|(fgsm, pgd)| pgd >= fgsm)),
    };
    view! {
        <Check id="stronger" title=words!(fool.check_stronger) verdict=Signal::derive(verdict) how=words!(fool.check_stronger_how).into_any()>
            <span>
                {live::view(move || {
                    pairs
                        .get()
                        .map(|pairs| {
                            let sum = |read: fn(&(u32, u32)) -> u32| pairs.iter().map(read).sum::<u32>().to_string();
                            show!(fool.check_stronger_measured, fgsm = sum(|pair| pair.0), pgd = sum(|pair| pair.1), of = pairs.len().to_string())
                        })
                        .into_any()
                })}
            </span>
        </Check>
    }
}

/// ε = 0 changes nothing, of any method of the curve.
#[component]
fn Zero(measured: RwSignal<Option<Vec<StrengthLine>>>) -> impl IntoView {
    let changed = Memo::new(move |_| {
        measured.with(|lines| {
            // Without a point of strength 0 on every line nothing was measured.
            let first =
                |line: &StrengthLine| line.points.iter().find(|point| point.epsilon == 0.0).map(|point| point.l0);
            let lines = lines.as_ref().filter(|lines| !lines.is_empty())?;
            lines.iter().map(first).sum::<Option<u64>>()
        })
    });
    view! {
        <Check
            id="zero"
            title=words!(fool.check_zero)
            verdict=Signal::derive(move || changed.get().map_or(Verdict::Open, |changed| Verdict::of(changed == 0)))
            how=words!(fool.check_zero_how).into_any()
        >
            <span>
                {live::view(move || changed.get().map(|changed| show!(fool.check_zero_measured, count = number::count(changed))).into_any())}
            </span>
        </Check>
    }
}

/// As sure as was asked.
#[component]
fn Sure(invented: RwSignal<Option<InventNews>>) -> impl IntoView {
    // How sure it is, and was to be.
    let sure = Memo::new(move |_| {
        let of = |news: &InventNews| Some((news.population.first()?.prediction.probability, news.confidence));
        invented.with(|news| news.as_ref().and_then(of))
    });
    let verdict = move || match sure.get() {
        Some((sure, wanted)) => Verdict::of(f64::from(sure) >= wanted),
        None => Verdict::Open,
    };
    view! {
        <Check
            id="sure"
            title=words!(fool.check_sure)
            verdict=Signal::derive(verdict)
            how=words!(fool.check_sure_how).into_any()
        >
            <span class="figure">{live::maybe(move || {
                let percent = |(sure, wanted)| format!("{:.2} % ≥ {:.2} %", 100.0 * sure, 100.0 * wanted);
                sure.get().map(percent)
            })}</span>
        </Check>
    }
}
