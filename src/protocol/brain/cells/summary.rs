//! A layer's units together, and what was published of neurons of the primary visual cortex.

use super::{CellUnit, CellsFound, UnitTuning};

/// Median full width at half height of the orientation tuning of macaques' neurons, in degrees: near 40 (De Valois, Yund & Hepler, "The
/// orientation and direction selectivity of cells in macaque visual cortex", Vision Research 22, 1982).
pub const V1_WIDTH: f64 = 40.0;
/// Mean full width of the tuning for spatial frequency of macaques' neurons, in octaves: 1.4 in the foveal representation, 1.8 beside it
/// (Foster, Gaska, Nagler & Pollen, "Spatial and temporal frequency selectivity of neurones in visual cortical areas V1 and V2 of the
/// macaque monkey", Journal of Physiology 365, 1985).
pub const V1_OCTAVES: [f64; 2] = [1.4, 1.8];

/// Medians are of the units that have the figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CellSummary {
    pub units: usize,
    pub silent: usize,
    pub simple: usize,
    pub complex: usize,
    pub selectivity: Option<f64>,
    /// In degrees, and how many units have no width: their tuning never falls to half.
    pub width: Option<f64>,
    pub broad: usize,
    pub octaves: Option<f64>,
    /// Of the Gabor functions nearest to the fields.
    pub explained: Option<f64>,
}

impl CellsFound {
    pub fn tuned(&self) -> impl Iterator<Item = (&CellUnit, &UnitTuning)> {
        self.units.iter().filter_map(|unit| Some((unit, unit.tuning.as_ref()?)))
    }

    pub fn summary(&self) -> CellSummary {
        let of = |figure: fn(&UnitTuning) -> Option<f64>| {
            middle(self.tuned().filter_map(|(_, tuning)| figure(tuning)).collect())
        };
        let simple = self.tuned().filter(|(_, tuning)| tuning.is_simple()).count();
        let tuned = self.tuned().count();
        let fits = self.units.iter().filter_map(|unit| unit.field.as_ref()?.gabor.as_ref());
        CellSummary {
            units: self.units.len(),
            silent: self.units.len() - tuned,
            simple,
            complex: tuned - simple,
            selectivity: of(|tuning| Some(tuning.selectivity)),
            width: of(|tuning| tuning.width),
            broad: self.tuned().filter(|(_, tuning)| tuning.width.is_none()).count(),
            octaves: of(|tuning| tuning.octaves),
            explained: middle(fits.map(|fit| fit.explained).collect()),
        }
    }
}

/// The median.
fn middle(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    let above = *values.get(half)?;
    Some(if values.len() % 2 == 1 { above } else { (above + values[half - 1]) / 2.0 })
}
