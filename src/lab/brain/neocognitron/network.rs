//! The neocognitron: contrast, then S- and C-cells in turn, three times.

use super::complex::{ComplexLayer, contrast};
use super::planes::CellPlanes;
use super::simple::SimpleLayer;
use crate::lab::LabError;
use std::f32::consts::TAU;

/// Edges of so many orientations, all around: dark to light and light to dark are two.
pub(super) const ORIENTATIONS: usize = 16;
/// A side of the drawing from which an edge is learnt.
const EDGE_SIDE: usize = 21;
/// Thresholds with which edges are recognised, and features; those with which planes are grown are higher, so that there are more of
/// them and several answer to what is between two (two thresholds: Fukushima & Tanigawa 1996).
const EDGES: f32 = 0.55;
const FEATURES: f32 = 0.5;
/// S-cells of the last stage that may be seeds when a plane grows lie so near the middle.
const MIDDLE: i32 = 1;

/// Thresholds and sizes that the person chooses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct NeocognitronPlan {
    /// With which planes of the second stage grow.
    pub(super) growth: f32,
    /// Of the last stage, growing and recognising.
    pub(super) classes: f32,
    /// Of the second stage, at most.
    pub(super) planes: usize,
}

#[derive(Clone)]
pub(super) struct Neocognitron {
    plan: NeocognitronPlan,
    edges: SimpleLayer,
    features: SimpleLayer,
    whole: SimpleLayer,
    pooled: [ComplexLayer; 2],
    /// The class of each plane of the last stage.
    pub(super) classes: Vec<u32>,
}

/// What all cells answer to a picture.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct CellAnswers {
    pub(super) contrast: CellPlanes,
    pub(super) s1: CellPlanes,
    pub(super) c1: CellPlanes,
    pub(super) s2: CellPlanes,
    pub(super) c2: CellPlanes,
    pub(super) s3: CellPlanes,
}

/// A cell that has a part in an answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct CellPart {
    pub(super) plane: usize,
    pub(super) place: [i32; 2],
    /// Of the excitation of the cells above, which together get 1.
    pub(super) share: f32,
}

impl Neocognitron {
    /// With cells for edges, and none yet for anything else.
    ///
    /// The edges are taught as Fukushima (1988, 2003) does it: a straight edge of each orientation is shown once, with the cell in
    /// the middle as the seed.
    ///
    /// # Errors
    /// Those of the tensors.
    pub(super) fn new(plan: NeocognitronPlan) -> Result<Self, LabError> {
        let mut edges = SimpleLayer::new(2, 2);
        for orientation in 0..ORIENTATIONS {
            let inputs = edges.inputs_of(&contrast(&edge(orientation as f32 / ORIENTATIONS as f32 * TAU)));
            edges.add(&inputs, EDGE_SIDE * EDGE_SIDE / 2);
        }
        Ok(Self {
            plan,
            edges,
            features: SimpleLayer::new(2, ORIENTATIONS),
            whole: SimpleLayer::new(3, 0),
            pooled: [ComplexLayer::new(3, 1.8, 2), ComplexLayer::new(3, 1.7, 2)],
            classes: Vec::new(),
        })
    }

    /// Of each stage.
    pub(super) fn planes(&self) -> [usize; 3] {
        [&self.edges, &self.features, &self.whole].map(SimpleLayer::planes)
    }

    /// That were learnt.
    pub(super) fn connections(&self) -> usize {
        [&self.edges, &self.features, &self.whole].map(SimpleLayer::connections).iter().sum()
    }

    fn to_c1(&self, picture: &CellPlanes) -> Result<[CellPlanes; 3], LabError> {
        let contrast = contrast(picture);
        let s1 = self.edges.answers(&self.edges.inputs_of(&contrast), EDGES)?;
        let c1 = self.pooled[0].answers(&s1);
        Ok([contrast, s1, c1])
    }

