//! What stays from job to job: the neocognitron that grew last, and the pictures it grew from.

use super::deform::deformed;
use super::digits::DigitPictures;
use super::network::{CellPart, Neocognitron, NeocognitronPlan};
use super::planes::CellPlanes;
use super::rivals::RivalLessons;
use crate::lab::device::{Device, Pace, choose};
use crate::lab::{Host, LabError, Monitor};
use crate::protocol::{
    BackendUsed, CellLayer, CellSheet, Deformation, Interval, NeocognitronPicture, NeocognitronProgress,
    NeocognitronReport, NeocognitronRun, NeocognitronView, PlaneDrawings, Progress, Stage, ToleranceReport,
    ToleranceRow, ToleranceRun, WinningCell,
};
use serde_bytes::ByteBuf;
use std::cell::RefCell;
use std::rc::Rc;

const TELL_MILLIS: f64 = 250.0;
/// Pictures that were held out and are shown.
const SHOWN: usize = 40;
/// Cells of each layer on the way to an answer that are told.
const WINNERS: usize = 12;

/// One that has grown, and the pictures that it knows and does not.
pub struct GrownNeocognitron {
    network: Neocognitron,
    pictures: DigitPictures,
}

impl GrownNeocognitron {
    /// The second stage grows from each picture once, the last one until nothing is added, at most [`NeocognitronRun::PASSES`] times.
    ///
    /// # Errors
    /// [`LabError::Setup`] where a setting is not possible, and [`LabError::Cancelled`].
    pub async fn from_pictures(
        job: &NeocognitronRun,
        pictures: DigitPictures,
        watch: &impl Monitor,
        tell: &dyn Fn(NeocognitronProgress),
    ) -> Result<(Self, NeocognitronReport), LabError> {
        let NeocognitronRun { planes, growth, classes, .. } = *job;
        within("planes", f64::from(planes), NeocognitronRun::PLANES)?;
        within("the threshold of growth", growth, NeocognitronRun::GROWTH)?;
        within("the threshold of the last stage", classes, NeocognitronRun::CLASSES)?;
        let plan = NeocognitronPlan { growth: growth as f32, classes: classes as f32, planes: planes as usize };
        let mut growing = Growing {
            network: Neocognitron::new(plan)?,
            pace: Pace::new(watch),
            of: pictures.train.len() as u32 * (1 + NeocognitronRun::PASSES),
            done: 0,
            watch,
            tell,
        };
        growing.pace.tell_every(TELL_MILLIS);
        for (picture, _) in &pictures.train {
            growing.network.grow_features(picture)?;
            growing.seen(2).await?;
        }
        let mut features = Vec::with_capacity(pictures.train.len());
        for (picture, _) in &pictures.train {
            features.push(growing.network.features_of(picture)?);
            growing.pace.rest(watch).await?;
        }
        let mut grown = Vec::new();
        while grown.len() < NeocognitronRun::PASSES as usize && grown.last() != Some(&0) {
            let mut added = 0;
            for (features, (_, class)) in features.iter().zip(&pictures.train) {
                added += u32::from(growing.network.be_told(features, *class)?);
                growing.seen(3).await?;
            }
            grown.push(added);
        }
        let mut right = 0;
        for (picture, class) in &pictures.held {
            right += u32::from(growing.network.class_of(picture)? == Some(*class));
            growing.pace.rest(watch).await?;
        }
        let shown = pictures.held.iter().take(SHOWN);
        let progress = NeocognitronProgress {
            drawings: growing.network.drawings().iter().map(|planes| drawings_of(planes)).collect(),
            ..growing.progress(3)
        };
        let report = NeocognitronReport {
            progress,
            names: pictures.classes.clone(),
            right,
            held: pictures.held.len() as u32,
            grown,
            side: pictures.side as u32,
            shown: shown.map(|(picture, class)| (bytes_of(&picture.values, 1.0), *class)).collect(),
        };
        let network = growing.network;
        Ok((Self { network, pictures }, report))
    }

    /// Pictures that are tried, deformed in all ways: of each way all of them.
    fn tried(&self, job: &ToleranceRun) -> Vec<CellPlanes> {
        let changed = |(by, value): (Deformation, f64)| {
            let each = self.held(job).iter().enumerate();
            each.map(move |(at, (picture, _))| deformed(picture, by, value, at, job.seed))
        };
        changes().flat_map(changed).collect()
    }

