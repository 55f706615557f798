//! What the page is set to: the scene, who speaks, how words are chosen, how a network is trained; and what its choices are
//! called.

use crate::protocol::{
    CaptionTrain, Decode, ExperimentId, GateKind, Interval, LearnCaptions, Scene, SceneThing, Speaker, ThingColour,
    ThingShape, ThingSize, ThingTexture,
};
use crate::ui::settings::real;
use crate::ui::{Choice, Field, PageId, PageSettings};

#[derive(Clone, Debug, PartialEq)]
pub(super) struct CaptionSettings {
    pub(super) scene: Scene,
    pub(super) speaker: Speaker,
    pub(super) decode: Decode,
    pub(super) train: CaptionTrain,
    pub(super) own: LearnCaptions,
}

impl Default for CaptionSettings {
    fn default() -> Self {
        let circle = SceneThing { size: ThingSize::Small, x: 11.0, y: 25.0, ..SceneThing::default() };
        let (colour, shape) = (ThingColour::Blue, ThingShape::Square);
        let square = SceneThing { colour, shape, x: 26.0, y: 22.0, ..SceneThing::default() };
        let scene = Scene { things: vec![circle, square] };
        let (train, own) = (CaptionTrain::default(), LearnCaptions::default());
        Self { scene, speaker: Speaker::Shipped, decode: BEAM, train, own }
    }
}

/// How each way to choose words begins.
pub(super) const BEAM: Decode = Decode::Beam { width: 3 };
pub(super) const SAMPLE: Decode = Decode::Sample { temperature: 1.0, seed: 1 };
const RATE: Interval = Interval::real(1e-6, 1.0);
const LEAST: Interval = Interval::whole(1, 1000);

impl PageSettings for CaptionSettings {
    const PAGE: PageId = PageId::Experiment(ExperimentId::Caption);
    const FIELDS: &'static [Field<Self>] = &[
        Field::text("scene", |s| Some(scene_text(&s.scene)), |s, text| s.scene = scene_from(text)),
        choice!(Speaker, "by", words!(caption.speaker), speaker).id("speaker").in_sight(),
        Field::text("say", |s| Some(decode_text(s.decode)), |s, text| s.decode = decode_from(text)),
        Field::whole("steps", words!(train.steps), CaptionTrain::STEPS, |s| &mut s.train.steps),
        Field::real("rate", words!(train.rate), RATE, |s| &mut s.train.rate),
        Field::whole("seed", words!(train.seed), Interval::SEED, |s| &mut s.train.seed),
        Field::<Self>::whole("own-epochs", words!(train.epochs), LearnCaptions::EPOCHS, |s| &mut s.own.epochs).brief(),
        Field::<Self>::whole("own-size", words!(caption.own_size), LearnCaptions::SIZE, |s| &mut s.own.size).brief(),
        Field::<Self>::whole("own-least", words!(caption.own_least), LEAST, |s| &mut s.own.least).brief(),
        Field::<Self>::real("own-rate", words!(train.rate), RATE, |s| &mut s.own.rate).brief(),
        Field::<Self>::whole("own-seed", words!(train.seed), Interval::SEED, |s| &mut s.own.seed).brief(),
    ];
}

/// `greedy`, `beam:3`, `sample:0.7:1`
fn decode_text(decode: Decode) -> String {
    match decode {
        Decode::Greedy => "greedy".to_owned(),
        Decode::Beam { width } => format!("beam:{width}"),
        Decode::Sample { temperature, seed } => format!("sample:{temperature}:{seed}"),
    }
}

fn decode_from(text: &str) -> Decode {
    match text.split_once(':') {
        Some(("beam", width)) => {
            let width = width.parse().unwrap_or(3_u32);
            Decode::Beam { width: Decode::WIDTH.nearest(width.into()) as u32 }
        }
        Some(("sample", rest)) => {
            let (temperature, seed) = rest.split_once(':').unwrap_or((rest, "1"));
            let temperature = Decode::TEMPERATURE.nearest(real(temperature).unwrap_or(1.0));
            Decode::Sample { temperature, seed: seed.parse().unwrap_or(1) }
        }
        _ => Decode::Greedy,
    }
}

/// `small-plain-red-circle-13-25,…`
fn scene_text(scene: &Scene) -> String {
    let one = |thing: &SceneThing| {
        let looks = [thing.size.key(), thing.texture.key(), thing.colour.key(), thing.shape.key()];
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
            size: ThingSize::from_key(size)?,
            texture: ThingTexture::from_key(texture)?,
            colour: ThingColour::from_key(colour)?,
            shape: ThingShape::from_key(shape)?,
            x: at(x)?,
            y: at(y)?,
        })
    };
    Scene { things: text.split(',').filter_map(one).collect() }
}

choices! {
    Speaker {
        Shipped = ("shipped", words!(caption.shipped)),
        Trained = ("trained", words!(caption.trained)),
    }
}

choices! {
    ThingSize {
        Small = ("small", words!(caption.small)),
        Medium = ("medium", words!(caption.medium)),
        Large = ("large", words!(caption.large)),
    }
    ThingTexture {
        Plain = ("plain", words!(caption.plain)),
        Striped = ("striped", words!(caption.striped)),
        Dotted = ("dotted", words!(caption.dotted)),
    }
    ThingColour {
        Red = ("red", words!(caption.red)),
        Green = ("green", words!(caption.green)),
        Blue = ("blue", words!(caption.blue)),
        Yellow = ("yellow", words!(caption.yellow)),
        Purple = ("purple", words!(caption.purple)),
        Black = ("black", words!(caption.black)),
    }
    ThingShape {
        Circle = ("circle", words!(caption.circle)),
        Square = ("square", words!(caption.square)),
        Triangle = ("triangle", words!(caption.triangle)),
        Star = ("star", words!(caption.star)),
        Cross = ("cross", words!(caption.cross)),
    }
    GateKind {
        Input = ("input", words!(caption.gate_input)),
        Forget = ("forget", words!(caption.gate_forget)),
        Candidate = ("candidate", words!(caption.gate_candidate)),
        Output = ("output", words!(caption.gate_output)),
        Cell = ("cell", words!(caption.gate_cell)),
        Hidden = ("hidden", words!(caption.gate_hidden)),
    }
}

/// Of a thing, for a button or a reader of the screen.
pub(super) fn thing_name(thing: &SceneThing) -> String {
    let looks = [thing.size.name(), thing.texture.name(), thing.colour.name()];
    format!("{}, {}", thing.shape.name(), looks.join(", "))
}
