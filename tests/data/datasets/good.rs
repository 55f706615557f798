//! Every format that is read gives its examples.

use super::made::{cifar, cifar100, file, gz, idx_pair, npy, png, ramp, tar, turns, zip};
use neocog::data::{
    Dataset,
    dataset::{Examples, Part, Split},
    files::{DataFile, Found, combine, dataset_from_paths},
};

pub(crate) fn dataset(files: Vec<DataFile>) -> Dataset {
    match combine(files).unwrap() {
        Found::Dataset(dataset) => dataset,
        Found::Pictures(pictures) => pictures.decode(Some(8)).unwrap(),
    }
}

fn bytes(dataset: &Dataset) -> &[u8] {
    match &dataset.examples {
        Examples::Bytes(bytes) => bytes,
        Examples::Points(_) => panic!("files hold pixels"),
    }
}

#[test]
fn idx_in_any_order_packed_or_not() {
    let [train_images, train_labels] = idx_pair("train", 100, 5);
    let [test_images, test_labels] = idx_pair("t10k", 20, 5);
    let plain = [test_labels.clone(), train_images.clone(), test_images.clone(), train_labels.clone()];
    let set = dataset(plain.to_vec());
    assert_eq!((set.shape, set.split.clone()), ([1, 3, 4], Split::of_counts([90, 10, 20])));
    assert_eq!(set.classes, ["0", "1", "2", "3", "4"]);
    assert_eq!(*bytes(&set), [ramp(1200), ramp(240)].concat());
    assert_eq!(set.class_counts(Part::Test), [4; 5]);

    let packed = |files: &[DataFile]| {
        files.iter().map(|one| file(&format!("{}.gz", one.name), gz(&one.bytes))).collect::<Vec<_>>()
    };
    assert_eq!(dataset(packed(&plain)).examples, set.examples);
    let zipped: Vec<_> = packed(&plain);
    let members: Vec<_> = zipped.iter().map(|one| (one.name.as_str(), one.bytes.as_slice())).collect();
    let archive = dataset(vec![file("mnist.zip", zip(&members, false))]);
    assert_eq!((archive.name.as_str(), archive.examples), ("mnist", set.examples));

    let fashion = dataset(plain.map(|one| file(&format!("fashion-mnist/{}", one.name), one.bytes)).to_vec());
    assert_eq!((fashion.classes[9].as_str(), fashion.name.as_str()), ("Ankle boot", "fashion-mnist"));
    // A single pair of any name is cut into parts here.
    let [images, labels] = idx_pair("some", 100, 5);
    assert_eq!(dataset(vec![images, labels]).split, Split::of_counts([80, 10, 10]));
}

#[test]
fn cifar_in_batches_alone_or_as_it_is_published() {
    let batch = cifar(40);
    let files = |names: &[&str]| names.iter().map(|name| file(name, batch.clone())).collect::<Vec<_>>();
    let set = dataset(files(&["data_batch_2.bin", "test_batch.bin", "data_batch_1.bin"]));
    assert_eq!((set.shape, set.split.clone()), ([3, 32, 32], Split::of_counts([72, 8, 40])));
    assert_eq!((set.classes[0].as_str(), set.classes[9].as_str()), ("airplane", "truck"));
    assert_eq!(bytes(&set)[..3072], batch[1..3073]);
    for name in ["data_batch_1.bin", "test_batch.bin", "some.bin"] {
        let alone = dataset(files(&[name]));
        assert_eq!((alone.len(), alone.split.train.len()), (40, 40), "a class of four gives none away");
    }
    let members: [(&str, &[u8]); 3] = [
        ("cifar-10-batches-bin/batches.meta.txt", b"airplane\n"),
        ("cifar-10-batches-bin/data_batch_1.bin", &batch),
        ("cifar-10-batches-bin/test_batch.bin", &batch),
    ];
    let published = dataset(vec![file("cifar-10-binary.tar.gz", gz(&tar(&members)))]);
    assert_eq!((published.len(), published.split.test.len()), (80, 40));
}

