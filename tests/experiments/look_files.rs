//! `neocog look`: maps, pictures that were searched for, dreams, sheets and paintings as files.

use crate::command::{Folder, neocog, ring, said};
use neocog::data::{self, png};

/// A map as an array and as a picture, with its check, and a refusal.
#[test]
fn evidence_is_written_as_an_array_and_as_a_picture() {
    let folder = Folder(std::env::temp_dir().join(format!("neocog-look-{}", std::process::id())));
    std::fs::create_dir_all(&folder.0).unwrap();
    let path = |name: &str| folder.0.join(name).display().to_string();
    let image = path("ring.png");
    std::fs::write(&image, png::encode(&ring())).unwrap();
    let weights = concat!(env!("CARGO_MANIFEST_DIR"), "/www/models/digits.safetensors");
    let look = |method: &str, out: &str| neocog(&["look", method, &image, "--weights", weights, "--out", &path(out)]);

    let line = said(look("gradient", "map.npy"));
    assert!(line.contains("28 × 28 places") && line.contains("Slope") && !line.contains("does not hold"), "{line}");
    let array = std::fs::read(path("map.npy")).unwrap();
    assert!(array.starts_with(b"\x93NUMPY") && String::from_utf8_lossy(&array[..128]).contains("(28, 28,)"));
    assert!(said(look("grad-cam", "map.png")).contains("places of"));
    let picture = data::decode("map.png", &std::fs::read(path("map.png")).unwrap()).unwrap();
    assert_eq!((picture.width(), picture.height()), (28, 28));
    let refused = look("cam", "none.npy");
    let sentence = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && sentence.contains("comes more than a mean"), "{sentence}");
}

/// One that is no picture does not keep the others from their maps.
#[test]
fn maps_of_several_pictures_go_into_a_folder() {
    let folder = Folder(std::env::temp_dir().join(format!("neocog-maps-{}", std::process::id())));
    std::fs::create_dir_all(&folder.0).unwrap();
    let path = |name: &str| folder.0.join(name).display().to_string();
    let [one, broken, two] = ["one.png", "broken.png", "two.png"].map(path);
    for good in [&one, &two] {
        std::fs::write(good, png::encode(&ring())).unwrap();
    }
    std::fs::write(&broken, b"no picture").unwrap();
    let weights = concat!(env!("CARGO_MANIFEST_DIR"), "/www/models/digits.safetensors");
    let look = |images: &[&str], out: &str| {
        neocog(&[&["look", "saliency"], images, &["--weights", weights, "--out", &path(out)]].concat())
    };
    let found = look(&[&one, &broken, &two], "maps");
    let sentence = String::from_utf8(found.stderr).unwrap();
    assert!(!found.status.success() && sentence.contains("broken.png"), "{sentence}");
    let mut files: Vec<_> =
        std::fs::read_dir(path("maps")).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    assert_eq!(files, ["one.png.npy", "one.png.png", "two.png.npy", "two.png.png"]);
    let same = look(&[&one, &one], "same");
    let sentence = String::from_utf8(same.stderr).unwrap();
    assert!(!same.status.success() && sentence.contains("picture 2 is called one.png as one before it"), "{sentence}");
}

/// Pictures of two digits side by side that the network knows, an inversion with its distance, and a refusal.
#[test]
fn searched_pictures_are_written_side_by_side() {
    let folder = Folder(std::env::temp_dir().join(format!("neocog-search-{}", std::process::id())));
    std::fs::create_dir_all(&folder.0).unwrap();
    let path = |name: &str| folder.0.join(name).display().to_string();
    let (image, out) = (path("ring.png"), path("found.png"));
    std::fs::write(&image, png::encode(&ring())).unwrap();
    let weights = concat!(env!("CARGO_MANIFEST_DIR"), "/www/models/digits.safetensors");
    let look = |more: &[&str]| neocog(&[&["look"], more, &["--weights", weights, "--out", &out]].concat());
    let found = || data::decode("found.png", &std::fs::read(&out).unwrap()).unwrap();

    let two = said(look(&["optimal", "3", "8"]));
    assert!(two.contains("Shown") && !two.contains("does not hold"), "{two}");
    let sure = |digit: &str| {
        let line = two.lines().find(|line| line.trim_start().starts_with(&format!("{digit}: "))).unwrap();
        let share = line.rsplit_once(' ').unwrap().0.rsplit_once(' ').unwrap().1;
        share.parse::<f64>().unwrap() > 95.0 && line.contains(&format!(", {digit} "))
    };
    assert!(sure("3") && sure("8"), "{two}");
    assert!((found().width(), found().height()) == (58, 28));
    let array = out.replace(".png", ".npy");
    said(neocog(&["look", "optimal", "3", "8", "--steps", "2", "--weights", weights, "--out", &array]));
    assert_eq!(std::fs::metadata(&array).unwrap().len(), 128 + 4 * 2 * 28 * 28);
    let kept = said(look(&["invert", &image, "--layer", "0"]));
    assert!(kept.contains("dB from the picture"), "{kept}");
    let refused = look(&["optimal", "10"]);
    assert!(!refused.status.success() && !refused.stderr.is_empty());
}

