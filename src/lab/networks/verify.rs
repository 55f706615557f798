//! A network that came as an ONNX file, against the values that came with it.

use crate::graph::Program;
use crate::lab::device::Device;
use crate::lab::{Host, LabError, Weights, files_from};
use crate::models::Architecture;
use crate::protocol::{Stage, VerifiedSet, VerifyNetwork};
use std::collections::BTreeMap;

/// Tensors in files of their own, by their numbers.
#[derive(Default)]
struct TestSet {
    inputs: BTreeMap<u32, Vec<u8>>,
    outputs: BTreeMap<u32, Vec<u8>>,
}

/// Each folder of files by itself.
pub(super) async fn verify<H: Host>(job: VerifyNetwork, host: &H) -> Result<Vec<VerifiedSet>, LabError> {
    let weights = host.weights(&job.network).await?;
    let title = &weights.network().title;
    let mut sets: BTreeMap<String, TestSet> = BTreeMap::new();
    for file in files_from(job.files, host).await? {
        let (folder, name) = file.name.rsplit_once('/').unwrap_or(("", file.name.as_str()));
        let numbered = |kind: &str| name.strip_prefix(kind)?.strip_suffix(".pb")?.parse::<u32>().ok();
        let (input, output) = (numbered("input_"), numbered("output_"));
        if input.or(output).is_some() {
            let set = sets.entry(folder.to_owned()).or_default();
            input.into_iter().for_each(|at| _ = set.inputs.insert(at, file.bytes.clone()));
            output.into_iter().for_each(|at| _ = set.outputs.insert(at, file.bytes.clone()));
        }
    }
    let is_whole = |set: &TestSet| !set.inputs.is_empty() && !set.outputs.is_empty();
    ensure!(
        sets.values().any(is_whole),
        "to verify {title}, drop the files input_0.pb and output_0.pb that came with it, or the folder test_data_set_0 that holds them"
    );
    sets.retain(|_, set| is_whole(set));
    let count = sets.len() as u64;
    let mut verified = Vec::with_capacity(sets.len());
    for (at, (name, set)) in sets.into_iter().enumerate() {
        host.step(Stage::Run, at as u64, count).await?;
        verified.push(verified_set(&weights, name, set).await?);
    }
    Ok(verified)
}

async fn verified_set(weights: &Weights, name: String, set: TestSet) -> Result<VerifiedSet, LabError> {
    let title = &weights.network().title;
    let Architecture::Brought(brought) = &weights.network().architecture else {
        return Err(bad_setup!(
            "{title} did not come as an ONNX file; test data is for the .onnx file that it came with"
        ));
    };
    let of = if name.is_empty() { "these files" } else { name.as_str() };
    let bad = |why: String| bad_setup!("{title} cannot be verified with {of}: {why}");
    let inputs: Vec<Vec<u8>> = set.inputs.into_values().collect();
    let outputs: Vec<Vec<u8>> = set.outputs.into_values().collect();
    let trial = brought.trial(weights.checkpoint(), &inputs, &outputs).map_err(bad)?;
    let computed = match trial.outputs().as_slice() {
        [] => Vec::new(),
        live => {
            let program = Program::inference(live, &|name| weights.value(name))?;
            let mut given = BTreeMap::new();
            for (input, _) in &program.inputs {
                let value =
                    trial.input(input).ok_or_else(|| bad(format!("there is no value for its input {input}")))?;
                given.insert(input.clone(), value.clone());
            }
            Device::Cpu.compile(program).await?.run(|input| given[input].clone()).await?
        }
    };
    let found = trial.compare(&computed).map_err(bad)?;
    Ok(VerifiedSet { name, largest: found.absolute, of_tolerance: found.of_tolerance, count: found.count as u64 })
}