#[test]
fn cifar_of_a_hundred_classes_by_its_fine_labels() {
    let (train, test) = (cifar100(1000), cifar100(200));
    let set = dataset(vec![file("train.bin", train.clone()), file("test.bin", test.clone())]);
    assert_eq!((set.shape, set.len(), set.split.test.len()), ([3, 32, 32], 1200, 200));
    assert_eq!((set.classes.len(), set.classes[1].as_str(), set.classes[99].as_str()), (100, "aquarium fish", "worm"));
    assert_eq!(bytes(&set)[..3072], train[2..3074]);
    assert_eq!(set.labels[set.split.test.start + 42], 42);
    let members: [(&str, &[u8]); 3] = [
        ("cifar-100-binary/fine_label_names.txt", b"apple\n"),
        ("cifar-100-binary/train.bin", &train),
        ("cifar-100-binary/test.bin", &test),
    ];
    let published = dataset(vec![file("cifar-100-binary.tar.gz", gz(&tar(&members)))]);
    assert_eq!((published.len(), published.split.test.len()), (1200, 200));
    assert_eq!(dataset(vec![file("some.bin", train)]).classes.len(), 100);
}

#[test]
fn npz_with_the_names_of_its_classes() {
    let text = |name: &str| -> Vec<u8> {
        let characters = name.chars().map(|letter| letter as u32).chain(std::iter::repeat(0)).take(3);
        characters.flat_map(u32::to_le_bytes).collect()
    };
    let names = |descr: &str, names: &[&str]| {
        npy(descr, &[names.len()], &names.iter().flat_map(|name| text(name)).collect::<Vec<_>>())
    };
    let set = |names: Vec<u8>| {
        let labels = turns(20, 2);
        let members: [(&str, &[u8]); 3] = [
            ("x.npy", &npy("|u1", &[20, 2, 2], &ramp(80))),
            ("y.npy", &npy("|u1", &[20], &labels)),
            ("class_names.npy", &names),
        ];
        file("set.npz", zip(&members, false))
    };
    assert_eq!(dataset(vec![set(names("<U3", &["猫", "dog", "ox"]))]).classes, ["猫", "dog", "ox"]);
    let refused = |names| combine(vec![set(names)]).unwrap_err().to_string();
    let few = refused(names("<U3", &["cat"]));
    assert!(few.contains("class_names") && few.contains("at least 2 classes"), "{few}");
    assert!(refused(names("<f4", &["cat"])).contains("texts"));
}

#[test]
fn npz_of_any_layout_and_type() {
    let labels: Vec<u8> = turns(20, 2).iter().flat_map(|&label| i64::from(label).to_le_bytes()).collect();
    let pixels = ramp(20 * 24);
    let nchw = |pixels: &[u8]| -> Vec<u8> {
        let rows = pixels
            .chunks_exact(24)
            .flat_map(|row| (0..3).flat_map(move |channel| (0..8).map(move |pixel| row[pixel * 3 + channel])));
        rows.collect()
    };
    let floats: Vec<u8> = pixels.iter().flat_map(|&pixel| (f32::from(pixel) / 255.0).to_le_bytes()).collect();
    let doubles: Vec<u8> = pixels.iter().flat_map(|&pixel| f64::from(pixel).to_le_bytes()).collect();
    let arrays = [
        npy("|u1", &[20, 2, 4, 3], &pixels),
        npy("<f4", &[20, 2, 4, 3], &floats),
        npy("<f8", &[20, 2, 4, 3], &doubles),
        npy("|u1", &[20, 3, 2, 4], &nchw(&pixels)),
    ];
    let wanted = [nchw(&pixels), nchw(&pixels)].concat();
    for (index, images) in arrays.iter().enumerate() {
        let members: [(&str, &[u8]); 4] = [
            ("x_train.npy", images),
            ("y_train.npy", &npy("<i8", &[20], &labels)),
            ("x_test.npy", images),
            ("y_test.npy", &npy("<i8", &[20, 1], &labels)),
        ];
        for deflate in [false, true] {
            let set = dataset(vec![file("set.npz", zip(&members, deflate))]);
            assert_eq!((set.shape, set.split.clone()), ([3, 2, 4], Split::of_counts([18, 2, 20])), "{index}");
            assert!(*bytes(&set) == wanted, "array {index}");
        }
    }
    let grey = npy("|u1", &[20, 3, 8], &pixels);
    let loose = vec![file("arr_0.npy", grey), file("arr_1.npy", npy("|u1", &[20], &turns(20, 2)))];
    assert_eq!(dataset(loose).shape, [1, 3, 8]);
}

