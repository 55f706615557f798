//! What a training and those who look at it share: the pictures that are looked at, principal components, and the last state.

use super::examples::{bytes_of, check_pictures, looked_at, rows_of};
use super::network::AutoencoderShape;
use crate::data::dataset::Dataset;
use crate::graph::Host;
use crate::lab::LabError;
use crate::lab::eigen::symmetric;
use crate::lab::pca::{ComponentFinder, PrincipalComponents};
use crate::protocol::{AutoencoderTrain, CodeBoard};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

/// Weights after a step.
pub(super) struct CodeState {
    pub(super) step: u32,
    pub(super) values: BTreeMap<String, Host>,
}

pub(super) struct CodeShared {
    pub(super) shape: AutoencoderShape,
    pub(super) data: Rc<Dataset>,
    range: Range<usize>,
    finder: RefCell<Option<ComponentFinder>>,
    components: RefCell<Option<Rc<PrincipalComponents>>>,
    components_error: Cell<Option<f64>>,
    board: RefCell<Option<CodeBoard>>,
    is_told: Cell<bool>,
    pub(super) state: RefCell<Option<Rc<CodeState>>>,
}

impl CodeShared {
    pub(super) fn new(setup: &AutoencoderTrain, data: &Rc<Dataset>) -> Result<Self, LabError> {
        check_pictures(data)?;
        Ok(Self {
            shape: AutoencoderShape::of(setup, data.shape)?,
            range: looked_at(data),
            data: data.clone(),
            finder: RefCell::default(),
            components: RefCell::default(),
            components_error: Cell::default(),
            board: RefCell::default(),
            is_told: Cell::default(),
            state: RefCell::default(),
        })
    }

    pub(super) fn looked_at(&self) -> Range<usize> {
        self.range.clone()
    }

    /// A turn nearer to the components, if they are not known; whether they are.
    pub(super) fn look_for_components(&self) -> Result<bool, LabError> {
        if self.components.borrow().is_some() {
            return Ok(true);
        }
        let mut finder = self.finder.borrow_mut();
        match finder.as_mut() {
            None => {
                *finder = Some(ComponentFinder::new(rows_of(&self.data), self.shape.numbers(), self.shape.code)?);
            }
            Some(under_way) => {
                if under_way.turn()? {
                    let found = under_way.found()?;
                    self.components_error.set(Some(found.error(self.rows().chunks_exact(self.shape.numbers()))));
                    self.components.replace(Some(Rc::new(found)));
                    *finder = None;
                }
            }
        }
        Ok(self.components.borrow().is_some())
    }

    /// What was looked at last, where that was not told yet.
    pub(super) fn news(&self) -> Option<CodeBoard> {
        if self.is_told.replace(true) { None } else { self.board.borrow().clone() }
    }

    pub(super) fn last_board(&self) -> Option<CodeBoard> {
        self.board.borrow().clone()
    }

    pub(super) fn components(&self) -> Option<Rc<PrincipalComponents>> {
        self.components.borrow().clone()
    }

    pub(super) fn components_error(&self) -> Option<f64> {
        self.components_error.get()
    }

    /// Of the pictures that are looked at, in 0…1.
    fn rows(&self) -> Vec<f32> {
        bytes_of(&self.data, self.range.clone()).iter().map(|&byte| f32::from(byte) / 255.0).collect()
    }

    /// Takes what the network made of the pictures, and its weights; gives the error, and of a linear network the angle.
    pub(super) fn looked(
        &self,
        step: u32,
        codes: &[Vec<f32>],
        again: &[f32],
        values: BTreeMap<String, Host>,
    ) -> Result<Vec<f64>, LabError> {
        let numbers = self.shape.numbers();
        let off = mean_square(&self.rows(), again);
        let plane = plane_of(codes)?;
        let shown = CodeBoard::SHOWN.min(codes.len());
        let byte = |&value: &f32| (255.0 * value.clamp(0.0, 1.0)).round() as u8;
        let board = CodeBoard {
            step,
            places: codes.iter().map(|code| place_in(&plane, code)).collect(),
            plane,
            codes: codes[..shown].to_vec(),
            again: again[..shown * numbers].iter().map(byte).collect::<Vec<u8>>().into(),
        };
        let mut measured = vec![off];
        if self.shape.is_linear() {
            measured.extend(self.angle(&values)?);
        }
        self.board.replace(Some(board));
        self.is_told.set(false);
        self.state.replace(Some(Rc::new(CodeState { step, values })));
        Ok(measured)
    }

    /// Between the space that a linear network's pictures lie in and that of the components, in degrees.
    pub(super) fn angle(&self, values: &BTreeMap<String, Host>) -> Result<Option<f64>, LabError> {
        let components = self.components.borrow();
        let (Some(components), Some(weight)) = (components.as_ref(), values.get("decoder.picture.weight")) else {
            return Ok(None);
        };
        let columns = weight.t()?.contiguous()?.flatten_all()?.to_vec1::<f32>()?;
        components.angle_to(&columns.into_iter().map(f64::from).collect::<Vec<_>>()).map(Some)
    }
}

pub(super) fn mean_square(one: &[f32], other: &[f32]) -> f64 {
    let squares = one.iter().zip(other).map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2));
    squares.sum::<f64>() / one.len().max(1) as f64
}

/// The middle and two axes: of two numbers the numbers themselves, of more the directions in which codes vary most, whose largest number
/// is positive; of one, a line.
fn plane_of(codes: &[Vec<f32>]) -> Result<[Vec<f32>; 3], LabError> {
    let count = codes.first().map_or(0, Vec::len);
    if count <= 2 {
        let unit = |axis: usize| (0..count).map(|at| if at == axis { 1.0 } else { 0.0 }).collect();
        return Ok([vec![0.0; count], unit(0), unit(1)]);
    }
    let rows = codes.len().max(1) as f64;
    let mean: Vec<f64> =
        (0..count).map(|at| codes.iter().map(|code| f64::from(code[at])).sum::<f64>() / rows).collect();
    let mut covariance = vec![0.0; count * count];
    for code in codes {
        let off: Vec<f64> = code.iter().zip(&mean).map(|(&x, mean)| f64::from(x) - mean).collect();
        for (one, a) in off.iter().enumerate() {
            off.iter().enumerate().for_each(|(other, b)| covariance[one * count + other] += a * b);
        }
    }
    let vectors = symmetric(covariance, count)?.vectors;
    let axis = |at: usize| {
        let axis = &vectors[at * count..(at + 1) * count];
        let largest = axis.iter().copied().fold(0.0_f64, |most, x| if x.abs() > most.abs() { x } else { most });
        axis.iter().map(|x| (x * largest.signum()) as f32).collect::<Vec<_>>()
    };
    Ok([mean.iter().map(|&mean| mean as f32).collect(), axis(0), axis(1)])
}

fn place_in([middle, across, up]: &[Vec<f32>; 3], code: &[f32]) -> [f32; 2] {
    let along = |axis: &[f32]| code.iter().zip(middle).zip(axis).map(|((x, middle), axis)| (x - middle) * axis).sum();
    [along(across), along(up)]
}
