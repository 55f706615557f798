//! Networks as text: checked while typed, and the presets.

use crate::models::spec::{self, WORDS, preset};
use crate::protocol::{CheckSpec, SpecLine, SpecMistake, SpecPreset, SpecReport, SpecWord};

/// Slots of Adam, the hungriest of the common optimisers.
const SLOTS: usize = 2;

/// Reads and measures a text; builds nothing, so it answers between two keystrokes.
pub fn check_spec(job: &CheckSpec) -> SpecReport {
    let checked = spec::check(&job.text, job.data, job.classes);
    let clamp = |bytes: u128| u64::try_from(bytes).unwrap_or(u64::MAX);
    let lines = checked.lines.into_iter().map(|line| SpecLine {
        line: line.line,
        name: line.name,
        word: line.word.to_owned(),
        output: line.output,
        times: line.times,
        params: line.params,
        macs: line.macs,
        activation_bytes: clamp(u128::from(line.values) * 4 * job.batch as u128),
    });
    let errors = checked.errors.iter().map(|error| SpecMistake {
        line: error.line,
        columns: [error.columns.start, error.columns.end],
        sentence: error.to_string(),
    });
    SpecReport {
        lines: lines.collect(),
        errors: errors.collect(),
        layers: checked.totals.layers,
        params: checked.totals.params,
        macs: checked.totals.macs,
        activation_bytes: clamp(checked.totals.activation_bytes(job.batch)),
        training_bytes: clamp(checked.totals.training_bytes(job.batch, SLOTS)),
    }
}

/// The table of presets, each with its figures.
pub fn spec_presets() -> Vec<SpecPreset> {
    let report = |preset: preset::Preset| {
        let totals = spec::check(&preset.text, preset.data, preset.classes).totals;
        SpecPreset {
            id: preset.id.to_owned(),
            title: preset.title.to_owned(),
            paper: preset.paper.to_owned(),
            data: preset.data,
            text: preset.text,
            params: totals.params,
            macs: totals.macs,
        }
    };
    preset::presets().into_iter().map(report).collect()
}

/// The words of the language.
pub fn spec_words() -> Vec<SpecWord> {
    WORDS.iter().map(|word| SpecWord { name: word.name.to_owned(), form: word.form.to_owned() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_has_figures_and_places() {
        let job = |text: &str| CheckSpec { text: text.to_owned(), data: [1, 28, 28], classes: 10, batch: 32 };
        let good = check_spec(&job("conv 8 3 pad 1\nrelu\nlinear classes"));
        assert_eq!((good.errors.len(), good.lines.len(), good.layers), (0, 3, 3));
        assert_eq!((good.params, good.macs), (80 + 62_730, 8 * 9 * 784 + 62_720));
        assert_eq!(good.activation_bytes, (2 * 8 * 784 + 10) * 4 * 32);
        assert_eq!(good.lines[0].output, [8, 28, 28]);
        let bad = check_spec(&job("relu\nconv 8 99"));
        assert_eq!((bad.errors[0].line, bad.errors[0].columns), (2, [0, 9]));
        assert_eq!(bad.lines.len(), 1);
    }

    #[test]
    fn every_preset_has_its_figures() {
        assert!(spec_presets().iter().all(|preset| preset.params > 0 && preset.macs > 0));
    }
}
