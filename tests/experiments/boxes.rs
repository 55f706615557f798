//! Boxes of one's own: an album of pictures, and detectors that learn from it.

use crate::host::{TestHost, shipped};
use crate::shared::shared;
use neocog::data::procedural::ShapeScene;
use neocog::data::{Rgb, png};
use neocog::lab::detect::DetectSession;
use neocog::lab::{LabError, Perform};
use neocog::protocol::{
    AlbumChange, BackendChoice, BoxAlbum, BoxFormat, BoxedPicture, DataFile, Detect, DetectTask, DetectTrain, Detected,
    DetectorKind, Judgement, TrueBox,
};
use pollster::block_on;
use std::path::Path;
use std::process::Command;

struct Page {
    host: TestHost,
    session: DetectSession,
}

impl Page {
    fn new() -> Self {
        Self {
            host: TestHost::with(&crate::host::drawing("castle"), &shipped("things")),
            session: DetectSession::default(),
        }
    }

    fn run(&self, job: Detect) -> Result<Detected, LabError> {
        block_on(job.perform(&self.session, &self.host, &|_| {}))
    }

    fn change(&self, change: AlbumChange) -> Result<BoxAlbum, String> {
        match self.run(Detect::Change(change)) {
            Ok(Detected::Album(album)) => Ok(album),
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error.to_string()),
        }
    }

    fn written(&self, format: BoxFormat) -> DataFile {
        let Ok(Detected::Saved(file)) = self.run(Detect::Write(format)) else { panic!("not written") };
        DataFile { name: file.name, bytes: file.bytes }
    }
}

fn file(name: &str, bytes: Vec<u8>) -> DataFile {
    DataFile { name: name.to_owned(), bytes: bytes.into() }
}

fn grey(name: &str, [width, height]: [u32; 2]) -> DataFile {
    let picture = Rgb::new(width, height, vec![120; 3 * (width * height) as usize]).unwrap();
    file(name, png::encode(&picture))
}

/// A class and corners.
type Named = (String, [f32; 4]);

/// Of each picture its name and its boxes, rounded, as VOC's are.
fn boxes(album: &BoxAlbum) -> Vec<(String, Vec<Named>)> {
    let one = |one: &TrueBox| (album.classes[one.class as usize].clone(), one.corners.map(f32::round));
    let picture = |picture: &BoxedPicture| (picture.name.clone(), picture.boxes.iter().map(one).collect());
    album.pictures.iter().map(picture).collect()
}

#[test]
fn what_is_drawn_comes_back_from_every_format() {
    let page = Page::new();
    let album = page.change(AlbumChange::Files(vec![grey("a.png", [60, 40]), grey("dir/b.png", [64, 50])])).unwrap();
    assert_eq!((album.pictures.len(), album.previews.len(), album.classes.len()), (2, 2, 0));
    page.change(AlbumChange::AddClass("cat & dog".to_owned())).unwrap();
    page.change(AlbumChange::AddClass("bird".to_owned())).unwrap();
    let [a, b] = [album.pictures[0].id, album.pictures[1].id];
    let thing = |class, corners| TrueBox { class, corners };
    let three =
        vec![thing(0, [3.0, 4.0, 20.0, 30.0]), thing(1, [0.0, 0.0, 60.0, 40.0]), thing(1, [10.0, 10.0, 30.0, 31.0])];
    page.change(AlbumChange::Boxes { picture: a, boxes: three }).unwrap();
    let drawn = page.change(AlbumChange::Boxes { picture: b, boxes: vec![thing(0, [1.0, 2.0, 9.0, 8.0])] }).unwrap();
    for format in BoxFormat::ALL {
        let written = page.written(format);
        let other = Page::new();
        let again = other.change(AlbumChange::Files(vec![written, grey("a.png", [60, 40]), grey("b.png", [64, 50])]));
        let again = again.unwrap();
        let mut expected = boxes(&drawn);
        expected[1].0 = "b.png".to_owned();
        let sorted = |mut all: Vec<(String, Vec<Named>)>| {
            all.sort_by(|one, other| one.0.cmp(&other.0));
            all
        };
        assert_eq!(sorted(boxes(&again)), sorted(expected), "{format:?}");
        assert_eq!((again.left_out, again.absent), (0, 0));
    }
    // Annotations for pictures that are here already take the place of theirs; a picture that is missing is told.
    let coco = page.written(BoxFormat::Coco);
    page.change(AlbumChange::Remove(vec![b])).unwrap();
    page.change(AlbumChange::Boxes { picture: a, boxes: Vec::new() }).unwrap();
    let told = page.change(AlbumChange::Files(vec![coco])).unwrap();
    assert_eq!((told.pictures[0].boxes.len(), told.absent), (3, 1));
}

