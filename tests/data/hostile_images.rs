//! Every odd picture of `../shared/data/hostile-images` is shown right or refused with its reason.

use crate::shared;
use neocog::data::preprocess::{fitted, nchw_from_rgb};
use neocog::data::{self, DataError, Fit, Rgb};
use neocog::nn::{Normalise, Resizing};

#[derive(Debug)]
enum Wanted {
    Size(u32, u32),
    /// The same picture as another file, up to this mean difference in grey levels.
    Like(&'static str, f64),
    Grey,
    Refused(fn(&DataError) -> bool),
}

const FILES: [(&str, Wanted); 15] = [
    // As far as it goes.
    ("truncated.jpg", Wanted::Size(134, 200)),
    ("cmyk.jpg", Wanted::Like("exif_orientation6.jpg", 12.0)),
    ("gray16.png", Wanted::Grey),
    // Its first frame.
    ("animated.gif", Wanted::Size(134, 200)),
    (
        "bomb_header_60000x60000.png",
        Wanted::Refused(|error| matches!(error, DataError::TooLarge { width: 60_000, height: 60_000, .. })),
    ),
    ("exif_orientation6.jpg", Wanted::Like("progressive.jpg", 8.0)),
    ("lossy.webp", Wanted::Like("progressive.jpg", 12.0)),
    ("photo.avif", Wanted::Refused(|error| matches!(error, DataError::Foreign { format: "AVIF", .. }))),
    ("zero_byte.png", Wanted::Refused(|error| matches!(error, DataError::Empty { .. }))),
    ("text_renamed.jpg", Wanted::Refused(|error| matches!(error, DataError::Foreign { format: "TXT", .. }))),
    ("alpha.png", Wanted::Size(134, 200)),
    ("one_pixel.png", Wanted::Size(1, 1)),
    ("wide_4000x1.png", Wanted::Size(4000, 1)),
    ("progressive.jpg", Wanted::Size(134, 200)),
    ("grey.jpg", Wanted::Grey),
];

#[test]
fn hostile_images_are_shown_right_or_refused() {
    let Some(folder) = shared::shared("data/hostile-images") else { return };
    let read = |file: &str| data::decode(file, &std::fs::read(folder.join(file)).unwrap());
    for (file, wanted) in &FILES {
        let found = read(file);
        println!("{file}: {}", describe(&found));
        if let Ok(picture) = &found {
            becomes_input(picture);
        }
        match (wanted, found) {
            (Wanted::Size(width, height), Ok(picture)) => {
                assert_eq!((picture.width(), picture.height()), (*width, *height), "{file}");
            }
            (Wanted::Like(other, limit), Ok(picture)) => {
                let difference = difference(&picture, &read(other).unwrap());
                println!("  differs from {other} by {difference:.2} grey levels");
                assert!(difference < *limit, "{file} differs from {other} by {difference}");
            }
            (Wanted::Grey, Ok(picture)) => {
                assert!(picture.pixels().chunks_exact(3).all(|pixel| pixel == [pixel[0]; 3]), "{file}");
                assert!(picture.pixels().iter().max() > picture.pixels().iter().min(), "{file} is one tone");
            }
            (Wanted::Refused(right), Err(error)) => {
                assert!(right(&error), "{file}: {error}");
                assert!(error.to_string().contains(file), "{error}");
            }
            (wanted, found) => panic!("{file} should be {wanted:?}, but: {}", describe(&found)),
        }
    }
    let listed = std::fs::read_to_string(folder.join("index.tsv")).unwrap();
    let listed = listed.lines().skip(1).filter_map(|line| line.split('\t').next());
    assert!(listed.into_iter().all(|file| FILES.iter().any(|(known, _)| *known == file)), "index.tsv lists more files");
}

#[test]
fn transparent_corners_are_white() {
    let Some(file) = shared::shared("data/hostile-images/alpha.png") else { return };
    let picture = data::decode("alpha.png", &std::fs::read(file).unwrap()).unwrap();
    assert_eq!(picture.pixels()[..3], [255; 3]);
}

/// Of every picture, whatever its shape, comes a square of finite numbers.
fn becomes_input(picture: &Rgb) {
    for fit in [Fit::Squash, Fit::Crop] {
        for size in [224, 32] {
            let input =
                nchw_from_rgb(&fitted(picture, fit, [size; 2], Resizing::default()).unwrap(), 3, &Normalise::IMAGENET)
                    .unwrap();
            assert_eq!(input.dims(), [1, 3, size, size]);
            assert!(input.flatten_all().unwrap().to_vec1::<f32>().unwrap().iter().all(|value| value.is_finite()));
        }
    }
}

/// Mean absolute difference in grey levels at 64 × 64.
fn difference(a: &Rgb, b: &Rgb) -> f64 {
    let [a, b] = [a, b].map(|picture| data::resize::resize(picture, 64, 64).unwrap());
    let sum: f64 = a.pixels().iter().zip(b.pixels()).map(|(&a, &b)| f64::from(a.abs_diff(b))).sum();
    sum / a.pixels().len() as f64
}

fn describe(found: &Result<Rgb, DataError>) -> String {
    match found {
        Ok(picture) => format!("{} × {}", picture.width(), picture.height()),
        Err(error) => format!("refused: {error}"),
    }
}
