//! The person with the skeleton of each stage, and where each joint is.

use super::edit::edit_row;
use super::figure::{joint_words, sheet};
use super::settings::{PoseSettings, PoseSource};
use super::state::{PoseState, has_movenet, pose_files};
use super::webcam::live_camera;
use crate::protocol::{FoundPose, JointPlace, PoseNetwork, Skeleton};
use crate::ui::widget::{BroughtFile, Card, Slider, WeightsDrop, computed_on, file_choice, progress_of};
use crate::ui::{PageSettings, Words, app, live, number};
use leptos::prelude::*;

/// Where the mean of the scores is lower, MoveNet has probably seen nobody.
const UNSURE: f32 = 0.25;

pub(super) fn board_card(state: PoseState) -> AnyView {
    let settings = state.settings;
    let has_person = Memo::new(move |_| state.found.with(Option::is_some));
    let is_live = Memo::new(move |_| settings.with(|settings| settings.source == PoseSource::Webcam));
    let files = Memo::new(|_| pose_files().unwrap_or_default());
    let several = Memo::new(move |_| {
        let is_file = settings.with(|settings| settings.task.network == PoseNetwork::File);
        is_file && files.with(|files| files.len() > 1)
    });
    view! {
        <Card id="pose" title=words!(pose.board) hint=words!(pose.board_hint) of=state.run.asking>
            <div class="fields">
                {controls!(PoseSettings, "of", "figure", "by", "weights")}
                {live::view(move || several.get().then(|| choice(state, files)).into_any())}
            </div>
            {live::view(move || wanting(settings).into_any())}
            {live::view(move || is_live.get().then(|| live_camera(state)).into_any())}
            <div class="pose-board" class:gone=live::flag(move || !has_person.get())>
                <div>
                    {controls!(PoseSettings, "show")}
                    {stages(state)}
                    {sheet(state)}
                    {live::view(move || state.found.with(|found| found.as_ref().map(key)).into_any())}
                </div>
                <div class="pose-side">
                    {live::view(move || unsure(state))}
                    <div class:gone=live::flag(move || is_live.get())>{edit_row(state)}</div>
                    {live::view(move || list(state))}
                </div>
            </div>
            {progress_of(state.run.asking, words!(pose.looking))}
        </Card>
    }
    .into_any()
}

fn choice(state: PoseState, files: Memo<Vec<BroughtFile>>) -> AnyView {
    let choose = |title: String| PoseSettings::change(|settings| settings.file = Some(title));
    file_choice("pose-file", files, move || state.file(), choose)
}

/// What is missing before anybody can be looked at.
fn wanting(settings: Memo<PoseSettings>) -> AnyView {
    let (source, network) = settings.with(|settings| (settings.source, settings.task.network));
    let wants = match network {
        PoseNetwork::MoveNet if has_movenet() == Some(false) => Some(words!(pose.wanting_weights)),
        PoseNetwork::File if pose_files().is_some_and(|files| files.is_empty()) => Some(words!(pose.wanting_file)),
        PoseNetwork::Cascade | PoseNetwork::MoveNet | PoseNetwork::File => None,
    };
    if let Some(wants) = wants {
        return view! {
            <WeightsDrop>
                <p data-testid="pose-wanting">{wants}</p>
            </WeightsDrop>
        }
        .into_any();
    }
    if source == PoseSource::Tray && app().chosen.get().is_none() {
        return view! { <p class="hint">{words!(detect.wanting_picture)}</p> }.into_any();
    }
    let says = match (network, source) {
        (PoseNetwork::Cascade, PoseSource::Tray | PoseSource::Webcam) => Some(words!(pose.figures_only)),
        (PoseNetwork::MoveNet, PoseSource::Figure) => Some(words!(pose.photos_only)),
        (PoseNetwork::Cascade, PoseSource::Figure)
        | (PoseNetwork::MoveNet, PoseSource::Tray | PoseSource::Webcam)
        | (PoseNetwork::File, _) => None,
    };
    says.map(|says: Words| view! { <p class="hint" data-testid="pose-note">{says}</p> }).into_any()
}

