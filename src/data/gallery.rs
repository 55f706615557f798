//! Pictures that the program draws itself, so that there is something to look at before a person drops a file.
//!
//! Each is 320 × 320, drawn from shapes and noise with basic arithmetic only: the same bytes on every target. First
//! come things that the page's own network of 110 classes knows, then digits for the one that reads them, then ImageNet's classes
//! (SqueezeNet 1.1 and MobileNet v1 name most of them first). Each is called after its class in one of these.

mod apple;
mod ball;
mod balloon;
mod building;
mod bus;
mod canvas;
mod clock;
mod daisy;
mod digits;
mod flower;
mod fruit;
mod handwriting;
mod home;
mod jellyfish;
mod ladybug;
mod land;
mod mug;
mod mushroom;
mod pumpkin;
mod rocket;
mod street;
mod travel;
mod tree;
mod umbrella;

use super::{Rgb, maths, shape};
use canvas::{Canvas, SIDE};

type Drawing = fn() -> Canvas;

const FIRST: (&str, Drawing) = ("airplane", travel::airplane);

/// In the order in which they are shown.
const PICTURES: &[(&str, Drawing)] = &[
    FIRST,
    ("sunflower", flower::sunflower),
    ("castle", building::castle),
    ("mushroom", mushroom::mushroom),
    ("bus", bus::bus),
    ("mountain", land::mountain),
    ("rocket", rocket::rocket),
    ("apple", apple::apple),
    ("palm_tree", tree::palm_tree),
    ("ship", travel::ship),
    ("analog_clock", clock::analog_clock),
    ("maple_tree", tree::maple_tree),
    ("sea", land::sea),
    ("orange", fruit::orange),
    ("skyscraper", building::skyscraper),
    ("poppy", flower::poppy),
    ("road", land::road),
    ("lamp", home::lamp),
    ("plate", home::plate),
    ("bottle", home::bottle),
    ("digit_2", handwriting::two_in_ink),
    ("digit_5", handwriting::five_in_chalk),
    ("digit_7", handwriting::seven_in_ink),
    ("daisy", daisy::daisy),
    ("soccer_ball", ball::soccer_ball),
    ("balloon", balloon::balloon),
    ("traffic_light", street::traffic_light),
    ("tennis_ball", ball::tennis_ball),
    ("digital_clock", clock::digital_clock),
    ("jack_o_lantern", pumpkin::jack_o_lantern),
    ("strawberry", fruit::strawberry),
    ("street_sign", street::stop_sign),
    ("ladybug", ladybug::ladybug),
    ("umbrella", umbrella::umbrella),
    ("coffee_mug", mug::coffee_mug),
    ("jellyfish", jellyfish::jellyfish),
];

static NAMES: [&str; PICTURES.len()] = {
    let mut names = [""; PICTURES.len()];
    let mut index = 0;
    while index < names.len() {
        names[index] = PICTURES[index].0;
        index += 1;
    }
    names
};

/// Of all pictures, in the order in which they are shown.
pub fn names() -> &'static [&'static str] {
    &NAMES
}

/// The picture of this name, 320 × 320.
pub fn draw(name: &str) -> Option<Rgb> {
    let (_, draw) = PICTURES.iter().find(|(known, _)| *known == name)?;
    finished(draw())
}

/// The picture of this name if it is the first. A program that calls only this does not contain the other drawings.
pub fn draw_first(name: &str) -> Option<Rgb> {
    if name == FIRST.0 { finished((FIRST.1)()) } else { None }
}

fn finished(canvas: Canvas) -> Option<Rgb> {
    Rgb::new(SIDE, SIDE, canvas.into_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FNV-1a over all pictures. A picture that was changed on purpose gives another figure; a target must not.
    const DIGEST: u64 = 0x3508_94b4_683e_ef39;

    #[test]
    fn every_target_draws_the_same_bytes() {
        let mut digest = 0xcbf2_9ce4_8422_2325_u64;
        for name in names() {
            let picture = draw(name).unwrap();
            assert_eq!((picture.width(), picture.height()), (320, 320));
            for &byte in picture.pixels() {
                digest = (digest ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
            }
        }
        assert_eq!(digest, DIGEST, "found {digest:#x}");
        assert_eq!(draw("no such picture"), None);
    }
}
