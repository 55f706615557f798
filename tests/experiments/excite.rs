//! What excites the channels of a layer, without a page.

use crate::host::{TestHost, drawing, shipped};
use neocog::data::dataset::{Dataset, Examples, Split};
use neocog::data::procedural::{Recipe, Set};
use neocog::data::{Rgb, decode, gallery, png};
use neocog::lab::look::LookSession;
use neocog::lab::{LabError, LayerActivation, Perform, Weights, activation, seen};
use neocog::protocol::{
    BackendChoice, DataChoice, Excite, ExciteFact, ExciteFound, ExcitedPlace, Finding, Fit, LookInside,
    LookInsideAnswer, LookInsideNews, Pixels,
};
use pollster::block_on;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::OnceLock;

fn job(layer: &str, channel: u32) -> Excite {
    Excite { layer: Some(layer.to_owned()), channel: Some(channel), backend: BackendChoice::Cpu, ..Excite::default() }
}

/// Of the gallery, in the size that networks for them read; drawing takes its time.
fn drawings() -> Vec<Rc<Rgb>> {
    static SMALL: OnceLock<Vec<Rgb>> = OnceLock::new();
    let small = || {
        let photos = shipped("photos");
        names().map(|name| seen(&drawing(name), photos.network(), Fit::Crop).unwrap()).collect()
    };
    SMALL.get_or_init(small).iter().cloned().map(Rc::new).collect()
}

fn names() -> impl Iterator<Item = &'static str> {
    std::iter::once("ship").chain(gallery::names().iter().step_by(2).copied().filter(|name| *name != "ship")).take(18)
}

/// A host with these in its tray, and a job about all of them.
fn about(pictures: &[Rc<Rgb>], weights: &Rc<Weights>, job: Excite) -> (TestHost, Excite) {
    let host = TestHost { pictures: pictures.to_vec(), ..TestHost::with(&pictures[0], weights) };
    (host, Excite { pictures: (0..pictures.len() as u32).collect(), ..job })
}

fn answer(host: &TestHost, session: &LookSession, job: Excite) -> Result<ExciteFound, LabError> {
    match block_on(LookInside::Excite(job).perform(session, host, &|_| {}))? {
        LookInsideAnswer::Excite(found) => Ok(*found),
        other => panic!("no places: {other:?}"),
    }
}

fn found(host: &TestHost, job: Excite) -> ExciteFound {
    answer(host, &LookSession::default(), job).unwrap()
}

fn holds(found: &ExciteFound, facts: &[ExciteFact]) {
    for finding in &found.findings {
        println!("{finding:?}");
    }
    let all: Vec<ExciteFact> = found.findings.iter().map(|finding| finding.fact).collect();
    assert_eq!(all, facts);
    assert!(found.findings.iter().all(Finding::holds));
}

const ALL: [ExciteFact; 4] = [ExciteFact::Alone, ExciteFact::Outside, ExciteFact::Inside, ExciteFact::Dark];

/// The layer's whole answers, one after the other.
fn answers(pictures: &[Rc<Rgb>], weights: &Weights, layer: &str) -> Vec<LayerActivation> {
    pictures.iter().map(|picture| activation(weights, picture, Fit::Crop, layer).unwrap()).collect()
}

/// By a plain sort of all answers.
fn sorted(answers: &[LayerActivation], channel: usize) -> Vec<(f32, u32, u32)> {
    let mut all = Vec::new();
    for (picture, made) in answers.iter().enumerate() {
        let places = made.shape[2..].iter().product::<usize>();
        let values = &made.values[channel * places..][..places];
        let most = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let place = values.iter().position(|value| *value == most).unwrap();
        all.push((most, picture as u32, place as u32));
    }
    all.sort_by(|a, b| b.0.total_cmp(&a.0));
    all.truncate(Excite::PLACES);
    all
}

