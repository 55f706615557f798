//! Examples out of a data set that lies on the device as bytes, each changed at random: shifted, mirrored, bent. Elastic
//! distortion after Simard, Steinkraus & Platt (2003), its field a cubic B-spline instead of filtered noise.

mod cpu;

use super::load_bytes::batch;
use super::random::{Distribution, threefry};
use super::{
    Case, Cost, Given, Host, KernelRule, Launch, Operand, Random, Rule, ShapeError, Spec, Tensor, Traits, bytes_of,
    check_indexes, computed, literal, with_elements,
};
use crate::processor::parallel;

/// The random changes of each picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Changes {
    /// The most whole pixels, either way, down and right.
    pub shift: usize,
    /// Left to right, every second picture.
    pub flip: bool,
    /// Largest displacement of a pixel along each axis, in pixels; 0 bends nothing.
    pub elastic: f64,
}

/// As [`super::LoadBytes`] with one input more, U32 `[2]`, the seed and the step from which the changes are drawn: the F32
/// `[batch, channels, height, width]` in 0..=255 at the places
///
/// `(row - down + bend₀(row, column), mirrored column - right + bend₁(row, column))`
///
/// of the pictures, bilinear between pixels, black (0) beyond the edge. `bend` is a cubic B-spline over 4 × 4 cells, its 7 × 7
/// control points uniform in ± `elastic`: no weight is negative and all add up to 1, so that no displacement is larger.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadAugmented {
    /// Channels, height, width.
    pub example: [usize; 3],
    /// The random changes of each picture.
    pub changes: Changes,
    /// Tells apart the places of a graph that draw random numbers, as in [`Random`].
    pub key: u32,
}

/// Cells of the spline along each axis. With 7 pixels each in a picture of 28, the field is as smooth as Simard's with σ = 4.
const CELLS: usize = 4;
/// Control points along each axis.
const KNOTS: usize = CELLS + 3;
/// Draws for the shift and the mirror; those for the control points follow, rows' first.
const MOVES: usize = 3;

impl LoadAugmented {
    /// Bytes of one example.
    fn row(&self) -> usize {
        self.example.iter().product()
    }

    /// Random numbers that one picture takes.
    fn draws(&self) -> usize {
        if self.changes.elastic > 0.0 { MOVES + 2 * KNOTS * KNOTS } else { MOVES }
    }

    fn random(&self, batch: usize) -> Random {
        Random { distribution: Distribution::Uniform, key: self.key, shape: vec![batch, self.draws()] }
    }
}

impl Rule for LoadAugmented {
    const NAME: &'static str = "load_augmented";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        let batch = batch(Self::NAME, x, &self.example)?;
        if x[2].shape != [2] {
            return Err(ShapeError::mismatch(Self::NAME, &[2], &x[2].shape));
        }
        if !(0.0..65_536.0).contains(&self.changes.elastic) || self.changes.shift >= 1 << 16 {
            let why = format!("{:?} are not changes of 0 to 65535 pixels", self.changes);
            return Err(ShapeError::bad(Self::NAME, why, &self.example));
        }
        Ok(Spec::f32([&[batch], self.example.as_slice()].concat()))
    }

    // Bytes, indexes and counters are whole numbers: no gradient by nature.
    rules! { form: kernel, gradient: none }

    fn cost(&self, x: &[&Spec], y: &Spec) -> Cost {
        Cost { macs: 0, bytes: bytes_of(&x[1..], y) + y.elem_count() as u64 }
    }

    fn cases() -> Vec<Case> {
        let case = |example: [usize; 3], [examples, batch]: [usize; 2], changes: Changes| {
            let op = LoadAugmented { example, changes, key: 0xFFFF_0002 };
            let words = Given::below([examples, op.row().div_ceil(4)], u32::MAX);
            let inputs = [words, Given::below([batch], examples as u32), Given::below([2], 1 << 30)];
            Case::new(op.clone(), inputs, move |x| in_plain_loops(&op, x))
        };
        let changes = |shift, flip, elastic| Changes { shift, flip, elastic };
        vec![
            case([1, 4, 4], [5, 3], changes(0, false, 0.0)),
            case([3, 5, 7], [20, 9], changes(2, false, 0.0)),
            case([1, 3, 3], [4, 8], changes(0, true, 0.0)),
            case([2, 6, 1], [4, 3], changes(0, false, 1.5)),
            case([1, 28, 28], [10, 4], changes(2, false, 2.0)),
            case([3, 9, 14], [6, 7], changes(1, true, 2.0)),
        ]
    }
}

