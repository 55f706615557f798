//! Belief nets small enough to be summed: the bound, what a second layer adds to it, and what stays as it is.

use super::facts::first_layer;
use super::net::BeliefNet;
use crate::lab::dice::Dice;
use crate::lab::represent::{BinaryExamples, BoltzmannLearner, BoltzmannModel, PartitionSum, Units, bars_and_stripes};
use crate::protocol::BoltzmannTrain;

fn mean(pictures: &[Vec<u8>], of: impl Fn(&Vec<u8>) -> f64) -> f64 {
    pictures.iter().map(of).sum::<f64>() / pictures.len() as f64
}

/// Hinton, Osindero & Teh 2006, section 4: untied, the second layer can only raise the bound, and what is likelier than the bound says stays so.
#[test]
fn a_second_layer_that_learns_raises_the_bound() {
    let pictures = bars_and_stripes(3);
    let first = first_layer().unwrap();
    let log_z = PartitionSum::log_partition(&first).unwrap();
    let alone = mean(&pictures, |picture| first.minus_free_energy(picture) - log_z);
    let tied = BeliefNet { layers: vec![first.clone(), first.transposed()] };
    // What the first layer makes of the pictures, each often enough that chance is little.
    let mut dice = Dice::new(5);
    let drawn: Vec<Vec<u8>> = (0..1000).map(|at| tied.up(&pictures[at % pictures.len()], 1, &mut dice)).collect();
    let read = BinaryExamples::rows(drawn);
    let setup = BoltzmannTrain { hidden: 9, rate: 0.05, momentum: 0.5, batch: 1000, ..BoltzmannTrain::default() };
    let mut learner = BoltzmannLearner::new(&setup, &read).unwrap();
    learner.model.params_mut().copy_from_slice(first.transposed().params());
    let mut bounds = Vec::new();
    for step in 0..=400 {
        if step % 100 == 0 {
            let second = learner.model.as_restricted().unwrap().clone();
            let net = BeliefNet { layers: vec![first.clone(), second] };
            let [bound, likely] = [
                mean(&pictures, |picture| net.bound(picture).unwrap()),
                mean(&pictures, |picture| net.log_likelihood(picture).unwrap()),
            ];
            println!("{step} steps: bound {bound:.4}, ln p {likely:.4}; the first layer alone {alone:.4}");
            assert!(likely >= bound - 1e-12);
            assert_eq!(net.layers[0], first);
            bounds.push(bound);
        }
        learner.advance(&read);
    }
    assert!((bounds[0] - alone).abs() < 1e-9, "{} {alone}", bounds[0]);
    assert!(bounds[1..].iter().all(|bound| *bound > bounds[0] + 1e-3), "{bounds:?}");
}

#[test]
fn a_net_says_of_all_pictures_together_one() {
    let first = first_layer().unwrap();
    let second = crate::lab::represent::RestrictedMachine::new(6, 4, 9);
    let net = BeliefNet { layers: vec![first, second] };
    let all = (0..1 << 9).map(|code: usize| (0..9).map(|at| (code >> at & 1) as u8).collect::<Vec<u8>>());
    let total: f64 = all.map(|picture| net.log_likelihood(&picture).unwrap().exp()).sum();
    assert!((total - 1.0).abs() < 1e-9, "{total}");
}

/// What comes down has the distribution that the net says: of nine pixels each alone, by enumeration.
#[test]
fn pictures_come_down_as_often_as_the_net_says() {
    let first = first_layer().unwrap();
    let net = BeliefNet { layers: vec![first.clone(), first.transposed()] };
    let all: Vec<(Vec<u8>, f64)> = (0..1 << 9)
        .map(|code: usize| (0..9).map(|at| (code >> at & 1) as u8).collect::<Vec<u8>>())
        .map(|picture| (picture.clone(), net.log_likelihood(&picture).unwrap().exp()))
        .collect();
    let expected: Vec<f64> =
        (0..9).map(|at| all.iter().map(|(picture, chance)| f64::from(picture[at]) * chance).sum()).collect();
    let (top, mut dice, mut sums) = (&net.layers[1], Dice::new(3), [0.0; 9]);
    let mut state = Units::tossed(top, &mut dice);
    const DRAWN: u32 = 20_000;
    for _ in 0..DRAWN {
        top.sweep(&mut state, 1.0, &[], &mut dice);
        net.down(&state, &mut dice).iter().zip(&mut sums).for_each(|(chance, sum)| *sum += chance);
    }
    for (sum, expected) in sums.iter().zip(&expected) {
        let found = sum / f64::from(DRAWN);
        assert!((found - expected).abs() < 0.03, "{found} {expected}");
    }
}
