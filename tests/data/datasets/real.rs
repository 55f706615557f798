//! MNIST, Fashion-MNIST and CIFAR-10 as they lie in `../shared/data`.

use super::good::dataset;
use crate::shared::shared;
use neocog::data::{
    dataset::{Examples, Part, Split},
    files::{dataset_from_paths, read_paths},
};

#[test]
fn mnist() {
    let Some(folder) = shared("data/mnist") else { return };
    let started = std::time::Instant::now();
    let set = dataset_from_paths(&[folder], None).unwrap();
    println!("MNIST read in {:.1?}", started.elapsed());
    assert_eq!((set.name.as_str(), set.shape), ("mnist", [1, 28, 28]));
    assert_eq!(set.split, Split::of_counts([55_000, 5_000, 10_000]));
    // `zcat train-labels… | od -An -tu1 -j8 -N10`, and the same of t10k.
    assert_eq!(set.labels[..10], [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    assert_eq!(set.labels[60_000..60_010], [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
    // The README there.
    let trained: Vec<u32> =
        set.class_counts(Part::Train).iter().zip(set.class_counts(Part::Validation)).map(|(a, b)| a + b).collect();
    assert_eq!(trained, [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
    assert_eq!(set.class_counts(Part::Test), [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    let normalise = set.normalise();
    println!("mean {}, std {}", normalise.mean[0], normalise.std[0]);
    // Of all 60,000 these are the well-known 0.1307 and 0.3081.
    assert!((normalise.mean[0] - 0.1307).abs() < 5e-4 && (normalise.std[0] - 0.3081).abs() < 5e-4);
}

#[test]
fn fashion_mnist() {
    let Some(folder) = shared("data/fashion-mnist") else { return };
    let set = dataset_from_paths(&[folder], None).unwrap();
    assert_eq!((set.len(), set.classes[0].as_str()), (70_000, "T-shirt/top"));
    assert_eq!(set.class_counts(Part::Test), [1000; 10]);
}

#[test]
fn cifar10() {
    let Some(file) = shared("data/cifar10/test_batch.bin.gz") else { return };
    let mut files = read_paths(&[&file]).unwrap();
    let set = dataset(files.clone());
    assert_eq!((set.shape, set.len()), ([3, 32, 32], 10_000));
    for (part, count) in [(Part::Train, 800), (Part::Validation, 100), (Part::Test, 100)] {
        assert_eq!(set.class_counts(part), [count; 10]);
    }
    // The same file as a batch for training and as the test set: the order stays.
    files.push(files[0].clone());
    files[0].name = "data_batch_1.bin.gz".into();
    let both = dataset(files);
    assert_eq!(both.split, Split::of_counts([9_000, 1_000, 10_000]));
    // `zcat test_batch.bin.gz | od -An -tu1 -N4`: the label, then red.
    let Examples::Bytes(bytes) = &both.examples else { panic!("CIFAR-10 is of bytes") };
    assert_eq!((both.labels[10_000], &bytes[10_000 * 3072..][..3]), (3, [158, 159, 165].as_slice()));
}
