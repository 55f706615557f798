//! Captions of one's own: formats of captions files, what can be wrong with them, BLEU, and a decoder that learns.

use crate::shared;
use neocog::data::captions::captions_from;
use neocog::data::dataset::Part;
use neocog::data::files::{Album, DataFile, read_paths};
use neocog::data::{DataError, Rgb, decode, png};
use neocog::lab::caption::{
    Bleu, CaptionTrainer, Captioner, OwnConfig, OwnPicture, OwnSet, SaveKind, baseline, saved, scores,
};
use neocog::lab::device::Device;
use neocog::lab::{Features, LabError, NoMonitor, Weights};
use pollster::block_on;
use serde::Deserialize;
use std::rc::Rc;

/// Picture, sentence and part of each caption.
fn read(file: &str, text: &str) -> Vec<(String, String, Option<Part>)> {
    let found = captions_from(file, text.as_bytes()).unwrap();
    found.captions.into_iter().map(|caption| (caption.picture, caption.sentence, caption.part)).collect()
}

fn refusal(file: &str, bytes: &[u8]) -> String {
    captions_from(file, bytes).unwrap_err().to_string()
}

fn plain(pairs: &[(&str, &str)]) -> Vec<(String, String, Option<Part>)> {
    pairs.iter().map(|&(picture, sentence)| (picture.to_owned(), sentence.to_owned(), None)).collect()
}

#[test]
fn three_formats_say_the_same() {
    let wanted = plain(&[("a.jpg", "A dog ."), ("a.jpg", "A brown dog ."), ("in/b#1.png", "Two cats .")]);
    let tokens = "\u{feff}a.jpg#0\tA dog .\r\na.jpg#1\tA brown dog .\r\n\r\nin/b#1.png#0\tTwo cats .\r\n";
    assert_eq!(read("x.token.txt", tokens), wanted);
    let coco = r#"{"info": {"year": 2026}, "images": [{"id": 7, "file_name": "a.jpg", "width": 3},
        {"id": "8", "file_name": "in\\b#1.png"}], "annotations": [{"id": 1, "image_id": 7, "caption": "A dog ."},
        {"id": 2, "image_id": 7, "caption": "A brown dog ."}, {"id": 3, "image_id": "8", "caption": "Two cats ."}]}"#;
    assert_eq!(read("x.json", coco), wanted);
    assert_eq!(read("x.tsv", "a.jpg\tA dog .\na.jpg\tA brown dog .\nin/b#1.png\tTwo cats ."), wanted);
    let named = "File\twidth\tcaption_no\tCaption\na.jpg\t3\t0\tA dog .\na.jpg\t3\t1\tA brown dog .\nin/b#1.png\t9\t0\tTwo cats .\n";
    assert_eq!(read("x.tsv", named), wanted);
}

#[test]
fn a_file_may_tell_the_parts() {
    let table = read("x.tsv", "split\timage\tsentence\ntrain\ta\tx\nVAL\tb\ty\ntest\tc\tz\nrestval\td\tw\n");
    let parts: Vec<Option<Part>> = table.into_iter().map(|(.., part)| part).collect();
    assert_eq!(parts, [Part::Train, Part::Validation, Part::Test, Part::Train].map(Some));
    let coco = r#"{"images": [{"id": 1, "file_name": "a", "split": "val"}], "annotations": [{"image_id": 1, "caption": "x"},
        {"image_id": 2, "caption": "y"}, {"image_id": 1}]}"#;
    let found = captions_from("x.json", coco.as_bytes()).unwrap();
    assert_eq!((found.captions.len(), found.captions[0].part, found.unnamed), (1, Some(Part::Validation), 1));
}

