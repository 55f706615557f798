//! Scenes and their sentences.

use super::*;
use std::collections::BTreeSet;

fn scenes(kind: SceneKind) -> impl Iterator<Item = Scene> {
    (0..2000).map(move |index| Scene::drawn(kind, 1, index))
}

#[test]
fn training_never_sees_a_held_out_combination() {
    assert!(scenes(SceneKind::Training).all(|scene| !scene.things.iter().any(Thing::is_held_out)));
    assert!(scenes(SceneKind::HeldOut).all(|scene| scene.things.iter().any(Thing::is_held_out)));
    let all = Size::ALL.len() * Texture::ALL.len() * Colour::ALL.len() * Shape::ALL.len();
    let combination = |thing: &Thing| format!("{:?}", Thing { at: [0.0; 2], ..*thing });
    let seen = |kind, held_out: bool| -> usize {
        let things = scenes(kind).flat_map(|scene| scene.things);
        things
            .filter(|thing| thing.is_held_out() == held_out)
            .map(|thing| combination(&thing))
            .collect::<BTreeSet<_>>()
            .len()
    };
    assert_eq!((all, seen(SceneKind::HeldOut, true), seen(SceneKind::Training, false)), (270, 27, 243));
}

#[test]
fn sentences_are_of_the_vocabulary() {
    let words = vocabulary();
    assert_eq!(words.iter().collect::<BTreeSet<_>>().len(), words.len());
    let sentences: Vec<Sentence> = scenes(SceneKind::Training).filter_map(|scene| sentence(&scene)).collect();
    assert_eq!(sentences.len(), 2000);
    assert!(sentences.iter().flatten().all(|word| words.contains(word)));
    assert_eq!(sentences.iter().map(Vec::len).max(), Some(longest()));
    assert!(sentences.iter().any(|sentence| sentence == &["nothing"]));
}

#[test]
fn the_smaller_one_is_told_first() {
    let thing = |size, shape, at| Thing { size, shape, at, ..Thing::default() };
    let said = |things: &[Thing]| sentence(&Scene { things: things.to_vec() }).map(|words| words.join(" "));
    let (circle, square) =
        (thing(Size::Small, Shape::Circle, [30.0, 20.0]), thing(Size::Large, Shape::Square, [12.0, 22.0]));
    let wanted = Some("a small red circle right of a large red square".to_owned());
    assert_eq!(said(&[circle, square]), wanted);
    assert_eq!(said(&[square, circle]), wanted);
    let [star, cross] =
        [(Shape::Star, [20.0, 38.0]), (Shape::Cross, [22.0, 10.0])].map(|(s, at)| thing(Size::Medium, s, at));
    assert_eq!(said(&[star, cross]), Some("a red cross above a red star".to_owned()));
    assert_eq!(said(&[star, cross, circle]), None);
}

#[test]
fn what_is_covered_is_not_in_sight() {
    let square =
        Thing { size: Size::Large, shape: Shape::Square, colour: Colour::Blue, at: [24.0, 24.0], ..Thing::default() };
    let circle = Thing { size: Size::Small, at: [24.0, 24.0], ..Thing::default() };
    let seen = |things: &[Thing]| in_sight(&Scene { things: things.to_vec() }).things;
    assert_eq!(seen(&[circle, square]), [square], "the circle is behind the square");
    assert_eq!(seen(&[square, circle]), [square, circle]);
    // Half of it shows.
    let aside = Thing { at: [34.0, 24.0], ..circle };
    assert_eq!(seen(&[aside, square]), [aside, square]);
    assert!(seen(&[]).is_empty());
}

#[test]
fn pictures_show_what_is_there() {
    let mut one = Thing { size: Size::Large, at: [24.0, 24.0], ..Thing::default() };
    let at = |bytes: &[u8], x: usize, y: usize| [0, 1, 2].map(|c| bytes[c * SIDE * SIDE + y * SIDE + x]);
    let bytes = picture(&Scene { things: vec![one] }, None);
    assert_eq!(bytes.len(), 3 * SIDE * SIDE);
    assert_eq!(at(&bytes, 24, 24), Colour::Red.rgb().map(|channel| (channel * 255.0 + 0.5) as u8));
    assert_eq!(at(&bytes, 1, 1), [237, 235, 230]);
    one.texture = Texture::Striped;
    assert!(at(&picture(&Scene { things: vec![one] }, None), 24, 24)[1] > 150);
    // Another hand, another drawing; the same hand, the same.
    let scene = Scene { things: vec![one] };
    assert_ne!(picture(&scene, Some((1, 1))), picture(&scene, Some((1, 2))));
    assert_eq!(picture(&scene, Some((1, 1))), picture(&scene, Some((1, 1))));
}
