//! What a network text means, between two keystrokes: read and measured, nothing built.

use crate::models::spec;
use crate::protocol::{SpecError, SpecLayer, SpecReport};

/// For pictures `[channels, height, width]` in this many classes. The protocol counts lines from 0.
pub fn describe_network(text: &str, shape: [usize; 3], classes: u32, batch: u32) -> SpecReport {
    let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let index = |line: usize| narrow(line.saturating_sub(1));
    let bytes = |values: u64| values.saturating_mul(4).saturating_mul(u64::from(batch));
    let checked = spec::check(text, shape, classes as usize);
    let layers = checked.lines.into_iter().map(|line| SpecLayer {
        line: index(line.line),
        name: if line.params == 0 { String::new() } else { line.name },
        shape: line.output,
        params: line.params,
        macs: line.macs,
        activation_bytes: bytes(line.values),
    });
    let errors = checked.errors.iter().map(|error| SpecError {
        line: index(error.line),
        start: narrow(error.columns.start),
        end: narrow(error.columns.end),
        message: error.to_string(),
    });
    SpecReport {
        layers: layers.collect(),
        errors: errors.collect(),
        params: checked.totals.params,
        macs: checked.totals.macs,
        activation_bytes: bytes(checked.totals.values),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_has_figures_and_places() {
        let describe = |text| describe_network(text, [1, 28, 28], 10, 32);
        let good = describe("# a comment\nconv 8 3 pad 1\nrelu\nlinear classes");
        let lines: Vec<_> = good.layers.iter().map(|layer| (layer.line, layer.name.as_str())).collect();
        assert_eq!((good.errors.len(), lines), (0, vec![(1, "0"), (2, ""), (3, "2")]));
        assert_eq!((good.params, good.macs), (80 + 62_730, 8 * 9 * 784 + 62_720));
        assert_eq!(good.activation_bytes, (2 * 8 * 784 + 10) * 4 * 32);
        assert_eq!(good.layers[0].shape, [8, 28, 28]);
        let bad = describe("relu\n  conv 8 99");
        assert_eq!((bad.errors[0].line, bad.errors[0].start, bad.errors[0].end), (1, 2, 11));
        assert!(bad.errors[0].message.starts_with("conv 8 99: the kernel 99×99 is larger than the input 28×28"));
        assert_eq!(bad.layers.len(), 1);
    }
}
