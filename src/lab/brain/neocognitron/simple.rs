//! S-cells: each finds one feature, and hears only what looks enough like it.

use super::planes::{AreaTap, CellPlanes, round_area};
use crate::graph::Host;
use crate::lab::LabError;
use candle_core::Device;

/// Growth of a connection for each activity that it carries, `q` of Fukushima 1980; so large that of `1 + e` and `1 + h` the 1 hardly
/// counts.
const GAIN: f32 = 1e4;
/// Loss of strength of `c(ν)` for each cell further from the middle.
const FALL: f32 = 0.9;
/// Of the strongest input to a cell: less is no feature that wants a plane of its own.
const FAINT: f32 = 0.3;

/// A layer of S-cells (Fukushima 1980, with the threshold of Fukushima 2003 in place of the selectivity `r = θ / (1 - θ)`):
///
/// `u(n, k) = θ / (1 - θ) · φ((1 + Σ a(ν, κ, k) u(n + ν, κ)) / (1 + θ b(k) v(n)) - 1)`, `φ(x) = max(x, 0)`,
///
/// where `v(n) = √(Σ c(ν) u(n + ν, κ)²)` is the inhibitory cell. It learns `Δa = q c(ν) u(n̂ + ν, κ)` from its seed `n̂`, and
/// `b = √(Σ a² / c)` (2003). So a cell compares directions: with large `q` it is `φ(s - θ) / (1 - θ)`, `s` the cosine between
/// what is there and what the plane has learnt, weighted by `c`.
#[derive(Clone)]
pub(super) struct SimpleLayer {
    taps: Vec<AreaTap>,
    inputs: usize,
    /// `a / √c` of each plane: inputs × taps.
    cells: Vec<Vec<f32>>,
    /// `b` of each plane: the norm of `cells`.
    norms: Vec<f32>,
}

/// What a layer's cells get: of each place the inputs of its area times `√c`, and their norm `v`.
pub(super) struct CellInputs {
    side: usize,
    rows: Vec<f32>,
    norms: Vec<f32>,
}

impl CellInputs {
    pub(super) fn row(&self, cell: usize) -> &[f32] {
        let length = self.rows.len() / self.norms.len();
        &self.rows[cell * length..(cell + 1) * length]
    }

    /// Where the input is strongest among the cells that are wanted, unless it is nothing.
    fn strongest(&self, is_wanted: impl Fn(usize) -> bool) -> Option<usize> {
        let wanted = (0..self.norms.len()).filter(|&cell| is_wanted(cell) && self.norms[cell] > 0.0);
        wanted.reduce(|best, cell| if self.norms[cell] > self.norms[best] { cell } else { best })
    }
}

impl SimpleLayer {
    /// A layer without planes, whose cells see so many inputs in an area of this radius.
    pub(super) fn new(radius: i32, inputs: usize) -> Self {
        let mut taps = round_area(radius, inputs, |distance| FALL.powf(distance));
        taps.iter_mut().for_each(|tap| tap.strength = tap.strength.sqrt());
        Self { taps, inputs, cells: Vec::new(), norms: Vec::new() }
    }

    pub(super) fn planes(&self) -> usize {
        self.cells.len()
    }

    /// Connections that were learnt.
    pub(super) fn connections(&self) -> usize {
        self.cells.iter().map(Vec::len).sum()
    }

    /// Connections of a plane, `a(ν, κ)`, with the input's plane and the place in the area.
    pub(super) fn connections_of(&self, plane: usize) -> impl Iterator<Item = (usize, [i32; 2], f32)> {
        let taps = || self.taps.iter();
        let each = (0..self.inputs).flat_map(move |input| taps().map(move |tap| (input, tap)));
        each.zip(&self.cells[plane]).map(|((input, tap), cell)| (input, tap.by, cell * tap.strength))
    }

    /// The strengths `c(ν)` with which the inhibitory cell sees each input's plane and place.
    pub(super) fn inhibition(&self) -> impl Iterator<Item = (usize, [i32; 2], f32)> {
        (0..self.inputs).flat_map(|input| self.taps.iter().map(move |tap| (input, tap.by, tap.strength.powi(2))))
    }

    pub(super) fn inputs_of(&self, below: &CellPlanes) -> CellInputs {
        let cells = below.cells();
        let mut rows = Vec::with_capacity(cells * self.inputs * self.taps.len());
        let mut norms = Vec::with_capacity(cells);
        for cell in 0..cells {
            let [row, column] = below.place(cell);
            let start = rows.len();
            for input in 0..self.inputs {
                let each = self.taps.iter();
                rows.extend(each.map(|tap| tap.strength * below.at(input, [row + tap.by[0], column + tap.by[1]])));
            }
            norms.push(norm(&rows[start..]));
        }
        CellInputs { side: below.side, rows, norms }
    }

    /// What all planes answer with the threshold `θ`, `0 < θ < 1`.
    pub(super) fn answers(&self, inputs: &CellInputs, threshold: f32) -> Result<CellPlanes, LabError> {
        let (cells, planes) = (inputs.norms.len(), self.planes());
        let mut answers = CellPlanes::new(planes, inputs.side);
        if planes == 0 {
            return Ok(answers);
        }
        let length = self.cells[0].len();
        let of = |rows: &[f32], count: usize| Host::from_slice(rows, (count, length), &Device::Cpu);
        let excited = of(&self.cells.concat(), planes)?.matmul(&of(&inputs.rows, cells)?.t()?)?;
        let excited = excited.flatten_all()?.to_vec1::<f32>()?;
        for (at, (answer, excited)) in answers.values.iter_mut().zip(excited).enumerate() {
            let (plane, cell) = (at / cells, at % cells);
            *answer = answer_of(excited, self.norms[plane] * inputs.norms[cell], threshold);
        }
        Ok(answers)
    }

