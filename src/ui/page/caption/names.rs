//! What things of a scene, and gates, are called.

use crate::protocol::{GateKind, SceneThing, ThingColour, ThingShape, ThingSize, ThingTexture};
use crate::ui::Choice;

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
