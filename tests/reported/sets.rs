//! Data sets: names in other encodings, layouts of folders, files that cannot be read, files twice, EMNIST, gzip of several members,
//! archives whose counts wrapped.

use crate::made::{file, gz, idx, idx_pair, npy, png, ramp, turns, zip};
use crate::{read, read_reported, reported, sentence};
use neocog::data::dataset::{Examples, Part, ReaderNote};
use neocog::data::files::DataFile;
use neocog::data::{Dataset, decode};

/// Whatever part they are for.
fn counts(set: &Dataset) -> Vec<u32> {
    let parts = Part::ALL.map(|part| set.class_counts(part));
    (0..set.classes.len()).map(|class| parts.iter().map(|counts| counts[class]).sum()).collect()
}

fn bytes(set: &Dataset) -> &[u8] {
    let Examples::Bytes(bytes) = &set.examples else { panic!("files hold pixels") };
    bytes
}

#[test]
fn names_in_shift_jis_are_three_classes() {
    let Some(set) = read_reported("zip-names/cp932_three.zip") else { return };
    let set = set.unwrap();
    assert_eq!((set.classes.as_slice(), counts(&set)), (["犬", "猫", "鳥"].map(String::from).as_slice(), vec![20; 3]));
    assert!(set.notes.contains(&ReaderNote::Decoded { encoding: "Shift_JIS" }), "{:?}", set.notes);
}

#[test]
fn a_name_composed_and_decomposed_is_one_class() {
    let Some(set) = read_reported("zip-names/mixed_classes.zip") else { return };
    let set = set.unwrap();
    assert_eq!((set.classes.as_slice(), counts(&set)), (["ポプラ", "松"].map(String::from).as_slice(), vec![40, 20]));
}

#[test]
fn made_names_are_decoded_or_stay_apart() {
    let red = png(3, 3, [255, 0, 0]);
    // Made with names of one letter for each byte, as the archive is to have them.
    let archive = |names: [&[u8]; 2]| {
        let paths: Vec<String> = names.iter().map(|name| format!("{}/1.png", "#".repeat(name.len()))).collect();
        let members: Vec<(&str, &[u8])> = paths.iter().map(|path| (path.as_str(), red.as_slice())).collect();
        let mut bytes = zip(&members, false);
        let mut at = 0;
        for name in names.iter().chain(&names) {
            let marked = "#".repeat(name.len()) + "/1.png";
            at += bytes[at..].windows(marked.len()).position(|window| window == marked.as_bytes()).unwrap();
            bytes[at..at + name.len()].copy_from_slice(name);
        }
        file("set.zip", bytes)
    };
    let cases: [([&[u8]; 2], [&str; 2]); 4] = [
        ([b"caf\x82", b"th\x82s"], ["café", "thés"]),
        ([b"\xaa\xae\xe8\xaa\xa0", b"\xe1\xae\xa1\xa0\xaa\xa0"], ["кошка", "собака"]),
        ([b"cafe\xcc\x81", b"tea"], ["café", "tea"]),
        ([b"\x94L", b"\x8c\xa2"], ["犬", "猫"]),
    ];
    for (raw, wanted) in cases {
        assert_eq!(read(vec![archive(raw)]).unwrap().classes, wanted);
    }
    let unknown = read(vec![archive([b"\xff\xff", b"\xff\xfe"])]).unwrap();
    assert_eq!(unknown.classes.len(), 2, "{:?}", unknown.classes);
}

#[test]
fn a_flat_test_folder_is_no_class() {
    let Some(set) = read_reported("set-layout/pets.zip") else { return };
    let set = set.unwrap();
    assert_eq!((set.classes.as_slice(), counts(&set)), (["cat", "dog"].map(String::from).as_slice(), vec![24, 24]));
    assert_eq!(set.notes, [ReaderNote::Unlabelled { count: 10, folder: "test".to_owned() }]);
}

#[test]
fn two_bad_pictures_do_not_refuse_fifty() {
    let Some(set) = read_reported("set-layout/PetImages.zip") else { return };
    let set = set.unwrap();
    assert_eq!((set.len(), set.classes.as_slice()), (48, ["Cat", "Dog"].map(String::from).as_slice()));
    let [ReaderNote::LeftOut { count: 2, first }] = set.notes.as_slice() else { panic!("{:?}", set.notes) };
    println!("{}", set.notes[0]);
    assert!(first.iter().all(|named| named.contains("PetImages/")), "{first:?}");
}

