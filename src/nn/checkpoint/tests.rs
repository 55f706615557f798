//! Files that must be refused, and files that come back as they were written.

use std::collections::BTreeMap;

use candle_core::{Device, Tensor};

use super::{Checkpoint, CheckpointError, bytes_from_tensors};

fn file(json: &str, data: &[u8]) -> Vec<u8> {
    [&(json.len() as u64).to_le_bytes(), json.as_bytes(), data].concat()
}

fn refusal(bytes: Vec<u8>) -> CheckpointError {
    Checkpoint::parse("w", bytes).expect_err("this file must be refused")
}

fn values(checkpoint: &Checkpoint, tensor: &str) -> Vec<f32> {
    checkpoint.tensor(tensor).unwrap().flatten_all().unwrap().to_vec1().unwrap()
}

#[test]
fn what_is_saved_is_parsed_back() {
    let a = Tensor::new(&[[1.0_f32, 2.0], [3.0, 4.0]], &Device::Cpu).unwrap();
    let b = Tensor::new(&[0.5_f64, -1.0, 7.0], &Device::Cpu).unwrap();
    let tensors = BTreeMap::from([("a".to_owned(), a.t().unwrap()), ("b".to_owned(), b)]);
    let metadata = ["epoch", "network", "seed"].map(|key| (key.to_owned(), format!("{key}'s value")));
    let metadata = BTreeMap::from(metadata);
    let bytes = bytes_from_tensors("w", &tensors, &metadata).unwrap();
    assert_eq!(bytes, bytes_from_tensors("w", &tensors, &metadata).unwrap());
    assert_eq!(safetensors::SafeTensors::deserialize(&bytes).unwrap().len(), 2);

    let parsed = Checkpoint::parse("w", bytes).unwrap();
    assert_eq!((parsed.name(), parsed.metadata().clone()), ("w", metadata.into_iter().collect()));
    assert_eq!(parsed.names().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!((parsed.shape("a"), parsed.shape("c")), (Some([2, 2].as_slice()), None));
    assert_eq!(values(&parsed, "a"), [1.0, 3.0, 2.0, 4.0]);
    assert_eq!(values(&parsed, "b"), [0.5, -1.0, 7.0]);
    assert_eq!(parsed.first_not_finite().unwrap(), None);
    assert!(matches!(parsed.tensor("c"), Err(CheckpointError::NoTensor { .. })));
}

#[test]
fn narrow_and_wide_floats_become_f32_at_any_alignment() {
    let json = r#"{"u":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},
        "h":{"dtype":"F16","shape":[2],"data_offsets":[1,5]},"b":{"dtype":"BF16","shape":[1],"data_offsets":[5,7]},
        "s":{"dtype":"F32","shape":[],"data_offsets":[7,11]},"d":{"dtype":"F64","shape":[1,1],"data_offsets":[11,19]}}"#;
    let data = [&[9][..], &[0, 0x3c, 0, 0x7c], &[0x40, 0x40], &(-2.5_f32).to_le_bytes(), &1e300_f64.to_le_bytes()];
    let parsed = Checkpoint::parse("w", file(json, &data.concat())).unwrap();
    assert_eq!(values(&parsed, "h"), [1.0, f32::INFINITY]);
    assert_eq!(values(&parsed, "b"), [3.0]);
    assert_eq!(parsed.tensor("s").unwrap().to_scalar::<f32>().unwrap(), -2.5);
    assert_eq!(values(&parsed, "d"), [f32::INFINITY]);
    assert_eq!(parsed.first_not_finite().unwrap(), Some(("h", 1)));
    assert!(
        matches!(parsed.tensor("u"), Err(CheckpointError::NotFloat { dtype, .. }) if dtype == safetensors::Dtype::U8)
    );
}

