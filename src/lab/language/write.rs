//! A model writes, unit by unit.

use super::corpus::{UNKNOWN, UnitVocabulary};
use super::reader::UnitReader;
use super::session::TrainedModel;
use super::split::is_spaced;
use crate::lab::LabError;
use crate::lab::device::Device;
use crate::lab::dice::Dice;
use crate::protocol::{LanguageModel, LanguageWrite, NextUnit, TextUnit, WrittenText, WrittenUnit};
use std::rc::Rc;

/// A model that writes, and where it is.
pub(super) struct TextWriter {
    model: LanguageModel,
    of: TrainedModel,
    reader: UnitReader,
    log_p: Vec<f32>,
    dice: Dice,
    before: String,
}

/// Chances at a temperature; nothing is left of what stands for the unknown, unless there is nothing else.
pub fn chances(log_p: &[f32], temperature: f64) -> Vec<f64> {
    let is_open = |unit: usize| unit != UNKNOWN as usize || log_p.len() == 1;
    let scale = 1.0 / temperature.max(1e-3);
    let most = log_p
        .iter()
        .enumerate()
        .filter(|(unit, _)| is_open(*unit))
        .fold(f64::NEG_INFINITY, |most, (_, log_p)| most.max(f64::from(*log_p)));
    let weights: Vec<f64> = log_p
        .iter()
        .enumerate()
        .map(|(unit, log_p)| if is_open(unit) { (scale * (f64::from(*log_p) - most)).exp() } else { 0.0 })
        .collect();
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / sum).collect()
}

impl TextWriter {
    /// A writer of what was kept last: `before` goes on where it is of the same network.
    pub(super) async fn of(
        before: Option<Self>,
        of: TrainedModel,
        job: &LanguageWrite,
    ) -> Result<(Self, bool), LabError> {
        let net = of.file.card.net;
        let fits = |writer: &Self| {
            writer.reader.net == net
                && !job.restart
                && (Rc::ptr_eq(&writer.of.corpus, &of.corpus)
                    || writer.of.file.card.vocabulary == of.file.card.vocabulary)
        };
        if let Some(mut writer) = before.filter(fits) {
            if !Rc::ptr_eq(&writer.of.file, &of.file) {
                writer.reader.take_weights(|name| of.file.value(name))?;
                writer.of = of;
            }
            return Ok((writer, false));
        }
        // One unit at a time is too little for any GPU.
        let reader = UnitReader::new(net, &Device::Cpu, |name| of.file.value(name)).await?;
        let mut writer =
            Self { model: job.model, of, reader, log_p: Vec::new(), dice: Dice::new(job.seed), before: String::new() };
        writer.begin(&job.prompt).await?;
        Ok((writer, true))
    }

    fn vocabulary(&self) -> &UnitVocabulary {
        &self.of.corpus.vocabulary
    }

    fn units(&self) -> TextUnit {
        self.of.corpus.units()
    }

    async fn begin(&mut self, prompt: &str) -> Result<(), LabError> {
        self.reader.forget()?;
        let mut read = self.vocabulary().read(prompt, self.units());
        if read.is_empty() {
            // As at the beginning of a line.
            read = vec![self.vocabulary().number("\n")];
        }
        for unit in read {
            self.log_p = self.reader.read(unit).await?;
        }
        prompt.clone_into(&mut self.before);
        Ok(())
    }

    pub(super) async fn write(&mut self, job: &LanguageWrite, is_new: bool) -> Result<WrittenText, LabError> {
        let mut units = Vec::new();
        for _ in 0..job.count {
            let chances = chances(&self.log_p, job.temperature);
            let mut left = f64::from(self.dice.unit());
            let found = chances.iter().position(|chance| {
                left -= chance;
                left < 0.0
            });
            let likeliest =
                || (0..chances.len()).max_by(|a, b| chances[*a].total_cmp(&chances[*b])).unwrap_or_default();
            let unit = found.filter(|_| job.temperature > 0.0).unwrap_or_else(likeliest);
            let name = self.vocabulary().name(unit as u32).to_owned();
            let space = self.units() == TextUnit::Words && is_spaced(&self.before, &name);
            let text = if space { format!(" {name}") } else { name.clone() };
            units.push(WrittenUnit { text, probability: self.log_p[unit].exp() });
            self.before = name;
            self.log_p = self.reader.read(unit as u32).await?;
        }
        let chances = chances(&self.log_p, job.temperature);
        let mut order: Vec<usize> = (0..chances.len()).collect();
        order.sort_by(|a, b| chances[*b].total_cmp(&chances[*a]));
        let next = order.into_iter().take(LanguageWrite::BEST).map(|unit| NextUnit {
            text: self.vocabulary().name(unit as u32).to_owned(),
            probability: chances[unit] as f32,
        });
        Ok(WrittenText { model: self.model, step: self.of.file.step, units, next: next.collect(), is_new })
    }
}
