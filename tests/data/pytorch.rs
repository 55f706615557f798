//! PyTorch's files: the tensors that PyTorch loads from them (`tests/fixtures/pytorch_files.py`), or a refusal that names what
//! the file is.

use neocog::data::pytorch::{LABELS, PyTorchError, to_checkpoint};
use neocog::nn::checkpoint::Checkpoint;
use proptest::prelude::{ProptestConfig, any, prop_assert, proptest};
use safetensors::Dtype;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

fn fixture(file: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pytorch").join(file)).unwrap()
}

fn read(bytes: &[u8]) -> Result<Checkpoint, PyTorchError> {
    to_checkpoint("it", &bytes.into())
}

/// The same tensors in a file of safetensors.
fn saved(checkpoint: &Checkpoint) -> Vec<u8> {
    checkpoint.parts().flat_map(|part| part.unwrap().into_owned()).collect()
}

fn refusal(bytes: &[u8]) -> String {
    let words = read(bytes).unwrap_err().to_string();
    println!("{words}");
    words
}

/// Type, shape, sum and first three values of a tensor.
#[derive(Deserialize)]
struct Facts(String, Vec<usize>, f64, Vec<f64>);

fn values(dtype: Dtype, bytes: &[u8]) -> Vec<f64> {
    match dtype {
        Dtype::I64 => bytes.as_chunks().0.iter().map(|&b| i64::from_le_bytes(b) as f64).collect(),
        Dtype::F64 => bytes.as_chunks().0.iter().map(|&b| f64::from_le_bytes(b)).collect(),
        Dtype::F32 => bytes.as_chunks().0.iter().map(|&b| f32::from_le_bytes(b).into()).collect(),
        Dtype::F16 => bytes.as_chunks().0.iter().map(|&b| half::f16::from_le_bytes(b).to_f64()).collect(),
        Dtype::BF16 => bytes.as_chunks().0.iter().map(|&b| half::bf16::from_le_bytes(b).to_f64()).collect(),
        Dtype::BOOL => bytes.iter().map(|&b| b.into()).collect(),
        other => panic!("{other}"),
    }
}

#[test]
fn tensors_are_what_pytorch_loads() {
    let text = include_str!("../fixtures/pytorch.json");
    let files: BTreeMap<String, BTreeMap<String, Facts>> = serde_json::from_str(text).unwrap();
    assert_eq!(files.len(), 3);
    for (file, wanted) in files {
        let found = read(&fixture(&file)).unwrap();
        assert_eq!(found.names().len(), wanted.len(), "{file}");
        let kept = found.moved_to(saved(&found).into()).unwrap();
        let dtypes: BTreeMap<&str, Dtype> = found.iter().map(|(name, dtype, _)| (name, dtype)).collect();
        for (name, Facts(dtype, shape, sum, first)) in wanted {
            assert_eq!(dtypes[name.as_str()].to_string(), dtype, "{file}: {name}");
            assert_eq!(found.shape(&name), Some(shape.as_slice()), "{file}: {name}");
            let bytes = found.raw(&name).unwrap();
            assert_eq!(bytes, kept.raw(&name).unwrap(), "{file}: {name}");
            let values = values(dtypes[name.as_str()], &bytes);
            assert_eq!(values[..values.len().min(3)], first, "{file}: {name}");
            let found: f64 = values.iter().sum();
            assert!((found - sum).abs() <= 1e-9 * sum.abs().max(1.0), "{file}: {name} sums to {found}, not {sum}");
        }
    }
}

#[test]
fn class_names_beside_the_tensors_are_kept() {
    let found = read(&fixture("resnet20.pth")).unwrap();
    assert_eq!(found.metadata().get(LABELS).unwrap(), r#"["a cat","a dog","neither"]"#);
    assert!(found.names().all(|name| name.starts_with("module.")), "the optimiser's moments are no weights");
}

#[test]
fn what_holds_no_state_dict_is_named() {
    for (file, wanted) in
        [("whole.pth", "a whole Python object (__main__.Small)"), ("script.pt", "a TorchScript program")]
    {
        let words = refusal(&fixture(file));
        assert!(words.contains(wanted) && words.contains("state_dict(), \"weights.pth\")"), "{words}");
    }
    // Of old, with the class and its source outside.
    let module = b"\x80\x02(X\x06\0\0\0modulec__main__\nNet\nX\x04\0\0\0a.pyX\x01\0\0\0xtQ)\x81}b.";
    assert!(refusal(module).contains("a whole Python object (__main__.Net)"));
    // A list of numbers, an empty dictionary.
    for pickle in [b"\x80\x02]q\0(K\x01K\x02e.".as_slice(), b"\x80\x02}q\0."] {
        assert!(refusal(pickle).contains("no tensors"));
    }
    let zip = [b"PK\x03\x04".as_slice(), &[0; 26], b"archive/data.pkl", &[0; 200]].concat();
    assert!(refusal(&zip).contains("damaged"));
}

#[test]
fn a_pickle_that_would_call_something_is_told_and_not_obeyed() {
    for (pickle, wanted) in [
        (b"\x80\x02cposix\nsystem\nq\0X\x04\0\0\0exit\x85R.".as_slice(), "posix.system"),
        (b"\x80\x02}q\0X\x01\0\0\0wcbuiltins\nexec\nX\x01\0\0\0x\x85Rs.", "builtins.exec"),
        (b"\x80\x04\x8c\x08builtins\x8c\x04eval\x93\x8c\x011\x85R.", "builtins.eval"),
        (b"\x80\x02csubprocess\nPopen\n)\x81.", "subprocess.Popen"),
        (b"\x80\x02cos\nsystem\nU\x04exit\x85R.", "os.system"),
    ] {
        let words = refusal(pickle);
        assert!(words.contains(wanted) && words.contains("nothing of it was run"), "{words}");
    }
}

/// A dictionary with one tensor `w` of this storage's type, offset, shape and stride, as the pickle of a file of old with the storage
/// `0` of four singles behind it.
fn made(storage: &str, offset: u8, shape: &[u8], stride: &[u8]) -> Vec<u8> {
    let tuple =
        |numbers: &[u8]| [b"(", numbers.iter().flat_map(|&n| [b'K', n]).collect::<Vec<_>>().as_slice(), b"t"].concat();
    let pickle = [
        b"\x80\x02}X\x01\0\0\0wctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\n".as_slice(),
        storage.as_bytes(),
        b"\nX\x01\0\0\x000X\x03\0\0\0cpuK\x04NtQK",
        &[offset],
        &tuple(shape),
        &tuple(stride),
        b"\x89}tRs.",
    ]
    .concat();
    let magic = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}.";
    let storages = b"\x80\x02]X\x01\0\0\x000a.\x04\0\0\0\0\0\0\0";
    [magic.as_slice(), &pickle, storages, &[0; 16]].concat()
}