#[test]
fn an_album_is_changed_and_nothing_else_of_it() {
    let page = Page::new();
    let scenes = page.change(AlbumChange::Scenes { first: 3, count: 2 }).unwrap();
    assert_eq!((scenes.pictures.len(), &scenes.classes[..]), (2, &ShapeScene::CLASSES.map(str::to_owned)[..]));
    let [one, two] = [&scenes.pictures[0], &scenes.pictures[1]];
    let copied = page.change(AlbumChange::Copy { from: one.id, to: two.id }).unwrap();
    assert_eq!(copied.pictures[1].boxes.len(), one.boxes.len() + two.boxes.len());
    let again = page.change(AlbumChange::Copy { from: one.id, to: two.id }).unwrap();
    assert_eq!(again.pictures, copied.pictures, "the same boxes are not there twice");
    let class = one.boxes[0].class;
    let renamed = page.change(AlbumChange::RenameClass { class, name: " my shape ".to_owned() }).unwrap();
    assert_eq!(renamed.classes[class as usize], "my shape");
    let dropped = page.change(AlbumChange::DropClass(class)).unwrap();
    assert_eq!(dropped.classes.len(), 9);
    let left = |album: &BoxAlbum| boxes(album).into_iter().flat_map(|(_, boxes)| boxes).collect::<Vec<_>>();
    let mut expected = left(&renamed);
    expected.retain(|(class, _)| class != "my shape");
    assert_eq!(left(&dropped), expected);
    let chosen = page.change(AlbumChange::Tray(vec![(0, "castle".to_owned())])).unwrap();
    assert_eq!((chosen.pictures.len(), chosen.previews.len(), chosen.pictures[2].name.as_str()), (3, 1, "castle"));
    assert_eq!(page.change(AlbumChange::Tell).unwrap().previews.len(), 3);
    assert_eq!(page.change(AlbumChange::Clear).unwrap(), BoxAlbum::default());
}

