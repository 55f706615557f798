//! The picture with its boxes, and what each stage came to.

use super::anchors::{anchor_boxes, anchor_words, with_pointer};
use super::settings::{DetectSettings, DetectSource, DetectView, StageView};
use super::state::{DetectState, one_stage_files};
use super::webcam::live_camera;
use crate::protocol::{
    BoxCorners, DetectStage, DetectedBox, DetectedPicture, DetectorKind, HeadForm, HeadReport, StageReport,
};
use crate::ui::page::NetworkSelect;
use crate::ui::widget::{
    BroughtFile, Card, PixelsView, Slider, WeightsDrop, computed_on, file_choice, no_pixels, progress_of,
};
use crate::ui::{PageSettings, Words, app, live, number, sentence};
use leptos::prelude::*;

/// Colours that can be told apart; classes take turns.
pub(super) const COLOURS: usize = 6;
/// Of Faster R-CNN.
const PROPOSALS: u32 = 100;

pub(super) fn board_card(state: DetectState) -> AnyView {
    let settings = state.settings;
    let by_regions = move || settings.with(|settings| settings.task.detector == DetectorKind::Regions);
    let is_live = Memo::new(move |_| settings.with(|settings| settings.source == DetectSource::Webcam));
    let has_picture = Memo::new(move |_| state.found.with(Option::is_some));
    let files = Memo::new(|_| one_stage_files().unwrap_or_default());
    let several = Memo::new(move |_| {
        let one_stage = settings.with(|settings| settings.task.detector == DetectorKind::OneStage);
        one_stage && files.with(|files| files.len() > 1)
    });
    view! {
        <Card id="detect" title=words!(detect.boxes) hint=words!(detect.boxes_hint) of=state.run.asking>
            <div class="fields">
                {controls!(DetectSettings, "of", "scene", "by", "weights")}
                {live::view(move || by_regions().then(|| view! { <NetworkSelect /> }).into_any())}
                {live::view(move || several.get().then(|| choice(state, files)).into_any())}
            </div>
            {live::view(move || wanting(settings).into_any())}
            {live::view(move || is_live.get().then(|| live_camera(state)).into_any())}
            <div class="detect-board" class:gone=live::flag(move || !has_picture.get())>
                <div>
                    {controls!(DetectSettings, "show", "stage")}
                    {sheet(state)}
                    {anchor_words(state)}
                    {sliders(settings)}
                </div>
                <div class="detect-side">
                    {list(state)}
                </div>
            </div>
            {progress_of(state.run.asking, words!(detect.looking))}
            {live::view(move || state.found.with(|found| found.as_ref().map(stages)).into_any())}
            <details class="more-settings">
                <summary>{words!(detect.more)}</summary>
                <div class="fields">{controls!(DetectSettings, "regions", "scenes", "seed", "moves")}</div>
            </details>
        </Card>
    }
    .into_any()
}

fn choice(state: DetectState, files: Memo<Vec<BroughtFile>>) -> AnyView {
    let choose = |title: String| DetectSettings::change(|settings| settings.file = Some(title));
    file_choice("detect-file", files, move || state.one_stage(), choose)
}

/// How the numbers of the file are read.
fn head_words(head: &HeadReport) -> AnyView {
    let form = match head.form {
        HeadForm::Objectness => words!(detect.head_objectness),
        HeadForm::Columns => words!(detect.head_columns),
        HeadForm::Rows => words!(detect.head_rows),
        HeadForm::Suppressed => words!(detect.head_suppressed),
        HeadForm::Apart => words!(detect.head_apart),
    };
    let fit = if head.is_letterboxed { words!(detect.head_letterboxed) } else { words!(detect.head_squashed) };
    let (title, size) = (head.title.clone(), format!("{} × {}", head.width, head.height));
    let cut = head.is_cut.then(|| view! { " " {words!(detect.head_cut)} });
    view! {
        <p class="hint" data-testid="detect-head">
            {live::text(move || say!(detect.head_of, title = title, size = size))} " " {form} " " {fit} {cut}
        </p>
    }
    .into_any()
}