/// The op once more, from its formula: each output pixel is a sum over all pixels of the picture, each weighted with its hat
/// function, and each displacement a sum over all control points, each weighted with its spline. In f64.
fn in_plain_loops(op: &LoadAugmented, x: &[Host]) -> candle_core::Result<Host> {
    let (words, ids, counter) = (x[0].to_vec2::<u32>()?, x[1].to_vec1::<u32>()?, x[2].to_vec1::<u32>()?);
    let [channels, height, width] = op.example;
    let Changes { shift, flip, elastic } = op.changes;
    let hat = |v: f64| (1.0 - v.abs()).max(0.0);
    let spline = |v: f64| match v.abs() {
        v if v < 1.0 => 2.0 / 3.0 - v * v + v * v * v / 2.0,
        v if v < 2.0 => (2.0 - v).powi(3) / 6.0,
        _ => 0.0,
    };
    let mut y = Vec::new();
    for (k, &id) in ids.iter().enumerate() {
        let bytes: Vec<u8> = words[id as usize].iter().flat_map(|word| word.to_le_bytes()).collect();
        let draw = |i: usize| {
            let [bits, _] = threefry([counter[0], op.key], [counter[1], (k * op.draws() + i) as u32]);
            f64::from(bits >> 8) / 16_777_216.0
        };
        let moved = |i: usize| (draw(i) * (2 * shift + 1) as f64).floor() - shift as f64;
        let bend = |axis: usize, [row, column]: [usize; 2]| -> f64 {
            if elastic == 0.0 {
                return 0.0;
            }
            let place = |at: usize, extent: usize| (at as f64 + 0.5) / extent as f64 * CELLS as f64 + 1.0;
            let (down, right) = (place(row, height), place(column, width));
            let weight = |i: usize| spline(down - (i / KNOTS) as f64) * spline(right - (i % KNOTS) as f64);
            let control = |i: usize| elastic * (2.0 * draw(MOVES + axis * KNOTS * KNOTS + i) - 1.0);
            (0..KNOTS * KNOTS).map(|i| weight(i) * control(i)).sum()
        };
        for channel in 0..channels {
            for (row, column) in (0..height).flat_map(|row| (0..width).map(move |column| (row, column))) {
                let mirrored = if flip && draw(2) < 0.5 { width - 1 - column } else { column };
                let down = row as f64 - moved(0) + bend(0, [row, column]);
                let right = mirrored as f64 - moved(1) + bend(1, [row, column]);
                let pixel = |i: usize| {
                    let share = hat(down - (i / width) as f64) * hat(right - (i % width) as f64);
                    share * f64::from(bytes[channel * height * width + i])
                };
                y.push((0..height * width).map(pixel).sum::<f64>() as f32);
            }
        }
    }
    Host::from_vec(y, (ids.len(), channels, height, width), x[0].device())
}

impl KernelRule for LoadAugmented {
    rules! { epilogue: taken }

    fn cpu(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        let (examples, words, row) = (x[0].dims()[0], x[0].dims()[1], self.row());
        let random = self.random(y.shape[0]);
        let draws = random.cpu(&x[2..], &Spec::f32(random.shape.clone()))?;
        let draws = draws.flatten_all()?.to_vec1::<f32>()?;
        with_elements(&x[1], |ids: &[u32]| check_indexes(Self::NAME, ids, examples))??;
        computed(x, y, |x: &[&[u32]]| {
            let mut loaded = vec![0.0f32; y.elem_count()];
            let work = |bytes: &mut Vec<u8>, k: usize, picture: &mut [f32]| {
                bytes.clear();
                let words = &x[0][x[1][k] as usize * words..][..words];
                bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
                self.change(bytes, &draws[k * self.draws()..][..self.draws()], picture);
            };
            parallel::chunks(&mut loaded, row, y.elem_count() * 16, Vec::new, work);
            loaded
        })
    }

    fn gpu(&self, x: &[&Spec], y: &Spec, _: &Traits) -> Vec<Launch> {
        let count = y.shape[0] * self.draws();
        let mut draw = Launch::each(wgsl!("op/random.wgsl"), 0, count)
            .constants([("KEY", self.key as usize), ("NORMAL", 0)])
            .to_scratch(0, count);
        draw.operands = vec![Operand::plain(2)];
        let [channels, height, width] = self.example;
        let mut load = Launch::each(wgsl!("op/load_augmented.wgsl"), 2, y.elem_count()).constants([
            ("EXAMPLES", x[0].shape[0]),
            ("WORDS", x[0].shape[1]),
            ("CHANNELS", channels),
            ("HEIGHT", height),
            ("WIDTH", width),
            ("DRAWS", self.draws()),
            ("SHIFT", self.changes.shift),
            ("FLIP", usize::from(self.changes.flip)),
            ("CELLS", CELLS),
        ]);
        load.operands.push(Operand::scratch(0));
        let settings = format!("const ELASTIC = {};\n", literal(self.changes.elastic));
        load.slots.push(("settings", settings.into()));
        vec![draw, load]
    }
}

impl Tensor {
    /// On the U32 words of a data set: the pictures at `indexes`, as floats in 0..=255, changed as the `counter` (U32 `[2]`:
    /// seed and step) says.
    pub fn load_augmented(&self, indexes: &Tensor, counter: &Tensor, op: LoadAugmented) -> Result<Tensor, ShapeError> {
        self.then(op, &[indexes, counter])
    }
}
