//! The gallery's pictures as files: `NEOCOG_GALLERY=/tmp/gallery cargo test --test data gallery` writes them there as PNG.

use std::{collections::BTreeSet, path::PathBuf};

use image::{ImageFormat, RgbImage};
use neocog::data::{decode, gallery};

#[test]
fn pictures_differ_and_survive_png() {
    let folder = std::env::var_os("NEOCOG_GALLERY").map(PathBuf::from);
    if let Some(folder) = &folder {
        std::fs::create_dir_all(folder).unwrap();
    }
    let mut seen = BTreeSet::new();
    for name in gallery::names() {
        let picture = gallery::draw(name).unwrap();
        let image = RgbImage::from_raw(picture.width(), picture.height(), picture.pixels().to_vec()).unwrap();
        let mut png = std::io::Cursor::new(Vec::new());
        image.write_to(&mut png, ImageFormat::Png).unwrap();
        assert_eq!(decode(name, png.get_ref()).unwrap(), picture);
        if let Some(folder) = &folder {
            std::fs::write(folder.join(name).with_extension("png"), png.get_ref()).unwrap();
        }
        assert!(seen.insert(picture.into_pixels()), "{name} equals another picture");
    }
}
