//! What must hold of any autoencoder, measured on small ones.

use super::model::AutoencoderModel;
use super::network::AutoencoderShape;
use super::shared::CodeState;
use super::task::AutoencoderTrainer;
use super::unseen::area_under_curve;
use crate::data::dataset::{Dataset, Examples, Split};
use crate::graph::Host as HostTensor;
use crate::lab::device::Device;
use crate::lab::dice::Dice;
use crate::lab::{LabError, Monitor};
use crate::nn::init;
use crate::protocol::{AutoencoderTrain, CodeNetwork, CodeRule, RepresentFact};
use std::rc::Rc;

/// Fact, expected, measured, limit.
type Measured = (RepresentFact, f64, f64, f64);

/// Pictures of 6 × 6 that vary along two directions more than along others.
const SIDE: usize = 6;
const PICTURES: usize = 400;
const STEPS: u32 = 500;

pub(in crate::lab) async fn autoencoder_facts(watch: &impl Monitor) -> Result<Vec<Measured>, LabError> {
    let (angle, ratio) = linear(watch).await?;
    let mut found = vec![(RepresentFact::Components, 0.0, angle, 1.0), (RepresentFact::Projection, 1.0, ratio, 0.05)];
    found.push((RepresentFact::Contraction, 1.0, contraction().await?, 1e-2));
    // Of normal numbers whose means are one deviation apart: Φ(1/√2).
    let mut dice = Dice::new(7);
    let own: Vec<f64> = (0..4000).map(|_| f64::from(dice.normal())).collect();
    let other: Vec<f64> = (0..4000).map(|_| 1.0 + f64::from(dice.normal())).collect();
    found.push((RepresentFact::Area, 0.760_25, area_under_curve(&own, &other), 0.015));
    Ok(found)
}

fn planes() -> Result<Rc<Dataset>, LabError> {
    let mut dice = Dice::new(3);
    let numbers = SIDE * SIDE;
    let direction = |at: usize, k: usize| ((at * (k + 1)) as f32 * 0.7 + k as f32).sin();
    let mut bytes = Vec::with_capacity(PICTURES * numbers);
    for _ in 0..PICTURES {
        let along = [60.0 * dice.normal(), 40.0 * dice.normal(), 14.0 * dice.normal()];
        for at in 0..numbers {
            let value: f32 = along.iter().enumerate().map(|(k, along)| along * direction(at, k)).sum();
            bytes.push((128.0 + 0.5 * value + 4.0 * dice.normal()).clamp(0.0, 255.0).round() as u8);
        }
    }
    let labels = (0..PICTURES as u32).map(|at| at % 2).collect();
    let split = Split { train: 0..PICTURES - 50, validation: PICTURES - 50..PICTURES, test: PICTURES..PICTURES };
    let classes = vec!["a".to_owned(), "b".to_owned()];
    Ok(Rc::new(Dataset::new("planes", [1, SIDE, SIDE], classes, Examples::Bytes(bytes), labels, split)?))
}

/// The angle to the components in degrees, and the error over theirs, of a linear autoencoder that has learnt.
async fn linear(watch: &impl Monitor) -> Result<(f64, f64), LabError> {
    let data = planes()?;
    let usual = AutoencoderTrain::default().with_network(CodeNetwork::Linear);
    let setup = AutoencoderTrain { steps: STEPS, ..usual };
    let mut trainer = AutoencoderTrainer::start(&setup, &data, &Device::Cpu).await?;
    while trainer.step() < STEPS {
        trainer.learn().await?;
        if trainer.step().is_multiple_of(25) {
            trainer.losses().await?;
            watch.rest().await?;
        }
    }
    let errors = trainer.errors(crate::data::dataset::Part::Train).await?;
    let angle = trainer.angle().await?.unwrap_or(f64::NAN);
    Ok((angle, errors.autoencoder / errors.components))
}

/// The penalty of a contractive code over the squared norm of its Jacobian by differences.
async fn contraction() -> Result<f64, LabError> {
    const STEP: f32 = 1e-2;
    let setup =
        AutoencoderTrain { rule: CodeRule::Contractive, code: 3, width: 16, layers: 1, ..AutoencoderTrain::default() };
    let shape = AutoencoderShape::of(&setup, [1, SIDE, SIDE])?;
    let mut values = std::collections::BTreeMap::new();
    for (name, dims, start) in shape.weights()? {
        let value: HostTensor = init::value(start, &dims, 5, &name)?;
        values.insert(name, value);
    }
    let state = Rc::new(CodeState { step: 0, values });
    let mut model = AutoencoderModel::new(&shape).await?;
    model.take(&state)?;
    let numbers = SIDE * SIDE;
    let mut dice = Dice::new(13);
    let picture: Vec<f32> = (0..numbers).map(|_| dice.unit()).collect();
    let moved = |by: f32| {
        let one = |at: usize| {
            let mut picture = picture.clone();
            picture[at] += by;
            picture
        };
        (0..numbers).flat_map(one).collect::<Vec<f32>>()
    };
    let (more, _) = model.again(&moved(STEP)).await?;
    let (less, _) = model.again(&moved(-STEP)).await?;
    let pairs = more.iter().flatten().zip(less.iter().flatten());
    let norm: f64 = pairs.map(|(a, b)| ((f64::from(*a) - f64::from(*b)) / f64::from(2.0 * STEP)).powi(2)).sum();
    Ok(model.contraction(&picture).await? / norm)
}
