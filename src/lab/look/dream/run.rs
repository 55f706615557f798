//! A dream on a device: octave after octave of each frame, tile after tile of each step.

use super::planes::{Planes, Tiling};
use super::{ReadyDream, TileTimes, film};
use crate::data::apng::Animation;
use crate::data::{Rgb, png, resize::resize};
use crate::lab::device::Pace;
use crate::lab::dice::Dice;
use crate::lab::look::model::LookModel;
use crate::lab::look::parametrisation::Parametrisation;
use crate::lab::{LabError, Monitor, thumbnail, values_from};
use crate::protocol::{BackendUsed, Dream, DreamFact, DreamFound, DreamRecord, PictureSpace, Pixels};

/// Between pictures that are told, whatever they cost.
const TELL_MILLIS: f64 = 300.0;
/// A picture that is told meanwhile has no longer side.
const SHOWN_SIDE: u32 = 640;
/// Nor a frame of a film that the page plays.
const FRAME_SIDE: u32 = 400;
/// Steps between two records.
const RECORD_EVERY: u32 = 5;
/// Of a film: frames in a second.
const PER_SECOND: u16 = 12;
/// Levels of a pixel.
const LEVELS: f32 = 255.0;
/// What changes at the seam, over the most that changes elsewhere.
const SEAM: f64 = 1.25;
/// Rounding of a mean of squares.
const ROUNDING: f64 = 1e-4;

pub(super) struct DreamRun<'a, M> {
    ready: &'a ReadyDream<'a>,
    used: &'a BackendUsed,
    host: &'a M,
    tell: &'a dyn Fn(DreamFound),
    pace: Pace,
    dice: Dice,
    done: u32,
    octave: u32,
    frame: u32,
    records: Vec<DreamRecord>,
    /// That were not told yet.
    frames: Vec<Pixels>,
    /// Of the tiles but the first, which warms up.
    millis: f64,
}

/// The mean of the layer's squares over all tiles, and the gradient of it, each tile's over the mean of its absolute values.
struct Swept {
    value: f64,
    gradient: Planes,
}

impl<'a, M: Monitor> DreamRun<'a, M> {
    pub(super) fn new(
        ready: &'a ReadyDream<'a>,
        used: &'a BackendUsed,
        host: &'a M,
        tell: &'a dyn Fn(DreamFound),
    ) -> Result<Self, LabError> {
        let mut pace = Pace::new(host);
        pace.tell_every(TELL_MILLIS);
        let dice = Dice::new(ready.job.seed);
        let (records, frames) = (Vec::new(), Vec::new());
        Ok(Self { ready, used, host, tell, pace, dice, done: 0, octave: 0, frame: 0, records, frames, millis: 0.0 })
    }

    pub(super) async fn found(mut self, model: &mut LookModel, times: &TileTimes) -> Result<DreamFound, LabError> {
        let Dream { frames, zoom, .. } = *self.ready.job;
        let mut now = self.dreamt(&self.ready.picture, model).await?;
        let mut made = vec![self.rgb(&now)?];
        for frame in 1..frames + film::fade(frames) {
            self.frames.extend(thumbnail(&made[made.len() - 1], FRAME_SIDE).into_iter().filter(|_| frame <= frames));
            self.frame = frame;
            let zoomed = self.rgb(&now.zoomed(zoom))?;
            now = self.dreamt(&zoomed, model).await?;
            made.push(self.rgb(&now)?);
        }
        if let Some(millis) = self.millis_per_tile() {
            times.put(self.ready.key(), millis);
        }
        let rises = |pair: &[DreamRecord]| match pair {
            [a, b] if a.octave == b.octave => f64::from(a.value) / f64::from(b.value),
            _ => 0.0,
        };
        let mut facts =
            vec![(DreamFact::Rises, 0.0, self.records.windows(2).map(rises).fold(0.0, f64::max), 1.0 + ROUNDING)];
        let mut found = self.told(thumbnail(&made[0], u32::MAX)?);
        if frames > 1 {
            let film = film::looped(made, frames)?;
            facts.extend(film::jump(&film).map(|jump| (DreamFact::Loops, 0.0, jump, SEAM)));
            let size = [film[0].width(), film[0].height()];
            let mut file = Animation::new(size, [1, PER_SECOND]);
            for frame in &film {
                file.push(frame);
                self.pace.rest(self.host).await?;
            }
            found.png = Some(file.file().into());
            found.frames = film.iter().map(|frame| thumbnail(frame, FRAME_SIDE)).collect::<Result<_, _>>()?;
            found.picture = thumbnail(&film[0], u32::MAX)?;
        } else {
            found.png = Some(png::encode(&made[0]).into());
            found.npy = Some(self.pixels(&now).npy(std::slice::from_ref(&now.values)).into());
        }
        found.findings = model.device().findings(facts);
        Ok(found)
    }

    /// What comes of a picture in the size of the last octave.
    async fn dreamt(&mut self, base: &Rgb, model: &mut LookModel) -> Result<Planes, LabError> {
        let (job, octaves) = (self.ready.job, &self.ready.octaves);
        let steps = if self.frame == 0 { job.steps } else { job.frame_steps };
        let mut detail: Option<Planes> = None;
        for (at, &[height, width]) in octaves.iter().enumerate() {
            self.octave = at as u32;
            let own = resize(base, width as u32, height as u32)?;
            let own = Planes { size: [height, width], values: values_from(&own, self.ready.network)? };
            let mut now = own.clone();
            if let Some(detail) = &detail {
                now.add(&detail.enlarged([height, width]));
            }
            self.climb(&mut now, steps, model).await?;
            detail = Some(now.minus(&own));
            if at + 1 == octaves.len() {
                let mut last = own;
                last.add(&detail.unwrap_or_else(|| Planes::zeros(last.channels(), last.size)));
                return last.checked();
            }
        }
        Err(bad_setup!("a dream without octaves is none; choose one or more"))
    }