#[test]
fn excite_finds_the_nine_that_a_plain_sort_of_all_answers_finds() {
    let (photos, pictures) = (shipped("photos"), drawings());
    let session = LookSession::default();
    let (host, first) = about(&pictures, &photos, Excite { backend: BackendChoice::Cpu, ..Excite::default() });
    let usual = answer(&host, &session, first.clone()).unwrap();
    println!("{} {:?} {:?} {}", usual.layer, usual.shape, usual.field, usual.channel);
    let [channels, rows, columns] = usual.shape;
    assert!(usual.field.is_some_and(|[high, wide]| high <= 16 && wide <= 16) && rows * columns > 1);
    assert_eq!((usual.seen, usual.of), (pictures.len() as u32, pictures.len() as u32));
    let all = answers(&pictures, &photos, &usual.layer);
    for channel in [0, 7, usual.channel as usize, channels - 1] {
        let one = answer(&host, &session, Excite { channel: Some(channel as u32), ..first.clone() }).unwrap();
        let expected = sorted(&all, channel);
        assert_eq!((one.channel as usize, one.places.len()), (channel, Excite::PLACES));
        for (place, (value, picture, at)) in one.places.iter().zip(expected) {
            let [row, column] = place.place;
            assert_eq!((place.picture, row * columns as u32 + column), (picture, at), "channel {channel}");
            assert!((place.value - value).abs() <= 1e-5 * value.abs().max(1.0), "{} {value}", place.value);
            assert_eq!(place.label, one.places.iter().find(|p| p.picture == picture).unwrap().label);
        }
        if one.places[0].value > 0.0 {
            holds(&one, &ALL);
        }
        // What is told of the wall is of the same places.
        assert_eq!(one.wall.values[channel], one.places[0].value);
    }
    assert!(usual.wall.values.iter().all(|value| *value <= usual.places[0].value));
    saved(&usual, "usual");
}

#[test]
fn excite_shows_the_part_that_a_place_sees() {
    let (photos, pictures) = (shipped("photos"), drawings());
    let (host, job) = about(&pictures, &photos, job("0", 5));
    let one = found(&host, job);
    assert_eq!((one.field, one.input), (Some([3, 3]), [32, 32]));
    holds(&one, &ALL);
    for place in &one.places {
        let [left, top, width, height] = place.field;
        let whole = seen(&pictures[place.picture as usize], photos.network(), Fit::Crop).unwrap();
        for at in 0..width * height {
            let (x, y) = (at % width, at / width);
            let from = (((top + y) * 32 + left + x) * 3) as usize;
            assert_eq!(whole.pixels()[from..from + 3], place.patch.rgba[4 * at as usize..][..3]);
        }
    }
    // Nothing lies between the picture and this layer but its filters: the gradient is the channel's own filter, by either rule.
    let inside = one.places.iter().find(|place| place.field[2..] == [3, 3]).unwrap();
    assert_eq!(inside.guided, inside.deconvnet);
    let gradient = shades(inside.guided.as_ref().unwrap());
    let other = one.places.iter().filter(|place| place.field[2..] == [3, 3]);
    assert!(other.map(|place| shades(place.guided.as_ref().unwrap())).all(|all| all == gradient));
    let value = |patch: &Pixels| -> f64 {
        let normalise = &photos.network().normalise;
        let all = patch.rgba.chunks_exact(4).enumerate();
        let of = |(at, pixel): (usize, &[u8])| -> f64 {
            (0..3).map(|k| f64::from(gradient[3 * at + k]) * f64::from(normalise.value(k, pixel[k]))).sum()
        };
        all.map(of).sum()
    };
    // What the filter says of each patch is in the order of the values, for the filter is in 8 bits.
    let said: Vec<f64> =
        one.places.iter().filter(|place| place.field[2..] == [3, 3]).map(|place| value(&place.patch)).collect();
    println!("{said:?}");
    assert!(said.windows(2).all(|two| two[0] >= two[1] - 0.02 * two[0].abs()), "{said:?}");
}