/// A still, an array, a film of the same size, and a refusal.
#[test]
fn dreams_are_written_as_pictures_and_films() {
    let folder = Folder(std::env::temp_dir().join(format!("neocog-dream-{}", std::process::id())));
    std::fs::create_dir_all(&folder.0).unwrap();
    let path = |name: &str| folder.0.join(name).display().to_string();
    let image = path("ring.png");
    std::fs::write(&image, png::encode(&ring())).unwrap();
    let weights = concat!(env!("CARGO_MANIFEST_DIR"), "/www/models/digits.safetensors");
    let look = |out: &str, more: &[&str]| {
        let plain =
            ["look", "dream", &image, "--weights", weights, "--side", "64", "--tile", "24", "--out", &path(out)];
        neocog(&[&plain[..], &["--octaves", "2", "--octave-scale", "2", "--steps", "2"], more].concat())
    };
    let told = said(look("still.png", &["--layer", "0", "--channel", "3"]));
    assert!(told.contains("64 × 64 pixels at 0: 39 tiles of 24 × 24") && told.contains("32 × 32 in 4 tiles"), "{told}");
    assert!(told.contains("Rises") && !told.contains("does not hold"), "{told}");
    said(look("still.npy", &[]));
    let film = said(look("film.png", &["--frames", "3", "--zoom", "1.1", "--jitter", "4"]));
    assert!(film.contains("3 frames of 64 × 64"), "{film}");
    let length = |name: &str| std::fs::metadata(path(name)).unwrap().len();
    assert_eq!(length("still.npy"), 128 + 4 * 64 * 64);
    let first = data::decode("film.png", &std::fs::read(path("film.png")).unwrap()).unwrap();
    assert!(first.width() == 64 && std::fs::read(path("film.png")).unwrap().windows(4).any(|four| four == b"acTL"));
    let refused = look("none.npy", &["--frames", "3"]);
    let sentence = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && sentence.contains("3 frames are no array"), "{sentence}");
}

/// A sheet of a channel, a wall of all channels, and a refusal.
#[test]
fn what_excites_a_channel_is_written_as_a_sheet() {
    let folder = Folder(std::env::temp_dir().join(format!("neocog-excite-{}", std::process::id())));
    std::fs::create_dir_all(&folder.0).unwrap();
    let path = |name: &str| folder.0.join(name).display().to_string();
    let image = path("ring.png");
    std::fs::write(&image, png::encode(&ring())).unwrap();
    let weights = concat!(env!("CARGO_MANIFEST_DIR"), "/www/models/digits.safetensors");
    let look = |out: &str, more: &[&str]| {
        neocog(
            &[
                &["look", "excite", "--weights", weights, "--pictures", &image, "--layer", "0", "--out", &path(out)],
                more,
            ]
            .concat(),
        )
    };
    let said_of = said(look("sheet.png", &["--channel", "3"]));
    assert!(said_of.contains("excited by 1 pictures") && said_of.contains("channel 3: "), "{said_of}");
    assert!(said_of.contains("Outside") && !said_of.contains("does not hold"), "{said_of}");
    let sheet = data::decode("sheet.png", &std::fs::read(path("sheet.png")).unwrap()).unwrap();
    assert!(sheet.width() > 3 * sheet.height());
    said(look("nine.npy", &["--channel", "3"]));
    assert_eq!(std::fs::metadata(path("nine.npy")).unwrap().len(), 128 + 4 * 2 * 28 * 28);
    said(look("wall.png", &[]));
    let wall = data::decode("wall.png", &std::fs::read(path("wall.png")).unwrap()).unwrap();
    assert!(wall.width() > wall.height() && wall.pixels().iter().any(|&byte| byte != 255));
    let refused = look("none.png", &["--channel", "99"]);
    let sentence = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && sentence.contains("there is no channel 99"), "{sentence}");
}

/// A style's losses fall and stand in its lines; a network that learnt no style wants a picture that has one.
#[test]
fn a_picture_is_painted_in_the_style_of_another() {
    let folder = Folder(std::env::temp_dir().join(format!("neocog-style-{}", std::process::id())));
    std::fs::create_dir_all(&folder.0).unwrap();
    let path = |name: &str| folder.0.join(name).display().to_string();
    let (image, out) = (path("ring.png"), path("painted.png"));
    std::fs::write(&image, png::encode(&ring())).unwrap();
    let weights = concat!(env!("CARGO_MANIFEST_DIR"), "/www/models/digits.safetensors");
    let rest = ["--weights", weights, "--out", &out, "--side", "32", "--steps", "4", "--layer", "0=0.5"];
    let style = |pictures: &[&str]| neocog(&[&["look", "style"], pictures, &rest].concat());
    let lines = said(style(&[&image, &image, "--noise", "--keep", "0"]));
    assert!(lines.contains("4 steps in") && lines.contains("  0 × 0.5: ") && lines.contains("Falls"), "{lines}");
    let picture = data::decode("painted.png", &std::fs::read(&out).unwrap()).unwrap();
    assert_eq!(picture.width().max(picture.height()), 32);
    let array = out.replace(".png", ".npy");
    said(neocog(&[
        "look",
        "style",
        &image,
        &image,
        "--weights",
        weights,
        "--side",
        "32",
        "--steps",
        "1",
        "--out",
        &array,
    ]));
    assert_eq!(std::fs::metadata(&array).unwrap().len(), 128 + 4 * 32 * 32);
    let refused = String::from_utf8(style(&[&image]).stderr).unwrap();
    assert!(refused.contains("learnt no style"), "{refused}");
}
