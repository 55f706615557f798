//! Trainings that cannot begin, or that stop being numbers.

use crate::gpu::gpu;
use crate::reported;
use neocog::data::dataset::{Dataset, Examples, Split};
use neocog::lab::device::Device;
use neocog::lab::train::Trainer;
use neocog::protocol::{BackendChoice, Optimiser, Rule, Setup, Trouble, TroubleKind};
use pollster::block_on;

fn data() -> Dataset {
    let examples = Examples::Bytes((0..40 * 64).map(|at| (at * 37 % 251) as u8).collect());
    let labels = (0..40).map(|at| at % 2).collect();
    Dataset::new("set", [1, 8, 8], vec!["a".into(), "b".into()], examples, labels, Split::of_counts([32, 8, 0]))
        .unwrap()
}

/// Batch norm on one value is a matter of the setting.
#[test]
fn batch_norm_on_one_value_is_told_as_a_setting() {
    let Some(path) = reported("range/bn_batch1.txt") else { return };
    let network = std::fs::read_to_string(path).unwrap();
    let setup = |batch| Setup { network: network.clone(), batch, backend: BackendChoice::Cpu, ..Setup::default() };
    let refused = block_on(Trainer::new(setup(1), data(), &Device::Cpu)).err().unwrap();
    let trouble = Trouble::from(refused);
    println!("{trouble}");
    assert!(!trouble.is(TroubleKind::Bug) && trouble.to_string().contains("larger batch"), "{trouble}");
    assert!(block_on(Trainer::new(setup(2), data(), &Device::Cpu)).is_ok());
}

/// The page words the reason in its languages by the protocol's sentence, which the engine must give.
#[test]
fn the_reason_for_a_missing_gpu_is_one_that_the_page_knows() {
    assert_eq!(neocog::backend::gpu::NO_ADAPTER, neocog::protocol::NO_ADAPTER);
}

/// A rate that no network survives: told on every device, and no file holds what is left.
#[test]
fn what_is_no_number_any_more_is_told_and_never_exported() {
    let network = "conv 4 3\nbatchnorm\nrelu\nglobalpool\nlinear classes".to_owned();
    let optimiser = Optimiser { rule: Rule::Sgd, rate: 1e15, ..Optimiser::default() };
    let setup = Setup { network, optimiser, batch: 16, epochs: 20, ..Setup::default() };
    let mut devices = vec![Device::Cpu];
    devices.extend(gpu().map(|gpu| Device::Gpu(gpu)));
    for device in devices {
        let told = block_on(async {
            let mut trainer = Trainer::new(setup.clone(), data(), &device).await?;
            while trainer.step() < trainer.steps() {
                trainer.advance()?;
            }
            trainer.kept(false).await.map(|_| ())
        });
        let told = Trouble::from(told.unwrap_err());
        println!("{:?}: {told}", device.kind());
        assert!(told.is(TroubleKind::Diverged), "{told}");
    }
}
