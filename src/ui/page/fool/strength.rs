//! The strength curve: how sure the network still is of its first answer, by ε.

use super::settings::FoolSettings;
use super::state::{colour_of, strength_of, wanted};
use crate::protocol::{Fool, Method, StrengthLine, StrengthPoint};
use crate::ui::widget::{Axes, Card, ChartExtent, ChartFigure, Line, StartProgress, point_at, trouble_box};
use crate::ui::{Ask, Choice, live, number};
use leptos::prelude::*;

const METHODS: [Method; 3] = [Method::Fgsm, Method::Bim, Method::PgdLinf];
const LEVELS: [f64; 8] = [0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 12.0, 16.0];
/// What is measured without being asked: a second or two on a CPU.
const SOON_MACS: u64 = 60_000_000;

#[component]
pub(super) fn StrengthCard(settings: Memo<FoolSettings>, measured: Ask<Fool, Vec<StrengthLine>>) -> impl IntoView {
    let wanted = Memo::new(move |_| {
        let wanted = wanted(settings)?;
        Some((strength_of(&wanted.attack, &METHODS, &LEVELS), wanted.subject.network.macs))
    });
    Effect::new(move |_| match wanted.get() {
        Some((job, macs)) if macs <= SOON_MACS => measured.ask(Fool::Strength(job)),
        _ => {
            measured.stop();
            measured.answer.set(None);
        }
    });
    let start = move |()| {
        if let Some((job, _)) = wanted.get_untracked() {
            measured.ask(Fool::Strength(job));
        }
    };
    view! {
        <Card id="fool-strength" title=words!(fool.strength_title) hint=words!(fool.strength_hint) of=measured.asking>
            <Curves lines=measured.answer />
            <StartProgress
                id="strength"
                label=words!(fool.measure)
                title=words!(fool.strength_title)
                of=measured.asking
                able=move || wanted.with(Option::is_some)
                start
            />
            {trouble_box(move || measured.trouble())}
        </Card>
    }
}

#[component]
fn Curves(lines: RwSignal<Option<Vec<StrengthLine>>>) -> impl IntoView {
    let hover = RwSignal::new(None::<f64>);
    let most = LEVELS[LEVELS.len() - 1];
    let draw = move |axes: &Axes| {
        let place = |point: &StrengthPoint| [255.0 * point.epsilon, f64::from(point.confidence)];
        let one = |line: &StrengthLine| {
            Line::new(colour_of(line.method), line.points.iter().map(place)).stroke(axes)
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
            extent=ChartExtent::linear([0.0, most], [0.0, 1.0])
            draw
            told
            hover
            caption=move || format!("ε = {:.1}", hover.get().unwrap_or(most).clamp(0.0, most))
        />
        <ul class="legend lines-legend">{legend.into_iter().collect_view()}</ul>
    }
}
