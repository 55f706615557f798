//! All pictures through a layer: of each channel the strongest places stay, the sums of its strongest answers by class, and its tile of
//! the wall. A search that was stopped goes on from where it was.

use super::model::ExciteModel;
use super::pool::PicturePool;
use super::strongest::{Strong, Strongest, peak};
use super::wall::Wall;
use crate::data::Rgb;
use crate::lab::channels::AskedLayer;
use crate::lab::device::Pace;
use crate::lab::{LabError, Monitor, Weights, seen, values_from};
use crate::protocol::{BackendChoice, Fit, Stage};
use std::rc::Rc;

pub(super) struct Scan {
    weights: Rc<Weights>,
    backend: BackendChoice,
    fit: Fit,
    pub(super) pool: PicturePool,
    pub(super) layer: AskedLayer,
    pub(super) strongest: Vec<Strongest>,
    pub(super) wall: Wall,
    /// Of each channel, for each class: its strongest answers to the pictures of the class, added up.
    sums: Vec<f64>,
    /// Pictures of each class so far.
    counts: Vec<u32>,
    /// Of each picture so far.
    classes: Vec<u32>,
}

impl Scan {
    pub(super) fn new(
        weights: &Rc<Weights>,
        backend: BackendChoice,
        fit: Fit,
        pool: PicturePool,
        layer: AskedLayer,
    ) -> Self {
        let classes = pool.classes().map_or(weights.network().classes, <[String]>::len);
        let sees = layer.sees();
        Self {
            weights: weights.clone(),
            backend,
            fit,
            pool,
            strongest: vec![Strongest::default(); layer.channels],
            wall: Wall::new(layer.channels, sees),
            sums: vec![0.0; layer.channels * classes],
            counts: vec![0; classes],
            classes: Vec::new(),
            layer,
        }
    }

    /// Whether what is known is what this would find.
    pub(super) fn is_of(
        &self,
        weights: &Rc<Weights>,
        backend: BackendChoice,
        fit: Fit,
        pool: &PicturePool,
        layer: &AskedLayer,
    ) -> bool {
        let is_same = Rc::ptr_eq(&self.weights, weights) && (self.backend, self.fit) == (backend, fit);
        is_same && self.layer == *layer && self.pool.is_same(pool)
    }

    /// Pictures so far.
    pub(super) fn done(&self) -> usize {
        self.classes.len()
    }

    /// What the network reads of a picture.
    pub(super) fn seen(&self, at: usize) -> Result<Rgb, LabError> {
        seen(&*self.pool.picture(at)?, self.weights.network(), self.fit)
    }

    /// Of a picture that was seen.
    pub(super) fn class(&self, picture: usize) -> u32 {
        self.classes[picture]
    }

    /// The channel with the strongest place of all.
    pub(super) fn strongest_channel(&self) -> usize {
        let value = |channel: &usize| self.strongest[*channel].value();
        (0..self.layer.channels).max_by(|a, b| value(a).total_cmp(&value(b))).unwrap_or_default()
    }

    /// Each class of which there is a picture, the mean of the channel's strongest answers, and how many pictures there are.
    pub(super) fn means(&self, channel: usize) -> Vec<(usize, f32, u32)> {
        let sums = &self.sums[channel * self.counts.len()..][..self.counts.len()];
        let all = sums.iter().zip(&self.counts).enumerate().filter(|(_, (_, count))| **count > 0);
        let mut means: Vec<_> =
            all.map(|(class, (sum, &count))| (class, (sum / f64::from(count)) as f32, count)).collect();
        means.sort_by(|a, b| b.1.total_cmp(&a.1));
        means
    }

    /// The pictures that are left. `tell` hears of it now and then.
    pub(super) async fn run<H: Monitor>(
        &mut self,
        model: &mut ExciteModel,
        host: &H,
        pace: &mut Pace,
        mut tell: impl FnMut(&Self) -> Result<(), LabError>,
    ) -> Result<(), LabError> {
        let (of, batch, is_named) = (self.pool.len(), model.batch(&self.layer), self.pool.classes().is_none());
        while self.done() < of {
            let from = self.done();
            host.step(Stage::Run, from as u64, of as u64).await?;
            let pictures = (from..of.min(from + batch)).map(|at| self.seen(at)).collect::<Result<Vec<_>, _>>()?;
            let network = self.weights.network();
            let inputs = pictures.iter().map(|seen| values_from(seen, network)).collect::<Result<Vec<_>, _>>()?;
            let answers = model.answers(&self.layer, is_named, &inputs).await?;
            for (seen, answer) in pictures.iter().zip(answers) {
                let class = match self.pool.label(self.done()) {
                    Some(label) => label,
                    None => peak(answer.logits.iter().copied()).map_or(0, |(class, _)| class),
                };
                self.add(seen, &answer.activation, class)?;
            }
            if pace.is_time_to_tell(host) {
                tell(self)?;
            }
        }
        Ok(())
    }

    fn add(&mut self, seen: &Rgb, activation: &[f32], class: u32) -> Result<(), LabError> {
        let (picture, places) = (self.done() as u32, self.layer.places());
        self.counts[class as usize] += 1;
        self.classes.push(class);
        for channel in 0..self.layer.channels {
            let values = (0..places).map(|place| activation[self.layer.at(channel, place)]);
            let Some((place, value)) = peak(values) else { continue };
            self.sums[channel * self.counts.len() + class as usize] += f64::from(value);
            if self.strongest[channel].add(Strong { value, picture, place }) && value > 0.0 {
                self.wall.put(channel, seen, &self.layer.part(place as usize))?;
            }
        }
        Ok(())
    }
}
