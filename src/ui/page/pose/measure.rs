//! How near the joints come on figures that the cascade has not learnt from: PCP and PCK after each stage, and where each joint fails.

use super::figure::joint_words;
use super::state::PoseState;
use crate::protocol::{Pose, PoseMeasure, PoseNetwork, Posed, Skeleton, StageAccuracy};
use crate::ui::widget::{Card, ChartExtent, Line, LineChart, StartProgress, trouble_box};
use crate::ui::{Words, app, live, number};
use leptos::prelude::*;

const COLOURS: [&str; 3] = ["run-0", "run-1", "run-2"];
/// Of the heat: what is as hot as it gets, in diameters of the trunk.
const HOT: f64 = 0.3;

pub(super) fn stage_name(stage: usize) -> String {
    say!(pose.stage_number, stage = stage + 1)
}

pub(super) fn measure_card(state: PoseState) -> AnyView {
    let asked = ask!(Pose, Restart, Posed::Evaluated);
    let able = Signal::derive(move || {
        state.settings.with(|settings| settings.task.network == PoseNetwork::Cascade) && state.task().is_some()
    });
    let start = move |()| {
        let Some(task) = untrack(|| state.task()) else { return };
        asked.start(
            Pose::Evaluate(task),
            |_| {},
            move |found: PoseMeasure| {
                app().computed_on(&found.backend);
                asked.answer.try_set(Some(found));
            },
        );
    };
    let found = asked.answer;
    let curves = Memo::new(move |_| {
        found.with(|found| {
            let stages = found.iter().flat_map(|found| found.stages.iter()).zip(COLOURS).enumerate();
            stages
                .map(|(at, (stage, colour))| Line::new(colour, stage.curve.iter().copied()).named(&stage_name(at)))
                .collect::<Vec<_>>()
        })
    });
    let is_blank = move || found.with(Option::is_none);
    view! {
        <Card id="pose-measure" title=words!(detect.measure) hint=words!(pose.measure_hint) of=asked.asking>
            <div class="row-acts wraps">
                <StartProgress
                    id="pose-measure"
                    label=words!(detect.measure_start)
                    title=words!(detect.measure)
                    of=asked.asking
                    able
                    start
                />
            </div>
            {trouble_box(move || asked.trouble())}
            {live::view(move || is_blank().then(|| view! { <p class="pose-empty">{words!(pose.measure_empty)}</p> }).into_any())}
            <div class="pose-charts" class:gone=live::flag(is_blank)>
                {live::view(move || found.with(|found| found.as_ref().map(limbs)).into_any())}
                <LineChart
                    id="pose-curve"
                    title=words!(pose.curve)
                    extent=Signal::derive(|| ChartExtent::share([0.0, 0.5]))
                    lines=curves
                    figure=|share| number::percent(share as f32)
                    across=words!(pose.curve_across)
                />
                {live::view(move || found.with(|found| found.as_ref().map(heat)).into_any())}
            </div>
        </Card>
    }
    .into_any()
}

fn heads(found: &PoseMeasure) -> AnyView {
    let one = |at: usize| view! { <th scope="col">{live::text(move || stage_name(at))}</th> };
    (0..found.stages.len()).map(one).collect_view().into_any()
}

fn percent(share: f64) -> String {
    number::percent(share as f32)
}

/// Its id, its name, and what it is of a stage.
type FigureRow = (&'static str, Words, fn(&StageAccuracy) -> f64);

/// PCP of each kind of limb, and PCK, after each stage.
fn limbs(found: &PoseMeasure) -> AnyView {
    let rows: [FigureRow; 6] = [
        ("upper-arms", words!(pose.upper_arms), |stage| stage.pcp[0]),
        ("lower-arms", words!(pose.lower_arms), |stage| stage.pcp[1]),
        ("upper-legs", words!(pose.upper_legs), |stage| stage.pcp[2]),
        ("lower-legs", words!(pose.lower_legs), |stage| stage.pcp[3]),
        ("pcp", words!(pose.pcp_mean), |stage| stage.pcp_mean),
        ("pck", words!(pose.pck), |stage| stage.pck),
    ];
    let row = |(id, words, value): FigureRow| {
        let values: Vec<f64> = found.stages.iter().map(value).collect();
        let told = values.iter().map(f64::to_string).collect::<Vec<_>>().join(",");
        let cells = values.into_iter().map(|share| view! { <td class="figure">{percent(share)}</td> }).collect_view();
        view! {
            <tr data-testid="pose-accuracy" data-id=id data-values=told>
                <th scope="row">{words}</th>
                {cells}
            </tr>
        }
    };
    let rows = rows.into_iter().map(row).collect_view();
    let pictures = number::count(found.pictures);
    view! {
        <div>
            <p class="sub">{live::text(move || say!(pose.measured_on, pictures = pictures))}</p>
            <div class="scroll" tabindex="0" role="region" aria-label=live::text(|| say!(detect.measure).to_owned())>
                <table class="pupils">
                    <thead>
                        <tr>
                            <th scope="col">{words!(pose.limbs)}</th>
                            {heads(found)}
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </div>
    }
    .into_any()
}

/// The mean error of each joint after each stage, the hotter the larger.
fn heat(found: &PoseMeasure) -> AnyView {
    let one = |(at, name): (usize, &'static &'static str)| {
        let cells = found.stages.iter().map(|stage| {
            let off = stage.joints.get(at).map_or(0.0, |[_, off]| *off);
            let share = (100.0 * (off / HOT).min(1.0)).round();
            view! {
                <td class="figure pose-heat" style:--heat=format!("{share}%")>
                    {percent(off)}
                </td>
            }
        });
        let cells = cells.collect_view();
        view! {
            <tr data-testid="pose-heat">
                <th scope="row">{joint_words(name)}</th>
                {cells}
            </tr>
        }
    };
    let rows = Skeleton::Lsp.joints().iter().enumerate().map(one).collect_view();
    view! {
        <div>
            <h3>{words!(pose.heat)}</h3>
            <div class="scroll" tabindex="0" role="region" aria-label=live::text(|| say!(pose.heat).to_owned())>
                <table class="pupils">
                    <thead>
                        <tr>
                            <th scope="col">{words!(pose.joints)}</th>
                            {heads(found)}
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </div>
    }
    .into_any()
}