    fn held(&self, job: &ToleranceRun) -> &[(CellPlanes, u32)] {
        &self.pictures.held[..self.pictures.held.len().min(job.pictures as usize)]
    }

    /// Beside networks that learn by gradient, picture by picture the same; `place` says where these learn.
    ///
    /// # Errors
    /// [`LabError::Setup`] where a setting is not possible, [`LabError::Cancelled`], and what training meets.
    pub async fn tolerance<M: Monitor>(
        &self,
        job: &ToleranceRun,
        watch: &M,
        place: impl AsyncFnOnce(&RivalLessons) -> Result<(Device, BackendUsed), LabError>,
        tell: &dyn Fn(ToleranceRow),
    ) -> Result<ToleranceReport, LabError> {
        within("pictures", f64::from(job.pictures), ToleranceRun::PICTURES)?;
        within("epochs", f64::from(job.epochs), ToleranceRun::EPOCHS)?;
        let pace = &mut Pace::new(watch);
        let (network, held, tried) = (&self.network, self.held(job), self.tried(job));
        let lessons = RivalLessons::new(job, &self.pictures, &tried, network.connections())?;
        let (device, backend) = place(&lessons).await?;
        let others = lessons.learnt(&device, watch).await?;
        let (mut rows, of) = (Vec::new(), tried.len() as u64);
        for (at, (by, value)) in changes().enumerate() {
            let range = at * held.len()..(at + 1) * held.len();
            let truth = || held.iter().map(|(_, class)| *class);
            let mut right = 0;
            for (place, (picture, class)) in tried[range.clone()].iter().zip(truth()).enumerate() {
                right += u32::from(network.class_of(picture)? == Some(class));
                if pace.is_time_to_tell(watch) {
                    let done = (range.start + place) as u64;
                    watch.progress(Progress { stage: Stage::Run, done, of, millis_left: None });
                }
                pace.rest(watch).await?;
            }
            let mut all = vec![right];
            all.extend(others.iter().map(|other| {
                other.classes[range.clone()].iter().zip(truth()).filter(|(said, class)| **said == *class).count() as u32
            }));
            let row = ToleranceRow { by, value, right: all };
            tell(row.clone());
            rows.push(row);
        }
        let mut weights = vec![network.connections() as u32];
        weights.extend(others.iter().map(|other| other.weights));
        let seconds = pace.seconds(watch);
        Ok(ToleranceReport { pictures: held.len() as u32, weights, rows, backend, seconds })
    }
}

/// Each kind of deformation by each of its values.
fn changes() -> impl Iterator<Item = (Deformation, f64)> {
    Deformation::ALL.into_iter().flat_map(|by| by.values().map(|value| (by, value)))
}

#[derive(Default)]
pub struct NeocognitronSession {
    grown: RefCell<Option<Rc<GrownNeocognitron>>>,
}

impl NeocognitronSession {
    pub(in crate::lab) async fn grow(
        &self,
        job: &NeocognitronRun,
        host: &impl Host,
        tell: &dyn Fn(NeocognitronProgress),
    ) -> Result<NeocognitronReport, LabError> {
        within("pictures", f64::from(job.examples), NeocognitronRun::EXAMPLES)?;
        let pictures = DigitPictures::of(job.data, job.examples, job.seed, host).await?;
        let (grown, report) = GrownNeocognitron::from_pictures(job, pictures, host, tell).await?;
        self.grown.replace(Some(Rc::new(grown)));
        Ok(report)
    }

    fn grown(&self) -> Result<Rc<GrownNeocognitron>, LabError> {
        self.grown.borrow().clone().ok_or_else(|| bad_setup!("no neocognitron has grown yet; grow one first"))
    }

