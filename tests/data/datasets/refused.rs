//! What is wrong with a file is said with its name and figures, and as a trouble that a person can read.

use super::made::{cifar, cifar100, file, gz, idx, idx_pair, npy, png, ramp, tar, turns, zip};
use neocog::data::{
    DataError,
    files::{DataFile, Found, combine},
};
use neocog::lab::LabError;
use neocog::protocol::Trouble;

fn refused(files: Vec<DataFile>) -> DataError {
    match combine(files) {
        Err(error) => error,
        Ok(Found::Dataset(dataset)) => panic!("{} was read", dataset.name),
        Ok(Found::Pictures(pictures)) => pictures.decode(None).unwrap_err(),
    }
}

/// The sentence of a trouble, which names `file` and these figures.
fn said(error: DataError, parts: &[&str]) {
    let words = Trouble::from(LabError::from(error)).to_string();
    println!("{words}");
    for part in parts {
        assert!(words.contains(part), "`{part}` is missing in: {words}");
    }
}

#[test]
fn files_that_break_off() {
    let [images, labels] = idx_pair("train", 10, 2);
    let cut = file(&images.name, images.bytes[..100].to_vec());
    let error = refused(vec![cut, labels.clone()]);
    assert!(matches!(error, DataError::Truncated { needed_bytes: 136, found_bytes: 100, .. }), "{error}");
    said(error, &["train-images", "136", "100"]);
    let error = refused(vec![file("data_batch_1.bin", cifar(3)[..9_000].to_vec())]);
    assert!(matches!(error, DataError::Truncated { needed_bytes: 9_219, found_bytes: 9_000, .. }), "{error}");
    let error = refused(vec![file("train.bin", cifar100(3)[..9_000].to_vec())]);
    assert!(matches!(error, DataError::Truncated { needed_bytes: 9_222, found_bytes: 9_000, .. }), "{error}");
    let packed = gz(&images.bytes);
    let error = refused(vec![file("train-images.gz", packed[..packed.len() - 9].to_vec())]);
    said(error, &["train-images.gz", "breaks off"]);
    let whole = zip(&[("a/1.png", &png(2, 2, [0; 3])), ("b/1.png", &png(2, 2, [9; 3]))], true);
    said(refused(vec![file("set.zip", whole[..whole.len() - 30].to_vec())]), &["set.zip", "breaks off"]);
    let whole = tar(&[("a/1.png", &ramp(700)), ("b/1.png", &ramp(700))]);
    said(refused(vec![file("set.tar", whole[..2_000].to_vec())]), &["set.tar", "breaks off"]);
}

#[test]
fn claims_of_gigantic_size_take_no_memory() {
    let huge = idx(&[u32::MAX; 3], &[0; 100]);
    said(refused(vec![file("images", huge)]), &["images", "1073741824", "[4294967295, 4294967295, 4294967295]"]);
    let array = npy("<f8", &[usize::MAX / 8, 28, 28], &[0; 100]);
    said(refused(vec![file("x.npy", array), file("y.npy", npy("|u1", &[2], &[0, 1]))]), &["x.npy", "28, 28]"]);
    // The last four bytes of gzip are the size.
    let mut packed = gz(&ramp(1_000));
    let at = packed.len() - 4;
    packed[at..].copy_from_slice(&u32::MAX.to_le_bytes());
    said(refused(vec![file("a.gz", packed)]), &["a.gz", "4294967295", "breaks off"]);
    // The size in a zip's directory.
    let mut archive = zip(&[("x.npy", &ramp(1_000))], true);
    let entry = archive.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    archive[entry + 24..entry + 28].copy_from_slice(&0x7000_0000_u32.to_le_bytes());
    said(refused(vec![file("bomb.npz", archive)]), &["bomb.npz", "1879048192"]);
}

#[test]
fn labels_that_do_not_fit() {
    let mut batch = cifar(20);
    batch[3073 * 4] = 10;
    said(refused(vec![file("data_batch_1.bin", batch)]), &["data_batch_1.bin", "example 4", "label 10", "10 classes"]);
    let mut hundred = cifar100(20);
    hundred[3074 * 7 + 1] = 100;
    said(refused(vec![file("test.bin", hundred)]), &["test.bin", "example 7", "label 100", "100 classes"]);
    let both = vec![file("data_batch_1.bin", cifar(2)), file("train.bin", cifar100(2))];
    said(refused(both), &["data_batch_1.bin", "train.bin"]);
    let [images, _] = idx_pair("train", 10, 2);
    let [_, labels] = idx_pair("train", 12, 2);
    said(refused(vec![images.clone(), labels.clone()]), &["10 images", "12 labels"]);
    said(refused(vec![images]), &["train-images", "without their labels"]);
    said(refused(vec![labels]), &["train-labels", "without their images"]);
    let npz = |labels: &[u8]| {
        let members: [(&str, &[u8]); 2] = [("x.npy", &npy("|u1", &[4, 2, 2], &ramp(16))), ("y.npy", labels)];
        vec![file("set.npz", zip(&members, true))]
    };
    let fraction: Vec<u8> = [0.0_f32, 1.0, 0.5, 1.0].iter().flat_map(|label| label.to_le_bytes()).collect();
    said(refused(npz(&npy("<f4", &[4], &fraction))), &["y.npy", "at byte 136", "whole number", "0.5"]);
    said(refused(npz(&npy("|i1", &[4], &[0, 1, 0xff, 1]))), &["y.npy", "example 2", "-1"]);
    said(refused(npz(&npy("|u1", &[2, 2], &[0, 1, 0, 1]))), &["y.npy", "one label for each image"]);
}

