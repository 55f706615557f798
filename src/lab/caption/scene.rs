//! Scenes as they cross the worker's edge, and as they are drawn.

use crate::data::scenes::{self, Colour, Shape, Size, Texture, Thing};
use crate::lab::LabError;
use crate::protocol::{Scene, SceneKit};

/// What a page needs to draw scenes as they are drawn here.
pub fn kit() -> SceneKit {
    let byte = |channel: f32| (channel * 255.0 + 0.5) as u8;
    let all = || {
        let colours = Colour::ALL.into_iter().flat_map(|colour| Shape::ALL.map(|shape| (colour, shape)));
        colours.flat_map(|(colour, shape)| {
            let looks = Size::ALL.into_iter().flat_map(|size| Texture::ALL.map(|texture| (size, texture)));
            looks.map(move |(size, texture)| Thing { size, texture, colour, shape, at: [0.0; 2] })
        })
    };
    SceneKit {
        side: scenes::SIDE as u32,
        most: scenes::MOST_THINGS as u32,
        gap: scenes::GAP,
        radii: Size::ALL.map(Size::radius).to_vec(),
        colours: Colour::ALL.map(|colour| colour.rgb().map(byte)).to_vec(),
        corners: Shape::ALL.map(|shape| scenes::outline(shape).as_flattened().to_vec()).to_vec(),
        paper: scenes::PAPER.map(byte),
        period: scenes::PERIOD,
        dot_radius: scenes::DOT_RADIUS,
        lighter: scenes::LIGHTER,
        words: scenes::vocabulary().into_iter().map(str::to_owned).collect(),
        held_out: [all().filter(Thing::is_held_out).count() as u32, all().count() as u32],
    }
}

pub(super) fn scene_from(scene: &Scene) -> Result<scenes::Scene, LabError> {
    let side = scenes::SIDE as f32;
    let (count, most) = (scene.things.len(), scenes::MOST_THINGS);
    ensure!(count <= most, "{count} things are in the scene, and sentences are about at most {most}; take some away");
    let things = scene.things.iter().map(|thing| {
        let at = [thing.x, thing.y];
        let is_inside = at.iter().all(|at| (0.0..=side).contains(at));
        ensure!(is_inside, "({}, {}) is outside of the picture of {side} × {side} pixels", thing.x, thing.y);
        // Both lists of each have one order.
        Ok(Thing {
            size: Size::ALL[thing.size as usize],
            texture: Texture::ALL[thing.texture as usize],
            colour: Colour::ALL[thing.colour as usize],
            shape: Shape::ALL[thing.shape as usize],
            at,
        })
    });
    Ok(scenes::Scene { things: things.collect::<Result<_, _>>()? })
}
