//! What units of a model do while it reads, and which go with something that the text has.

use super::lags::with_weights;
use super::session::TrainedModel;
use crate::graph::Host;
use crate::lab::LabError;
use crate::protocol::{HeatReport, HeatRun, LanguageModel, TextUnit, UnitCorrelation};
use candle_core::Device as HostDevice;

/// Letters over which correlations are taken, and how many a recurrent model reads in a row.
const READ: usize = 2048;
const IN_A_ROW: usize = 512;
/// Positions in a line count up to this.
const LINE: usize = 80;

/// What the text has at each letter.
struct Traced {
    name: &'static str,
    values: Vec<f64>,
}

/// After each letter: inside quotes or brackets or not, letters since the line began, letters since the word began.
fn traced(letters: &[String]) -> Vec<Traced> {
    let (mut quoted, mut bracketed, mut line, mut word) = (false, 0_i32, 0_usize, 0_usize);
    let mut found = ["quotes", "brackets", "line", "word"].map(|name| Traced { name, values: Vec::new() });
    for letter in letters {
        match letter.as_str() {
            "\"" => quoted = !quoted,
            "“" | "「" | "『" => quoted = true,
            "”" | "」" | "』" => quoted = false,
            "(" | "（" | "[" | "{" => bracketed += 1,
            ")" | "）" | "]" | "}" => bracketed = (bracketed - 1).max(0),
            _ => {}
        }
        line = if letter == "\n" { 0 } else { (line + 1).min(LINE) };
        word = if letter.chars().all(char::is_alphanumeric) { word + 1 } else { 0 };
        let now = [f64::from(u8::from(quoted)), f64::from(bracketed.min(1)), line as f64, word as f64];
        found.iter_mut().zip(now).for_each(|(traced, now)| traced.values.push(now));
    }
    found.into()
}

/// Pearson's; 0 where one of both never changes.
fn correlation(one: &[f64], other: &[f64]) -> f64 {
    let count = one.len().max(1) as f64;
    let mean = |values: &[f64]| values.iter().sum::<f64>() / count;
    let [a, b] = [mean(one), mean(other)];
    let mut sums = [0.0; 3];
    for (x, y) in one.iter().zip(other) {
        let [x, y] = [x - a, y - b];
        sums = [sums[0] + x * y, sums[1] + x * x, sums[2] + y * y];
    }
    let spread = (sums[1] * sums[2]).sqrt();
    if spread > 1e-12 { sums[0] / spread } else { 0.0 }
}

/// Values of everything that is shown, `[shown][letters][units]`.
type Activations = Vec<Vec<Vec<f32>>>;

async fn activations(model: &TrainedModel, units: &[u32], in_a_row: usize) -> Result<Activations, LabError> {
    let net = model.file.card.net;
    let mut all: Activations = net.shown().iter().map(|_| Vec::new()).collect();
    let mut plan = with_weights(net.shows(in_a_row)?, &net, |name| model.file.value(name)).await?;
    for part in units.chunks(in_a_row) {
        // What stands behind is seen by nothing before it.
        let mut padded = part.to_vec();
        padded.resize(in_a_row, 0);
        let values = Host::new(padded, &HostDevice::Cpu)?;
        let found = plan.run(|_| values.clone()).await?;
        for (all, found) in all.iter_mut().zip(found) {
            all.extend(found.to_vec2::<f32>()?.into_iter().take(part.len()));
        }
    }
    Ok(all)
}

/// # Errors
/// [`LabError::Setup`] of a unit that the model does not have.
pub(super) async fn heat_of(model: &TrainedModel, job: &HeatRun) -> Result<HeatReport, LabError> {
    let TrainedModel { file, corpus, .. } = model;
    let net = file.card.net;
    let chosen = job.unit;
    ensure!(
        chosen.is_none_or(|unit| (unit as usize) < net.hidden),
        "unit {} is not there; the model has units 0 to {}",
        chosen.unwrap_or_default(),
        net.hidden - 1
    );
    let in_a_row = if net.states() == 0 { net.window } else { IN_A_ROW };
    let part = corpus.judged(net.window).range();
    let names = |units: &[u32]| units.iter().map(|unit| corpus.vocabulary.name(*unit).to_owned()).collect::<Vec<_>>();

    let read = corpus.window(part.start, part.len().min(READ));
    let judged = activations(model, &read, in_a_row.min(read.len())).await?;
    // The cell, where there is one: it stands first.
    let place = if net.model == LanguageModel::Lstm { 0 } else { judged.len() - 1 };
    let column = |unit: usize| judged[place].iter().map(|row| f64::from(row[unit])).collect::<Vec<f64>>();
    let columns: Vec<Vec<f64>> = (0..net.hidden).map(column).collect();
    let best = |traced: Traced| {
        let each = columns.iter().enumerate().map(|(unit, values)| (unit, correlation(values, &traced.values)));
        let (unit, correlation) = each.max_by(|(_, a), (_, b)| a.abs().total_cmp(&b.abs())).unwrap_or((0, 0.0));
        UnitCorrelation { what: traced.name.to_owned(), unit: unit as u32, correlation }
    };
    let found: Vec<UnitCorrelation> =
        traced(&names(&read)).into_iter().map(best).filter(|found| found.correlation != 0.0).collect();

    let units = if job.text.is_empty() { read } else { corpus.vocabulary.read(&job.text, corpus.units()) };
    ensure!(!units.is_empty(), "the text holds nothing to read; write a few words");
    let units = &units[..units.len().min(HeatRun::SHOWN)];
    let shown = activations(model, units, in_a_row.min(units.len())).await?;
    let strongest = found.iter().max_by(|a, b| a.correlation.abs().total_cmp(&b.correlation.abs()));
    let unit = chosen.or(strongest.map(|found| found.unit)).unwrap_or_default();
    let values = |rows: &Vec<Vec<f32>>| rows.iter().map(|row| row[unit as usize]).collect();
    let rows = net.shown().iter().zip(&shown).map(|(name, rows)| ((*name).to_owned(), values(rows)));
    let space = if corpus.units() == TextUnit::Words { " " } else { "" };
    Ok(HeatReport {
        model: net.model,
        step: file.step,
        letters: names(units).into_iter().map(|name| name + space).collect(),
        rows: rows.collect(),
        unit,
        units: net.hidden as u32,
        found,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_text_has_is_traced() {
        let letters: Vec<String> = "a \"b\" (c)\nd".chars().map(String::from).collect();
        let of = |name: &str| traced(&letters).into_iter().find(|one| one.name == name).unwrap().values;
        assert_eq!(of("quotes"), [0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(of("brackets"), [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0]);
        assert_eq!(of("line")[8..], [9.0, 0.0, 1.0]);
        assert!((correlation(&[1.0, 2.0, 3.0], &[-2.0, -4.0, -6.0]) + 1.0).abs() < 1e-12);
        assert_eq!(correlation(&[1.0, 1.0], &[0.0, 1.0]), 0.0);
    }
}
