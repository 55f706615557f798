//! How we know: the regions of this very slice beside the network as everybody else asks it.

use super::{SliceRegion, Slicer, TESTED, Window, middle};
use crate::lab::LabError;
use crate::lab::depth::regions::{area, envelope, value};
use crate::protocol::{Finding, SliceFact, SliceMap};

/// Of single precision through a network of many layers, over the largest logit.
const LIMIT: f64 = 1e-4;
/// Edges of class boundaries that are asked about.
const EDGES: usize = 24;

impl Slicer<'_> {
    pub(super) async fn checks(
        &mut self,
        window: Window,
        regions: &[SliceRegion],
        map: &SliceMap,
    ) -> Result<Vec<Finding<SliceFact>>, LabError> {
        let whole: f64 = regions.iter().map(|region| area(&region.polygon)).sum::<f64>() / 4.0;
        // The largest ones: in the smallest a point within is as near to a line as rounding is.
        let mut largest: Vec<&SliceRegion> = regions.iter().collect();
        largest.sort_by(|one, other| area(&other.polygon).total_cmp(&area(&one.polygon)));
        largest.truncate(TESTED);
        let points: Vec<[f64; 2]> = largest.iter().map(|region| middle(&region.polygon)).collect();
        let places: Vec<[f64; 2]> = points.iter().map(|point| window.place(*point)).collect();

        let mut off = 0.0_f64;
        for ((region, point), logits) in largest.iter().zip(&points).zip(self.logits(&places).await?) {
            let scale = logits.iter().fold(f32::MIN_POSITIVE, |most, logit| most.max(logit.abs()));
            for (map, logit) in region.logits.iter().zip(&logits) {
                off = off.max((value(*map, *point) - f64::from(*logit)).abs() / f64::from(scale));
            }
        }
        let mut others = 0;
        for (regions, places) in largest.chunks(self.stages.at_once(1)).zip(places.chunks(self.stages.at_once(1))) {
            let found = self.patterns(places).await?;
            others += regions.iter().zip(found).filter(|(region, (_, pattern))| region.pattern != *pattern).count();
        }
        let mut findings = vec![
            (SliceFact::Areas, 0.0, whole - 1.0, 1e-9),
            (SliceFact::Affine, 0.0, off, LIMIT),
            // A middle may lie on a line that rounding moves.
            (SliceFact::Pattern, 0.0, others as f64, (TESTED / 16) as f64),
        ];
        let edges: Vec<[f64; 2]> = regions.iter().flat_map(boundary).take(EDGES).collect();
        if !edges.is_empty() {
            let places: Vec<[f64; 2]> = edges.iter().map(|edge| window.place(*edge)).collect();
            let apart = self.logits(&places).await?.into_iter().map(|mut logits| {
                logits.sort_by(|one, other| other.total_cmp(one));
                let scale = logits.iter().fold(f32::MIN_POSITIVE, |most, logit| most.max(logit.abs()));
                f64::from((logits[0] - logits[1]) / scale)
            });
            findings.push((SliceFact::Boundary, 0.0, apart.fold(0.0, f64::max), LIMIT));
        }
        let backend = map.backend.kind;
        let finding = |(fact, expected, measured, limit)| Finding { fact, backend, expected, measured, limit };
        Ok(findings.into_iter().map(finding).collect())
    }
}

/// The middles of those edges within a region at which two classes meet.
fn boundary(region: &SliceRegion) -> Vec<[f64; 2]> {
    let parts = envelope(&region.polygon, &region.logits);
    let Some((class, part)) = parts.first().filter(|_| parts.len() > 1) else { return Vec::new() };
    let edges = part.iter().zip(part.iter().cycle().skip(1));
    let middles = edges.map(|(from, to)| [0, 1].map(|axis| (from[axis] + to[axis]) / 2.0));
    let meets = |point: &[f64; 2]| {
        let own = value(region.logits[*class], *point);
        let is_near = |(other, _): &(usize, _)| {
            let gap = own - value(region.logits[*other], *point);
            other != class && gap.abs() < 1e-9 * own.abs().max(1.0)
        };
        parts.iter().any(is_near)
    };
    middles.filter(meets).collect()
}
