//! Makes one set from the content of files: finds or makes parts, and shuffles where the files are sorted by class.

use super::{Dataset, Examples, Part, Split, check_bytes, split};
use crate::data::DataError;

/// Of 60,000 examples for training, the last 5,000 are for validation, as is usual with MNIST and CIFAR-10.
const MOST_HELD_OUT: usize = 5_000;
/// Every order that is made here is that of this seed: a set is the same each time it is read.
const SEED: u32 = 1;

/// Examples of one file or pair of files.
pub(crate) struct Loaded {
    pub(crate) file: String,
    /// Channels, height, width.
    pub(crate) shape: [usize; 3],
    /// The part that the file's name tells.
    pub(crate) part: Option<Part>,
    pub(crate) pixels: Vec<u8>,
    pub(crate) labels: Vec<u32>,
}

/// One set of all given examples. Where test examples are marked as such, the last tenth of the others (5,000 at most) is for
/// validation; where not, a tenth of each class is for validation and a tenth for test.
///
/// # Errors
/// [`DataError::SizesDiffer`], [`DataError::TooManyBytes`], and those of [`Dataset::new`].
pub(crate) fn assemble(name: String, classes: Vec<String>, given: Vec<Loaded>) -> Result<Dataset, DataError> {
    let Some(first) = given.first() else { return Err(DataError::NoExamples { file: name }) };
    let (shape, first_file) = (first.shape, first.file.clone());
    if let Some(other) = given.iter().find(|given| given.shape != shape) {
        let (file, found) = (other.file.clone(), sides(other.shape));
        return Err(DataError::SizesDiffer { file, found, first: first_file, expected: sides(shape) });
    }
    check_bytes(&name, given.iter().map(|given| given.pixels.len() as u64).sum())?;
    for given in &given {
        check_labels(given, classes.len())?;
    }
    // Where no file is for training, all are.
    let of = |part| given.iter().any(|given| given.part.unwrap_or(Part::Train) == part);
    let marked = of(Part::Train) && (of(Part::Test) || of(Part::Validation));
    if marked { marked_parts(name, shape, classes, given) } else { own_parts(name, shape, classes, given) }
}

fn check_labels(given: &Loaded, classes: usize) -> Result<(), DataError> {
    match given.labels.iter().position(|&label| label as usize >= classes) {
        None => Ok(()),
        Some(example) => Err(DataError::bad_label(&given.file, example, i64::from(given.labels[example]), classes)),
    }
}

/// For the message: `32 × 32 in colour`.
fn sides([channels, height, width]: [usize; 3]) -> String {
    match channels {
        1 => format!("{width} × {height} in grey"),
        _ => format!("{width} × {height} in colour"),
    }
}

fn marked_parts(
    name: String,
    shape: [usize; 3],
    classes: Vec<String>,
    mut given: Vec<Loaded>,
) -> Result<Dataset, DataError> {
    let row = shape.iter().product::<usize>();
    // Few, and each part's files in their own order.
    let mut ordered = Vec::with_capacity(given.len());
    for part in Part::ALL {
        ordered.extend(given.extract_if(.., |given| given.part.unwrap_or(Part::Train) == part));
    }
    let given = ordered;
    let mut counts = [0; 3];
    for given in &given {
        counts[given.part.unwrap_or(Part::Train) as usize] += given.labels.len();
    }
    let (mut pixels, mut labels) = joined(given);
    let trained = counts[0];
    if split::is_grouped(&labels[..trained]) {
        let order = crate::data::random::permutation(trained, SEED);
        let (mixed_pixels, mixed_labels) = taken(&pixels, &labels, row, &order);
        pixels[..mixed_pixels.len()].copy_from_slice(&mixed_pixels);
        labels[..trained].copy_from_slice(&mixed_labels);
    }
    if counts[1] == 0 {
        let held_out = (trained / 10).min(MOST_HELD_OUT);
        counts = [trained - held_out, held_out, counts[2]];
    }
    Dataset::new(name, shape, classes, Examples::Bytes(pixels), labels, Split::of_counts(counts))
}