#[test]
fn every_fault_is_told_with_its_place() {
    assert_eq!(refusal("x.txt", b""), "x.txt is empty");
    assert_eq!(refusal("x.txt", b"\n \n"), "x.txt holds no examples");
    assert_eq!(
        refusal("x.txt", b"a.jpg#0\tA d\xf6\0g"),
        "x.txt, byte 0: text was expected, not bytes in no known encoding"
    );
    assert_eq!(
        refusal("x.txt", b"a.jpg#0\tA dog\na.jpg A cat\n"),
        "x.txt, byte 14: a picture's name, a tab and its caption was expected, not the line “a.jpg A cat” without a tab"
    );
    assert_eq!(
        refusal("x.tsv", b"file\tx\tcaption\na\tb\n"),
        "x.tsv, byte 15: 3 columns, as the first line names them was expected, not 2 columns"
    );
    assert_eq!(
        refusal("x.tsv", b"file\tsplit\tcaption\na\tbig\tb\n"),
        "x.tsv, byte 19: train, val or test was expected, not “big”"
    );
    for (json, told) in [
        ("{\"images\": [", "it is not COCO's JSON of captions: EOF while parsing a list at line 1 column 12"),
        ("{\"images\": []}", "it is not COCO's JSON of captions: it has neither annotations nor sentences"),
        ("[1, 2]", "it is not COCO's JSON of captions: invalid type"),
        (
            r#"{"images": [{"id": 1, "file_name": "a", "split": "big"}], "annotations": []}"#,
            "a is of the split “big”, not of train, val or test",
        ),
    ] {
        let found = refusal("x.json", json.as_bytes());
        assert!(found.starts_with(&format!("x.json: {told}")), "{found}");
    }
    // Boxes of objects have no captions.
    let boxes = r#"{"images": [{"id": 1, "file_name": "a"}], "annotations": [{"image_id": 1, "bbox": [1, 2, 3, 4]}]}"#;
    assert_eq!(refusal("boxes.json", boxes.as_bytes()), "boxes.json holds no examples");
}

fn picture(name: impl Into<String>, colour: [u8; 3]) -> DataFile {
    let picture = Rgb::new(8, 8, colour.repeat(64)).unwrap();
    DataFile { name: name.into(), bytes: png::encode(&picture) }
}

fn text(name: &str, text: impl Into<String>) -> DataFile {
    DataFile { name: name.to_owned(), bytes: text.into().into_bytes() }
}

/// Twelve pictures, each with two captions.
fn dozen() -> (Vec<DataFile>, String) {
    let files = (0..12).map(|k| picture(format!("set/img/{k}.png"), [k, 0, 0]));
    let captions = (0..12).map(|k| format!("{k}.png#0\tPicture number {k} .\n{k}.png#1\tNumber {k}\n"));
    (files.collect(), captions.collect())
}

fn album(files: Vec<DataFile>, captions: Option<String>) -> Result<Album, DataError> {
    Album::open(files, captions.map(|captions| text("captions.txt", captions)).as_ref())
}

#[test]
fn what_is_not_there_is_counted_and_the_rest_is_used() {
    let (mut files, mut captions) = dozen();
    files.remove(3);
    files.push(picture("set/img/alone.png", [9, 9, 9]));
    captions += "gone/x.png#0\tGone\n5.png#2\t . ! \n5.png#3\tNUMBER 5!\n";
    let album = album(files, Some(captions)).unwrap();
    let notes = &album.notes;
    assert_eq!((notes.named, notes.missing, notes.first_missing.as_str()), (13, 2, "3.png"));
    assert_eq!((notes.uncaptioned, notes.empty, notes.repeated, notes.left_out), (1, 1, 1, 0));
    assert_eq!(album.pictures().len(), 11);
    let five = album.pictures().iter().find(|picture| picture.name == "5.png").unwrap();
    assert_eq!(
        five.sentences.iter().map(|words| words.join(" ")).collect::<Vec<_>>(),
        ["picture number 5", "number 5"]
    );
    let held_out = album.pictures().iter().filter(|picture| picture.part == Part::Validation).count();
    assert_eq!(held_out, 2);
    let at = album.pictures().iter().position(|picture| picture.name == "5.png").unwrap();
    let file = album.read(at).unwrap().unwrap();
    assert_eq!(decode(file.name, &file.bytes).unwrap().pixels()[..3], [5, 0, 0]);
}

