//! Simple and complex cells: gratings, bars and noise are shown to the units of a layer, as Hubel and Wiesel (1959, 1962) and those after
//! them showed them to neurons.
//!
//! Places are in pixels from the middle of what a unit sees, `x` to the right and `y` upwards; orientations are in degrees, those of the
//! stripes, counter-clockwise from the horizontal.

mod summary;

pub use summary::{CellSummary, V1_OCTAVES, V1_WIDTH};

use crate::protocol::{BackendChoice, BackendUsed, Content, Finding, Interval, LayerGrid};
use serde::{Deserialize, Serialize};
use std::f64::consts::TAU;

choices! {
    /// How much of the picture a grating fills.
    pub enum GratingWindow {
        /// All of it.
        Full,
        /// A disc as wide as what a unit sees; grey around it.
        Disc,
    }
}

settings! {
    /// Show gratings, bars and noise to the middle unit of each channel of a layer.
    pub struct CellTask {
        pub network: String = String::new(),
        /// Path of the layer; the first one whose units see 7 × 7 pixels or more where not given.
        pub layer: Option<String> = None,
        /// Evenly over half a turn, from 0 degrees on.
        pub orientations: u32 = 12,
        /// At equal ratios from the lowest to the highest.
        pub frequencies: u32 = 8,
        /// Evenly over a turn.
        pub phases: u32 = 12,
        /// In cycles per pixel; half a cycle over what a unit sees where not given.
        pub lowest: Option<f64> = None,
        pub highest: f64 = 0.45,
        /// Of the gratings: 1 reaches from black to white.
        pub contrast: f64 = 0.8,
        pub window: GratingWindow = GratingWindow::Full,
        /// Pictures of noise, from which receptive fields are found by reverse correlation.
        pub noise: u32 = 2000,
        pub seed: u32 = 1,
        pub backend: BackendChoice = BackendChoice::Auto,
    }
}

impl CellTask {
    pub const ORIENTATIONS: Interval = Interval::whole(4, 36);
    pub const FREQUENCIES: Interval = Interval::whole(3, 24);
    pub const PHASES: Interval = Interval::whole(4, 32);
    pub const FREQUENCY: Interval = Interval::real(0.001, 0.5);
    pub const CONTRAST: Interval = Interval::real(0.01, 1.0);
    pub const NOISE: Interval = Interval::whole(0, 100_000);
    /// Channels of a layer that are asked; of more, so many evenly.
    pub const MOST_UNITS: usize = 256;
    /// Places of a bar across what a unit sees.
    pub const BAR_PLACES: usize = 9;
}

/// `cos(2π f u + φ)` with `u` across the stripes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grating {
    pub orientation: f64,
    /// In cycles per pixel.
    pub frequency: f64,
    /// In degrees; 0 has the middle of a bright stripe in the middle.
    pub phase: f64,
}

impl Grating {
    /// From -1 to 1.
    pub fn at(&self, x: f64, y: f64) -> f64 {
        let [across, _] = across_and_along(self.orientation, x, y);
        (TAU * self.frequency * across + self.phase.to_radians()).cos()
    }
}

/// Across the stripes of this orientation, and along them.
pub fn across_and_along(orientation: f64, x: f64, y: f64) -> [f64; 2] {
    let (sine, cosine) = orientation.to_radians().sin_cos();
    [y * cosine - x * sine, x * cosine + y * sine]
}

/// The middles of so many pixels in rows, from the upper left one on.
pub fn field_places(height: usize, width: usize) -> impl Iterator<Item = [f64; 2]> {
    let middle = |count: usize| (count as f64 - 1.0) / 2.0;
    let (across, down) = (middle(width), middle(height));
    (0..height).flat_map(move |row| (0..width).map(move |column| [column as f64 - across, down - row as f64]))
}

/// A Gabor function, `A exp(-u² / 2σ_u² - v² / 2σ_v²) cos(2π f u + φ)`, with `u` across the stripes and `v` along them (Daugman 1985; Jones &
/// Palmer 1987), fitted to a field.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GaborFit {
    pub x: f64,
    pub y: f64,
    /// Standard deviations in pixels, across the stripes and along them.
    pub across: f64,
    pub along: f64,
    pub amplitude: f64,
    /// Its phase is that in the middle of the Gabor function.
    pub carrier: Grating,
    /// The share of the field's energy, its sum of squares, that it has.
    pub explained: f64,
}

impl GaborFit {
    pub fn at(&self, x: f64, y: f64) -> f64 {
        let (x, y) = (x - self.x, y - self.y);
        let [u, v] = across_and_along(self.carrier.orientation, x, y);
        let envelope = (-0.5 * ((u / self.across).powi(2) + (v / self.along).powi(2))).exp();
        self.amplitude * envelope * self.carrier.at(x, y)
    }