/// Through the stages.
fn stages(state: PoseState) -> AnyView {
    let count = Memo::new(move |_| state.found.with(|found| found.as_ref().map_or(0, |found| found.stages.len())));
    let view = move || {
        if count.get() < 2 {
            return ().into_any();
        }
        let value = Signal::derive(move || state.settings.with(|settings| f64::from(settings.stage)));
        let told = Signal::derive(move || {
            let stage = state.settings.with(|settings| settings.stage);
            let millis = state.found.with(|found| Some(found.as_ref()?.stages.get(stage as usize - 1)?.millis));
            say!(pose.stage_of, stage = stage, of = count.get(), time = number::millis(millis.unwrap_or_default()))
        });
        view! {
            <label class="field">
                <span data-testid="pose-stage-words">{live::text(move || told.get())}</span>
                <Slider
                    id="pose-stage"
                    span=[1.0, count.get() as f64]
                    step=1.0
                    value
                    told
                    on_slide=move |stage: f64| {
                        state.edited.set(None);
                        PoseSettings::change(|settings| settings.stage = stage as u32);
                    }
                />
            </label>
        }
        .into_any()
    };
    live::view(view).into_any()
}

fn key(found: &FoundPose) -> AnyView {
    let truth = found
        .truth
        .is_some()
        .then(|| view! { " · " <i class="pose-key true" aria-hidden="true"></i> " " {words!(pose.key_true)} });
    let backend = computed_on(&found.backend);
    view! {
        <p class="hint">
            <i class="pose-key right" aria-hidden="true"></i> " " {words!(pose.key_right)} " · "
            <i class="pose-key left" aria-hidden="true"></i> " " {words!(pose.key_left)} {truth}
        </p>
        <p class="sub">{backend}</p>
    }
    .into_any()
}

fn unsure(state: PoseState) -> AnyView {
    let mean = state.found.with(|found| {
        let scores = found.as_ref().map(|found| found.scores.clone()).filter(|scores| !scores.is_empty())?;
        Some(scores.iter().sum::<f32>() / scores.len() as f32)
    });
    let Some(mean) = mean else { return ().into_any() };
    let told = number::fixed(f64::from(mean), 2);
    if mean < UNSURE {
        let words = live::text(move || say!(pose.nobody, score = told));
        return view! { <p class="pose-unsure" role="status" data-testid="pose-nobody">{words}</p> }.into_any();
    }
    let words = live::text(move || say!(pose.mean_score, score = told));
    view! { <p class="sub" data-testid="pose-score">{words}</p> }.into_any()
}

fn distance(a: JointPlace, b: JointPlace) -> f32 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

/// Of joints that are known: the diameter of the trunk.
fn trunk(found: &FoundPose) -> Option<f32> {
    let truth = found.truth.as_ref().filter(|_| found.skeleton == Skeleton::Lsp)?;
    let named =
        |name: &str| truth.get(Skeleton::Lsp.joints().iter().position(|joint| *joint == name)?).copied().flatten();
    Some(distance(named("left_shoulder")?, named("right_hip")?)).filter(|trunk| *trunk > 0.0)
}

/// Each joint with its place, and how far off or how sure it is.
fn list(state: PoseState) -> AnyView {
    state.found.with(|found| {
        let Some(found) = found.as_ref() else { return ().into_any() };
        let (joints, trunk) = (state.joints(found), trunk(found));
        let one = |(at, name): (usize, &'static &'static str)| {
            let place = joints.get(at).copied().flatten();
            let words = joint_words(name);
            let figures = place.map_or_else(|| "–".to_owned(), |place| place.map(|at| number::fixed(f64::from(at), 0)).join(" · "));
            let known = found.truth.as_ref().and_then(|truth| truth.get(at).copied().flatten());
            let off = place.zip(known).zip(trunk).map(|((place, known), trunk)| distance(place, known) / trunk);
            let score = found.scores.get(at).copied();
            let value = off.map(number::percent).or_else(|| score.map(|score| number::fixed(f64::from(score), 2)));
            let class = if off.is_some_and(|off| off > 0.2) { "figure far" } else { "figure" };
            view! {
                <tr data-testid="pose-row" data-off=off.map(|off| off.to_string()) data-place=place.map(|at| format!("{},{}", at[0], at[1]))>
                    <th scope="row">{words}</th>
                    <td class="figure">{figures}</td>
                    <td class=class>{value}</td>
                </tr>
            }
        };
        let rows = found.skeleton.joints().iter().enumerate().map(one).collect_view();
        let last = if found.scores.is_empty() { words!(pose.off) } else { words!(pose.score) };
        view! {
            <div class="scroll" tabindex="0" role="region" aria-label=live::text(|| say!(pose.joints).to_owned())>
                <table class="pupils pose-list">
                    <thead>
                        <tr>
                            <th scope="col">{words!(pose.joints)}</th>
                            <th scope="col">{words!(pose.place)}</th>
                            <th scope="col">{last}</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
        .into_any()
    })
}