#[test]
fn made_folders_leave_out_what_cannot_be_read() {
    let mut files: Vec<DataFile> = Vec::new();
    for number in 0..12 {
        files.push(file(&format!("set/a/{number}.png"), png(3, 3, [number, 0, 0])));
        files.push(file(&format!("set/b/{number}.png"), png(3, 3, [0, 0, 200 + number])));
    }
    // Empty, cut, text, another format, and one of no format at all.
    let heic = [b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".as_slice(), &[0; 40]].concat();
    let bad: [(&str, Vec<u8>); 5] = [
        ("x1.png", vec![]),
        ("x2.png", png(3, 3, [9; 3])[..40].to_vec()),
        ("x3.jpg", b"404 not found".to_vec()),
        ("x4.HEIC", heic),
        ("x5.png", vec![1, 2, 3]),
    ];
    for (name, bytes) in &bad {
        files.push(file(&format!("set/a/{name}"), bytes.clone()));
    }
    // Programs leave these; they hold nothing.
    files.extend([file("set/a/notes", vec![]), file("set/Thumbs.db", vec![1])]);
    let set = read(files.clone()).unwrap();
    assert_eq!(counts(&set), [12, 12]);
    let [ReaderNote::LeftOut { count: 5, first }] = set.notes.as_slice() else { panic!("{:?}", set.notes) };
    for ((name, _), told) in bad.iter().zip(first) {
        assert!(told.contains(name), "{told}");
    }
    // Of more than ten, ten are named; and where a class loses all, the first fault is told.
    let many: Vec<DataFile> = (0..30).map(|number| file(&format!("set/a/y{number}.png"), vec![])).collect();
    let set = read([files.clone(), many.clone()].concat()).unwrap();
    let [ReaderNote::LeftOut { count: 35, first }] = set.notes.as_slice() else { panic!("{:?}", set.notes) };
    assert_eq!(first.len(), 10);
    let spoilt: Vec<DataFile> = files.into_iter().filter(|file| !file.name.starts_with("set/a")).chain(many).collect();
    assert!(sentence(read(spoilt).unwrap_err()).starts_with("set/a/y0.png is empty"));
}

#[test]
fn torchvisions_folder_is_read_once() {
    let Some(set) = read_reported("mnist-raw") else { return };
    let set = set.unwrap();
    assert_eq!((set.shape, set.len()), ([1, 28, 28], 1400));
    assert_eq!(set.notes.len(), 4, "{:?}", set.notes);
    assert!(set.notes.iter().all(|note| matches!(note, ReaderNote::Repeated { .. })));
}

#[test]
fn a_second_file_that_differs_is_refused() {
    let [images, labels] = idx_pair("train", 20, 2);
    let packed = file("train-images-idx3-ubyte.gz", gz(&images.bytes));
    assert_eq!(read(vec![images.clone(), labels.clone(), packed]).unwrap().len(), 20);
    let mut other = images.bytes.clone();
    other[20] ^= 1;
    let other = file("train-images-idx3-ubyte.gz", gz(&other));
    assert!(sentence(read(vec![images, labels, other]).unwrap_err()).contains("one file of images for each part"));
}

#[test]
fn emnists_letters_stand_upright_with_their_names() {
    let Some(set) = read_reported("emnist/emnist") else { return };
    let set = set.unwrap();
    assert!(set.notes.contains(&ReaderNote::Turned));
    assert_eq!(set.classes, ('A'..='Z').map(String::from).collect::<Vec<_>>());
    // Of all training letters the nearest to one that a person writes is the same letter.
    let mut right = 0;
    let mut pictures = 0;
    for entry in std::fs::read_dir(reported("emnist/upright").unwrap()).unwrap() {
        let path = entry.unwrap().path();
        let letter = path.file_stem().unwrap().to_string_lossy().chars().next().unwrap();
        let picture = decode("letter", &std::fs::read(&path).unwrap()).unwrap();
        assert_eq!((picture.width(), picture.height()), (28, 28));
        let grey: Vec<f64> = picture.pixels().iter().step_by(3).map(|&pixel| f64::from(pixel)).collect();
        // As written, dark on light.
        let is_dark = grey.iter().sum::<f64>() < 127.0 * 784.0;
        let ink: Vec<f64> = grey.iter().map(|&pixel| if is_dark { pixel } else { 255.0 - pixel }).collect();
        let distance =
            |row: &[u8]| -> f64 { row.iter().zip(&ink).map(|(&row, ink)| (f64::from(row) - ink).powi(2)).sum() };
        let rows = bytes(&set).chunks_exact(28 * 28).zip(&set.labels);
        let (_, &nearest) = rows.min_by(|a, b| distance(a.0).total_cmp(&distance(b.0))).unwrap();
        pictures += 1;
        right += usize::from(nearest == letter as u32 - 'A' as u32);
    }
    println!("{right} of {pictures} letters as people write them");
    assert!(pictures == 24 && right >= 22, "{right} of {pictures}");
}

#[test]
fn made_emnist_is_turned_and_counted_from_zero() {
    let images = idx(&[26, 2, 3], &ramp(26 * 6));
    let labels = idx(&[26], &(1..=26).collect::<Vec<u8>>());
    let files = |prefix: &str| {
        vec![file(&format!("{prefix}-images"), images.clone()), file(&format!("{prefix}-labels"), labels.clone())]
    };
    let set = read(files("emnist-letters-train")).unwrap();
    assert_eq!((set.shape, set.classes[25].as_str()), ([1, 3, 2], "Z"));
    let row = set.labels.iter().position(|&label| label == 0).unwrap();
    let [a, b, c, d, e, f] = *ramp(6).as_array::<6>().unwrap();
    assert_eq!(bytes(&set)[row * 6..][..6], [a, d, b, e, c, f]);
    // Of another name they are numbers, and stand as they are.
    let plain = read(files("some-train")).unwrap();
    assert_eq!((plain.shape, plain.classes[0].as_str(), plain.classes.len()), ([1, 2, 3], "1", 26));
    for (count, last) in [(47, "t"), (62, "z"), (10, "9")] {
        let images = file("emnist-x-images", idx(&[124, 2, 2], &ramp(124 * 4)));
        let set = read(vec![images, file("emnist-x-labels", idx(&[124], &turns(124, count)))]).unwrap();
        assert_eq!((set.classes.len(), set.classes[count - 1].as_str()), (count, last));
    }
}

#[test]
fn all_members_of_a_gzip_file_are_read() {
    let Some(set) = read_reported("gzip-members") else { return };
    assert_eq!(set.unwrap().shape, [1, 28, 28]);
    let [images, labels] = idx_pair("train", 20, 2);
    let (first, second) = images.bytes.split_at(77);
    let padded = [gz(first), gz(second), vec![0; 512]].concat();
    let whole = read(vec![images.clone(), labels.clone()]).unwrap();
    let packed = read(vec![file("train-images.gz", padded.clone()), labels.clone()]).unwrap();
    assert_eq!((packed.len(), packed.examples), (20, whole.examples));
    let tail = [padded, b"tail".to_vec()].concat();
    assert!(sentence(read(vec![file("train-images.gz", tail), labels]).unwrap_err()).contains("train-images.gz"));
}

/// A zip of 66,000 small pictures whose 16-bit count wrapped, as macOS writes it; the same with zip64's records.
#[test]
fn archives_are_read_by_their_directory() {
    const COUNT: usize = 66_000;
    let pictures = [png(1, 1, [255, 0, 0]), png(1, 1, [0, 0, 255])];
    let names: Vec<String> = (0..COUNT).map(|number| format!("s/{}/{number}.png", number % 2)).collect();
    let members: Vec<(&str, &[u8])> =
        names.iter().enumerate().map(|(number, name)| (name.as_str(), pictures[number % 2].as_slice())).collect();
    let wrapped = zip(&members, false);
    let end = wrapped.len() - 22;
    assert_eq!(u16::from_le_bytes([wrapped[end + 10], wrapped[end + 11]]), 464);
    assert_eq!(read(vec![file("wrapped.zip", wrapped.clone())]).unwrap().len(), COUNT);

    let [size, start] = [12, 16].map(|at| u32::from_le_bytes(*wrapped[end + at..].first_chunk().unwrap()));
    let wide = [
        b"PK\x06\x06".as_slice(),
        &[44_u64.to_le_bytes().as_slice(), &[45, 0, 45, 0], &[0; 8]].concat(),
        &[COUNT as u64, COUNT as u64, u64::from(size), u64::from(start)].map(u64::to_le_bytes).concat(),
        b"PK\x06\x07\0\0\0\0",
        &(end as u64).to_le_bytes(),
        &[1, 0, 0, 0],
        b"PK\x05\x06\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0",
    ];
    let wide = [&wrapped[..end], wide.concat().as_slice()].concat();
    assert_eq!(read(vec![file("wide.zip", wide)]).unwrap().len(), COUNT);
    // A count that is no remainder of the entries is a fault.
    let mut wrong = wrapped;
    wrong[end + 10] ^= 1;
    assert!(sentence(read(vec![file("wrong.zip", wrong)]).unwrap_err()).contains("an entry of the zip's directory"));
}

#[test]
fn kmnists_four_files_are_one_set() {
    let single = |name: &str, array: Vec<u8>| file(name, zip(&[("arr_0.npy", &array)], true));
    let files = vec![
        single("k/kmnist-test-imgs.npz", npy("|u1", &[10, 4, 4], &ramp(160))),
        single("k/kmnist-test-labels.npz", npy("|u1", &[10], &turns(10, 10))),
        single("k/kmnist-train-imgs.npz", npy("|u1", &[40, 4, 4], &ramp(640))),
        single("k/kmnist-train-labels.npz", npy("|u1", &[40], &turns(40, 10))),
    ];
    let set = read(files.clone()).unwrap();
    assert_eq!((set.len(), set.split.test.len(), set.classes[0].as_str()), (50, 10, "お"));
    let half = vec![files[0].clone(), files[2].clone()];
    assert!(sentence(read(half).unwrap_err()).contains("a pair of arrays"));
}
