//! The Fool experiment without a page: attacks, what must hold of them, and pictures of nothing.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod shared;

use neocog::backend::gpu::Gpu;
use neocog::data::dataset::Dataset;
use neocog::data::files::dataset_from_paths;
use neocog::data::{Rgb, decode, gallery};
use neocog::lab::fool::{Fooler, Materials, reread};
use neocog::lab::optimise::MaybeGpu;
use neocog::lab::{Shipped, Unwatched, Weights};
use neocog::protocol::{
    Attack, Attacked, BackendChoice, Fit, Fool, FoolFact, Fooled, Method, Strength, StrengthLine, Transfer,
};
use pollster::block_on;
use std::path::Path;
use std::rc::Rc;

fn no_gpu() -> MaybeGpu {
    Err("none is wanted".to_owned())
}

fn shipped(id: &str) -> Rc<Weights> {
    let row = Shipped::find(id).unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("www/models").join(&row.report.file);
    Rc::new(Weights::from_bytes_as(row.network().unwrap(), &row.report.file, std::fs::read(file).unwrap()).unwrap())
}

fn drawing(name: &str) -> Rc<Rgb> {
    Rc::new(gallery::draw(name).unwrap())
}

/// The answer, or the sentence of the refusal.
fn fooled_on(job: &Fool, pictures: &[Rc<Rgb>], weights: &[Rc<Weights>], gpu: &MaybeGpu) -> Result<Fooled, String> {
    let materials = Materials { pictures: pictures.to_vec(), weights: weights.to_vec() };
    let done = block_on(Fooler::default().run(job, &materials, gpu, &Unwatched::default(), |_| {}));
    done.map_err(|error| error.to_string())
}

fn attacked(job: Attack, picture: &Rc<Rgb>, weights: &Rc<Weights>) -> Attacked {
    match fooled_on(&Fool::Attack(job), &[picture.clone()], &[weights.clone()], &no_gpu()).unwrap() {
        Fooled::Attacked(found) => *found,
        other => panic!("{other:?}"),
    }
}

fn measured(job: Strength, pictures: &[Rc<Rgb>], weights: &Rc<Weights>) -> Vec<StrengthLine> {
    let job = Strength { pictures: vec![0; pictures.len()], ..job };
    match fooled_on(&Fool::Strength(job), pictures, &[weights.clone()], &no_gpu()).unwrap() {
        Fooled::Measured(lines) => lines,
        other => panic!("{other:?}"),
    }
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

#[test]
fn every_attack_fools_the_photograph_net_within_its_limit_and_in_8_bits() {
    let (weights, picture) = (shipped("photos"), drawing("ship"));
    for method in Method::ALL {
        for target in [None, Some(5)] {
            let found = attacked(Attack { method, target, ..Attack::default() }, &picture, &weights);
            println!(
                "{method:?} {target:?}: {} {:.3} -> {} {:.3} ({:.3}) norms {:?} in {} runs, {:.0} ms",
                found.before[0].label, found.before[0].probability, found.after[0].label, found.after[0].probability,
                found.rounded[0].probability, found.norms, found.runs, found.elapsed_ms
            );
            // One step towards a target is not always enough.
            if (method, target) != (Method::Fgsm, Some(5)) {
                assert!(found.is_fooled, "{method:?} {target:?}");
            }
            let level = 0.5 / 255.0;
            if let Some(limit) = found.limit {
                let n = (found.shape.iter().product::<usize>() as f64).sqrt();
                let (by, rounded, most) = match method {
                    Method::PgdL2 => (found.norms.l2, found.rounded_norms.l2, level * n),
                    _ => (found.norms.linf, found.rounded_norms.linf, level),
                };
                assert!(by <= limit + 1e-6 && rounded <= limit + most + 1e-6, "{method:?}: {by} {rounded} of {limit}");
                assert!(by > 0.9 * limit || method == Method::PgdL2, "{method:?} uses what it may: {by} of {limit}");
            }
            // What is written is what was found.
            let decoded = decode("result.png", &found.png).unwrap();
            assert_eq!(decoded.to_rgba(), found.result.rgba.as_slice());
            let mut found = found;
            reread(&mut found, Some(&decoded));
            assert_eq!(found.png_is_exact, Some(true));
            let delta = floats(&found.delta);
            assert_eq!(delta, floats(&found.delta_npy[found.delta_npy.len() - found.delta.len()..]));
            let values = floats(&found.npy[found.npy.len() - found.delta.len()..]);
            assert!(values.iter().all(|value| (0.0..=1.0).contains(value)));
            assert_eq!(delta.iter().filter(|by| **by != 0.0).count() as u64, found.norms.l0);
        }
    }
}