/// What is missing before anything can be looked at.
fn wanting(settings: Memo<DetectSettings>) -> AnyView {
    let (source, detector) = settings.with(|settings| (settings.source, settings.task.detector));
    if detector == DetectorKind::OneStage && one_stage_files().is_some_and(|files| files.is_empty()) {
        return view! {
            <WeightsDrop>
                <p data-testid="detect-wanting">{words!(detect.wanting_weights)}</p>
            </WeightsDrop>
        }
        .into_any();
    }
    if source == DetectSource::Album && app().boxes().find(0).is_none() {
        return view! { <p class="hint">{words!(detect.wanting_album)}</p> }.into_any();
    }
    if source == DetectSource::Tray && app().chosen.get().is_none() {
        return view! { <p class="hint">{words!(detect.wanting_picture)}</p> }.into_any();
    }
    let says = match (detector, source) {
        (DetectorKind::Regions | DetectorKind::TwoStage, DetectSource::Tray | DetectSource::Webcam) => {
            Some(words!(detect.shapes_only))
        }
        (DetectorKind::OneStage, DetectSource::Scene) => Some(words!(detect.coco_only)),
        (DetectorKind::Regions | DetectorKind::TwoStage, DetectSource::Scene | DetectSource::Album)
        | (DetectorKind::OneStage, DetectSource::Tray | DetectSource::Album | DetectSource::Webcam) => None,
    };
    says.map(|says: Words| view! { <p class="hint" data-testid="detect-note">{says}</p> }).into_any()
}

fn percent(part: f32, of: u32) -> String {
    format!("{}%", number::fixed(f64::from(100.0 * part / of.max(1) as f32), 3))
}

/// A box over the picture.
pub(super) fn drawn(corners: BoxCorners, [width, height]: [u32; 2], class: String, label: Option<String>) -> AnyView {
    let [left, top, right, bottom] = corners;
    // Above the box its name covers less of the picture, where there is room.
    let is_high = 12.0 * top < height as f32;
    let class = if is_high { format!("{class} high") } else { class };
    view! {
        <div
            class=class
            style:left=percent(left, width)
            style:top=percent(top, height)
            style:width=percent(right - left, width)
            style:height=percent(bottom - top, height)
        >
            {label.map(|label| view! { <span>{label}</span> })}
        </div>
    }
    .into_any()
}

fn colour(class: u32) -> String {
    format!("detect-box detect-{}", class as usize % COLOURS)
}

fn name(found: &DetectedPicture, one: &DetectedBox) -> String {
    found.classes.get(one.class as usize).map(|name| sentence::in_language(name).to_owned()).unwrap_or_default()
}

fn sheet(state: DetectState) -> AnyView {
    let view = Memo::new(move |_| {
        state.settings.with(|settings| match settings.task.detector {
            DetectorKind::Regions => Over::of(settings.view),
            DetectorKind::TwoStage => Over::of_stage(settings.stage),
            DetectorKind::OneStage => Over::Boxes,
        })
    });
    let shown = Memo::new(move |_| state.settings.with(|settings| settings.shown));
    let pixels = move || {
        let is_parts = view.get() == Over::Parts;
        state.found.with(|found| {
            let found = found.as_ref();
            let parts = found.filter(|_| is_parts).and_then(|found| found.segments.clone());
            parts.or_else(|| found.map(|found| found.preview.clone())).unwrap_or_else(no_pixels)
        })
    };
    let over = move || {
        let (view, shown) = (view.get(), shown.get());
        state.found.with(|found| {
            let Some(found) = found else { return ().into_any() };
            let size = [found.width, found.height];
            let plain = |corners: &BoxCorners| drawn(*corners, size, "detect-region".to_owned(), None);
            match view {
                Over::Parts => ().into_any(),
                Over::Anchors => anchor_boxes(state, found),
                Over::Regions => found.regions.iter().take(shown as usize).map(plain).collect_view().into_any(),
                Over::Boxes => {
                    let truth =
                        found.truth.iter().map(|thing| drawn(thing.corners, size, "detect-true".to_owned(), None));
                    let truth = truth.collect_view();
                    let pointed = state.pointed.get();
                    let boxes = state.kept.with(|kept| {
                        let all = kept.iter().flat_map(|kept| kept.boxes.iter()).enumerate();
                        all.map(|(at, one)| {
                            let class =
                                format!("{}{}", colour(one.class), if pointed == Some(at) { " on" } else { "" });
                            drawn(one.corners, size, class, Some(name(found, one)))
                        })
                        .collect_view()
                    });
                    let marked = state.mark().map(|corners| drawn(corners, size, "detect-marked".to_owned(), None));
                    view! { {truth} {boxes} {marked} }.into_any()
                }
            }
        })
    };
    let label = move || {
        let count = state.kept.with(|kept| kept.as_ref().map_or(0, |kept| kept.boxes.len()));
        say!(detect.picture_label, count = number::count(count as u64))
    };
    view! {
        <div class="detect-sheet" role="img" aria-label=live::text(label) data-testid="detect-sheet">
            <PixelsView pixels />
            {live::view(over)}
            {with_pointer(state, Memo::new(move |_| view.get() == Over::Anchors))}
        </div>
    }
    .into_any()
}

