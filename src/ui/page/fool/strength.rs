//! The strength curve: how sure the network still is of its first answer, by ε.

use super::look::colour_of;
use super::settings::FoolSettings;
use super::state::{strength_of, wanted};
use crate::protocol::{Fool, Method, StrengthLine, StrengthPoint};
use crate::ui::ask::Ask;
use crate::ui::choice::Choice;
use crate::ui::desk::Desk;
use crate::ui::settings::Settings;
use crate::ui::widget::{Axes, ChartFigure, Extent, Scaling, StartProgress, Stroke, path_of, point_at, trouble_box};
use crate::ui::{live, number};
use leptos::prelude::*;

const METHODS: [Method; 3] = [Method::Fgsm, Method::Bim, Method::PgdLinf];
const LEVELS: [f64; 8] = [0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 12.0, 16.0];
/// What is measured without being asked: a second or two on a CPU.
const SOON_MACS: u64 = 60_000_000;

#[component]
pub(super) fn StrengthCard(measured: Ask<Fool, Vec<StrengthLine>>) -> impl IntoView {
    let desk = Desk::here();
    let settings = FoolSettings::of(desk);
    let wanted = Memo::new(move |_| {
        let wanted = wanted(desk, settings)?;
        Some((strength_of(&wanted.attack, &METHODS, &LEVELS), wanted.macs))
    });
    Effect::new(move |_| match wanted.get() {
        Some((job, macs)) if macs <= SOON_MACS => measured.ask(desk.client, Fool::Strength(job)),
        _ => {
            measured.stop();
            measured.answer.set(None);
        }
    });
    let start = move |()| {
        if let Some((job, _)) = wanted.get_untracked() {
            measured.ask(desk.client, Fool::Strength(job));
        }
    };
    view! {
        <section class="card" data-testid="fool-strength" data-state=live::name(move || Some(measured.state().name()))>
            <h2>{words!(fool.strength_title)}</h2>
            <p class="hint">{words!(fool.strength_hint)}</p>
            <Curves lines=measured.answer />
            <StartProgress
                id="strength"
                label=words!(fool.measure)
                title=words!(fool.strength_title)
                is_on=Signal::derive(move || measured.is_on())
                progress=Signal::derive(move || measured.progress())
                able=Signal::derive(move || wanted.with(Option::is_some))
                start
                stop=move |()| measured.stop()
            />
            {trouble_box(move || measured.trouble())}
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
    let draw = move |axes: &Axes| {
        let one = |line: &StrengthLine| {
            let place = |point: &StrengthPoint| axes.place(255.0 * point.epsilon, f64::from(point.confidence));
            let class = format!("{} smooth present", colour_of(line.method));
            Stroke { class, path: path_of(line.points.iter().map(place)) }
        };
        lines.with(|lines| lines.iter().flatten().map(one).collect())
    };
    let told_of = move |method: Method, at: f64| {
        lines.with(|lines| {
            let line = lines.as_ref()?.iter().find(|line| line.method == method)?;
            let point = point_at(&line.points, at + 1e-9, |point| 255.0 * point.epsilon)?;
            let percent = number::percent(point.confidence);
            let state = if point.fooled > 0 { say!(fool.fooled) } else { say!(fool.stands) };
            Some(format!("{percent}, {state}"))
        })
    };
    let told = move |at| {
        let one = |method: Method| told_of(method, at).map(|told| format!("{} {told}", method.name()));
        METHODS.into_iter().filter_map(one).collect::<Vec<_>>().join("; ")
    };
    let legend = METHODS.map(|method| {
        view! {
            <li data-testid="strength-line">
                <i class=colour_of(method)></i>
                <span>{method.name()}</span>
                <span class="figure">{live::maybe(move || told_of(method, hover.get().unwrap_or(f64::INFINITY)))}</span>
            </li>
        }
    });
    view! {
        <ChartFigure
            id="strength-chart"
            title=words!(fool.confidence_by_epsilon)
            extent
            draw
            told
            hover
            caption=Signal::derive(move || format!("ε = {:.1}", hover.get().unwrap_or(most).clamp(0.0, most)))
        />
        <ul class="legend lines-legend">{legend.into_iter().collect_view()}</ul>
    }
}
