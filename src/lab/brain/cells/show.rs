//! Gratings, bars and noise, one after the other, and what of the answers is told.

use super::field::{FieldGrid, NoisePictures};
use super::frame::UnitFrame;
use super::gabor::gabor_fit;
use super::model::UnitModel;
use super::stimulus::Screen;
use super::tuning::{GratingSet, bar_tuning};
use crate::lab::channels::{AskedLayer, first_seeing, layers_of};
use crate::lab::device::{Device, Pace, timed};
use crate::lab::similarity::cosine;
use crate::lab::{LabError, Monitor, Weights};
use crate::models::Network;
use crate::protocol::{
    BackendUsed, CellTask, CellUnit, CellsFound, FieldFact, Finding, GaborFit, Interval, Stage, UnitField,
};

/// What the units of the layer that is taken where none is chosen see at least, in pixels.
const SEES: usize = 7;
/// Pixels of a side of a picture that a grating can be drawn on.
const SMALLEST: usize = 5;
/// Of the layer's largest answer: a unit whose own is smaller is silent.
const SILENT: f32 = 1e-3;
/// Of the largest derivative: what rounding makes of a linear unit.
const LINEAR: f64 = 1e-4;
const TELL_MILLIS: f64 = 400.0;

/// A job that was checked for its network.
pub(super) struct Show<'a> {
    job: &'a CellTask,
    network: &'a Network,
    layer: AskedLayer,
    frame: UnitFrame,
    set: GratingSet,
    screen: Screen,
    grid: FieldGrid,
    /// Channels that are asked.
    units: Vec<usize>,
}

fn check(what: &str, value: impl Into<f64>, known: Interval) -> Result<(), LabError> {
    let value = value.into();
    ensure!(known.holds(value), "{value} {what} cannot be shown; choose {known}");
    Ok(())
}

impl<'a> Show<'a> {
    pub(super) fn new(job: &'a CellTask, weights: &'a Weights) -> Result<Self, LabError> {
        let network = weights.network();
        let CellTask { orientations, frequencies, phases, lowest, highest, contrast, noise, .. } = *job;
        check("orientations", orientations, CellTask::ORIENTATIONS)?;
        check("frequencies", frequencies, CellTask::FREQUENCIES)?;
        check("phases", phases, CellTask::PHASES)?;
        check("pictures of noise", noise, CellTask::NOISE)?;
        for frequency in lowest.iter().chain([&highest]) {
            check("cycles per pixel", *frequency, CellTask::FREQUENCY)?;
        }
        let known = CellTask::CONTRAST;
        ensure!(known.holds(contrast), "a contrast of {contrast} cannot be shown; choose {known}");
        let ([channels, height, width], title) = (network.input, &network.title);
        ensure!(
            height.min(width) >= SMALLEST && matches!(channels, 1 | 3),
            "{title} reads {channels} × {height} × {width} numbers; gratings want a grey or coloured picture of {SMALLEST} × {SMALLEST} pixels or more"
        );
        let path = job.layer.clone().map_or_else(|| first_seeing(network, SEES), Ok)?;
        let layer = AskedLayer::of(network, Some(&path))?;
        let frame = UnitFrame::of(network, &layer);
        let screen = Screen::new(network, &frame, contrast);
        let least = 0.5 / height.max(width) as f64;
        if let Some(lowest) = lowest {
            ensure!(
                lowest >= least,
                "{title} reads {height} × {width} pixels, less than half a cycle of a grating of {lowest} cycles per pixel; choose {least:.4} or more"
            );
            ensure!(
                lowest < highest,
                "the lowest frequency, {lowest}, is not below the highest, {highest}; choose a higher one of the two"
            );
        }
        let lowest = lowest.unwrap_or((0.5 / screen.sees).clamp(least.min(highest / 2.0), highest / 2.0));
        let sizes = [orientations, frequencies, phases].map(|count| count as usize);
        let asked = layer.channels.min(CellTask::MOST_UNITS);
        Ok(Self {
            job,
            network,
            set: GratingSet::new(sizes, [lowest, highest]),
            screen,
            grid: FieldGrid::of(&frame.part),
            units: (0..asked).map(|at| at * layer.channels / asked).collect(),
            layer,
            frame,
        })
    }