    fn to_c2(&self, c1: &CellPlanes) -> Result<[CellPlanes; 2], LabError> {
        let s2 = self.features.answers(&self.features.inputs_of(c1), FEATURES)?;
        let c2 = self.pooled[1].answers(&s2);
        Ok([s2, c2])
    }

    /// The second stage learns from a picture; it has to be done with all pictures before the last one begins.
    ///
    /// # Errors
    /// Those of the tensors.
    pub(super) fn grow_features(&mut self, picture: &CellPlanes) -> Result<(), LabError> {
        let [.., c1] = self.to_c1(picture)?;
        self.features.grow(&c1, self.plan.growth, 1, self.plan.planes)?;
        self.whole = SimpleLayer::new(3, self.features.planes());
        self.classes.clear();
        Ok(())
    }

    /// What the last stage gets of a picture.
    ///
    /// # Errors
    /// Those of the tensors.
    pub(super) fn features_of(&self, picture: &CellPlanes) -> Result<CellPlanes, LabError> {
        let [.., c1] = self.to_c1(picture)?;
        let [_, c2] = self.to_c2(&c1)?;
        Ok(c2)
    }

    /// The last stage learns the class of a picture, of which it gets [`Self::features_of`]. Says whether a plane grew.
    ///
    /// # Errors
    /// Those of the tensors.
    pub(super) fn be_told(&mut self, features: &CellPlanes, class: u32) -> Result<bool, LabError> {
        let middle = features.side as i32 / 2;
        let may_be = |place: [i32; 2]| place.iter().all(|at| (at - middle).abs() <= MIDDLE);
        self.whole.be_told(features, self.plan.classes, class, &mut self.classes, may_be)
    }

    /// # Errors
    /// Those of the tensors.
    pub(super) fn answers(&self, picture: &CellPlanes) -> Result<CellAnswers, LabError> {
        let [contrast, s1, c1] = self.to_c1(picture)?;
        let [s2, c2] = self.to_c2(&c1)?;
        let s3 = self.whole.answers(&self.whole.inputs_of(&c2), self.plan.classes)?;
        Ok(CellAnswers { contrast, s1, c1, s2, c2, s3 })
    }

    /// The class whose planes have the cell that answers most; `None` where none answers.
    ///
    /// # Errors
    /// Those of the tensors.
    pub(super) fn class_of(&self, picture: &CellPlanes) -> Result<Option<u32>, LabError> {
        let c2 = self.features_of(picture)?;
        let s3 = self.whole.answers(&self.whole.inputs_of(&c2), self.plan.classes)?;
        Ok(s3.strongest().map(|(_, plane, _)| self.classes[plane]))
    }

    /// From the cell that wins in the last stage back to those of contrast: of each layer below, the `most` cells with the largest
    /// part. In the order S3, C2, S2, C1, S1, contrast; empty where no cell answers.
    pub(super) fn winners(&self, answers: &CellAnswers, most: usize) -> Vec<Vec<CellPart>> {
        let Some((_, plane, cell)) = answers.s3.strongest() else { return Vec::new() };
        let s3 = vec![CellPart { plane, place: answers.s3.place(cell), share: 1.0 }];
        let c2 = excited(&self.whole, &s3, &answers.c2, most);
        let s2 = gathered(&self.pooled[1], &c2, &answers.s2, most);
        let c1 = excited(&self.features, &s2, &answers.c1, most);
        let s1 = gathered(&self.pooled[0], &c1, &answers.s1, most);
        let contrast = excited(&self.edges, &s1, &answers.contrast, most);
        vec![s3, c2, s2, c1, s1, contrast]
    }

    /// What the planes of each stage have learnt, drawn by their connections down to contrast: bright above 0, dark below.
    pub(super) fn drawings(&self) -> [Vec<CellPlanes>; 3] {
        let (s1, s2) = (self.edge_drawings(), self.feature_drawings());
        let s3 = drawn(&self.whole, &s2, 4);
        [s1, s2, s3]
    }