#[test]
fn every_fault_has_its_name_and_offset() {
    let one = |dtype: &str, shape: &str, range: &str| {
        format!(r#"{{"a":{{"dtype":"{dtype}","shape":{shape},"data_offsets":{range}}}}}"#)
    };
    let two = r#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":"#;
    let good = one("F32", "[1]", "[0,4]");
    type Expected = fn(&CheckpointError) -> bool;
    let cases: [(Vec<u8>, Expected); 16] = [
        (vec![], |e| matches!(e, CheckpointError::Empty { .. })),
        (vec![1, 0, 0], |e| matches!(e, CheckpointError::NoHeaderLength { bytes: 3, .. })),
        (
            (1_u64 << 60).to_le_bytes().into(),
            |e| matches!(e, CheckpointError::HeaderTooLong { length, .. } if *length == 1 << 60),
        ),
        (vec![9, 0, 0, 0, 0, 0, 0, 0, b'{'], |e| {
            matches!(e, CheckpointError::HeaderPastEnd { length: 9, available: 1, .. })
        }),
        (file("{\"a\":\n?}", &[]), |e| matches!(e, CheckpointError::BadJson { offset: 14, .. })),
        (file("[]", &[]), |e| matches!(e, CheckpointError::BadJson { .. })),
        (
            file(r#"{"a":{"shape":[]}}"#, &[]),
            |e| matches!(e, CheckpointError::BadEntry { tensor, .. } if tensor == "a"),
        ),
        (file(r#"{"__metadata__":{"a":1}}"#, &[]), |e| matches!(e, CheckpointError::BadEntry { .. })),
        (
            file(&one("F7", "[1]", "[0,4]"), &[0; 4]),
            |e| matches!(e, CheckpointError::UnknownDtype { dtype, .. } if dtype == "F7"),
        ),
        (file(&one("F32", "[1]", "[4,0]"), &[0; 4]), |e| matches!(e, CheckpointError::BadEntry { .. })),
        (file(&one("F32", "[4294967296,4294967296]", "[0,4]"), &[0; 4]), |e| {
            matches!(e, CheckpointError::BadEntry { .. })
        }),
        (file(&one("F32", "[2]", "[0,4]"), &[0; 4]), |e| matches!(e, CheckpointError::WrongLength { found: 4, .. })),
        (file(&good, &[0; 3]), |e| matches!(e, CheckpointError::Truncated { .. })),
        (file(&good, &[0; 5]), |e| matches!(e, CheckpointError::Hole { bytes: 1, .. })),
        (
            file(&format!("{two}[3,7]}}}}"), &[0; 7]),
            |e| matches!(e, CheckpointError::Overlap { tensor, .. } if tensor == "b"),
        ),
        (file(&format!("{two}[5,9]}}}}"), &[0; 9]), |e| matches!(e, CheckpointError::Hole { bytes: 1, .. })),
    ];
    for (bytes, expected) in cases {
        let error = refusal(bytes);
        assert!(expected(&error), "{error:?}");
        assert!(error.to_string().starts_with('w'), "{error}");
    }
    assert!(Checkpoint::parse("w", file(&good, &[0; 4])).is_ok());
    assert!(Checkpoint::parse("w", file("{}", &[])).is_ok());
}

#[cfg(not(target_arch = "wasm32"))]
mod property {
    use proptest::prelude::*;

    use super::*;

    /// A file that was accepted can be read to the end.
    fn read_all(bytes: Vec<u8>) {
        if let Ok(checkpoint) = Checkpoint::parse("w", bytes) {
            for name in checkpoint.names() {
                let _ = checkpoint.tensor(name);
            }
            checkpoint.first_not_finite().unwrap();
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            read_all(bytes);
        }

        #[test]
        fn arbitrary_headers_never_panic(
            dtype in prop::sample::select(vec!["F32", "F16", "BF16", "F64", "F4", "I64", "BOOL", "?"]),
            shape in proptest::collection::vec(prop_oneof![0_u64..9, any::<u64>()], 0..4),
            range in [prop_oneof![0_u64..70, any::<u64>()], prop_oneof![0_u64..70, any::<u64>()]],
            json in "[ -~]{0,9}",
            data in proptest::collection::vec(any::<u8>(), 0..70),
        ) {
            let header = format!(r#"{{"a":{{"dtype":"{dtype}","shape":{shape:?},"data_offsets":{range:?}}}}}{json}"#);
            read_all(file(&header, &data));
        }
    }
}