    /// Milliseconds of one picture or as many as are shown at once.
    pub(super) async fn sample(
        &self,
        weights: &Weights,
        device: &Device,
        watch: &impl Monitor,
    ) -> Result<f64, LabError> {
        let mut model = UnitModel::new(weights, &self.layer, &self.frame, device).await?;
        let grey = [self.screen.grey()];
        timed(watch, async || model.answers(&grey).await.map(drop)).await
    }

    pub(super) async fn run(
        &self,
        weights: &Weights,
        device: &Device,
        used: BackendUsed,
        watch: &impl Monitor,
        tell: &dyn Fn(CellsFound),
    ) -> Result<CellsFound, LabError> {
        watch.step(Stage::Compile, 0, 1).await?;
        let mut pace = Pace::new(watch);
        pace.tell_every(TELL_MILLIS);
        let mut model = UnitModel::new(weights, &self.layer, &self.frame, device).await?;
        let mut found = self.empty(used)?;
        let bars = self.job.orientations as usize * CellTask::BAR_PLACES * 2;
        let all = [self.set.len(), bars, self.job.noise as usize].iter().sum::<usize>() as u64;

        let grey = self.grey(&mut model).await?;
        let gratings = self.answers(&mut model, &grey, self.set.len(), [0, all], watch, |at| {
            self.screen.grating(&self.set, self.job.window, at)
        });
        let answers = gratings.await?;
        self.tune(&answers, &grey, &mut found);
        drop(answers);
        found.shown = self.set.len() as u32;
        let mut told = |found: &mut CellsFound, is_late: bool| {
            found.elapsed_ms = 1e3 * pace.seconds(watch);
            if is_late || pace.is_time_to_tell(watch) {
                tell(found.clone());
            }
        };
        told(&mut found, true);

        self.fields(&mut model, &mut found, watch, &mut told).await?;
        told(&mut found, true);
        let before = self.set.len() as u64;
        let answers = self.answers(&mut model, &grey, bars, [before, all], watch, |at| {
            let (orientation, rest) = (at / (2 * CellTask::BAR_PLACES), at % (2 * CellTask::BAR_PLACES));
            let is_light = rest < CellTask::BAR_PLACES;
            self.screen.bar(self.set.orientations[orientation], rest % CellTask::BAR_PLACES, is_light)
        });
        for (unit, answers) in found.units.iter_mut().zip(answers.await?) {
            let best = unit.tuning.as_ref().map(|tuning| tuning.shown[0] as usize);
            unit.bars = best.map(|best| bar_tuning(&answers, self.set.orientations.len(), best));
        }
        found.shown += bars as u32;
        told(&mut found, true);
        self.reverse(&mut model, &grey, [before + bars as u64, all], &mut found, watch).await?;
        found.findings = self.agreement(&found).into_iter().collect();
        found.elapsed_ms = 1e3 * pace.seconds(watch);
        Ok(found)
    }

    fn empty(&self, backend: BackendUsed) -> Result<CellsFound, LabError> {
        let single = |values: &[f64]| values.iter().map(|&value| value as f32).collect::<Vec<_>>();
        let Self { layer, set, grid, .. } = self;
        Ok(CellsFound {
            layer: layer.path.clone(),
            shape: [layer.channels, layer.rows, layer.columns],
            layers: layers_of(self.network)?,
            input: self.network.input,
            sees: grid.sees.map(|side| side as u32),
            rows: grid.rows as u32,
            columns: grid.columns as u32,
            square: grid.square as u32,
            orientations: single(&set.orientations),
            frequencies: single(&set.frequencies),
            phases: single(&set.phases),
            units: Vec::new(),
            shown: 0,
            noise: 0,
            findings: Vec::new(),
            elapsed_ms: 0.0,
            backend,
        })
    }

    /// # Errors
    /// [`LabError::NotFinite`] where weights overflow.
    fn finite(&self, answers: &[Vec<f32>]) -> Result<(), LabError> {
        match answers.iter().flatten().filter(|answer| !answer.is_finite()).count() as u64 {
            0 => Ok(()),
            count => {
                let (file, tensor) = (self.network.title.clone(), self.layer.path.clone());
                Err(LabError::NotFinite { file, tensor, count })
            }
        }
    }

