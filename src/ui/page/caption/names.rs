//! What things of a scene, and gates, are called.

use crate::protocol::{GateKind, SceneThing, ThingColour, ThingShape, ThingSize, ThingTexture};

pub(super) fn size_name(size: ThingSize) -> &'static str {
    match size {
        ThingSize::Small => say!(caption.small),
        ThingSize::Medium => say!(caption.medium),
        ThingSize::Large => say!(caption.large),
    }
}

pub(super) fn texture_name(texture: ThingTexture) -> &'static str {
    match texture {
        ThingTexture::Plain => say!(caption.plain),
        ThingTexture::Striped => say!(caption.striped),
        ThingTexture::Dotted => say!(caption.dotted),
    }
}

pub(super) fn colour_name(colour: ThingColour) -> &'static str {
    match colour {
        ThingColour::Red => say!(caption.red),
        ThingColour::Green => say!(caption.green),
        ThingColour::Blue => say!(caption.blue),
        ThingColour::Yellow => say!(caption.yellow),
        ThingColour::Purple => say!(caption.purple),
        ThingColour::Black => say!(caption.black),
    }
}

pub(super) fn shape_name(shape: ThingShape) -> &'static str {
    match shape {
        ThingShape::Circle => say!(caption.circle),
        ThingShape::Square => say!(caption.square),
        ThingShape::Triangle => say!(caption.triangle),
        ThingShape::Star => say!(caption.star),
        ThingShape::Cross => say!(caption.cross),
    }
}

/// Of a thing, for a button or a reader of the screen.
pub(super) fn thing_name(thing: &SceneThing) -> String {
    let looks = [size_name(thing.size), texture_name(thing.texture), colour_name(thing.colour)];
    format!("{}, {}", shape_name(thing.shape), looks.join(", "))
}

pub(super) fn gate_name(gate: GateKind) -> &'static str {
    match gate {
        GateKind::Input => say!(caption.gate_input),
        GateKind::Forget => say!(caption.gate_forget),
        GateKind::Candidate => say!(caption.gate_candidate),
        GateKind::Output => say!(caption.gate_output),
        GateKind::Cell => say!(caption.gate_cell),
        GateKind::Hidden => say!(caption.gate_hidden),
    }
}

pub(super) fn gate_key(gate: GateKind) -> &'static str {
    match gate {
        GateKind::Input => "input",
        GateKind::Forget => "forget",
        GateKind::Candidate => "candidate",
        GateKind::Output => "output",
        GateKind::Cell => "cell",
        GateKind::Hidden => "hidden",
    }
}
