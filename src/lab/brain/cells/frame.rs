//! How much of a picture is drawn: what the middle unit of a layer sees, and no more, where that is a part of it. On a picture of 224 pixels
//! a unit of the first layer then costs a thousandth.

use super::model::middle;
use crate::lab::channels::{AskedLayer, Part};
use crate::models::{Network, ReceptiveField};

/// What the network reads in place of a whole picture, and where the unit is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct UnitFrame {
    /// Channels, height, width.
    pub(super) input: [usize; 3],
    /// What the unit sees of it.
    pub(super) part: Part,
    /// Row and column of the unit in the layer's output.
    pub(super) place: [usize; 2],
}

impl UnitFrame {
    /// All of a picture.
    fn whole(network: &Network, layer: &AskedLayer) -> Self {
        let place = [layer.rows / 2, layer.columns / 2];
        let part = layer.part(place[0] * layer.columns + place[1]);
        Self { input: network.input, part, place }
    }

    /// The least of it where the unit sees a part without an edge, and the layers take pictures of that size.
    pub(super) fn of(network: &Network, layer: &AskedLayer) -> Self {
        let whole = Self::whole(network, layer);
        Self::cut(network, layer, &whole).unwrap_or(whole)
    }

    fn cut(network: &Network, layer: &AskedLayer, whole: &Self) -> Option<Self> {
        let [channels, height, width] = network.input;
        let [down, across] = layer.field?;
        let (high, row) = least(down, whole.place[0], height)?;
        let (wide, column) = least(across, whole.place[1], width)?;
        let [rows, columns] = [(down, high), (across, wide)].map(|(field, end)| end - field.size..end);
        let cut = Self { input: [channels, high, wide], part: Part { rows, columns }, place: [row, column] };
        let graph = network.layered(1).ok()?;
        middle(network, layer, &graph, &cut).is_ok().then_some(cut)
    }
}

/// Along one axis: pixels that are enough, and the place there that sees the last of them. The places in between stay where they were
/// from each other, for what is left out is a whole number of strides.
fn least(field: ReceptiveField, place: usize, extent: usize) -> Option<(usize, usize)> {
    let start = field.start + (place * field.stride) as isize;
    if start < 0 || start as usize + field.size > extent {
        return None;
    }
    let first = usize::try_from(-field.start).unwrap_or_default().div_ceil(field.stride);
    let from = field.start + (first * field.stride) as isize;
    Some((usize::try_from(from).ok()? + field.size, first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::brain::cells::model::UnitModel;
    use crate::lab::brain::cells::stimulus::Screen;
    use crate::lab::device::Device;
    use crate::lab::linear::unit;
    use crate::lab::{Shipped, Weights};
    use pollster::block_on;

    #[test]
    fn a_part_is_answered_as_the_whole_picture_is() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/www/models/photos.safetensors");
        let weights = Weights::of_shipped(&Shipped::find("photos").unwrap(), std::fs::read(file).unwrap()).unwrap();
        let network = weights.network();
        let mut cut = 0;
        for path in ["0", "3", "6.0", "6.3", "8", "18"] {
            let layer = AskedLayer::of(network, Some(path)).unwrap();
            let [part, whole] = [UnitFrame::of(network, &layer), UnitFrame::whole(network, &layer)];
            cut += usize::from(part != whole);
            let both = [part, whole].map(|frame| {
                let screen = Screen::new(network, &frame, 1.0);
                let Part { rows, columns } = frame.part.clone();
                // The same inside what the unit sees, grey around it.
                let at = |row: usize, column: usize| match (
                    row.checked_sub(rows.start),
                    column.checked_sub(columns.start),
                ) {
                    (Some(row), Some(column)) if row < rows.len() && column < columns.len() => {
                        2.0 * f64::from(unit((row * columns.len() + column) as u32)) - 1.0
                    }
                    _ => 0.0,
                };
                let mut model = block_on(UnitModel::new(&weights, &layer, &frame, &Device::Cpu)).unwrap();
                block_on(model.answers(&[screen.input(at)])).unwrap().remove(0)
            });
            let size = both[1].iter().fold(0.0_f32, |most, value| most.max(value.abs()));
            for (part, whole) in both[0].iter().zip(&both[1]) {
                assert!((part - whole).abs() <= 1e-5 * size, "{path}: {part} {whole}");
            }
        }
        assert_eq!(cut, 5);
    }
}