    /// What one plane answers.
    fn answers_of(&self, plane: usize, inputs: &CellInputs, threshold: f32) -> Vec<f32> {
        let dot = |row: &[f32]| row.iter().zip(&self.cells[plane]).map(|(x, a)| x * a).sum::<f32>();
        let each = inputs.norms.iter().enumerate();
        each.map(|(cell, norm)| answer_of(dot(inputs.row(cell)), self.norms[plane] * norm, threshold)).collect()
    }

    /// The plane's seed is this cell: its connections grow by what it gets.
    pub(super) fn reinforce(&mut self, plane: usize, inputs: &CellInputs, seed: usize) {
        self.cells[plane].iter_mut().zip(inputs.row(seed)).for_each(|(a, x)| *a += GAIN * x);
        self.norms[plane] = norm(&self.cells[plane]);
    }

    /// A new plane with this cell as its first seed.
    pub(super) fn add(&mut self, inputs: &CellInputs, seed: usize) {
        self.cells.push(vec![0.0; inputs.row(seed).len()]);
        self.norms.push(0.0);
        self.reinforce(self.planes() - 1, inputs, seed);
    }

    /// Learns from a pattern without being told anything (Fukushima 1980; new planes grow as in Fukushima 2003).
    ///
    /// Cells compete within `reach`, across planes: who answers most is the seed of its plane, one for each plane. Where none answers
    /// although something is there, the strongest input becomes the seed of a new plane, as long as there are fewer than `most`.
    pub(super) fn grow(&mut self, below: &CellPlanes, threshold: f32, reach: i32, most: usize) -> Result<(), LabError> {
        let inputs = self.inputs_of(below);
        let answers = self.answers(&inputs, threshold)?;
        let cells = answers.cells();
        let mut best = vec![(0.0_f32, 0_usize); cells];
        for (at, &answer) in answers.values.iter().enumerate() {
            if answer > best[at % cells].0 {
                best[at % cells] = (answer, at / cells);
            }
        }
        let mut seeds: Vec<Option<usize>> = vec![None; answers.planes];
        for cell in 0..cells {
            let (answer, plane) = best[cell];
            let wins = answer > 0.0 && answers.near(cell, reach).all(|other| best[other].0 <= answer);
            if wins && seeds[plane].is_none_or(|seed| best[seed].0 < answer) {
                seeds[plane] = Some(cell);
            }
        }
        for (plane, seed) in seeds.into_iter().enumerate() {
            if let Some(seed) = seed {
                self.reinforce(plane, &inputs, seed);
            }
        }

        let heard = |answers: &[f32], is_heard: &mut Vec<bool>, of: &CellPlanes| {
            for cell in (0..cells).filter(|&cell| answers[cell] > 0.0) {
                of.near(cell, reach).for_each(|near| is_heard[near] = true);
            }
        };
        let mut is_heard = vec![false; cells];
        for of_plane in answers.values.chunks(cells) {
            heard(of_plane, &mut is_heard, &answers);
        }
        let loudest = inputs.norms.iter().copied().fold(0.0, f32::max);
        while self.planes() < most {
            let is_wanted = |cell: usize| !is_heard[cell] && inputs.norms[cell] > FAINT * loudest;
            let Some(seed) = inputs.strongest(is_wanted) else { break };
            self.add(&inputs, seed);
            heard(&self.answers_of(self.planes() - 1, &inputs, threshold), &mut is_heard, &answers);
            is_heard[seed] = true;
        }
        Ok(())
    }

    /// Learns from a pattern and its class (Fukushima 2003): where the cell that answers most is of a plane of that
    /// class, it is that plane's seed; otherwise a new plane of the class grows from the strongest input among the cells that may
    /// be. Says whether one grew; `classes` has those of all planes.
    pub(super) fn be_told(
        &mut self,
        below: &CellPlanes,
        threshold: f32,
        class: u32,
        classes: &mut Vec<u32>,
        may_be: impl Fn([i32; 2]) -> bool,
    ) -> Result<bool, LabError> {
        let inputs = self.inputs_of(below);
        if let Some((_, plane, cell)) = self.answers(&inputs, threshold)?.strongest()
            && classes[plane] == class
        {
            self.reinforce(plane, &inputs, cell);
            return Ok(false);
        }
        let Some(seed) = inputs.strongest(|cell| may_be(below.place(cell))) else { return Ok(false) };
        self.add(&inputs, seed);
        classes.push(class);
        Ok(true)
    }
}

fn norm(values: &[f32]) -> f32 {
    values.iter().map(|x| x * x).sum::<f32>().sqrt()
}

fn answer_of(excited: f32, inhibited: f32, threshold: f32) -> f32 {
    (threshold / (1.0 - threshold) * ((1.0 + excited) / (1.0 + threshold * inhibited) - 1.0)).max(0.0)
}