#[test]
fn one_class_is_nothing_to_learn() {
    let pair = idx_pair("train", 10, 1);
    said(refused(pair.to_vec()), &["8 training examples", "train-images-idx3-ubyte and 1 more", "of one class, 0"]);
    let files = (0..3).map(|number| file(&format!("set/cat/{number}.png"), png(4, 4, [number; 3])));
    said(refused(files.collect()), &["of one class, cat"]);
}

#[test]
fn sizes_that_differ() {
    let [images, labels] = idx_pair("train", 10, 2);
    let other = [file("t10k-images", idx(&[10, 5, 5], &ramp(250))), file("t10k-labels", idx(&[10], &turns(10, 2)))];
    let error = refused([vec![images, labels], other.to_vec()].concat());
    said(error, &["t10k-images", "5 × 5", "4 × 3"]);
    let files = vec![file("a/1.png", png(4, 4, [0; 3])), file("b/2.png", png(5, 4, [9; 3]))];
    said(refused(files), &["b/2.png", "5 × 4", "4 × 4", "a/1.png"]);
}

#[test]
fn what_is_of_another_kind() {
    said(refused(vec![file("notes.docx", b"anything".to_vec())]), &["notes.docx", "IDX", "CIFAR-10", ".npz"]);
    said(refused(vec![file("empty.npz", vec![])]), &["empty.npz is empty"]);
    said(refused(vec![file("a.png", png(2, 2, [0; 3])), file("b/c.png", vec![1])]), &["a.png", "no folder"]);
    let mixed = vec![file("a/1.png", png(2, 2, [0; 3])), file("data_batch_1.bin", cifar(2))];
    said(refused(mixed), &["a/1.png", "data_batch_1.bin", "one data set at a time"]);
    said(refused(vec![file("none", idx(&[0, 28, 28], &[]))]), &["none holds no examples"]);
    said(refused(vec![file("floats", [0, 0, 13, 3].to_vec())]), &["floats", "0x00000d03", "0x00000803"]);
    let array = npy("|u1", &[4, 2, 2], &ramp(16));
    said(refused(vec![file("p.npy", array.clone())]), &["p.npy", "x_train, y_train"]);
    said(refused(vec![file("x_train.npy", array)]), &["x_train.npy", "without their labels"]);
    let columns = String::from_utf8_lossy(&npy("|u1", &[4, 2, 2], b"")).replace("False", "True ");
    let columns = [b"\x93".as_slice(), &columns.as_bytes()[3..], &ramp(16)].concat();
    let pair = vec![file("x.npy", columns), file("y.npy", npy("|u1", &[4], &[0, 1, 0, 1]))];
    said(refused(pair), &["x.npy", "fortran_order"]);
    let unknown: Vec<u8> = [0.5, f32::NAN].repeat(8).iter().flat_map(|value| value.to_le_bytes()).collect();
    let pair = vec![file("x.npy", npy("<f4", &[4, 2, 2], &unknown)), file("y.npy", npy("|u1", &[4], &[0, 1, 0, 1]))];
    said(refused(pair), &["x.npy", "a number", "NaN"]);
}

#[test]
fn archives_with_faults() {
    let members: [(&str, &[u8]); 2] = [("a/1.png", &png(2, 2, [0; 3])), ("b/1.png", &png(2, 2, [9; 3]))];
    let good = zip(&members, false);
    let mut wrong = good.clone();
    let at = wrong.windows(4).position(|four| four == b"IDAT").unwrap();
    wrong[at + 6] ^= 1;
    said(refused(vec![file("set.zip", wrong)]), &["a/1.png in set.zip", "checksum"]);
    let mut locked = good.clone();
    let entry = locked.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    locked[entry + 8] |= 1;
    said(refused(vec![file("set.zip", locked)]), &["a/1.png", "password"]);
    let mut method = good;
    method[entry + 10] = 12;
    said(refused(vec![file("set.zip", method)]), &["method 12"]);
    let mut sum = tar(&members);
    sum[0] = b'x';
    said(refused(vec![file("set.tar", sum)]), &["set.tar", "checksum"]);
    let files = vec![file("a/1.png", b"\x89PNG\r\n\x1a\nnot".to_vec()), file("b/1.png", png(2, 2, [0; 3]))];
    said(refused(files), &["a/1.png", "damaged"]);
}