#[test]
fn too_few_pictures_are_told_of() {
    let (files, captions) = dozen();
    let few = files.into_iter().take(4).collect();
    assert_eq!(
        album(few, Some(captions.clone())).unwrap_err().to_string(),
        "captions.txt: 8 of the 12 pictures that it names are not there (the first is 4.png); at least 10 are needed"
    );
    let none = vec![picture("set/a.png", [0; 3]), text("set/readme.md", "about")];
    assert!(album(none, None).unwrap_err().to_string().starts_with("set: no file of captions is there; Flickr8k's"));
}

#[test]
fn names_find_their_folders() {
    // The same name in two folders: the folder decides, and without one nobody can know.
    let (mut files, captions) = dozen();
    files.push(picture("set/other/3.png", [77; 3]));
    assert_eq!(
        album(files.clone(), Some(captions.clone())).unwrap_err().to_string(),
        "captions.txt: 3.png may be set/img/3.png or set/other/3.png; name its folder too"
    );
    let foldered = captions.replace("3.png", "other/3.png");
    let album = album(files, Some(foldered)).unwrap();
    let at = album.pictures().iter().position(|picture| picture.name == "other/3.png").unwrap();
    assert_eq!(album.read(at).unwrap().unwrap().name, "set/other/3.png");
    assert_eq!(album.notes.missing, 0);
}

#[test]
fn the_captions_file_is_found_among_others() {
    let (mut files, captions) = dozen();
    files.push(text("set/readme.txt", "Pictures of numbers,\nwithout a tab.\n"));
    files.push(text("set/Flickr.token.txt", captions.clone()));
    files.push(text("set/other.tsv", "nowhere.jpg\tA dog\n"));
    let album = album(files, None).unwrap();
    assert_eq!((album.name.as_str(), album.captions_file.as_str()), ("set", "set/Flickr.token.txt"));
    // Parts do not hang on the folder or on the order of the files.
    let parts = |album: &Album| -> Vec<(String, Part)> {
        album.pictures().iter().map(|picture| (picture.name.clone(), picture.part)).collect()
    };
    let (mut back, _) = dozen();
    back.reverse();
    back.iter_mut().for_each(|file| file.name = file.name.replace("set/img", "elsewhere"));
    let other = Album::open(back, Some(&text("c.txt", captions))).unwrap();
    assert_eq!(parts(&album), parts(&other));
}

#[test]
fn the_files_own_parts_hold() {
    let (files, _) = dozen();
    let rows = |part: &dyn Fn(usize) -> &'static str| -> String {
        (0..12).map(|k| format!("{k}.png\t{}\tA {k}\n", part(k))).collect()
    };
    let counts = |table: String| {
        let album = Album::open(files.clone(), Some(&text("t.tsv", format!("file\tsplit\tcaption\n{table}")))).unwrap();
        let of = |part| album.pictures().iter().filter(|picture| picture.part == part).count();
        [of(Part::Train), of(Part::Validation), album.notes.left_out]
    };
    assert_eq!(
        counts(rows(&|k| if k < 7 {
            "train"
        } else if k < 9 {
            "val"
        } else {
            "test"
        })),
        [7, 2, 3]
    );
    assert_eq!(counts(rows(&|k| if k < 9 { "train" } else { "test" })), [9, 3, 0]);
    assert_eq!(counts(rows(&|_| "train")), [10, 2, 0]);
}

#[derive(Deserialize)]
struct Fixture {
    cases: Vec<BleuCase>,
}

#[derive(Deserialize)]
struct BleuCase {
    name: String,
    said: Vec<String>,
    references: Vec<Vec<String>>,
    scores: [f64; 4],
}

