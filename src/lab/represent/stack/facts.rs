//! What must hold of any deep belief net.

use super::net::BeliefNet;
use crate::lab::LabError;
use crate::lab::represent::{
    BinaryExamples, BoltzmannLearner, BoltzmannModel, PartitionSum, RestrictedMachine, bars_and_stripes,
};
use crate::protocol::{BoltzmannTrain, RepresentFact};

/// A small machine that has learnt a little: its posterior is no coin toss.
pub(super) fn first_layer() -> Result<RestrictedMachine, LabError> {
    let setup = BoltzmannTrain { hidden: 6, steps: 150, ..BoltzmannTrain::default() };
    let examples = BinaryExamples::bars(3);
    let mut learner = BoltzmannLearner::new(&setup, &examples)?;
    (0..setup.steps).for_each(|_| learner.advance(&examples));
    learner.model.as_restricted().cloned().ok_or_else(|| bad_setup!("the machine is not a restricted one"))
}

/// Fact, expected, measured, limit. With the first machine turned over as the second layer, the net is that machine, and its bound is
/// no bound but the log-likelihood itself: of each picture, the largest difference.
pub(in crate::lab) fn stack_facts() -> Result<Vec<(RepresentFact, f64, f64, f64)>, LabError> {
    let first = first_layer()?;
    let log_z = PartitionSum::log_partition(&first).unwrap_or(f64::NAN);
    let net = BeliefNet { layers: vec![first.clone(), first.transposed()] };
    let off = |picture: Vec<u8>| {
        let bound = net.bound(&picture).unwrap_or(f64::NAN);
        (bound - (first.minus_free_energy(&picture) - log_z)).abs()
    };
    let most = bars_and_stripes(3)
        .into_iter()
        .map(off)
        .fold(0.0, |most: f64, off| if off > most || off.is_nan() { off } else { most });
    Ok(vec![(RepresentFact::Bound, 0.0, most, 1e-9)])
}