    /// Of the channels that are asked.
    async fn grey(&self, model: &mut UnitModel) -> Result<Vec<f32>, LabError> {
        let row = model.answers(&[self.screen.grey()]).await?;
        self.finite(&row)?;
        Ok(self.units.iter().map(|&unit| row[0][unit]).collect())
    }

    /// Of each unit to `count` pictures, less its answer to grey.
    async fn answers(
        &self,
        model: &mut UnitModel,
        grey: &[f32],
        count: usize,
        [before, all]: [u64; 2],
        watch: &impl Monitor,
        picture: impl Fn(usize) -> Vec<f32>,
    ) -> Result<Vec<Vec<f32>>, LabError> {
        let mut answers = vec![Vec::with_capacity(count); self.units.len()];
        for from in (0..count).step_by(model.batch()) {
            watch.step(Stage::Run, before + from as u64, all).await?;
            let pictures: Vec<Vec<f32>> = (from..count.min(from + model.batch())).map(&picture).collect();
            let rows = model.answers(&pictures).await?;
            self.finite(&rows)?;
            for row in rows {
                for ((unit, grey), answers) in self.units.iter().zip(grey).zip(&mut answers) {
                    answers.push(row[*unit] - grey);
                }
            }
        }
        Ok(answers)
    }

    fn tune(&self, answers: &[Vec<f32>], grey: &[f32], found: &mut CellsFound) {
        let largest = |answers: &Vec<f32>| answers.iter().copied().fold(0.0, f32::max);
        let most = answers.iter().map(largest).fold(0.0, f32::max);
        let unit = |((&channel, answers), &grey): ((&usize, &Vec<f32>), &f32)| {
            let largest = largest(answers);
            let tuning = (largest > SILENT * most).then(|| self.set.tuning(answers)).flatten();
            CellUnit { channel: channel as u32, grey, largest, tuning, bars: None, field: None }
        };
        found.units = self.units.iter().zip(answers).zip(grey).map(unit).collect();
    }

    /// The derivative of each unit that answers, and the Gabor function nearest to it.
    async fn fields<M: Monitor>(
        &self,
        model: &mut UnitModel,
        found: &mut CellsFound,
        watch: &M,
        told: &mut impl FnMut(&mut CellsFound, bool),
    ) -> Result<(), LabError> {
        // At the best grating that was shown, and at one picture of noise: of a linear unit it is the same.
        let noise = NoisePictures::new(self.job.seed).picture(&self.grid, &self.screen).0;
        let phases = self.set.phases.len();
        let mut asked = Vec::new();
        for (at, unit) in found.units.iter().enumerate() {
            let Some(tuning) = &unit.tuning else { continue };
            let [row, column] = tuning.shown.map(|place| place as usize);
            let most = |a: &usize, b: &usize| tuning.by_phase[*a].total_cmp(&tuning.by_phase[*b]);
            let phase = (0..phases).max_by(most).unwrap_or_default();
            let grating = (row * self.set.frequencies.len() + column) * phases + phase;
            asked.push((at, grating));
        }
        for some in asked.chunks((model.slope_batch() / 2).max(1)) {
            watch.rest().await?;
            let mut pictures = Vec::with_capacity(2 * some.len());
            for &(at, grating) in some {
                let channel = self.units[at];
                pictures.push((channel, self.screen.grating(&self.set, self.job.window, grating)));
                pictures.push((channel, noise.clone()));
            }
            let mut slopes = Vec::with_capacity(pictures.len());
            for pictures in pictures.chunks(model.slope_batch()) {
                slopes.extend(model.slopes(pictures).await?);
            }
            self.finite(&slopes)?;
            for (&(at, _), pair) in some.iter().zip(slopes.chunks_exact(2)) {
                watch.rest().await?;
                let (slope, colour) = self.grid.lightness(self.frame.input, &self.screen, &pair[0]);
                let (other, _) = self.grid.lightness(self.frame.input, &self.screen, &pair[1]);
                let largest = slope.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
                let apart = slope.iter().zip(&other).fold(0.0, |most: f64, (a, b)| most.max((a - b).abs()));
                found.units[at].field = Some(UnitField {
                    gabor: self.gabor(&slope),
                    slope: slope.iter().map(|&value| value as f32).collect(),
                    noise: Vec::new(),
                    agreement: None,
                    bend: if largest > 0.0 { apart / largest } else { 0.0 },
                    colour,
                    noise_gabor: None,
                });
            }
            told(found, false);
        }
        Ok(())
    }

