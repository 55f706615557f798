//! ONNX files against the results that come with them: whole networks and one node each, as `onnx.backend.test` makes them. They
//! are no part of this repository; `NEOCOG_ONNX` names a folder that `tests/fixtures/onnx_tests.py` filled.

use crate::skip::skip;
use neocog::backend::cpu::CpuPlan;
use neocog::graph::{Host, Program};
use neocog::models::onnx::{OnnxError, Trial, Verified, to_checkpoint};
use neocog::nn::checkpoint::Checkpoint;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("NEOCOG_ONNX").map(PathBuf::from);
    if folder.is_none() {
        skip("ONNX's own tests: NEOCOG_ONNX names no folder; tests/fixtures/onnx_tests.py makes one");
    }
    folder
}

/// `input_0.pb`, `input_1.pb`, … of a test.
fn tensors(folder: &Path, kind: &str) -> Vec<Vec<u8>> {
    (0..).map_while(|at| std::fs::read(folder.join(format!("test_data_set_0/{kind}_{at}.pb"))).ok()).collect()
}

fn run(folder: &Path) -> Result<Verified, OnnxError> {
    let model = std::fs::read(folder.join("model.onnx")).unwrap();
    let beside = |file: &str| std::fs::read(folder.join(file)).ok();
    let checkpoint = Checkpoint::parse("test", to_checkpoint(&model, &beside)?).unwrap();
    let trial = Trial::new(&checkpoint, &tensors(folder, "input"), &tensors(folder, "output"))?;
    let outputs = trial.outputs();
    let computed: Vec<Host> = if outputs.is_empty() {
        Vec::new()
    } else {
        let program = Program::inference(&outputs, &|name| checkpoint.tensor(name).ok());
        let program = program.map_err(|error| OnnxError::Damaged { detail: error.to_string() })?;
        let inputs: Vec<Host> = program.inputs.iter().map(|(name, _)| trial.input(name).unwrap().clone()).collect();
        let outputs = CpuPlan::new(program).run_now(&inputs);
        outputs.map_err(|error| OnnxError::Damaged { detail: error.to_string() })?
    };
    trial.compare(&computed)
}

/// Prints how many pass, and every other by name with why.
#[test]
fn onnx_tests_pass() {
    let Some(folder) = folder() else { return };
    let mut names: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    let only = std::env::var("NEOCOG_ONNX_ONLY").unwrap_or_default();
    names.retain(|path| path.join("model.onnx").is_file() && path.to_string_lossy().contains(&only));
    let mut failed: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut passed = 0;
    for path in &names {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let result = std::panic::catch_unwind(|| run(path));
        match result {
            Ok(Ok(verified)) if verified.of_tolerance <= 1.0 => passed += 1,
            Ok(Ok(verified)) => failed.entry(format!("differs: {verified:?}")).or_default().push(name),
            Ok(Err(OnnxError::Unsupported { list, .. })) => failed.entry(format!("unsupported: {list}")).or_default().push(name),
            Ok(Err(error)) => failed.entry(error.to_string()).or_default().push(name),
            Err(_) => failed.entry("PANIC".to_owned()).or_default().push(name),
        }
    }
    println!("{passed} of {} pass", names.len());
    for (why, names) in &failed {
        println!("{} × {why}: {}", names.len(), names.iter().take(4).cloned().collect::<Vec<_>>().join(" "));
    }
}
