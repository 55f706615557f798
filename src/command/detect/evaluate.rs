//! `neocog detect evaluate`: a detector on pictures whose boxes are known.

use super::Chosen;
use super::boxes::BoxFolder;
use crate::command::{Failure, Report};
use crate::lab::detect::{
    CoveredThings, DetectInput, JudgedPicture, covered_by, measured, measured_scene, proposals_curve,
};
use crate::lab::{Monitor, NoMonitor};
use crate::protocol::{BackendKind, BackendUsed, DetectionMeasure, DetectorKind, ShiftChange, Why};
use clap::Args;
use std::path::PathBuf;

#[derive(Args)]
pub(in crate::command) struct EvaluateDetector {
    #[command(flatten)]
    detector: Chosen,
    /// Known boxes: COCO's JSON file, a folder of PASCAL VOC's XML files, a folder of YOLO's text files with `classes.txt`, or a table with tabs.
    #[arg(long, value_name = "PATH")]
    annotations: Option<PathBuf>,
    /// Instead: so many scenes that the program draws and no detector learns from.
    #[arg(long, value_name = "N", conflicts_with = "annotations")]
    drawn: Option<u32>,
    /// The folder of the pictures; without it, that of the annotations.
    #[arg(long, value_name = "FOLDER")]
    pictures: Option<PathBuf>,
    /// Every fifth picture alone: those that `train --annotations` and `--learn` do not learn from.
    #[arg(long, requires = "annotations")]
    held_out: bool,
    /// The last line is one JSON object.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(arguments: &EvaluateDetector, report: &mut Report<'_>) -> Result<(), Failure> {
    let EvaluateDetector { detector, annotations, drawn, pictures, held_out, json } = arguments;
    let mut bench = detector.bench().await?;
    let names = bench.names();
    let most = match bench.kind() {
        DetectorKind::Regions => detector.regions,
        DetectorKind::TwoStage => 100,
        DetectorKind::OneStage => 0,
    };
    let inputs: Box<dyn Iterator<Item = Result<DetectInput, Failure>>> = match annotations {
        None if bench.kind() == DetectorKind::OneStage => {
            return Err(Failure::Said(
                "Yolo-Fastest knows none of the classes of drawn scenes; give it pictures with --annotations"
                    .to_owned(),
            ));
        }
        None => {
            let Some(drawn) = *drawn else {
                let sentence = "there is nothing to measure with; name known boxes with --annotations, or --drawn and how many scenes";
                return Err(Failure::Said(sentence.to_owned()));
            };
            Box::new((0..drawn).map(|number| Ok(measured_scene(number)?)))
        }
        Some(annotations) => {
            let folder = BoxFolder::open(annotations, pictures.as_deref())?;
            let files = folder.for_detector(&names, *held_out, report)?;
            Box::new(files.into_iter().map(|picture| picture.input()))
        }
    };
    let (task, watch) = (detector.task(), NoMonitor::default());
    let start = watch.now_millis();
    let (mut judged, mut covered, mut changes): (Vec<JudgedPicture>, Vec<CoveredThings>, Vec<[f64; 2]>) =
        Default::default();
    for input in inputs {
        let input = input?;
        let (found, picture) = bench.run(&input, &task, &watch).await?;
        judged.push(picture);
        if drawn.is_some() {
            changes.extend(bench.shift_changes(&input).await?.unwrap_or_default());
        }
        covered.push((found.regions, input.truth));
    }
    let backend = BackendUsed { kind: BackendKind::Cpu, adapter: String::new(), why: Why::Chosen };
    let mut found = measured(&judged, &names, task.threshold, backend);
    if most > 0 {
        found.proposals = proposals_curve(most).map(|count| [f64::from(count), covered_by(&covered, count)]).collect();
    }
    found.shift = ShiftChange::of(&changes);
    found.elapsed_ms = watch.now_millis() - start;
    people(&found, report)?;
    if *json { report.json(&found) } else { Ok(()) }
}

fn people(found: &DetectionMeasure, report: &mut Report<'_>) -> Result<(), Failure> {
    let percent = |share: f64| format!("{:6.2} %", 100.0 * share);
    let size = |at: usize| found.by_size[at].map_or_else(|| "none".to_owned(), percent);
    report.line(&format!(
        "{} pictures, {} things, {:.1} s; AP50 {}, VOC 2007 {}; COCO {}, at 0.5 {}, at 0.75 {}",
        found.pictures,
        found.things,
        found.elapsed_ms / 1e3,
        percent(found.ap50),
        percent(found.ap50_voc2007),
        percent(found.ap_coco),
        percent(found.ap50_coco),
        percent(found.ap75_coco)
    ))?;
    report.line(&format!("  COCO by size: small {}, medium {}, large {}", size(0), size(1), size(2)))?;
    let recalls = found.recalls.map(percent);
    report.line(&format!("  recall of the best 1, 10, 100 boxes: {}", recalls.join(", ")))?;
    for class in &found.classes {
        let (name, things) = (&class.name[0], class.things);
        report.line(&format!(
            "  {name:16} {things:5} things  AP50 {}  COCO {}",
            percent(class.ap50),
            percent(class.ap_coco)
        ))?;
    }
    if !found.proposals.is_empty() {
        let recalls: Vec<String> =
            found.proposals.iter().map(|[count, share]| format!("{count} {}", percent(*share).trim())).collect();
        report.line(&format!("  things that one of so many regions covers by half: {}", recalls.join(", ")))?;
    }
    if let Some(ShiftChange { align, max_pool }) = found.shift {
        report.line(&format!(
            "  a box moved by one pixel changes its features by {} with RoIAlign, {} with RoI max pooling",
            percent(align).trim(),
            percent(max_pool).trim()
        ))?;
    }
    let of = found.mistakes;
    report.line(&format!(
        "  above the threshold: {} right, {} of another class, {} not exact, {} neither, {} twice, {} on nothing; {} things missed",
        of.right, of.class, of.place, of.both, of.duplicate, of.background, of.missed
    ))
}
