//! `neocog pose evaluate`: a network on people whose joints are known.

use super::ChosenPose;
use super::people::{people_from, split};
use crate::command::{Failure, Report};
use crate::lab::pose::{JudgedPose, KnownJoints, PoseBench, PoseExample, PoseInput, accuracy, as_lsp, distance};
use crate::lab::{Monitor, NoMonitor};
use crate::protocol::{BackendKind, BackendUsed, PoseMeasure, Skeleton, Why};
use clap::Args;
use std::path::PathBuf;

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
    /// Only every fifth person, whom `pose train --annotations` does not learn from.
    #[arg(long, requires = "annotations")]
    held_out: bool,
    /// The last line is one JSON object.
    #[arg(long)]
    json: bool,
}

/// A joint is near where it is within this share of the person's extent, the longer side of the box around the known joints.
const NEAR: f32 = 0.1;

pub(super) async fn run(arguments: &EvaluatePose, report: &mut Report<'_>) -> Result<(), Failure> {
    let EvaluatePose { network, annotations, drawn, pictures, held_out, json } = arguments;
    let mut bench = network.bench().await?;
    let watch = NoMonitor::default();
    let start = watch.now_millis();
    let judged = match (annotations, drawn) {
        (Some(annotations), _) => {
            let mut people = people_from(annotations, pictures.as_deref())?;
            if *held_out {
                [_, people] = split(people)?;
            }
            on_people(&mut bench, &people, &watch).await?
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

/// The joints that people and network share.
pub(super) async fn on_people(
    bench: &mut PoseBench,
    people: &[PoseExample],
    watch: &NoMonitor,
) -> Result<Vec<JudgedPose>, Failure> {
    let mut judged = Vec::new();
    for PoseExample { picture, joints } in people {
        let mut truth = *joints;
        let input = PoseInput { picture: (**picture).clone(), truth: Some(truth) };
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
