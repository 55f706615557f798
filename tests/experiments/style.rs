//! Pictures in the style of others, and textures of single layers.

use crate::host::{TestHost, drawing, shipped};
use neocog::data::{Rgb, png};
use neocog::lab::Weights;
use neocog::protocol::{
    BackendChoice, Finding, LookInside, LookInsideAnswer, PictureSpace, StyleFound, StyleLayer, StyleStart,
    StyleTransfer,
};
use std::rc::Rc;

/// With the castle and the maple tree.
fn found(job: StyleTransfer, weights: &Rc<Weights>) -> StyleFound {
    let job = StyleTransfer { network: weights.network().id.clone(), picture: 0, style: 1, ..job };
    match host(weights).answer(LookInside::Style(job)) {
        Ok(LookInsideAnswer::Style(found)) => *found,
        other => panic!("no picture: {other:?}"),
    }
}

fn host(weights: &Rc<Weights>) -> TestHost {
    let host = TestHost::with(&drawing("castle"), weights);
    TestHost { pictures: vec![drawing("castle"), drawing("maple_tree")], ..host }
}

fn job(steps: u32) -> StyleTransfer {
    StyleTransfer { steps, side: Some(32), backend: BackendChoice::Cpu, ..StyleTransfer::default() }
}

fn layer(path: &str, weight: f64) -> StyleLayer {
    StyleLayer { path: path.to_owned(), weight }
}

/// Into the folder that `NEOCOG_SAVED` names, to be looked at.
fn saved(found: &StyleFound, name: &str) {
    let Ok(folder) = std::env::var("NEOCOG_SAVED") else { return };
    std::fs::write(format!("{folder}/style-{name}.png"), found.png.as_deref().unwrap()).unwrap();
}

#[test]
fn a_castle_gets_the_style_of_a_tree_in_autumn() {
    let photos = shipped("photos");
    for (space, start) in [
        (PictureSpace::Frequencies, StyleStart::Content),
        (PictureSpace::Pixels, StyleStart::Content),
        (PictureSpace::Frequencies, StyleStart::Noise),
    ] {
        let made = found(StyleTransfer { space, start, ..job(24) }, &photos);
        saved(&made, &format!("{space:?}-{start:?}"));
        let (first, last) = (made.curve.first().unwrap(), made.curve.last().unwrap());
        println!("{space:?} {start:?}: {first:?} to {last:?}, {:?}", made.findings);
        assert_eq!((first.step, last.step, made.step, made.of), (0, 24, 24, 24));
        assert_eq!((made.picture.width, made.picture.height, made.layers.len()), (32, 32, 5));
        // The loss falls from record to record, and the matrices are what they should be.
        assert_eq!(made.findings.len(), 3);
        assert!(made.findings.iter().all(Finding::holds), "{:?}", made.findings);
        assert!(made.curve.windows(2).all(|pair| pair[1].total < pair[0].total * 1.0001));
        assert!(last.total < 0.5 * first.total, "{} {}", first.total, last.total);
        // The content's own picture has no distance to itself.
        assert_eq!(first.content < 0.05, start == StyleStart::Content, "{}", first.content);
        assert!(last.content > 0.0);
    }
}

#[test]
fn weights_decide_between_content_and_style() {
    let photos = shipped("photos");
    let of = |content: f64| found(StyleTransfer { content, ..job(16) }, &photos);
    let (loose, strict) = (of(0.001), of(3.0));
    let (loose_last, strict_last) = (loose.curve.last().unwrap(), strict.curve.last().unwrap());
    println!("{loose_last:?} {strict_last:?}");
    assert!(loose_last.content > 2.0 * strict_last.content);
    assert!(loose_last.layers.iter().sum::<f32>() < strict_last.layers.iter().sum::<f32>());
}

#[test]
fn each_layer_alone_paints_its_texture() {
    let photos = shipped("photos");
    let layers = vec![layer("0", 1.0), layer("11", 0.1)];
    let apart = StyleTransfer { layers: layers.clone(), is_apart: true, start: StyleStart::Noise, ..job(24) };
    let made = found(apart.clone(), &photos);
    saved(&made, "texture");
    assert_eq!(made.textures.iter().map(|texture| texture.path.as_str()).collect::<Vec<_>>(), ["0", "11"]);
    assert_eq!((made.layers.as_slice(), made.content_layer.as_ref()), (&layers[1..], None));
    let (first, last) = (made.curve.first().unwrap(), made.curve.last().unwrap());
    println!("{} to {}, {}", first.layers[0], last.layers[0], made.textures[0].loss);
    assert!(last.layers[0] < 0.5 * first.layers[0] && last.content == 0.0);
    assert_eq!(made.picture, made.textures[1].picture);
    // The first one is what it is without the second.
    let alone = found(StyleTransfer { layers: layers[..1].to_vec(), ..apart }, &photos);
    assert_eq!(alone.picture, made.textures[0].picture);
    assert_ne!(alone.picture, made.picture);
}

