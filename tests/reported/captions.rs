//! Captions as Kaggle, Karpathy and spreadsheets write them.

use crate::reported;
use neocog::data::captions::{Captions, captions_from};
use neocog::data::dataset::Part;

fn read(file: &str) -> Option<Captions> {
    let path = reported(&format!("captions-csv/{file}"))?;
    Some(captions_from(file, &std::fs::read(path).unwrap()).unwrap())
}

#[test]
fn every_reported_table_is_read() {
    const FIRST: &str = "1000268201_693b08cb0e.jpg";
    const BIKE: &str = "A man , in a red shirt , rides a bike .";
    for (file, sentence) in [
        ("captions.txt", BIKE),
        ("dataset_flickr8k.json", BIKE),
        ("pipes.csv", BIKE),
        ("utf16.tsv", BIKE),
        ("semicolon.csv", "A child sits ."),
        ("sjis.tsv", "赤い 円"),
    ] {
        let Some(found) = read(file) else { return };
        let first = &found.captions[0];
        println!("{file}: {} captions", found.captions.len());
        assert_eq!((first.picture.as_str(), first.sentence.as_str()), (FIRST, sentence), "{file}");
        assert!(found.captions.len() >= 10, "{file}");
    }
    let quoted = read("captions.txt").unwrap().captions.swap_remove(1);
    assert_eq!(quoted.sentence, "Two dogs, \"Rex\" and Spot, play .");
    let parts = read("dataset_flickr8k.json").unwrap().captions;
    assert_eq!(parts[1].part, Some(Part::Validation));
}

#[test]
fn made_tables_say_the_same() {
    let wanted = [("a.jpg", "one, \"two\""), ("in/é.jpg", "three")];
    let utf16 = |text: &str, bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    let table = "image\tcaption\na.jpg\tone, \"two\"\nin/e\u{301}.jpg\tthree\n";
    let cases: [Vec<u8>; 8] = [
        b"image,caption\r\na.jpg,\"one, \"\"two\"\"\"\r\nin/e\xcc\x81.jpg,three\r\n".to_vec(),
        b"caption;x;file_name\n\"one, \"\"two\"\"\";1;a.jpg\nthree;2;in\\\xc3\xa9.jpg\n".to_vec(),
        b"image_name| comment_number| comment\na.jpg| 0| one, \"two\"\nin/\xc3\xa9.jpg| 0| three\n".to_vec(),
        // Nobody quoted the comma, and nobody named the columns.
        b"a.jpg,one, \"two\"\nin/\xc3\xa9.jpg,three\n".to_vec(),
        table.as_bytes().to_vec(),
        [vec![0xff, 0xfe], utf16(table, u16::to_le_bytes)].concat(),
        utf16(table, u16::to_be_bytes),
        br#"{"images": [{"filename": "a.jpg", "imgid": 0, "split": "train", "sentences": [{"raw": "one, \"two\""}]},
            {"filename": "\u00e9.jpg", "filepath": "in", "imgid": 1, "sentences": [{"raw": "three"}]}], "dataset": "x"}"#
            .to_vec(),
    ];
    for bytes in cases {
        let found = captions_from("x", &bytes).unwrap();
        let found: Vec<_> = found.captions.iter().map(|one| (one.picture.as_str(), one.sentence.as_str())).collect();
        assert_eq!(found, wanted, "{}", String::from_utf8_lossy(&bytes));
    }
    // A quoted caption may go over a line's end.
    let long = captions_from("x", b"image,caption\na.jpg,\"one\ntwo\"\n").unwrap();
    assert_eq!(long.captions[0].sentence, "one\ntwo");
}