    /// `[n_x, n_y]`, the envelope in cycles of the carrier: `[σ_u f, σ_v f]` (Ringach 2002).
    pub fn shape(&self) -> [f64; 2] {
        [self.across * self.carrier.frequency, self.along * self.carrier.frequency]
    }
}

/// How a unit answers to gratings. Answers are those above the answer to grey; what is below counts as none, as a neuron cannot fire
/// less than never. A curve is of the first harmonic over the phases where that exceeds the mean, else of the mean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnitTuning {
    /// The one that it answers to the most: orientation and frequency between those that were shown, by the logarithms of three answers.
    pub best: Grating,
    /// Places of the grating that was answered the most among those shown.
    pub shown: [u32; 2],
    /// The mean over the phases, and the amplitude of the first harmonic.
    pub mean: f64,
    pub harmonic: f64,
    /// `|Σ r exp(2iθ)| / Σ r`, which is 1 less the circular variance (Mardia 1972; Ringach et al. 2002).
    pub selectivity: f64,
    /// `(best - orthogonal) / (best + orthogonal)`; none where the orthogonal orientation was not shown.
    pub index: Option<f64>,
    /// Full width at half height in degrees, and in octaves; none where a side does not fall that far.
    pub width: Option<f64>,
    pub octaves: Option<f64>,
    pub by_orientation: Vec<f32>,
    pub by_frequency: Vec<f32>,
    /// To the best of those shown, as they are: less the answer to grey, below zero too.
    pub by_phase: Vec<f32>,
}

impl UnitTuning {
    /// F1 / F0 (De Valois, Albrecht & Thorell 1982; Skottun et al. 1991): above 1 simple, below it complex.
    pub fn modulation(&self) -> f64 {
        self.harmonic / self.mean
    }

    pub fn is_simple(&self) -> bool {
        self.modulation() > 1.0
    }
}

/// How a unit answers to bars.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BarTuning {
    /// The largest answer above grey over all places of a light or dark bar, by orientation.
    pub by_orientation: Vec<f32>,
    /// Less the answer to grey, place by place across the best orientation: to light bars, and to dark ones.
    pub light: Vec<f32>,
    pub dark: Vec<f32>,
    /// The correlation of the two: -1 of a linear unit, 1 of one that answers to both alike.
    pub overlap: f64,
}

/// What a unit sees: the derivative of its answer by the lightness of each pixel, from black to white, row by row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnitField {
    /// At the grating that it answers to the most; of a linear unit it is the same everywhere.
    pub slope: Vec<f32>,
    /// The same by reverse correlation of noise; empty without noise.
    pub noise: Vec<f32>,
    /// The cosine between the two.
    pub agreement: Option<f64>,
    /// The largest difference of the derivative at that grating and at noise, over its largest value: 0 of a linear unit.
    pub bend: f64,
    /// The share of the derivative's energy that is colour: what is left where all channels change alike.
    pub colour: f64,
    /// None of a field of fewer than 5 × 5 pixels: a Gabor function has 8 numbers.
    pub gabor: Option<GaborFit>,
    pub noise_gabor: Option<GaborFit>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CellUnit {
    pub channel: u32,
    /// Its answer to grey.
    pub grey: f32,
    /// Its largest answer to a grating above that.
    pub largest: f32,
    /// None of a silent unit: its largest answer is below a thousandth of that of the layer.
    pub tuning: Option<UnitTuning>,
    pub bars: Option<BarTuning>,
    pub field: Option<UnitField>,
}

/// A layer's units so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CellsFound {
    pub layer: String,
    /// Channels, height, width.
    pub shape: [usize; 3],
    /// The layers that can be asked, from the first on.
    pub layers: Vec<LayerGrid>,
    /// Channels, height and width of what the network reads.
    pub input: [usize; 3],
    /// Height and width in pixels of what the middle unit sees of it.
    pub sees: [u32; 2],
    /// Of the fields: large ones are averaged over squares of so many pixels a side.
    pub rows: u32,
    pub columns: u32,
    pub square: u32,
    pub orientations: Vec<f32>,
    /// In cycles per pixel.
    pub frequencies: Vec<f32>,
    pub phases: Vec<f32>,
    pub units: Vec<CellUnit>,
    /// Pictures that were shown.
    pub shown: u32,
    pub noise: u32,
    /// What must hold of the linear units; when all is done, and where there are any.
    pub findings: Vec<Finding<FieldFact>>,
    pub elapsed_ms: f64,
    pub backend: BackendUsed,
}

impl Content for CellsFound {}

facts! {
    /// What is held of a layer, measured on this very one.
    pub enum FieldFact {
        /// By reverse correlation, the part of a linear unit's field that is wrong, squared, over what chance makes of so many pictures of
        /// noise: 1 in the mean over the units.
        Agreement = "brain-cells-agreement",
    }
}