#[test]
fn bleu_is_sacrebleus() {
    let fixture: Fixture = serde_json::from_str(include_str!("../fixtures/bleu.json")).unwrap();
    assert!(fixture.cases.len() >= 10);
    for case in fixture.cases {
        let mut bleu = Bleu::default();
        let words = |sentence: &String| sentence.split_whitespace().map(str::to_owned).collect::<Vec<String>>();
        for (said, references) in case.said.iter().zip(&case.references) {
            bleu.add(&words(said), &references.iter().map(words).collect::<Vec<_>>());
        }
        for (found, wanted) in bleu.scores().into_iter().zip(case.scores) {
            assert!((found - wanted).abs() < 1e-9, "{}: {:?} for {:?}", case.name, bleu.scores(), case.scores);
        }
    }
    assert_eq!(Bleu::default().scores(), [0.0; 4]);
}

/// Features that say colour and thing; sentences that say them too.
pub(crate) fn toys() -> OwnSet {
    let (colours, things) = (["red", "green", "blue", "white"], ["ball", "cup", "shoe", "house", "tree"]);
    let picture = |k: usize| {
        let (colour, thing) = (k % 4, k / 4 % 5);
        let noise = |at: usize| ((k * 7919 + at * 104_729) % 101) as f32 / 101.0 - 0.5;
        let one = |at: usize, of: usize| f32::from(u8::from(at == of));
        let features = (0..9).map(|at| noise(at) * 0.2 + if at < 4 { one(at, colour) } else { one(at - 4, thing) });
        let [colour, thing] = [colours[colour], things[thing]];
        let says = |sentence: String| sentence.split(' ').map(str::to_owned).collect();
        let sentences =
            vec![says(format!("a {colour} {thing} on a table")), says(format!("there is a {colour} {thing}"))];
        let part = if k % 6 == 5 { Part::Validation } else { Part::Train };
        OwnPicture { name: format!("{k:03}.png"), features: features.collect(), sentences, part }
    };
    let pictures = (0..120).map(picture).collect();
    OwnSet { name: "toys".to_owned(), backbone: "none".to_owned(), pictures, damaged: 0, first_damaged: String::new() }
}

#[test]
fn a_small_set_is_learnt_and_read_back() {
    let set = Rc::new(toys());
    let config =
        OwnConfig { epochs: 30, batch: 20, rate: 1e-2, size: 32, dropout: 0.1, least: 1, ..OwnConfig::default() };
    let mut trainer = block_on(CaptionTrainer::start(&set, config, &Device::Cpu)).unwrap();
    assert_eq!(trainer.sentences(), [180, 20]);
    let first = block_on(trainer.evaluate()).unwrap();
    for _ in 0..30 {
        for _ in 0..trainer.steps_per_epoch() {
            trainer.advance().unwrap();
        }
        block_on(trainer.evaluate()).unwrap();
    }
    trainer.take_best().unwrap();
    let (_, loss) = trainer.best().unwrap();
    assert!((block_on(trainer.evaluate()).unwrap() - loss).abs() < 1e-9 && loss < first / 4.0, "{first} → {loss}");
    let (found, captioner) = block_on(scores(&mut trainer, &NoMonitor::default())).unwrap();
    assert_eq!(found.spoken.len(), 20);
    // Of two sentences that are as likely, each is right.
    assert!(found.greedy[3] > 95.0 && found.beam[3] > 95.0, "{found:?}");
    assert!(found.baseline[3] < 60.0 && found.frequent_count > 0, "{found:?}");
    assert_eq!(baseline(&set).2, found.baseline);
    let bytes = block_on(saved(&trainer, SaveKind::Half, "a file")).unwrap();
    let read = Captioner::parse("a file", bytes).unwrap();
    assert_eq!((read.net, read.backbone.as_str(), read.vocabulary), (captioner.net, "none", captioner.vocabulary));
}