/// What is drawn over the picture, whichever detector it is of.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Over {
    Boxes,
    Regions,
    Parts,
    Anchors,
}

impl Over {
    fn of(view: DetectView) -> Self {
        match view {
            DetectView::Boxes => Self::Boxes,
            DetectView::Regions => Self::Regions,
            DetectView::Parts => Self::Parts,
        }
    }

    fn of_stage(view: StageView) -> Self {
        match view {
            StageView::Boxes => Self::Boxes,
            StageView::Proposals => Self::Regions,
            StageView::Anchors => Self::Anchors,
        }
    }
}

fn sliders(settings: Memo<DetectSettings>) -> AnyView {
    let slider =
        move |id: &'static str, words: Words, get: fn(&DetectSettings) -> f64, set: fn(&mut DetectSettings, f64)| {
            let value = Signal::derive(move || settings.with(get));
            let told = Signal::derive(move || number::fixed(value.get(), 2));
            view! {
                <label class="field">
                    <span>{words} " " <span class="figure">{live::text(move || told.get())}</span></span>
                    <Slider
                        id=id
                        span=[0.0, 1.0]
                        step=0.01
                        value
                        told
                        on_slide=move |value: f64| DetectSettings::change(|settings| set(settings, value))
                    />
                </label>
            }
        };
    let most = Signal::derive(move || {
        settings.with(|settings| match settings.task.detector {
            DetectorKind::TwoStage => f64::from(PROPOSALS),
            DetectorKind::Regions | DetectorKind::OneStage => f64::from(settings.task.regions),
        })
    });
    let shows_regions = Memo::new(move |_| {
        settings.with(|s| match s.task.detector {
            DetectorKind::Regions => s.view == DetectView::Regions,
            DetectorKind::TwoStage => s.stage == StageView::Proposals,
            DetectorKind::OneStage => false,
        })
    });
    let first = move || {
        let value = Signal::derive(move || settings.with(|settings| f64::from(settings.shown)));
        view! {
            <label class="field">
                <span>{words!(detect.first)} " " <span class="figure">{live::text(move || value.get().to_string())}</span></span>
                <Slider
                    id="detect-first"
                    span=[0.0, most.get_untracked()]
                    step=1.0
                    value
                    on_slide=move |value: f64| DetectSettings::change(|settings| settings.shown = value as u32)
                />
            </label>
        }
        .into_any()
    };
    view! {
        <div class="detect-sliders">
            {live::view(move || match shows_regions.get() {
                true => first(),
                false => view! {
                    {slider("detect-threshold", words!(detect.threshold), |s| s.task.threshold, |s, value| s.task.threshold = value)}
                    {slider("detect-overlap", words!(detect.overlap), |s| s.task.overlap, |s, value| s.task.overlap = value)}
                }.into_any(),
            })}
        </div>
    }
    .into_any()
}

