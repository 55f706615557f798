//! The drawn sets are the same on every target, balanced, and can be learnt.

use super::{Recipe, SETS, Set};
use crate::data::dataset::{Dataset, Examples, Part};

/// FNV-1a over the words of 60 examples of each set under seed 7. A set that was changed on purpose gives another figure; a
/// target must not.
const DIGESTS: [(&str, u64); SETS.len()] = [
    ("digits", 0x3a35_d816_9c53_7e5b),
    ("shapes", 0xc596_6ba8_0e91_fb8c),
    ("spirals", 0x11a1_94d0_e516_22ec),
    ("spirals3", 0x6fab_ea5c_933a_abb5),
    ("circles", 0x022b_0b72_0dd9_28fe),
    ("xor", 0x997b_6428_627d_c6b6),
    ("gaussians", 0xb6f7_4d82_ebf7_3943),
];

fn drawn(id: &str, recipe: Recipe) -> Dataset {
    Set::find(id).unwrap().draw(&recipe).unwrap()
}

fn digest(set: &Dataset) -> u64 {
    let bytes = set.bytes_as_words().into_iter().flat_map(u32::to_le_bytes);
    bytes.fold(0xcbf2_9ce4_8422_2325_u64, |digest, byte| (digest ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

#[test]
fn every_target_draws_the_same_numbers() {
    let recipe = Recipe { seed: 7, count: 60, ..Recipe::default() };
    let found = SETS.iter().map(|set| (set.id, digest(&drawn(set.id, recipe)))).collect::<Vec<_>>();
    assert_eq!(found, DIGESTS, "{found:#x?}");
}

#[test]
fn seeds_differ_and_parts_can_be_drawn_alone() {
    let recipe = Recipe { seed: 1, count: 100, ..Recipe::default() };
    for set in SETS {
        let whole = drawn(set.id, recipe);
        assert_ne!(whole.examples, drawn(set.id, Recipe { seed: 2, ..recipe }).examples, "{}", set.id);
        let mut examples = set.blank(&recipe).unwrap();
        for numbers in [60..100, 0..60] {
            set.draw_into(&recipe, numbers, &mut examples);
        }
        assert_eq!(set.dataset(&recipe, examples).unwrap(), whole, "{}", set.id);
    }
}

#[test]
fn classes_are_balanced_in_every_part() {
    for set in SETS {
        let whole = drawn(set.id, Recipe { count: 305, ..Recipe::default() });
        assert_eq!((whole.len(), whole.shape, whole.row_len()), (305, set.shape, set.shape.iter().product()));
        assert_eq!([whole.split.train.len(), whole.split.validation.len(), whole.split.test.len()], [245, 30, 30]);
        for part in Part::ALL {
            let counts = whole.class_counts(part);
            assert!(counts.iter().max().unwrap() - counts.iter().min().unwrap() <= 1, "{} {part:?} {counts:?}", set.id);
        }
    }
}

#[test]
fn odd_recipes_are_refused_or_drawn() {
    let digits = Set::find("digits").unwrap();
    assert!(digits.draw(&Recipe { count: u32::MAX, ..Recipe::default() }).is_err());
    assert!(digits.draw(&Recipe { count: 1, ..Recipe::default() }).is_err());
    assert_eq!(drawn("digits", Recipe { count: 2, ..Recipe::default() }).len(), 2);
    assert!(Set::find("letters").is_err());
}

/// The share of test examples whose nearest training example is of their class.
fn nearest_neighbour(set: &Dataset) -> f64 {
    let values: Vec<f32> = match &set.examples {
        Examples::Bytes(bytes) => bytes.iter().map(|&byte| f32::from(byte)).collect(),
        Examples::Points(points) => points.clone(),
    };
    let row = |index: usize| &values[index * set.row_len()..][..set.row_len()];
    let distance = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f32>();
    let right = set.split.test.clone().filter(|&test| {
        let near = |&train: &usize| distance(row(train), row(test));
        let nearest = set.split.train.clone().min_by(|a, b| near(a).total_cmp(&near(b))).unwrap();
        set.labels[nearest] == set.labels[test]
    });
    right.count() as f64 / set.split.test.len() as f64
}

#[test]
fn digits_can_be_told_apart() {
    let share = nearest_neighbour(&drawn("digits", Recipe { count: 2_500, ..Recipe::default() }));
    println!("1-NN on 2,000 digits: {share}");
    assert!((0.85..1.0).contains(&share), "{share}");
}

#[test]
fn points_can_be_told_apart_until_the_noise_is_great() {
    for set in SETS.iter().filter(|set| set.shape == [2, 1, 1]) {
        let share = |noise| nearest_neighbour(&drawn(set.id, Recipe { noise, count: 2_000, ..Recipe::default() }));
        let (quiet, loud) = (share(0.05), share(1.5));
        println!("{}: {quiet}, {loud}", set.id);
        assert!(quiet > 0.95 && loud < quiet - 0.05, "{}: {quiet} {loud}", set.id);
    }
}

#[test]
fn digits_lie_in_the_frame_of_mnist() {
    let set = drawn("digits", Recipe { count: 500, ..Recipe::default() });
    let Examples::Bytes(bytes) = &set.examples else { panic!("digits are pixels") };
    for (index, row) in bytes.chunks_exact(784).enumerate() {
        let mass: f64 = row.iter().map(|&ink| f64::from(ink)).sum();
        let centre = |of: fn(usize) -> usize| {
            row.iter().enumerate().map(|(at, &ink)| of(at) as f64 * f64::from(ink)).sum::<f64>() / mass
        };
        let (x, y) = (centre(|at| at % 28), centre(|at| at / 28));
        assert!((x - 13.5).abs() < 2.5 && (y - 13.5).abs() < 2.5, "digit {index} is centred at {x:.1}, {y:.1}");
        assert!(row.iter().any(|&ink| ink > 150) && mass < 0.5 * 255.0 * 784.0, "digit {index}");
    }
}