#[test]
fn the_most_frequent_caption_is_the_first_of_equals() {
    let words = |sentence: &str| sentence.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let picture = |sentence: &str, part| OwnPicture {
        name: String::new(),
        features: vec![0.0],
        sentences: vec![words(sentence)],
        part,
    };
    let pictures =
        ["b b", "a dog runs now", "b b", "a dog runs now", "c"].map(|sentence| picture(sentence, Part::Train));
    let mut pictures = pictures.to_vec();
    pictures.push(picture("a dog runs now", Part::Validation));
    pictures.push(picture("c", Part::Validation));
    let set =
        OwnSet { name: String::new(), backbone: String::new(), pictures, damaged: 0, first_damaged: String::new() };
    let (caption, count, scores) = baseline(&set);
    assert_eq!((caption.as_str(), count), ("a dog runs now", 2));
    // Four of eight words are right, and three of six pairs.
    assert!((scores[0] - 50.0).abs() < 1e-9 && (scores[1] - 50.0).abs() < 1e-9, "{scores:?}");
}

#[test]
fn figures_that_make_no_sense_are_refused() {
    let set = Rc::new(toys());
    let refused = |config: OwnConfig| match block_on(CaptionTrainer::start(&set, config, &Device::Cpu)) {
        Err(LabError::Setup { detail }) => detail,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("accepted"),
    };
    let good = OwnConfig { size: 16, least: 1, ..OwnConfig::default() };
    assert_eq!(
        refused(OwnConfig { epochs: 0, ..good }),
        "0 epochs of 16 units; choose 1 to 1000 epochs and 8 to 2048 units"
    );
    assert_eq!(refused(OwnConfig { dropout: 1.0, ..good }), "a dropout of 1; choose 0 to 0.9");
    assert!(refused(OwnConfig { least: 1000, ..good }).starts_with("no word stands 1000 times"));
}

/// Pictures of the shared set with SqueezeNet's features: fewer of them and for fewer epochs than in docs/captioning.md.
#[test]
fn photographs_are_captioned_better_than_always_the_same() {
    let (Some(folder), Some(file)) =
        (shared::shared("data/captions-flickr8k/images"), shared::shared("data/models/squeezenet1_1.safetensors"))
    else {
        return;
    };
    let captions = std::fs::read(folder.with_file_name("captions.tsv")).unwrap();
    let captions = DataFile { name: "captions.tsv".to_owned(), bytes: captions };
    let mut pictures = read_paths(&[&folder]).unwrap();
    pictures.sort_by(|a, b| a.name.cmp(&b.name));
    pictures.truncate(SOME);
    let album = Album::open(pictures, Some(&captions)).unwrap();
    assert_eq!((album.notes.named, album.notes.missing, album.pictures().len()), (800, 800 - SOME, SOME));
    let weights = Rc::new(Weights::from_bytes("squeezenet1_1", std::fs::read(file).unwrap()).unwrap());
    let mut backbone = block_on(Features::new(&weights, 8, &Device::Cpu)).unwrap();
    assert_eq!(backbone.count(), 512);
    let watch = NoMonitor::default();
    let decoded = async |name: &str, bytes: &[u8]| -> Result<Option<Rgb>, LabError> { Ok(Some(decode(name, bytes)?)) };
    let set = Rc::new(block_on(OwnSet::seen(&album, &mut backbone, &watch, decoded)).unwrap());
    let config = OwnConfig { epochs: 10, size: 64, rate: 1e-2, ..OwnConfig::default() };
    let mut trainer = block_on(CaptionTrainer::start(&set, config, &Device::Cpu)).unwrap();
    for _ in 0..10 * trainer.steps_per_epoch() {
        trainer.advance().unwrap();
    }
    let (found, _) = block_on(scores(&mut trainer, &NoMonitor::default())).unwrap();
    println!("network {:?} {:?}, always “{}” {:?}", found.greedy, found.beam, found.frequent, found.baseline);
    assert!(found.greedy.iter().zip(&found.baseline).take(2).all(|(network, always)| network > always));
}

const SOME: usize = 200;
