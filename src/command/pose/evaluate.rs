//! `neocog pose evaluate`: a network on people whose joints are known.

use super::ChosenPose;
use crate::command::drive::read;
use crate::command::pictures::picture;
use crate::command::{Failure, Report};
use crate::data::keypoints::{AnnotatedPerson, joints_from, keypoints_from};
use crate::lab::pose::{JudgedPose, KnownJoints, PoseBench, PoseInput, accuracy, as_lsp, distance};
use crate::lab::{LabError, Monitor, NoMonitor};
use crate::protocol::{BackendKind, BackendUsed, PoseMeasure, Skeleton, Why};
use clap::Args;
use std::path::{Path, PathBuf};

#[derive(Args)]
pub(in crate::command) struct EvaluatePose {
    #[command(flatten)]
    network: ChosenPose,
    /// Known joints: COCO's JSON file of keypoints, or a table with tabs.
    #[arg(long, value_name = "PATH")]
    annotations: Option<PathBuf>,
    /// Instead: so many figures that the program draws and no cascade learns from.
    #[arg(long, value_name = "N", conflicts_with = "annotations")]
    drawn: Option<u32>,
    /// The folder of the pictures; without it, that of the annotations, or `images` in it.
    #[arg(long, value_name = "FOLDER")]
    pictures: Option<PathBuf>,
    /// The last line is one JSON object.
    #[arg(long)]
    json: bool,
}

/// A joint is near where it is within this share of the person's extent, the longer side of the box around the known joints.
const NEAR: f32 = 0.1;

pub(super) async fn run(arguments: &EvaluatePose, report: &mut Report<'_>) -> Result<(), Failure> {
    let EvaluatePose { network, annotations, drawn, pictures, json } = arguments;
    let mut bench = network.bench().await?;
    let watch = NoMonitor::default();
    let start = watch.now_millis();
    let judged = match (annotations, drawn) {
        (Some(annotations), _) => {
            let people = annotated(annotations)?;
            let folder = annotations.parent().unwrap_or(Path::new(""));
            let images = folder.join("images");
            let folder = pictures.as_deref().unwrap_or(if images.is_dir() { &images } else { folder });
            on_people(&mut bench, &people, folder, &watch).await?
        }
        (None, Some(count)) => bench.figures(*count, &watch).await?.ok_or_else(|| {
            let sentence = "MoveNet knows other joints than drawn figures have; give it pictures with --annotations";
            Failure::Said(sentence.to_owned())
        })?,
        (None, None) => {
            let sentence = "there is nothing to measure with; name known joints with --annotations, or --drawn and how many figures";
            return Err(Failure::Said(sentence.to_owned()));
        }
    };
    let found = PoseMeasure {
        pictures: judged.len() as u32,
        stages: accuracy(&judged),
        elapsed_ms: watch.now_millis() - start,
        backend: BackendUsed { kind: BackendKind::Cpu, adapter: String::new(), why: Why::Chosen },
    };
    said(&found, &judged, report)?;
    if *json { report.json(&found) } else { Ok(()) }
}

pub(super) fn annotated(path: &Path) -> Result<Vec<AnnotatedPerson>, Failure> {
    let shown = path.display().to_string();
    let text = String::from_utf8_lossy(&read(path)?).into_owned();
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    match ending.as_deref() {
        Some("json") => Ok(keypoints_from(&shown, &text).map_err(LabError::from)?),
        Some("tsv") => Ok(joints_from(&shown, &text).map_err(LabError::from)?),
        _ => Err(Failure::Said(format!("{shown} is no file of joints: COCO's JSON and a table (.tsv) are read"))),
    }
}

/// The joints that people and network share.
async fn on_people(
    bench: &mut PoseBench,
    people: &[AnnotatedPerson],
    folder: &Path,
    watch: &NoMonitor,
) -> Result<Vec<JudgedPose>, Failure> {
    let mut judged = Vec::new();
    for person in people {
        let mut input = PoseInput { picture: picture(&folder.join(&person.file))?, truth: None };
        let size = [input.picture.width(), input.picture.height()];
        if size != person.size {
            let ([w, h], [width, height]) = (size, person.size);
            let sentence = format!(
                "{} is {w} × {h} pixels, and its joints are of a picture of {width} × {height}: they are of other pictures",
                person.file
            );
            return Err(Failure::Said(sentence));
        }
        let mut truth = as_lsp(&person.names, &person.joints);
        if truth.iter().all(Option::is_none) {
            let sentence = format!("of {} joints that {} names none is known here", person.names.len(), person.file);
            return Err(Failure::Said(sentence));
        }
        input.truth = Some(truth);
        let found = bench.run(&input, watch).await?;
        let names: Vec<String> = found.skeleton.joints().iter().map(|name| (*name).to_owned()).collect();
        let mut stages = Vec::new();
        for stage in &found.stages {
            let said: KnownJoints = as_lsp(&names, &stage.joints.iter().copied().map(Some).collect::<Vec<_>>());
            // What the network does not find is not asked for. Its neck would be one that was computed.
            for (joint, name) in Skeleton::Lsp.joints().iter().enumerate() {
                if !names.iter().any(|known| known == name) {
                    truth[joint] = None;
                }
            }
            stages.push(said.map(Option::unwrap_or_default));
        }
        judged.push(JudgedPose { truth, stages });
    }
    Ok(judged)
}

/// The share of known joints within a tenth of their person's extent, after each stage.
fn near(judged: &[JudgedPose], stage: usize) -> [u32; 2] {
    let (mut near, mut all) = (0, 0);
    for JudgedPose { truth, stages } in judged {
        let known = || truth.iter().flatten();
        let extent = [0, 1].map(|at| {
            let [low, high] =
                [known().map(|p| p[at]).fold(f32::MAX, f32::min), known().map(|p| p[at]).fold(f32::MIN, f32::max)];
            high - low
        });
        let reach = NEAR * extent[0].max(extent[1]);
        for (place, said) in truth.iter().zip(&stages[stage]) {
            let Some(place) = *place else { continue };
            all += 1;
            near += u32::from(distance(place, *said) <= reach);
        }
    }
    [near, all]
}

fn said(found: &PoseMeasure, judged: &[JudgedPose], report: &mut Report<'_>) -> Result<(), Failure> {
    report.line(&format!("{} people, {:.1} s", found.pictures, found.elapsed_ms / 1e3))?;
    let percent = |share: f64| format!("{:5.1} %", 100.0 * share);
    for (at, stage) in found.stages.iter().enumerate() {
        let [hits, of] = near(judged, at);
        report.line(&format!(
            "  stage {}  PCP@0.5 {} (arms {}, {}, legs {}, {})  PCK@0.2 {}  within a tenth of the person {} of {of} joints",
            at + 1,
            percent(stage.pcp_mean),
            percent(stage.pcp[0]),
            percent(stage.pcp[1]),
            percent(stage.pcp[2]),
            percent(stage.pcp[3]),
            percent(stage.pck),
            percent(f64::from(hits) / f64::from(of.max(1)))
        ))?;
    }
    Ok(())
}
