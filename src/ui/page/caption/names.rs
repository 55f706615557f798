//! What things of a scene, and gates, are called.

use crate::protocol::{GateKind, SceneThing, ThingColour, ThingShape, ThingSize, ThingTexture};
use crate::ui::choice::Choice;
use crate::ui::lang::Words;

impl Choice for ThingSize {
    const OFFERED: &'static [Self] = &ThingSize::ALL;

    fn row(self) -> (&'static str, Words) {
        match self {
            ThingSize::Small => ("small", words!(caption.small)),
            ThingSize::Medium => ("medium", words!(caption.medium)),
            ThingSize::Large => ("large", words!(caption.large)),
        }
    }
}

impl Choice for ThingTexture {
    const OFFERED: &'static [Self] = &ThingTexture::ALL;

    fn row(self) -> (&'static str, Words) {
        match self {
            ThingTexture::Plain => ("plain", words!(caption.plain)),
            ThingTexture::Striped => ("striped", words!(caption.striped)),
            ThingTexture::Dotted => ("dotted", words!(caption.dotted)),
        }
    }
}

impl Choice for ThingColour {
    const OFFERED: &'static [Self] = &ThingColour::ALL;

    fn row(self) -> (&'static str, Words) {
        match self {
            ThingColour::Red => ("red", words!(caption.red)),
            ThingColour::Green => ("green", words!(caption.green)),
            ThingColour::Blue => ("blue", words!(caption.blue)),
            ThingColour::Yellow => ("yellow", words!(caption.yellow)),
            ThingColour::Purple => ("purple", words!(caption.purple)),
            ThingColour::Black => ("black", words!(caption.black)),
        }
    }
}

impl Choice for ThingShape {
    const OFFERED: &'static [Self] = &ThingShape::ALL;

    fn row(self) -> (&'static str, Words) {
        match self {
            ThingShape::Circle => ("circle", words!(caption.circle)),
            ThingShape::Square => ("square", words!(caption.square)),
            ThingShape::Triangle => ("triangle", words!(caption.triangle)),
            ThingShape::Star => ("star", words!(caption.star)),
            ThingShape::Cross => ("cross", words!(caption.cross)),
        }
    }
}

impl Choice for GateKind {
    const OFFERED: &'static [Self] = &GateKind::ALL;

    fn row(self) -> (&'static str, Words) {
        match self {
            GateKind::Input => ("input", words!(caption.gate_input)),
            GateKind::Forget => ("forget", words!(caption.gate_forget)),
            GateKind::Candidate => ("candidate", words!(caption.gate_candidate)),
            GateKind::Output => ("output", words!(caption.gate_output)),
            GateKind::Cell => ("cell", words!(caption.gate_cell)),
            GateKind::Hidden => ("hidden", words!(caption.gate_hidden)),
        }
    }
}

/// Of a thing, for a button or a reader of the screen.
pub(super) fn thing_name(thing: &SceneThing) -> String {
    let looks = [thing.size.name(), thing.texture.name(), thing.colour.name()];
    format!("{}, {}", thing.shape.name(), looks.join(", "))
}
