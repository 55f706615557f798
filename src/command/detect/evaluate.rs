//! `neocog detect evaluate`: a detector on pictures whose boxes are known.

use super::{Chosen, input};
use crate::command::drive::read;
use crate::command::{Failure, Report};
use crate::data::boxes::{AnnotatedPicture, AnnotatedPictures, coco_from, table_from, voc_from, yolo_from};
use crate::data::decode;
use crate::lab::detect::{
    CoveredThings, DetectInput, JudgedPicture, coco_names, covered_by, measured, measured_scene, proposals_curve,
    shape_names,
};
use crate::lab::{LabError, Monitor, NoMonitor};
use crate::protocol::{BackendKind, BackendUsed, DetectionMeasure, DetectorKind, ShiftChange, TrueBox, Why};
use clap::Args;
use std::path::{Path, PathBuf};

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
    /// The last line is one JSON object.
    #[arg(long)]
    json: bool,
}

/// VOC's names of classes, and COCO's.
const ALIASES: [[&str; 2]; 5] = [
    ["aeroplane", "airplane"],
    ["diningtable", "dining table"],
    ["motorbike", "motorcycle"],
    ["pottedplant", "potted plant"],
    ["tvmonitor", "tv"],
];
/// Files of classes in a folder of YOLO's.
const CLASSES: [&str; 3] = ["classes.txt", "obj.names", "labels.txt"];
const PICTURES: [&str; 6] = ["jpg", "jpeg", "png", "webp", "gif", "bmp"];