fn own_parts(name: String, shape: [usize; 3], classes: Vec<String>, given: Vec<Loaded>) -> Result<Dataset, DataError> {
    let (pixels, labels) = joined(given);
    let (order, split) = split::stratified(&labels, classes.len(), SEED);
    let (pixels, labels) = taken(&pixels, &labels, shape.iter().product(), &order);
    Dataset::new(name, shape, classes, Examples::Bytes(pixels), labels, split)
}

/// One after the other, into the memory of the first where it has room.
fn joined(given: Vec<Loaded>) -> (Vec<u8>, Vec<u32>) {
    let mut given = given.into_iter();
    let (mut pixels, mut labels) = given.next().map(|first| (first.pixels, first.labels)).unwrap_or_default();
    for next in given {
        pixels.extend_from_slice(&next.pixels);
        labels.extend_from_slice(&next.labels);
    }
    (pixels, labels)
}

fn taken(pixels: &[u8], labels: &[u32], row: usize, order: &[u32]) -> (Vec<u8>, Vec<u32>) {
    let mut taken = Vec::with_capacity(order.len() * row);
    for &index in order {
        taken.extend_from_slice(&pixels[index as usize * row..][..row]);
    }
    (taken, order.iter().map(|&index| labels[index as usize]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One pixel each, which says whose it is.
    fn given(file: &str, part: Option<Part>, labels: Vec<u32>) -> Loaded {
        let pixels = (0..labels.len()).map(|index| index as u8).collect();
        Loaded { file: file.into(), shape: [1, 1, 1], part, pixels, labels }
    }

    fn classes() -> Vec<String> {
        ["a", "b"].map(String::from).to_vec()
    }

    fn alternating(count: u32) -> Vec<u32> {
        (0..count).map(|index| index % 2).collect()
    }

    #[test]
    fn the_last_of_the_training_files_validate() {
        let files =
            vec![given("test", Some(Part::Test), alternating(6)), given("train", Some(Part::Train), alternating(40))];
        let set = assemble("set".into(), classes(), files).unwrap();
        assert_eq!(set.split, Split::of_counts([36, 4, 6]));
        let Examples::Bytes(pixels) = &set.examples else { panic!("pixels are bytes") };
        assert!(pixels.iter().copied().eq((0..40).chain(0..6)));
    }

    #[test]
    fn sorted_files_are_mixed_and_keep_their_labels() {
        let sorted = || (0..40).map(|index| index / 20).collect::<Vec<u32>>();
        for parts in [vec![None], vec![Some(Part::Train), Some(Part::Test)], vec![Some(Part::Test)]] {
            let files = parts.iter().map(|part| given("file", *part, sorted())).collect();
            let set = assemble("set".into(), classes(), files).unwrap();
            let Examples::Bytes(pixels) = &set.examples else { panic!("pixels are bytes") };
            assert!(pixels.iter().zip(&set.labels).all(|(&pixel, &label)| u32::from(pixel) / 20 == label));
            assert!(!split::is_grouped(&set.labels[..20]), "{:?}", set.labels);
            for part in Part::ALL {
                assert!(set.class_counts(part).iter().all(|&count| count > 0), "{parts:?} {part:?}");
            }
        }
    }

    #[test]
    fn faults_name_the_file() {
        let mut wide = given("wide", None, alternating(4));
        (wide.shape, wide.pixels) = ([1, 1, 2], vec![0; 8]);
        let differ = assemble("set".into(), classes(), vec![given("one", None, alternating(4)), wide]);
        assert!(matches!(&differ, Err(DataError::SizesDiffer { file, .. }) if file == "wide"), "{differ:?}");
        let bad = assemble("set".into(), classes(), vec![given("one", None, vec![0, 1, 2])]);
        assert!(
            matches!(&bad, Err(DataError::BadLabel { file, example: 2, label: 2, .. }) if file == "one"),
            "{bad:?}"
        );
        assert!(matches!(assemble("set".into(), classes(), vec![]), Err(DataError::NoExamples { .. })));
    }
}
