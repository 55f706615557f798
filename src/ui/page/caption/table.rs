//! The Caption page in the address: the scene, who speaks, how words are chosen, how a network is trained.

use super::own;
use crate::protocol::{
    CaptionTrain, Decode, ExperimentId, LearnCaptions, Scene, SceneThing, Speaker, ThingColour, ThingShape, ThingSize,
    ThingTexture,
};
use crate::ui::page::PageId;
use crate::ui::place::{Sheet, real, whole};
use web_sys::UrlSearchParams;

/// All that the page is set to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Table {
    pub(super) scene: Scene,
    pub(super) speaker: Speaker,
    pub(super) decode: Decode,
    pub(super) train: CaptionTrain,
    pub(super) own: LearnCaptions,
}

impl Default for Table {
    fn default() -> Self {
        let circle = SceneThing { size: ThingSize::Small, x: 11.0, y: 25.0, ..SceneThing::default() };
        let (colour, shape) = (ThingColour::Blue, ThingShape::Square);
        let square = SceneThing { colour, shape, x: 26.0, y: 22.0, ..SceneThing::default() };
        let scene = Scene { things: vec![circle, square] };
        let (decode, train, own) = (Decode::Beam { width: 3 }, CaptionTrain::default(), LearnCaptions::default());
        Self { scene, speaker: Speaker::Shipped, decode, train, own }
    }
}

pub(super) fn size_key(size: ThingSize) -> &'static str {
    match size {
        ThingSize::Small => "small",
        ThingSize::Medium => "medium",
        ThingSize::Large => "large",
    }
}

pub(super) fn texture_key(texture: ThingTexture) -> &'static str {
    match texture {
        ThingTexture::Plain => "plain",
        ThingTexture::Striped => "striped",
        ThingTexture::Dotted => "dotted",
    }
}

pub(super) fn colour_key(colour: ThingColour) -> &'static str {
    match colour {
        ThingColour::Red => "red",
        ThingColour::Green => "green",
        ThingColour::Blue => "blue",
        ThingColour::Yellow => "yellow",
        ThingColour::Purple => "purple",
        ThingColour::Black => "black",
    }
}

pub(super) fn shape_key(shape: ThingShape) -> &'static str {
    match shape {
        ThingShape::Circle => "circle",
        ThingShape::Square => "square",
        ThingShape::Triangle => "triangle",
        ThingShape::Star => "star",
        ThingShape::Cross => "cross",
    }
}

impl Sheet for Table {
    const PAGE: PageId = PageId::Experiment(ExperimentId::Caption);

    /// `None` where the address says nothing of it; what cannot be read is the default.
    fn read(params: &UrlSearchParams) -> Option<Table> {
        let scene = scene_from(&params.get("scene")?);
        let usual = Table::default();
        let decode = match params.get("say").as_deref().and_then(|text| text.split_once(':')) {
            Some(("beam", width)) => Decode::Beam { width: width.parse().unwrap_or(3).clamp(1, 8) },
            Some(("sample", rest)) => {
                let (temperature, seed) = rest.split_once(':').unwrap_or((rest, "1"));
                let temperature = temperature.parse().unwrap_or(1.0_f64).clamp(0.05, 10.0);
                Decode::Sample { temperature, seed: seed.parse().unwrap_or(1) }
            }
            _ => Decode::Greedy,
        };
        let speaker = if params.get("by").as_deref() == Some("trained") { Speaker::Trained } else { Speaker::Shipped };
        let train = CaptionTrain {
            steps: whole(params, "steps", usual.train.steps).clamp(1, 100_000),
            rate: real(params, "rate", usual.train.rate),
            seed: whole(params, "seed", usual.train.seed),
            ..usual.train
        };
        Some(Table { scene, speaker, decode, train, own: own::read(params) })
    }

    fn write(&self, params: &UrlSearchParams) {
        let say = match self.decode {
            Decode::Greedy => "greedy".to_owned(),
            Decode::Beam { width } => format!("beam:{width}"),
            Decode::Sample { temperature, seed } => format!("sample:{temperature}:{seed}"),
        };
        let by = match self.speaker {
            Speaker::Shipped => "shipped",
            Speaker::Trained => "trained",
        };
        for (name, value) in [
            ("scene", scene_text(&self.scene)),
            ("by", by.to_owned()),
            ("say", say),
            ("steps", self.train.steps.to_string()),
            ("rate", self.train.rate.to_string()),
            ("seed", self.train.seed.to_string()),
        ] {
            params.append(name, &value);
        }
        own::write(&self.own, params);
    }
}

/// `small-plain-red-circle-13-25,…`
fn scene_text(scene: &Scene) -> String {
    let one = |thing: &SceneThing| {
        let looks =
            [size_key(thing.size), texture_key(thing.texture), colour_key(thing.colour), shape_key(thing.shape)];
        let [x, y] = [thing.x, thing.y].map(|at| (at * 10.0).round() / 10.0);
        format!("{}-{x}-{y}", looks.join("-"))
    };
    scene.things.iter().map(one).collect::<Vec<_>>().join(",")
}

fn scene_from(text: &str) -> Scene {
    let one = |text: &str| {
        let parts: Vec<&str> = text.split('-').collect();
        let &[size, texture, colour, shape, x, y] = parts.as_slice() else { return None };
        let at = |text: &str| text.parse().ok().filter(|at: &f32| (0.0..=48.0).contains(at));
        Some(SceneThing {
            size: *ThingSize::ALL.iter().find(|known| size_key(**known) == size)?,
            texture: *ThingTexture::ALL.iter().find(|known| texture_key(**known) == texture)?,
            colour: *ThingColour::ALL.iter().find(|known| colour_key(**known) == colour)?,
            shape: *ThingShape::ALL.iter().find(|known| shape_key(**known) == shape)?,
            x: at(x)?,
            y: at(y)?,
        })
    };
    Scene { things: text.split(',').filter_map(one).collect() }
}
