//! Pictures: formats that are not read, animation and transparency, orientation.

use crate::made::png;
use crate::odd_pictures::odd_pictures;
use crate::{reported, sentence};
use neocog::data::probe::probe;
use neocog::data::{Rgb, decode, orientation};

fn read(under: &str) -> Option<Result<Rgb, String>> {
    let path = reported(under)?;
    Some(decode(under, &std::fs::read(path).unwrap()).map_err(sentence))
}

#[test]
fn other_formats_are_named_and_never_called_damaged() {
    for (file, format) in [("photo.heic", "HEIC"), ("tabby.tiff", "TIFF"), ("tabby.avif", "AVIF"), ("tabby.ico", "ICO")]
    {
        let Some(found) = read(&format!("format/{file}")) else { return };
        let words = found.unwrap_err();
        println!("{words}");
        assert!(words.contains(file) && words.contains(format) && words.contains("save it as PNG or JPEG"), "{words}");
        assert!(!words.contains("damaged") && !words.contains("another copy"), "{words}");
    }
}

#[test]
fn made_files_of_other_kinds_are_named() {
    let pytorch = [b"PK\x03\x04".as_slice(), &[0; 26], b"archive/data.pkl"].concat();
    let cases: [(&str, &[u8], &str); 8] = [
        ("paper.pdf", b"%PDF-1.7\n", "PDF"),
        ("notes.txt", b"some words", "TXT"),
        ("photo.jpg", b"some words", "TXT"),
        ("model.onnx", b"\x08\x08\x12\x07pytorch", "ONNX"),
        ("model.pth", &pytorch, "PyTorch"),
        ("model.pt", b"\x80\x02\x8a\x0al\xfc\x9cF", "PyTorch"),
        ("model.tflite", b"\x1c\0\0\0TFL3", "TFLite"),
        ("photo.png", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic\0\0\0\x14ispe\0\0\0\0\0\0\0\x08\0\0\0\x08", "HEIC"),
    ];
    for (file, bytes, format) in cases {
        let words = sentence(decode(file, bytes).unwrap_err());
        println!("{words}");
        assert!(words.contains(file) && words.contains(format), "{words}");
        assert!(!words.contains("damaged") && !words.contains("another copy"), "{words}");
    }
    // A damaged picture is still called so.
    let cut = sentence(decode("cut.png", &png(9, 9, [3; 3])[..50]).unwrap_err());
    assert!(cut.contains("damaged") && cut.contains("another copy"), "{cut}");
}

/// The same table as in the browser, `tests/e2e/hostile.rs`.
#[test]
fn odd_pictures_look_as_they_should() {
    for odd in odd_pictures() {
        let found = decode(&odd.name, &odd.bytes).unwrap();
        assert_eq!((found.width(), found.pixels()), (odd.width, odd.wanted.as_slice()), "{}", odd.name);
        // As the worker does it for its browser.
        let format = probe(&odd.name, &odd.bytes).unwrap().format;
        let taken_out = orientation::taken_out(format, &odd.bytes);
        assert_eq!(taken_out.is_some(), odd.name.starts_with("turned") && !odd.name.contains('1'), "{}", odd.name);
        if let Some((plain, orientation)) = taken_out {
            let stored = decode(&odd.name, &plain).unwrap();
            assert_eq!((stored.width(), stored.turned(orientation)), (3, found), "{}", odd.name);
        }
    }
}

#[test]
fn transparent_animation_lies_on_white() {
    let (Some(found), Some(wanted)) = (read("picture/anim_default.webp"), read("picture/on_white.png")) else { return };
    let (found, wanted) = (found.unwrap(), wanted.unwrap());
    assert_eq!((found.width(), found.height()), (wanted.width(), wanted.height()));
    let worst = found.pixels().iter().zip(wanted.pixels()).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
    assert!(worst <= 2, "off by {worst} grey levels");
}

#[test]
fn turned_pictures_stand_upright() {
    let (Some(webp), Some(png)) = (read("picture/exif6.webp"), read("picture/exif6.png")) else { return };
    let (webp, png) = (webp.unwrap(), png.unwrap());
    println!("{} × {}", webp.width(), webp.height());
    assert_eq!((webp.width(), webp.height()), (png.width(), png.height()));
    let worst = webp.pixels().iter().zip(png.pixels()).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
    assert!(worst <= 8, "off by {worst} grey levels");
}