    pub(in crate::lab) fn view(
        &self,
        picture: &NeocognitronPicture,
        host: &impl Host,
    ) -> Result<NeocognitronView, LabError> {
        let start = host.now_millis();
        let grown = self.grown()?;
        let GrownNeocognitron { network, pictures } = grown.as_ref();
        let (side, given) = (pictures.side, picture.pixels.len());
        ensure!(
            given == side * side,
            "the picture has {given} pixels and the neocognitron sees {side} × {side}; give {} bytes",
            side * side
        );
        let values = picture.pixels.iter().map(|&pixel| f32::from(pixel) / 255.0).collect();
        let answers = network.answers(&CellPlanes { planes: 1, side, values })?;
        let mut best = vec![0.0_f32; pictures.classes.len()];
        for (plane, cells) in answers.s3.values.chunks(answers.s3.cells()).enumerate() {
            let best = &mut best[network.classes[plane] as usize];
            *best = cells.iter().copied().fold(*best, f32::max);
        }
        let mut winners: Vec<Vec<WinningCell>> =
            network.winners(&answers, WINNERS).iter().map(|parts| parts.iter().map(winning).collect()).collect();
        winners.reverse();
        let class = answers.s3.strongest().map(|(_, plane, _)| network.classes[plane]);
        let planes = [&answers.contrast, &answers.s1, &answers.c1, &answers.s2, &answers.c2, &answers.s3];
        Ok(NeocognitronView {
            layers: CellLayer::ALL.into_iter().zip(planes).map(|(layer, cells)| sheet(layer, cells)).collect(),
            answers: best,
            class,
            winners,
            elapsed_ms: host.now_millis() - start,
        })
    }

    pub(in crate::lab) async fn tolerance(
        &self,
        job: &ToleranceRun,
        host: &impl Host,
        tell: &dyn Fn(ToleranceRow),
    ) -> Result<ToleranceReport, LabError> {
        let grown = self.grown()?;
        let gpu = host.gpu().await?;
        let place = async |lessons: &RivalLessons| {
            choose(job.backend, &gpu, async |device: &Device| lessons.sample(device, host).await).await
        };
        grown.tolerance(job, host, place, tell).await
    }
}

struct Growing<'a, M> {
    network: Neocognitron,
    pace: Pace,
    done: u32,
    of: u32,
    watch: &'a M,
    tell: &'a dyn Fn(NeocognitronProgress),
}

impl<M: Monitor> Growing<'_, M> {
    fn progress(&self, stage: u32) -> NeocognitronProgress {
        NeocognitronProgress {
            stage,
            done: self.done,
            of: self.of,
            seconds: self.pace.seconds(self.watch),
            planes: self.network.planes().map(|planes| planes as u32),
            connections: self.network.connections() as u32,
            drawings: Vec::new(),
            classes: self.network.classes.clone(),
        }
    }

    async fn seen(&mut self, stage: u32) -> Result<(), LabError> {
        self.done += 1;
        if self.pace.is_time_to_tell(self.watch) {
            let (done, of) = (u64::from(self.done), u64::from(self.of));
            self.watch.progress(Progress { stage: Stage::Run, done, of, millis_left: None });
            let drawings = vec![drawings_of(&self.network.feature_drawings())];
            (self.tell)(NeocognitronProgress { drawings, ..self.progress(stage) });
        }
        self.pace.rest(self.watch).await
    }
}

fn within(what: &str, value: f64, interval: Interval) -> Result<(), LabError> {
    ensure!(interval.holds(value), "{what}: {value} is not possible; choose {interval}");
    Ok(())
}

/// 0 to `largest` as 0 to 255.
fn bytes_of(values: &[f32], largest: f32) -> ByteBuf {
    let byte = |value: &f32| (255.0 * value / largest.max(f32::MIN_POSITIVE)).round().clamp(0.0, 255.0) as u8;
    ByteBuf::from(values.iter().map(byte).collect::<Vec<u8>>())
}

fn sheet(layer: CellLayer, cells: &CellPlanes) -> CellSheet {
    let largest = cells.values.iter().copied().fold(0.0, f32::max);
    let values = bytes_of(&cells.values, largest);
    CellSheet { layer, planes: cells.planes as u32, side: cells.side as u32, largest, values }
}

fn winning(part: &CellPart) -> WinningCell {
    let CellPart { plane, place: [row, column], share } = *part;
    WinningCell { plane: plane as u32, row, column, share }
}

/// Each plane by its own largest number, either way.
fn drawings_of(planes: &[CellPlanes]) -> PlaneDrawings {
    let of = |picture: &CellPlanes| {
        let largest = picture.values.iter().fold(f32::MIN_POSITIVE, |largest, value| largest.max(value.abs()));
        let byte = |value: &f32| (128.0 + 127.0 * value / largest).round() as u8;
        ByteBuf::from(picture.values.iter().map(byte).collect::<Vec<u8>>())
    };
    PlaneDrawings { side: planes.first().map_or(0, |plane| plane.side as u32), planes: planes.iter().map(of).collect() }
}