/// Above and below the grey of nothing.
fn shades(pixels: &Pixels) -> Vec<i16> {
    let of = |pixel: &[u8]| [0, 1, 2].map(|channel| i16::from(pixel[channel]) - 128);
    pixels.rgba.chunks_exact(4).flat_map(of).collect()
}

#[test]
fn excite_counts_by_the_classes_of_the_data() {
    let digits = shipped("digits");
    let recipe = Recipe { count: 60, ..Recipe::default() };
    let set = Set::find("digits").unwrap();
    let mut examples = set.blank(&recipe).unwrap();
    set.draw_into(&recipe, 0..60, &mut examples);
    let data = set.dataset(&recipe, examples).unwrap();
    let layer = digits.network().layers().unwrap()[2].name.clone();
    let choice = DataChoice { count: 60, ..DataChoice::default() };
    let host = TestHost { weights: vec![digits.clone()], ..TestHost::without_gpu() };
    let one = found(&host, Excite { data: Some(choice), ..job(&layer, 3) });
    assert_eq!((one.seen, one.of, one.is_labelled), (60, 60, true));
    let pictures: Vec<Rc<Rgb>> = (0..60).map(|at| Rc::new(data.picture(at).unwrap())).collect();
    let all = answers(&pictures, &digits, &layer);
    let expected = sorted(&all, 3);
    let mut sums = [(0.0_f32, 0_u32); 10];
    for (at, answer) in all.iter().enumerate() {
        let (most, ..) = sorted(std::slice::from_ref(answer), 3)[0];
        let (sum, count) = &mut sums[data.labels[at] as usize];
        (*sum, *count) = (*sum + most, *count + 1);
    }
    for class in &one.classes {
        let (sum, count) = sums[class.label[0].parse::<usize>().unwrap()];
        assert_eq!(count, class.count);
        assert!((class.mean - sum / count as f32).abs() < 1e-4, "{class:?}");
    }
    assert!(one.classes.is_sorted_by(|a, b| a.mean >= b.mean) && one.classes.len() == 8);
    for (place, (_, picture, _)) in one.places.iter().zip(expected) {
        assert_eq!(place.picture, picture);
        assert_eq!(place.label[0], data.labels[picture as usize].to_string());
    }
}

/// Of a layer with one value for each channel the place is the whole picture, and the most exciting pictures of a class's logit are those
/// with the largest logit.
#[test]
fn excite_asks_layers_without_places_too() {
    let (photos, pictures) = (shipped("photos"), drawings());
    let last = photos.network().layered(1).unwrap().wiring().last().unwrap().path.clone();
    let (host, job) = about(&pictures, &photos, job(&last, 8));
    let one = found(&host, job);
    assert_eq!((one.shape, one.field), ([10, 1, 1], None));
    holds(&one, &[ExciteFact::Alone, ExciteFact::Inside]);
    assert!(one.places.iter().all(|place| place.field == [0, 0, 32, 32] && place.patch == place.seen));
    assert_eq!(names().nth(one.places[0].picture as usize), Some("ship"));
    assert_eq!(one.places[0].label[0], "ship");
}

#[test]
fn excite_is_told_of_can_be_stopped_and_goes_on() {
    let (photos, pictures) = (shipped("photos"), drawings());
    let (host, job) = about(&pictures, &photos, job("0", 1));
    let host = TestHost { tick_millis: Some(300.0), ..host };
    let (told, session) = (RefCell::new(Vec::new()), LookSession::default());
    let tell = |news| {
        if let LookInsideNews::Excite(found) = news {
            told.borrow_mut().push((found.seen, found.places.iter().filter(|place| place.guided.is_some()).count()));
        }
    };
    host.pauses_left.set(Some(3));
    let ended = block_on(LookInside::Excite(job.clone()).perform(&session, &host, &tell));
    assert!(matches!(ended, Err(LabError::Cancelled)), "{ended:?}");
    assert_eq!(told.take(), [(16, 0)]);
    host.pauses_left.set(None);
    let whole = block_on(LookInside::Excite(job.clone()).perform(&session, &host, &tell)).unwrap();
    let LookInsideAnswer::Excite(whole) = whole else { panic!("no places") };
    // It goes on where it was; then place after place is told.
    let all = pictures.len() as u32;
    assert_eq!(told.borrow()[0], (all, 0));
    assert_eq!(told.borrow().last(), Some(&(all, Excite::PLACES)));
    let (other, _) = about(&pictures, &photos, job.clone());
    let anew = found(&other, job);
    assert_eq!((&whole.places, &whole.wall, &whole.classes), (&anew.places, &anew.wall, &anew.classes));
}