#[test]
fn pictures_in_folders_and_archives() {
    let (red, blue) = (png(9, 5, [255, 0, 0]), png(4, 4, [0, 0, 255]));
    let mut members: Vec<(String, &[u8])> = vec![("set/readme.txt".into(), b"hello"), ("set/.DS_Store".into(), b"")];
    for number in 0..10 {
        members.push((format!("set/apple/{number}.png"), &red));
        members.push((format!("set/plum/{number}.PNG"), &blue));
    }
    let named: Vec<(&str, &[u8])> = members.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
    let loose: Vec<DataFile> = named.iter().map(|(name, bytes)| file(name, bytes.to_vec())).collect();
    let drops = [
        loose,
        vec![file("set.zip", zip(&named, true))],
        vec![file("set.tar", tar(&named))],
        vec![file("set.tgz", gz(&tar(&named)))],
    ];
    let sets: Vec<Dataset> = drops.into_iter().map(dataset).collect();
    for set in &sets {
        assert_eq!((set.name.as_str(), set.shape), ("set", [3, 8, 8]));
        assert_eq!(
            (set.classes.clone(), set.split.clone()),
            (vec!["apple".to_owned(), "plum".to_owned()], Split::of_counts([16, 2, 2]))
        );
        assert_eq!(set.examples, sets[0].examples);
        for example in 0..set.len() {
            let wanted = if set.labels[example] == 0 { [255, 0, 0] } else { [0, 0, 255] };
            assert_eq!(set.picture(example).unwrap().pixels()[..3], wanted);
        }
    }
}

#[test]
fn folders_may_say_the_parts_and_grey_stays_grey() {
    let mut files = Vec::new();
    for (part, count) in [("train", 10), ("val", 2), ("test", 4)] {
        for number in 0..count {
            files.push(file(&format!("set/{part}/dark/{number}.png"), png(6, 4, [number; 3])));
            files.push(file(&format!("set/{part}/light/{number}.png"), png(6, 4, [200 + number; 3])));
        }
    }
    let Found::Pictures(pictures) = combine(files).unwrap() else { panic!("these are pictures") };
    assert_eq!(pictures.len(), 32);
    let set = pictures.decode(None).unwrap();
    assert_eq!((set.shape, set.split.clone()), ([1, 4, 6], Split::of_counts([20, 4, 8])));
    for part in Part::ALL {
        let counts = set.class_counts(part);
        assert_eq!(counts[0], counts[1]);
    }
    let light = |example: usize| set.picture(example).unwrap().pixels()[0] >= 200;
    assert!((0..set.len()).all(|example| light(example) == (set.labels[example] == 1)));
}

#[test]
fn the_command_reads_paths() {
    let folder = std::env::temp_dir().join(format!("neocog-datasets-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("mine")).unwrap();
    for one in idx_pair("train", 50, 5) {
        std::fs::write(folder.join("mine").join(&one.name), &one.bytes).unwrap();
    }
    let set = dataset_from_paths(&[folder.join("mine")], None).unwrap();
    assert_eq!((set.name.as_str(), set.len()), ("mine", 50));
    let missing = dataset_from_paths(&[folder.join("yours")], None).unwrap_err();
    assert!(missing.to_string().contains("yours"), "{missing}");
    std::fs::remove_dir_all(folder).unwrap();
}