pub(super) async fn run(arguments: &EvaluateDetector, report: &mut Report<'_>) -> Result<(), Failure> {
    let EvaluateDetector { detector, annotations, drawn, pictures, json } = arguments;
    let mut bench = detector.bench().await?;
    let (names, most) = match bench.kind() {
        DetectorKind::Regions => (shape_names(), detector.regions),
        DetectorKind::TwoStage => (shape_names(), 100),
        DetectorKind::OneStage => (coco_names(), 0),
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
            let folder = pictures.as_deref().unwrap_or_else(|| folder_of(annotations));
            Box::new(annotated_inputs(annotations, folder, &names, report)?.into_iter().map(|picture| picture.input()))
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

/// A picture of a set, not read yet, and its boxes.
struct AnnotatedFile {
    path: PathBuf,
    size: [u32; 2],
    truth: Vec<TrueBox>,
}

impl AnnotatedFile {
    fn input(self) -> Result<DetectInput, Failure> {
        let mut input = input(&self.path)?;
        let size = [input.picture.width(), input.picture.height()];
        if size != self.size {
            let [[w, h], [width, height]] = [size, self.size];
            let file = self.path.display();
            let sentence = format!(
                "{file} is {w} × {h} pixels, and its boxes are of a picture of {width} × {height}: they are of other pictures"
            );
            return Err(Failure::Said(sentence));
        }
        input.truth = self.truth;
        Ok(input)
    }
}

/// With the classes that the detector has.
fn annotated_inputs(
    annotations: &Path,
    folder: &Path,
    names: &[[String; 2]],
    report: &mut Report<'_>,
) -> Result<Vec<AnnotatedFile>, Failure> {
    let set = annotated(annotations, folder)?;
    // Of each class of the set its number among the detector's.
    let known: Vec<Option<u32>> = set.classes.iter().map(|class| place(class, names)).collect();
    let unknown: Vec<&str> =
        set.classes.iter().zip(&known).filter(|(_, known)| known.is_none()).map(|(class, _)| class.as_str()).collect();
    if unknown.len() == set.classes.len() {
        let sentence = format!(
            "{} has none of its classes among those of the detector: it names {}",
            annotations.display(),
            unknown.join(", ")
        );
        return Err(Failure::Said(sentence));
    }
    if !unknown.is_empty() {
        report.line(&format!("left out, for the detector does not know them: {}", unknown.join(", ")))?;
    }
    let file = |picture: AnnotatedPicture| {
        let boxes = picture.boxes.iter();
        let truth = boxes.filter_map(|one| Some(TrueBox { class: known[one.class as usize]?, corners: one.corners }));
        AnnotatedFile { truth: truth.collect(), path: found_in(folder, &picture.file), size: picture.size }
    };
    Ok(set.pictures.into_iter().map(file).collect())
}

fn folder_of(annotations: &Path) -> &Path {
    if annotations.is_dir() { annotations } else { annotations.parent().unwrap_or(Path::new("")) }
}

fn place(class: &str, names: &[[String; 2]]) -> Option<u32> {
    let class = ALIASES.iter().find(|[other, _]| *other == class).map_or(class, |[_, known]| known);
    names.iter().position(|[name, _]| name == class).map(|at| at as u32)
}

/// In the folder by its whole name, else by that without its own folders.
fn found_in(folder: &Path, file: &str) -> PathBuf {
    let whole = folder.join(file);
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    if whole.exists() { whole } else { folder.join(name) }
}

fn text(path: &Path) -> Result<String, Failure> {
    Ok(String::from_utf8_lossy(&read(path)?).into_owned())
}

/// The files of a folder with one of these endings, by their names.
fn listed(folder: &Path, endings: &[&str]) -> Result<Vec<PathBuf>, Failure> {
    let entries = std::fs::read_dir(folder)
        .map_err(|error| Failure::Said(format!("{} cannot be read: {error}", folder.display())))?;
    let is_it = |path: &PathBuf| {
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
        ending.is_some_and(|ending| endings.contains(&ending.as_str()))
    };
    let mut found: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(is_it).collect();
    found.sort();
    Ok(found)
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Each with its name and its text.
fn texts(paths: &[PathBuf]) -> Result<Vec<(String, String)>, Failure> {
    paths.iter().map(|path| Ok((name_of(path), text(path)?))).collect()
}

fn annotated(path: &Path, pictures: &Path) -> Result<AnnotatedPictures, Failure> {
    let shown = path.display().to_string();
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    let set = match ending.as_deref() {
        _ if path.is_dir() => folder(path, pictures)?,
        Some("json") => coco_from(&shown, &text(path)?).map_err(LabError::from)?,
        Some("xml") => voc_from(&[(shown.clone(), text(path)?)]).map_err(LabError::from)?,
        Some("tsv") => {
            let set = table_from(&shown, &text(path)?).map_err(LabError::from)?;
            // The table lies beside a folder of pictures.
            let is_beside = !pictures.join(set.pictures.first().map_or("", |first| &first.file)).exists();
            let under =
                |picture: AnnotatedPicture| AnnotatedPicture { file: format!("images/{}", picture.file), ..picture };
            match is_beside {
                true => AnnotatedPictures { pictures: set.pictures.into_iter().map(under).collect(), ..set },
                false => set,
            }
        }
        _ => {
            return Err(Failure::Said(format!(
                "{shown} is no file of boxes: COCO's JSON, VOC's XML, YOLO's folder and a table (.tsv) are read"
            )));
        }
    };
    Ok(set)
}

/// Of VOC or of YOLO.
fn folder(path: &Path, pictures: &Path) -> Result<AnnotatedPictures, Failure> {
    let voc = listed(path, &["xml"])?;
    if !voc.is_empty() {
        return Ok(voc_from(&texts(&voc)?).map_err(LabError::from)?);
    }
    let names = CLASSES.iter().map(|name| path.join(name)).find(|path| path.exists());
    let Some(names) = names else {
        let sentence = format!("{} has neither VOC's .xml files nor YOLO's classes.txt", path.display());
        return Err(Failure::Said(sentence));
    };
    let files: Vec<PathBuf> = listed(path, &["txt"])?.into_iter().filter(|file| *file != names).collect();
    let mut sizes = Vec::new();
    for picture in listed(pictures, &PICTURES)? {
        let name = name_of(&picture);
        let decoded = decode(&name, &read(&picture)?).map_err(LabError::from)?;
        sizes.push((name, [decoded.width(), decoded.height()]));
    }
    Ok(yolo_from((&name_of(&names), &text(&names)?), &texts(&files)?, &sizes).map_err(LabError::from)?)
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
