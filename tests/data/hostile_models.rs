//! Every checkpoint of `../shared/data/hostile-models` is refused with its reason, or parses where the fault is the network's.

use crate::shared;
use neocog::nn::checkpoint::{Checkpoint, CheckpointError};

type Wanted = fn(&Result<Checkpoint, CheckpointError>) -> bool;

const FILES: [(&str, Wanted); 11] = [
    ("zero_byte.safetensors", |found| matches!(found, Err(CheckpointError::Empty { .. }))),
    (
        "header_len_2e60.safetensors",
        |found| matches!(found, Err(CheckpointError::HeaderTooLong { length, .. }) if *length == 1 << 60),
    ),
    ("header_len_past_end.safetensors", |found| {
        matches!(found, Err(CheckpointError::HeaderPastEnd { length: 100_000, available: 208, .. }))
    }),
    (
        "overlapping_offsets.safetensors",
        |found| matches!(found, Err(CheckpointError::Overlap { tensor, before, .. }) if tensor == "b" && before == "a"),
    ),
    ("not_json.safetensors", |found| matches!(found, Err(CheckpointError::BadJson { .. }))),
    ("nan_weight_resnet20.safetensors", |found| {
        found.as_ref().is_ok_and(|parsed| parsed.first_not_finite().unwrap().is_some_and(|(_, count)| count == 1))
    }),
    ("missing_tensor_resnet20.safetensors", |found| {
        found
            .as_ref()
            .is_ok_and(|parsed| parsed.shape("linear.weight").is_some() && parsed.shape("linear.bias").is_none())
    }),
    ("wrong_shape_resnet20.safetensors", |found| {
        found.as_ref().is_ok_and(|parsed| parsed.shape("linear.weight") == Some(&[10, 32]))
    }),
    ("truncated_resnet20.safetensors", |found| matches!(found, Err(CheckpointError::Truncated { .. }))),
    (
        "wrong_dtype.safetensors",
        |found| matches!(found, Err(CheckpointError::UnknownDtype { dtype, .. }) if dtype == "F7"),
    ),
    ("ok_small.safetensors", |found| found.as_ref().is_ok_and(|parsed| parsed.names().eq(["a", "b"]))),
];

#[test]
fn hostile_models_are_refused_with_their_fault() {
    let Some(folder) = shared::shared("data/hostile-models") else { return };
    for (file, wanted) in &FILES {
        let found = Checkpoint::parse(file, std::fs::read(folder.join(file)).unwrap());
        match &found {
            Ok(parsed) => {
                println!(
                    "{file}: {} tensors, not finite: {:?}",
                    parsed.names().len(),
                    parsed.first_not_finite().unwrap()
                )
            }
            Err(error) => {
                println!("refused: {error}");
                assert!(error.to_string().contains(file), "{error}");
            }
        }
        assert!(wanted(&found), "{file}: {found:?}");
    }
    let listed = std::fs::read_to_string(folder.join("index.tsv")).unwrap();
    let listed = listed.lines().skip(1).filter_map(|line| line.split('\t').next());
    assert!(listed.into_iter().all(|file| FILES.iter().any(|(known, _)| *known == file)), "index.tsv lists more files");
}

#[test]
fn the_pretrained_checkpoints_are_read_whole() {
    let Some(folder) = shared::shared("data/models") else { return };
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "safetensors") {
            continue;
        }
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let parsed = Checkpoint::parse(&file, std::fs::read(&path).unwrap()).unwrap();
        assert_eq!(parsed.first_not_finite().unwrap(), None, "{file}");
        let data: usize =
            parsed.iter().map(|(_, dtype, shape)| shape.iter().product::<usize>() * dtype.bitsize() / 8).sum();
        assert!(data < parsed.len_bytes() && parsed.len_bytes() < data + 100_000, "{file}");
        for (name, dtype, shape) in parsed.iter() {
            if dtype != safetensors::Dtype::I64 {
                assert_eq!(parsed.tensor(name).unwrap().dims(), shape, "{file} {name}");
            }
        }
        println!("{file}: {} tensors, {} bytes", parsed.names().len(), parsed.len_bytes());
    }
}