#[test]
fn excite_refuses_in_a_sentence() {
    let photos = shipped("photos");
    let (host, plain) = about(&drawings()[..2], &photos, job("0", 0));
    let data = |set: &str| Some(DataChoice { set: set.to_owned(), ..DataChoice::default() });
    let rows = [
        (
            Excite { channel: Some(32), ..plain.clone() },
            "0 of Photographs has 32 channels, 0 the first, so there is no channel 32",
        ),
        (Excite { layer: Some("attic".to_owned()), ..plain.clone() }, "has no layer attic"),
        (Excite { layer: Some("input".to_owned()), ..plain.clone() }, "is the picture itself"),
        (Excite { pictures: vec![], ..plain.clone() }, "the tray is empty"),
        (Excite { data: data("spirals"), ..plain.clone() }, "has points and no pictures"),
        (Excite { data: data("cats"), ..plain.clone() }, "cats"),
    ];
    host.refuses(rows.map(|(job, part)| (LookInside::Excite(job), part)));
    // One pixel is a picture like any other, and one picture is enough.
    let pixel = Rc::new(Rgb::new(1, 1, vec![9, 80, 200]).unwrap());
    let (host, job) = about(&[pixel], &photos, plain);
    let one = found(&host, job);
    assert_eq!((one.places.len(), one.seen), (1, 1));
    assert!(one.findings.iter().all(Finding::holds), "{:?}", one.findings);
}

#[test]
fn excite_takes_examples_that_the_person_gave() {
    let photos = shipped("photos");
    let bytes: Vec<u8> = (0..12 * 3 * 64_u32).map(|at| (at * at % 251) as u8).collect();
    let labels: Vec<u32> = (0..12).map(|at| at % 2).collect();
    let classes = vec!["cat".to_owned(), "wheel".to_owned()];
    let split = Split::of_counts([10, 1, 1]);
    let data = Dataset::new("mine", [3, 8, 8], classes, Examples::Bytes(bytes), labels, split).unwrap();
    let host = TestHost { examples: Some(Rc::new(data)), ..TestHost::with(&drawing("ship"), &photos) };
    let choice = DataChoice { set: "mine".to_owned(), ..DataChoice::default() };
    let one = found(&host, Excite { data: Some(choice), ..job("0", 2) });
    assert_eq!((one.of, one.classes.len()), (12, 2));
    let japanese = one.classes.iter().find(|class| class.label[0] == "cat").unwrap();
    assert_eq!(japanese.label[1], "猫");
    assert!(one.places.iter().all(|place: &ExcitedPlace| place.seen.width == 32));
}

/// Into the folder that `NEOCOG_SAVED` names, to be looked at.
fn saved(found: &ExciteFound, name: &str) {
    let sheet = found.sheet.as_ref().unwrap();
    let picture = decode("sheet.png", sheet).unwrap();
    assert!(picture.width() > 3 * picture.height());
    let Ok(folder) = std::env::var("NEOCOG_SAVED") else { return };
    std::fs::write(format!("{folder}/{name}.png"), sheet).unwrap();
    let Pixels { width, height, rgba } = &found.wall.pixels;
    let wall = Rgb::from_rgba_over_white(*width, *height, rgba).unwrap();
    std::fs::write(format!("{folder}/{name}-wall.png"), png::encode(&wall)).unwrap();
}