    /// In pixels, of a field of squares.
    fn gabor(&self, field: &[f64]) -> Option<GaborFit> {
        let mut fit = gabor_fit(field, [self.grid.rows, self.grid.columns])?;
        let square = self.grid.square as f64;
        for length in [&mut fit.x, &mut fit.y, &mut fit.across, &mut fit.along] {
            *length *= square;
        }
        fit.carrier.frequency /= square;
        Some(fit)
    }

    /// Reverse correlation: the mean of noise, each picture weighed with the answer to it (de Boer & Kuyper 1968; Jones & Palmer 1987).
    async fn reverse(
        &self,
        model: &mut UnitModel,
        grey: &[f32],
        [before, all]: [u64; 2],
        found: &mut CellsFound,
        watch: &impl Monitor,
    ) -> Result<(), LabError> {
        let count = self.job.noise as usize;
        if count == 0 {
            return Ok(());
        }
        let mut noise = NoisePictures::new(self.job.seed);
        let size = self.grid.len();
        let live: Vec<usize> = (0..found.units.len()).filter(|&at| found.units[at].field.is_some()).collect();
        let mut sums = vec![vec![0.0_f64; size]; live.len()];
        let mut means = vec![0.0_f64; live.len()];
        let mut signs = vec![0.0_f64; size];
        for from in (0..count).step_by(model.batch()) {
            watch.step(Stage::Run, before + from as u64, all).await?;
            let some: Vec<_> =
                (from..count.min(from + model.batch())).map(|_| noise.picture(&self.grid, &self.screen)).collect();
            let (pictures, drawn): (Vec<_>, Vec<_>) = some.into_iter().unzip();
            let rows = model.answers(&pictures).await?;
            self.finite(&rows)?;
            for (row, drawn) in rows.iter().zip(&drawn) {
                signs.iter_mut().zip(drawn).for_each(|(sum, &sign)| *sum += f64::from(sign));
                for ((&at, sum), mean) in live.iter().zip(&mut sums).zip(&mut means) {
                    let answer = f64::from(row[self.units[at]] - grey[at]);
                    *mean += answer / count as f64;
                    sum.iter_mut().zip(drawn).for_each(|(sum, &sign)| *sum += answer * f64::from(sign));
                }
            }
        }
        let swing = self.screen.swing();
        for ((&at, sum), mean) in live.iter().zip(&sums).zip(&means) {
            watch.rest().await?;
            let weigh = |(sum, sign): (&f64, &f64)| (sum - mean * sign) / (count as f64 * swing);
            let field: Vec<f64> = sum.iter().zip(&signs).map(weigh).collect();
            if let Some(known) = &mut found.units[at].field {
                known.noise = field.iter().map(|&value| value as f32).collect();
                known.agreement = Some(f64::from(cosine(&known.slope, &known.noise)));
                known.noise_gabor = self.gabor(&field);
            }
        }
        found.noise = count as u32;
        found.shown += count as u32;
        Ok(())
    }

    /// Of `n` pictures of noise in ±1 the mean of `(w · s) s` is off `w` by `|w|² (d - 1) / n`, squared, in the mean.
    fn agreement(&self, found: &CellsFound) -> Option<Finding<FieldFact>> {
        let beyond = (self.grid.len() - 1) as f64;
        let fields = found.units.iter().filter_map(|unit| unit.field.as_ref());
        let shares: Vec<f64> = fields
            .filter(|field| field.bend <= LINEAR && !field.noise.is_empty())
            .map(|field| {
                let square = |value: f32| f64::from(value).powi(2);
                let off: f64 = field.slope.iter().zip(&field.noise).map(|(a, b)| square(a - b)).sum();
                let all: f64 = field.slope.iter().map(|&value| square(value)).sum();
                off / all * f64::from(found.noise) / beyond
            })
            .collect();
        (!shares.is_empty()).then(|| Finding {
            fact: FieldFact::Agreement,
            backend: found.backend.kind,
            expected: 1.0,
            measured: shares.iter().sum::<f64>() / shares.len() as f64,
            // Four standard deviations of one unit's: all see the same noise.
            limit: 4.0 * (2.0 / beyond).sqrt(),
        })
    }
}