#[test]
fn tensors_stay_in_their_storage() {
    assert!(read(&made("FloatStorage", 0, &[2, 2], &[2, 1])).is_ok());
    assert!(read(&made("FloatStorage", 3, &[1, 1], &[9, 9])).is_ok());
    for (offset, shape, stride) in [(1, &[2, 2], &[2, 1]), (0, &[2, 2], &[3, 1]), (4, &[1, 1], &[1, 1])] {
        assert!(refusal(&made("FloatStorage", offset, shape, stride)).contains("beyond the 16 bytes"));
    }
    // A stride of nothing makes much of little.
    assert!(refusal(&made("FloatStorage", 0, &[255; 4], &[0; 4])).contains("would take"));
    assert!(refusal(&made("FloatStorage", 0, &[255; 12], &[0; 12])).contains("has the shape"));
    assert!(refusal(&made("ComplexFloatStorage", 0, &[1], &[1])).contains("w as ComplexFloatStorage"));
    let whole = made("FloatStorage", 0, &[2, 2], &[2, 1]);
    assert!(refusal(&whole[..whole.len() - 1]).contains("breaks off"));
}

#[test]
fn deep_and_long_pickles_end() {
    let nested = [b"\x80\x02".as_slice(), &b"]".repeat(100_000), &b"a".repeat(99_999), b"."].concat();
    assert!(refusal(&nested).contains("no tensors"));
    // A list that holds itself, and one that doubles a hundred times.
    assert!(refusal(b"\x80\x02]q\0h\0a.").contains("no tensors"));
    let doubling: Vec<u8> = (0..100_u8).flat_map(|at| [b'h', at, b'h', at, 0x86, b'q', at + 1]).collect();
    assert!(refusal(&[b"\x80\x02]q\0".as_slice(), &doubling, b"."].concat()).contains("no tensors"));
    assert!(refusal(&[b"\x80\x02N".as_slice(), &b"2".repeat(5_000_000), b"."].concat()).contains("too complicated"));
    assert!(refusal(b"\x80\x02X\xff\xff\xff\xffabc.").contains("breaks off"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Never a panic, and never more than the file allows.
    #[test]
    fn changed_files_are_read_or_refused(of in 0_usize..4, changes in proptest::collection::vec((any::<usize>(), any::<u8>()), 1..6)) {
        let mut bytes = fixture(["resnet20.pth", "kinds.pth", "kinds_legacy.pt", "whole.pth"][of]);
        let length = bytes.len();
        changes.into_iter().for_each(|(at, byte)| bytes[at % length] = byte);
        if let Ok(found) = read(&bytes) {
            let saved = saved(&found);
            prop_assert!(saved.len() < 4 * length + (1 << 20) + (1 << 16));
            prop_assert!(Checkpoint::parse("changed", saved).is_ok());
        }
    }

    #[test]
    fn cut_files_are_refused(of in 0_usize..3, at in any::<usize>()) {
        let bytes = fixture(["resnet20.pth", "kinds.pth", "kinds_legacy.pt"][of]);
        prop_assert!(read(&bytes[..at % bytes.len()]).is_err());
    }

    /// Any steps behind a beginning as PyTorch writes it.
    #[test]
    fn any_pickles_end(tail in proptest::collection::vec(any::<u8>(), 0..600)) {
        let start = b"\x80\x02}q\0X\x01\0\0\0wctorch._utils\n_rebuild_tensor_v2\nq\x01";
        let found = read(&[start.as_slice(), &tail].concat());
        prop_assert!(found.is_err());
        prop_assert!(read(&tail).is_err());
    }
}
