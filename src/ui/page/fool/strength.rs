//! The strength curve: how sure the network still is of its first answer, by ε.

use super::look::{colour_of, method_name};
use super::state::{prank_of, strength_of, wanted};
use crate::protocol::{Fool, Method, StrengthLine, StrengthPoint};
use crate::ui::ask::Ask;
use crate::ui::desk::Desk;
use crate::ui::widget::{Axes, Chart, Extent, ProgressLine, Scaling, Stroke, TroubleBox, path_of};
use crate::ui::{live, number};
use leptos::prelude::*;
use std::sync::Arc;

const METHODS: [Method; 3] = [Method::Fgsm, Method::Bim, Method::PgdLinf];
const LEVELS: [f64; 8] = [0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 12.0, 16.0];
/// What is measured without being asked: a second or two on a CPU.
const SOON_MACS: u64 = 60_000_000;

#[component]
pub(super) fn StrengthCard(measured: Ask<Fool, Vec<StrengthLine>>) -> impl IntoView {
    let desk = Desk::here();
    let prank = prank_of(desk);
    let wanted = Memo::new(move |_| {
        let wanted = wanted(desk, prank)?;
        Some((strength_of(&wanted.attack, &METHODS, &LEVELS), wanted.macs))
    });
    Effect::new(move |_| match wanted.get() {
        Some((job, macs)) if macs <= SOON_MACS => measured.ask(desk.client, Fool::Strength(job)),
        _ => {
            measured.stop();
            measured.answer.set(None);
        }
    });
    let start = move |_| {
        if let Some((job, _)) = wanted.get_untracked() {
            measured.ask(desk.client, Fool::Strength(job));
        }
    };
    view! {
        <section class="card" data-testid="fool-strength" data-state=live::name(move || Some(measured.state().name()))>
            <h2>{words!(fool.strength_title)}</h2>
            <p class="hint">{words!(fool.strength_hint)}</p>
            <Curves lines=measured.answer />
            {live::view(move || {
                if measured.is_on() {
                    let progress = Signal::derive(move || measured.progress());
                    view! { <ProgressLine title=say!(fool.strength_title) progress on_cancel=move || measured.stop() /> }.into_any()
                } else {
                    view! {
                        <button type="button" class="btn" data-testid="strength-start" prop:disabled=wanted.with(Option::is_none) on:click=start>
                            {words!(fool.measure)}
                        </button>
                    }
                    .into_any()
                }
            })}
            {live::view(move || measured.trouble().map(|trouble| view! { <TroubleBox trouble /> }).into_any())}
        </section>
    }
}

#[component]
fn Curves(lines: RwSignal<Option<Vec<StrengthLine>>>) -> impl IntoView {
    let hover = RwSignal::new(None::<f64>);
    let most = LEVELS[LEVELS.len() - 1];
    let extent = Signal::derive(move || Extent {
        x: [0.0, most],
        y: [0.0, 1.0],
        x_scaling: Scaling::Linear,
        y_scaling: Scaling::Linear,
    });
    let draw = Arc::new(move |axes: &Axes| {
        let one = |line: &StrengthLine| {
            let place = |point: &StrengthPoint| axes.place(255.0 * point.epsilon, f64::from(point.confidence));
            let class = format!("{} smooth present", colour_of(line.method));
            Stroke { class, path: path_of(line.points.iter().map(place)) }
        };
        lines.with(|lines| lines.iter().flatten().map(one).collect())
    });
    let point_of = move |method: Method| {
        let at = hover.get().unwrap_or(f64::INFINITY);
        lines.with(|lines| {
            let line = lines.as_ref()?.iter().find(|line| line.method == method)?;
            let after = line.points.partition_point(|point| 255.0 * point.epsilon <= at + 1e-9);
            line.points.get(after.max(1) - 1).copied()
        })
    };
    let told_of = move |method: Method| {
        point_of(method).map(|point| {
            let percent = number::percent(point.confidence);
            let state = if point.fooled > 0 { say!(fool.fooled) } else { say!(fool.stands) };
            format!("{percent}, {state}")
        })
    };
    let told = move || {
        let one = |method: Method| told_of(method).map(|told| format!("{} {told}", method_name(method)));
        METHODS.into_iter().filter_map(one).collect::<Vec<_>>().join("; ")
    };
    let legend = METHODS.map(|method| {
        view! {
            <li data-testid="strength-line">
                <i class=colour_of(method)></i>
                <span>{method_name(method)}</span>
                <span class="figure">{live::maybe(move || told_of(method))}</span>
            </li>
        }
    });
    view! {
        <figure class="chart" data-testid="strength-chart">
            <figcaption>
                <h3>{words!(fool.confidence_by_epsilon)}</h3>
                <span class="figure">{live::text(move || format!("ε = {:.1}", hover.get().unwrap_or(most).clamp(0.0, most)))}</span>
            </figcaption>
            <Chart title=words!(fool.confidence_by_epsilon) extent draw told=Arc::new(told) hover />
        </figure>
        <ul class="legend lines-legend">{legend.into_iter().collect_view()}</ul>
    }
}
