//! No bytes whatever make a reader panic, loop or take memory that they do not need.

use super::made::{cifar, cifar100, file, gz, idx_pair, npy, png, ramp, tar, turns, zip};
use neocog::data::files::{DataFile, Found, combine};
use proptest::prelude::{ProptestConfig, any, prop_assert, proptest};
use std::sync::LazyLock;

/// One good drop of each format.
static DROPS: LazyLock<Vec<Vec<DataFile>>> = LazyLock::new(|| {
    let pair = idx_pair("train", 20, 2);
    let arrays = [npy("|u1", &[10, 4, 4, 3], &ramp(480)), npy("|u1", &[10], &turns(10, 2))];
    let npz: [(&str, &[u8]); 2] = [("x_train.npy", &arrays[0]), ("y_train.npy", &arrays[1])];
    let pictures = [png(3, 3, [1, 2, 3]), png(3, 3, [200, 100, 0])];
    let folders: [(&str, &[u8]); 2] = [("a/1.png", &pictures[0]), ("b/2.png", &pictures[1])];
    vec![
        pair.to_vec(),
        pair.map(|one| file(&format!("{}.gz", one.name), gz(&one.bytes))).to_vec(),
        vec![file("data_batch_1.bin", cifar(4))],
        vec![file("train.bin", cifar100(4))],
        vec![file("set.npz", zip(&npz, true))],
        vec![file("set.npz", zip(&npz, false))],
        vec![file("x.npy", arrays[0].clone()), file("y.npy", arrays[1].clone())],
        vec![file("set.zip", zip(&folders, true))],
        vec![file("set.tar", tar(&folders))],
        vec![file("set.tar.gz", gz(&tar(&folders)))],
        folders.map(|(name, bytes)| file(name, bytes.to_vec())).to_vec(),
    ]
});

/// Whether it was read; what was read must hold together.
fn read(files: Vec<DataFile>) -> bool {
    let names: Vec<String> = files.iter().map(|file| file.name.clone()).collect();
    let found = combine(files).and_then(|found| match found {
        Found::Dataset(dataset) => Ok(dataset),
        Found::Pictures(pictures) => pictures.decode(Some(4)),
    });
    match found {
        Ok(set) => {
            assert_eq!(set.bytes_as_words().len(), set.len() * set.row_words());
            assert!(set.labels.iter().all(|&label| (label as usize) < set.classes.len()));
            assert!(set.normalise().std.iter().all(|std| *std > 0.0));
            assert!(set.picture(0).is_some() && set.picture(set.len()).is_none());
            true
        }
        Err(error) => {
            assert!(!error.to_string().is_empty(), "{names:?}");
            false
        }
    }
}

#[test]
fn good_drops_are_read() {
    for files in DROPS.iter() {
        assert!(read(files.clone()), "{}", files[0].name);
    }
}

#[test]
fn every_cut_is_read_or_refused() {
    for files in DROPS.iter() {
        let whole = &files[0].bytes;
        for end in (0..whole.len()).step_by(whole.len().div_ceil(400)) {
            let mut cut = files.clone();
            cut[0].bytes.truncate(end);
            // A tar may lack its end mark, and so may a PNG: all that they hold is there.
            let whole_without_its_end = ["set.tar", "a/1.png"].contains(&files[0].name.as_str());
            assert!(!read(cut) || whole_without_its_end, "{} cut at {end}", files[0].name);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn changed_bytes_are_read_or_refused(kind in 0_usize..10, changes in proptest::collection::vec((any::<usize>(), any::<u8>()), 1..6)) {
        let mut files = DROPS[kind].clone();
        for (at, value) in changes {
            let bytes = &mut files[0].bytes;
            // Headers matter most: half of the changes are near the start or the end.
            let reach = if at % 2 == 0 { bytes.len() } else { bytes.len().min(160) };
            let place = (at / 4) % reach;
            let place = if at % 4 == 1 { bytes.len() - 1 - place } else { place };
            bytes[place] = value;
        }
        read(files);
    }

    #[test]
    fn arbitrary_bytes_are_refused(kind in 0_usize..8, tail in proptest::collection::vec(any::<u8>(), 0..600)) {
        let starts: [(&str, &[u8]); 8] = [
            ("a", b""), ("a.gz", b"\x1f\x8b\x08\0"), ("a.zip", b"PK\x03\x04"), ("a.zip", b"PK\x05\x06"),
            ("x.npy", b"\x93NUMPY\x01\0"), ("train-images", &[0, 0, 8, 3, 0, 0]), ("train-labels", &[0, 0, 8, 1, 0, 0, 0]),
            ("a/b.png", b"\x89PNG\r\n\x1a\n"),
        ];
        let (name, start) = starts[kind];
        prop_assert!(!read(vec![file(name, [start, &tail].concat())]));
    }

    #[test]
    fn arbitrary_headers_of_tar_are_refused(mut header in proptest::collection::vec(any::<u8>(), 512..2000), size in 0_u64..3000) {
        header[257..263].copy_from_slice(b"ustar\0");
        header[124..136].copy_from_slice(format!("{size:011o}\0").as_bytes());
        header[148..156].copy_from_slice(b"        ");
        let sum: u32 = header[..512].iter().map(|&byte| u32::from(byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        prop_assert!(!read(vec![file("a.tar", header)]));
    }
}