    fn edge_drawings(&self) -> Vec<CellPlanes> {
        // Of contrast a place of one pixel, brighter or darker.
        drawn(&self.edges, &[1.0, -1.0].map(|value| CellPlanes { planes: 1, side: 1, values: vec![value] }), 1)
    }

    /// Those of the second stage.
    pub(super) fn feature_drawings(&self) -> Vec<CellPlanes> {
        drawn(&self.features, &self.edge_drawings(), 2)
    }
}

/// Each plane by drawings of its inputs, which lie `step` pixels apart.
fn drawn(layer: &SimpleLayer, inputs: &[CellPlanes], step: i32) -> Vec<CellPlanes> {
    let of = |plane: usize| {
        let Some(inner) = inputs.first().map(|input| input.side as i32) else { return CellPlanes::new(1, 1) };
        let reach = layer.connections_of(plane).map(|(_, by, _)| by[0].abs()).max().unwrap_or(0) * step;
        let mut picture = CellPlanes::new(1, (2 * reach + inner) as usize);
        let whole: f32 = layer.connections_of(plane).map(|(.., a)| a).sum();
        for (input, by, a) in layer.connections_of(plane).filter(|(.., a)| *a > 0.0) {
            let [top, left] = by.map(|by| reach + step * by);
            for row in 0..inner {
                let (to, from) = (((top + row) * picture.side as i32 + left) as usize, (row * inner) as usize);
                let inner = inner as usize;
                let onto = picture.values[to..to + inner].iter_mut();
                onto.zip(&inputs[input].values[from..from + inner]).for_each(|(onto, x)| *onto += a / whole * x);
            }
        }
        picture
    };
    (0..layer.planes()).map(of).collect()
}

/// The parts of C-cells, or of those of contrast, in what S-cells get.
fn excited(layer: &SimpleLayer, of: &[CellPart], below: &CellPlanes, most: usize) -> Vec<CellPart> {
    let parts = of.iter().map(|part| {
        let each = layer.connections_of(part.plane).map(|(plane, by, a)| {
            let place = [part.place[0] + by[0], part.place[1] + by[1]];
            (plane, place, a * below.at(plane, place))
        });
        (part.share, each.collect())
    });
    largest(parts, most)
}

/// The parts of S-cells in what C-cells get.
fn gathered(layer: &ComplexLayer, of: &[CellPart], below: &CellPlanes, most: usize) -> Vec<CellPart> {
    let parts = of.iter().map(|part| {
        let sources = layer.sources(below, part.plane, part.place).into_iter();
        (part.share, sources.map(|(place, x)| (part.plane, place, x)).collect())
    });
    largest(parts, most)
}

type Sources = Vec<(usize, [i32; 2], f32)>;

fn largest(parts: impl Iterator<Item = (f32, Sources)>, most: usize) -> Vec<CellPart> {
    let mut found: Vec<CellPart> = Vec::new();
    for (share, sources) in parts {
        let whole: f32 = sources.iter().map(|(.., x)| x).sum();
        for (plane, place, x) in sources.into_iter().filter(|(.., x)| *x > 0.0) {
            let share = share * x / whole;
            match found.iter_mut().find(|part| part.plane == plane && part.place == place) {
                Some(part) => part.share += share,
                None => found.push(CellPart { plane, place, share }),
            }
        }
    }
    found.sort_by(|a, b| b.share.total_cmp(&a.share));
    found.truncate(most);
    found
}

/// A straight edge through the middle; light towards this angle, in radians.
fn edge(angle: f32) -> CellPlanes {
    let mut picture = CellPlanes::new(1, EDGE_SIDE);
    let middle = EDGE_SIDE as i32 / 2;
    for cell in 0..picture.cells() {
        let [row, column] = picture.place(cell).map(|at| (at - middle) as f32);
        picture.values[cell] = (0.5 + column * angle.cos() + row * angle.sin()).clamp(0.0, 1.0);
    }
    picture
}