    /// Steps of one octave.
    async fn climb(&mut self, now: &mut Planes, steps: u32, model: &mut LookModel) -> Result<(), LabError> {
        let (job, tile) = (self.ready.job, self.ready.goal.size());
        let jitter = i64::from(job.jitter.unwrap_or((tile[0].max(tile[1]) / 2) as u32));
        let is_recorded = self.frame == 0;
        let bounds = self.bounds(now.channels());
        for step in 0..steps {
            // In the same tiles as ever, so that records compare.
            let is_record = is_recorded && step % RECORD_EVERY == 0;
            let roll = self.roll(jitter);
            let roll = if is_record { [0, 0] } else { roll };
            let swept = self.swept(now, roll, model).await?;
            if is_record {
                self.record(step, swept.value)?;
            }
            let plane = now.size[0] * now.size[1];
            let gradient = swept.gradient.values.chunks_exact(plane);
            for (channel, (values, slopes)) in now.values.chunks_exact_mut(plane).zip(gradient).enumerate() {
                let rate = job.rate as f32 / (LEVELS * self.ready.network.normalise.std[channel.min(2)]);
                values.iter_mut().zip(slopes).for_each(|(value, slope)| *value += rate * slope);
            }
            now.clamp(&bounds);
        }
        if is_recorded {
            let swept = self.swept(now, [0, 0], model).await?;
            self.record(steps, swept.value)?;
        }
        Ok(())
    }

    fn roll(&mut self, most: i64) -> [i64; 2] {
        [(); 2].map(|()| self.dice.below(2 * most as usize + 1) as i64 - most)
    }

    /// Black and white of each channel.
    fn bounds(&self, channels: usize) -> Vec<[f32; 2]> {
        let normalise = self.ready.network.normalise;
        (0..channels).map(|channel| [0, 255].map(|byte| normalise.value(channel, byte))).collect()
    }

    fn record(&mut self, step: u32, value: f64) -> Result<(), LabError> {
        let (layer, network) = (self.ready.goal.layer(), self.ready.network);
        ensure!(
            value > 0.0,
            "{layer} of {} answers nothing to this picture, so it sees nothing to make more of; choose another layer",
            network.title
        );
        self.records.push(DreamRecord { octave: self.octave, step, value: value.sqrt() as f32 });
        Ok(())
    }

    async fn swept(&mut self, now: &Planes, roll: [i64; 2], model: &mut LookModel) -> Result<Swept, LabError> {
        let tiling = Tiling::new(now.size, self.ready.goal.size(), roll);
        let mut swept = Swept { value: 0.0, gradient: Planes::zeros(now.channels(), now.size) };
        for at in 0..tiling.count() {
            self.pace.rest(self.host).await?;
            let start = self.host.now_millis();
            let weights = &self.ready.weights;
            let slopes = model.tiler(&self.ready.goal).await?;
            let found = slopes.at(&tiling.read(at, now), |_| weights.clone()).await?;
            let mean =
                found.gradient.iter().map(|&slope| f64::from(slope).abs()).sum::<f64>() / found.gradient.len() as f64;
            ensure!(
                mean.is_finite() && found.loss.is_finite(),
                "{} answers no numbers any more; choose a smaller change of a step",
                self.ready.goal.layer()
            );
            swept.value -= f64::from(found.loss) / tiling.count() as f64;
            if mean > 0.0 {
                // The loss is what is to be large with its sign changed.
                tiling.add(at, &found.gradient, (-1.0 / mean) as f32, &mut swept.gradient);
            }
            if self.done > 0 {
                self.millis += self.host.now_millis() - start;
            }
            self.done += 1;
            if self.pace.is_time_to_tell(self.host) {
                let shown = thumbnail(&self.rgb(now)?, SHOWN_SIDE)?;
                let told = self.told(shown);
                (self.tell)(told);
            }
        }
        Ok(swept)
    }

    fn rgb(&self, planes: &Planes) -> Result<Rgb, LabError> {
        self.pixels(planes).rgb(&planes.values)
    }

    /// What a picture of this size is made of.
    fn pixels(&self, planes: &Planes) -> Parametrisation {
        let [height, width] = planes.size;
        let input = [planes.channels(), height, width];
        Parametrisation { space: PictureSpace::Pixels, batch: 1, input, normalise: self.ready.network.normalise }
    }

    fn millis_per_tile(&self) -> Option<f64> {
        (self.done > 1).then(|| self.millis / f64::from(self.done - 1))
    }

    fn told(&mut self, picture: Pixels) -> DreamFound {
        let mut cost = self.ready.cost.clone();
        cost.millis_per_tile = self.millis_per_tile();
        DreamFound {
            done: self.done,
            octave: self.octave,
            frame: self.frame,
            picture,
            frames: std::mem::take(&mut self.frames),
            png: None,
            npy: None,
            records: self.records.clone(),
            cost,
            findings: Vec::new(),
            backend: self.used.clone(),
        }
    }
}