#[test]
fn the_same_seed_gives_the_same_picture_and_a_layer_without_weight_does_not_count() {
    let digits = shipped("digits");
    let of = |seed: u32, layers: Vec<StyleLayer>| {
        found(StyleTransfer { seed, layers, start: StyleStart::Noise, content: 0.0, ..job(4) }, &digits).picture
    };
    let one = of(3, vec![layer("0", 2.0), layer("3", 0.0)]);
    assert_eq!(one, of(3, vec![layer("0", 1.0)]));
    assert_ne!(one, of(4, vec![layer("0", 1.0)]));
}

#[test]
fn pictures_of_any_proportions_are_looked_at_whole() {
    let digits = shipped("digits");
    let plain = |width: u32, height: u32| {
        let bytes = (0..3 * width * height).map(|at| (at * 53 % 251) as u8).collect();
        Rc::new(Rgb::new(width, height, bytes).unwrap())
    };
    let host = TestHost { pictures: vec![plain(300, 100), plain(40, 900)], ..TestHost::with(&plain(1, 1), &digits) };
    let job =
        StyleTransfer { network: "digits".to_owned(), picture: 0, style: 1, side: Some(96), scale: 4.0, ..job(2) };
    let Ok(LookInsideAnswer::Style(made)) = host.answer(LookInside::Style(job)) else { panic!("no picture") };
    assert_eq!((made.picture.width, made.picture.height), (96, 32));
    let file = png::encode(&Rgb::new(96, 32, rgb_of(&made)).unwrap());
    assert_eq!(made.png.unwrap().as_slice(), file);
}

fn rgb_of(found: &StyleFound) -> Vec<u8> {
    found.picture.rgba.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect()
}

#[test]
fn what_cannot_be_painted_is_refused_by_one_sentence() {
    let digits = shipped("digits");
    let dot = Rc::new(Rgb::new(1, 1, vec![7; 3]).unwrap());
    let strip = Rc::new(Rgb::new(600, 20, vec![7; 36_000]).unwrap());
    let black = Rc::new(Rgb::new(32, 32, vec![0; 3072]).unwrap());
    let pictures = vec![drawing("digit_7"), drawing("digit_2"), dot, strip, black];
    let host = TestHost { pictures, ..TestHost::with(&drawing("digit_7"), &digits) };
    let plain = || StyleTransfer { network: "digits".to_owned(), style: 1, ..job(4) };
    let wrong = [
        (StyleTransfer { steps: 0, ..plain() }, "0 steps cannot be taken"),
        (StyleTransfer { rate: Some(-1.0), ..plain() }, "a rate of -1 goes nowhere"),
        (StyleTransfer { content: -0.5, ..plain() }, "the content cannot count -0.5 times"),
        (StyleTransfer { side: Some(4000), ..plain() }, "a side of 4000 pixels is not between 32 and 512"),
        (StyleTransfer { scale: 9.0, ..plain() }, "cannot be 9 times as large"),
        (StyleTransfer { style: 2, ..plain() }, "the style picture has 1 × 1 pixels"),
        (StyleTransfer { picture: 3, ..plain() }, "the picture has 600 × 20 pixels, 32 × 1 as it is looked at"),
        (StyleTransfer { layers: vec![layer("nowhere", 1.0)], ..plain() }, "has no layer nowhere"),
        (StyleTransfer { layers: vec![layer("0", 0.0)], ..plain() }, "no layer counts, so there is no style"),
        (StyleTransfer { layers: vec![layer("0", -2.0)], ..plain() }, "0 cannot count -2 times"),
        (
            StyleTransfer { space: PictureSpace::Phases, start: StyleStart::Content, ..plain() },
            "phases begin with noise",
        ),
    ];
    host.refuses(wrong.map(|(job, why)| (LookInside::Style(job), why)));
    // The last layer has one place for all of the picture.
    let last = digits.network().layered(1).unwrap().wiring().pop().unwrap().path;
    let flat = StyleTransfer { layers: vec![layer(&last, 1.0)], ..plain() };
    host.refuses([(LookInside::Style(flat), "has no places; a Gram matrix needs")]);
}

#[test]
fn a_cancelled_search_ends() {
    let photos = shipped("photos");
    let host = TestHost { pauses_left: Some(3).into(), ..host(&photos) };
    let job = StyleTransfer { network: "photos".to_owned(), style: 1, ..job(5000) };
    let said = host.answer(LookInside::Style(job)).err().map(|error| error.to_string());
    assert!(said.as_ref().is_some_and(|said| said.contains("ancel")), "{said:?}");
}