/// Each box with its class and score; pointed at or reached by the keyboard, it stands out on the picture.
fn list(state: DetectState) -> AnyView {
    let rows = move || {
        state.found.with(|found| {
            let (Some(found), Some(kept)) = (found.as_ref(), state.kept.get()) else { return ().into_any() };
            if kept.boxes.is_empty() {
                let words = if state.run.is_on() { words!(detect.not_yet) } else { words!(detect.nothing) };
                return view! { <p class="detect-empty" data-testid="detect-nothing">{words}</p> }.into_any();
            }
            let one = |(at, one): (usize, &DetectedBox)| {
                let (label, score, corners) = (name(found, one), one.score, one.corners);
                let (english, class) =
                    (found.classes.get(one.class as usize).map(|name| name[0].clone()), colour(one.class));
                let place = corners.map(|at| number::count(at.max(0.0).round() as u64)).join(" · ");
                let point = move |is: bool| state.pointed.set(is.then_some(at));
                view! {
                    <li>
                        <button
                            type="button"
                            class="detect-row"
                            data-testid="detect-box"
                            data-class=english
                            data-score=score.to_string()
                            data-corners=corners.map(|at| at.to_string()).join(",")
                            on:pointerenter=move |_| point(true)
                            on:pointerleave=move |_| point(false)
                            on:focus=move |_| point(true)
                            on:blur=move |_| point(false)
                        >
                            <i class=class aria-hidden="true"></i>
                            <span>{label}</span>
                            <span class="figure">{number::fixed(f64::from(score), 2)}</span>
                            <span class="figure hint">{place}</span>
                        </button>
                    </li>
                }
            };
            let rows = kept.boxes.iter().enumerate().map(one).collect_view();
            let (above, count) = (number::count(kept.above), number::count(kept.boxes.len() as u64));
            let time = number::millis(kept.millis);
            view! {
                <p class="sub" data-testid="detect-kept">
                    {live::text(move || say!(detect.kept, above = above, count = count, time = time))}
                </p>
                <ol class="detect-list">{rows}</ol>
            }
            .into_any()
        })
    };
    let key = move || {
        let has_truth = state.found.with(|found| found.as_ref().is_some_and(|found| !found.truth.is_empty()));
        has_truth
            .then(|| view! { <p class="hint"><i class="detect-key" aria-hidden="true"></i> {words!(detect.truth)}</p> })
            .into_any()
    };
    view! { {live::view(rows)} {live::view(key)} }.into_any()
}

fn stages(found: &DetectedPicture) -> AnyView {
    let one = |report: &StageReport| {
        let StageReport { stage, count, millis } = *report;
        let [name, counted] = match stage {
            DetectStage::Learn => [words!(detect.stage_learn), words!(detect.count_learn)],
            DetectStage::Segment => [words!(detect.stage_segment), words!(detect.count_segment)],
            DetectStage::Propose if found.anchors.is_some() => [words!(detect.stage_rpn), words!(detect.count_rpn)],
            DetectStage::Propose => [words!(detect.stage_propose), words!(detect.count_propose)],
            DetectStage::Network => [words!(detect.stage_network), words!(detect.count_network)],
            DetectStage::Score => [words!(detect.stage_score), words!(detect.count_score)],
            DetectStage::Suppress => [words!(detect.stage_suppress), words!(detect.count_suppress)],
        };
        view! {
            <tr data-testid="detect-stage" data-count=count.to_string()>
                <th scope="row">{name}</th>
                <td class="figure">{number::count(count)}</td>
                <td>{counted}</td>
                <td class="figure">{number::millis(millis)}</td>
            </tr>
        }
    };
    let rows = found.stages.iter().map(one).collect_view();
    let backend = computed_on(&found.backend);
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label=live::text(|| say!(detect.stages).to_owned())>
            <table class="pupils detect-stages">
                <thead>
                    <tr>
                        <th scope="col">{words!(detect.stages)}</th>
                        <th scope="col" colspan="2">{words!(detect.came)}</th>
                        <th scope="col">{words!(detect.time)}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        <p class="sub">{backend}</p>
        {found.head.as_ref().map(head_words)}
    }
    .into_any()
}