#[test]
fn each_fault_of_boxes_is_one_sentence_and_nothing_is_lost() {
    let page = Page::new();
    let before = page.change(AlbumChange::Files(vec![grey("a.png", [60, 40])])).unwrap();
    let before = BoxAlbum { previews: Vec::new(), ..before };
    let id = before.pictures[0].id;
    let coco = |size: &str, name: &str| {
        let text = format!(
            r#"{{"images": [{{"id": 1, {size}, "file_name": "{name}"}}], "categories": [{{"id": 1, "name": "x"}}],
            "annotations": [{{"image_id": 1, "category_id": 1, "bbox": [2, 2, 4, 4]}}]}}"#
        );
        AlbumChange::Files(vec![file("coco.json", text.into_bytes())])
    };
    let boxes = |corners| AlbumChange::Boxes { picture: id, boxes: vec![TrueBox { class: 0, corners }] };
    let texts = |files: &[(&str, &str)]| {
        AlbumChange::Files(files.iter().map(|(name, text)| file(name, text.as_bytes().to_vec())).collect())
    };
    for (change, part) in [
        (boxes([1.0, 1.0, 2.0, 2.0]), "class 0 is not among the 0"),
        (
            coco(r#""width": 60, "height": 41"#, "a.png"),
            "a.png is 60 × 40 pixels, and its boxes are of a picture of 60 × 41",
        ),
        (coco(r#""width": 60, "height": 40"#, "b.png"), "of 1 pictures, of which none is here: b.png"),
        (texts(&[("a.txt", "0 0.5 0.5 0.2 0.2")]), "names of their classes beside them, in classes.txt"),
        (texts(&[("a.txt", "3 0.5 0.5 0.2 0.2"), ("classes.txt", "x")]), "line 1 has the class 3"),
        (texts(&[("a.txt", "0 0.5 0.5 0.2 0.2"), ("a.xml", "<annotation>")]), "one kind at a time"),
        (texts(&[("a.json", r#"{"a": 1}"#)]), "is not COCO's JSON of boxes"),
        (AlbumChange::AddClass("  ".to_owned()), "a class without a name"),
        (AlbumChange::RenameClass { class: 2, name: "x".to_owned() }, "class 2 is not among the 0"),
        (AlbumChange::Copy { from: id, to: 77 }, "picture 77 is not among the 1"),
        (AlbumChange::Scenes { first: 0, count: 0 }, "0 scenes are not drawn at once"),
    ] {
        let error = page.change(change).unwrap_err();
        assert!(error.contains(part), "{error} has no {part:?}");
        let after = page.change(AlbumChange::Tell).unwrap();
        assert_eq!(BoxAlbum { previews: Vec::new(), ..after }, before);
    }
    page.change(AlbumChange::AddClass("x".to_owned())).unwrap();
    for corners in [[5.0, 5.0, 5.0, 9.0], [-1.0, 0.0, 5.0, 5.0], [0.0, 0.0, 61.0, 5.0], [f32::NAN, 0.0, 1.0, 1.0]] {
        let error = page.change(boxes(corners)).unwrap_err();
        assert!(error.contains("is empty or reaches beyond the picture of 60 × 40"), "{error}");
    }
    // A picture that does not decode is left out and told, the others come.
    let told = page.change(AlbumChange::Files(vec![grey("c.png", [9, 9]), file("d.png", vec![1, 2, 3])])).unwrap();
    assert_eq!((told.pictures.len(), told.left_out), (2, 1));
    assert!(told.first_left_out.contains("d.png"), "{}", told.first_left_out);
    // Nothing to learn from, and too little to measure with.
    let train = DetectTrain { steps: 1, own: true, backend: BackendChoice::Cpu, ..DetectTrain::default() };
    let error = page.run(Detect::Train(train)).unwrap_err().to_string();
    assert!(error.contains("none of 2 pictures has a box to learn from"), "{error}");
    page.change(boxes([1.0, 1.0, 9.0, 9.0])).unwrap();
    let task = DetectTask { own: true, backend: BackendChoice::Cpu, ..DetectTask::default() };
    let error = page.run(Detect::Evaluate(task)).unwrap_err().to_string();
    assert!(error.contains("the boxes are of x; train one on them"), "{error}");
}

#[test]
fn detectors_learn_from_the_album_and_are_measured_with_what_is_held_out() {
    let page = Page::new();
    let album = page.change(AlbumChange::Scenes { first: 0, count: 12 }).unwrap();
    let held: Vec<u32> = [4, 9].map(|at: usize| album.pictures[at].id).to_vec();
    let things = [4, 9].map(|at: usize| album.pictures[at].boxes.len() as u32).iter().sum::<u32>();
    let task = DetectTask { own: true, backend: BackendChoice::Cpu, ..DetectTask::default() };
    // The shipped detector knows the classes of scenes.
    let Ok(Detected::Evaluated(found)) = page.run(Detect::Evaluate(task.clone())) else { panic!("no figures") };
    assert_eq!((found.pictures, found.things, found.own), (2, things, true));
    assert!(found.ap50 > 0.6 && found.examples.iter().all(|one| held.contains(&one.picture)), "{}", found.ap50);
    let right = found.examples.iter().filter(|one| one.judgement == Judgement::Right).count() as u32;
    assert_eq!(right, found.mistakes.right.min(24));

    // A single class of one's own, learnt on from the shipped detector's weights.
    for class in (1..10).rev() {
        page.change(AlbumChange::DropClass(class)).unwrap();
    }
    page.change(AlbumChange::RenameClass { class: 0, name: "mine".to_owned() }).unwrap();
    let train = DetectTrain { steps: 2, batch: 1, own: true, backend: BackendChoice::Cpu, ..DetectTrain::default() };
    let Ok(Detected::Trained(first)) = page.run(Detect::Train(train)) else { panic!("not trained") };
    assert_eq!(first.step, 2);
    let look = DetectTask { album: Some(held[0]), trained: true, threshold: 0.0, ..task };
    let Ok(Detected::Found(found)) = page.run(Detect::Run(look)) else { panic!("no boxes") };
    assert_eq!(found.classes, [["mine", "mine"]]);
    assert!(found.kept.boxes.iter().all(|one| one.class == 0));
}

/// R-CNN's last step, for docs/measured.md.
#[test]
#[ignore = "a minute"]
fn regions_that_move_lie_better_on_things() {
    let page = Page::new();
    let task = DetectTask {
        detector: DetectorKind::Regions,
        network: "things".to_owned(),
        backend: BackendChoice::Cpu,
        ..DetectTask::default()
    };
    let measured = |moves| {
        let Ok(Detected::Evaluated(found)) = page.run(Detect::Evaluate(DetectTask { moves, ..task.clone() })) else {
            panic!("no figures")
        };
        (found.ap50, found.ap75_coco)
    };
    let (still, moved) = (measured(false), measured(true));
    println!("AP50 and AP75 of regions as they are {still:?}, moved {moved:?}");
    assert!(moved.1 > still.1, "{still:?} {moved:?}");
}

#[test]
fn the_command_learns_from_a_folder_of_boxes() {
    let folder = std::env::temp_dir().join(format!("neocog-boxes-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let page = Page::new();
    page.change(AlbumChange::Scenes { first: 40, count: 6 }).unwrap();
    std::fs::write(folder.join("all.json"), page.written(BoxFormat::Coco).bytes).unwrap();
    for number in 40..46 {
        let scene =
            page.run(Detect::Run(DetectTask { scene: number, backend: BackendChoice::Cpu, ..DetectTask::default() }));
        let Ok(Detected::Found(found)) = scene else { panic!("no scene") };
        let pixels: Vec<u8> = found.preview.rgba.chunks_exact(4).flat_map(|of| of[..3].to_vec()).collect();
        let picture = Rgb::new(found.preview.width, found.preview.height, pixels).unwrap();
        std::fs::write(folder.join(format!("scene-{number}.png")), png::encode(&picture)).unwrap();
    }
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_neocog")).arg("detect").args(arguments).output().unwrap();
        let [out, err] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        (output.status.success(), out, err)
    };
    let path = |name: &str| folder.join(name).display().to_string();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("www/models");
    let (boxes, things) = (root.join("boxes.safetensors"), root.join("things.safetensors"));
    let [boxes, things] = [&boxes, &things].map(|path| path.to_str().unwrap());
    let (out, all) = (path("own.safetensors"), path("all.json"));
    let train = ["train", "--annotations", &all, "--begin", boxes, "--out", &out, "--steps", "2", "--batch", "1"];
    let (is_done, said, err) = run(&train);
    assert!(is_done && said.contains("1 pictures held out: AP50"), "{said} {err}");
    let (is_done, said, err) = run(&["evaluate", &out, "--annotations", &all, "--held-out"]);
    assert!(is_done && said.contains("1 pictures, ") && !said.contains("RoIAlign"), "{said} {err}");
    let held = ["evaluate", things, "--learn", &all, "--annotations", &all, "--held-out", "--regions", "20"];
    let (is_done, said, err) = run(&held);
    // Six scenes do not have every shape.
    assert!(is_done || err.contains("to learn from; choose more"), "{said} {err}");
    let (is_done, _, err) = run(&["evaluate", boxes, "--annotations", &path("scene-40.png")]);
    assert!(!is_done && err.contains("is no file of boxes"), "{err}");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn shared_boxes_are_read_as_they_lie() {
    for (set, pictures, class) in [("data/detection-raccoon", 30, "raccoon"), ("data/detection-bccd", 40, "RBC")] {
        let Some(folder) = shared(set) else { return };
        let page = Page::new();
        let table = std::fs::read(folder.join("boxes.tsv")).unwrap();
        let mut files = vec![file("boxes.tsv", table)];
        for picture in std::fs::read_dir(folder.join("images")).unwrap() {
            let picture = picture.unwrap().path();
            files.push(file(picture.file_name().unwrap().to_str().unwrap(), std::fs::read(&picture).unwrap()));
        }
        let album = page.change(AlbumChange::Files(files)).unwrap();
        assert_eq!((album.pictures.len() / 5, album.absent, album.left_out), (pictures, 0, 0));
        assert!(album.classes.iter().any(|known| known == class), "{:?}", album.classes);
    }
}
