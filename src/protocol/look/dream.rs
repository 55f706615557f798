//! Pictures in which a network sees more and more (Mordvintsev, Olah & Tyka 2015, "Inceptionism", DeepDream).

use crate::protocol::{BackendChoice, BackendUsed, Content, Finding, LayerGrid, Pixels};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

settings! {
    /// A picture is changed until a layer answers more strongly to it, from small sizes of it to large ones, tile by tile; and again in a
    /// part of what came of it, for a film.
    pub struct Dream {
        pub network: String = String::new(),
        pub backend: BackendChoice = BackendChoice::Auto,
        /// Of the tray.
        pub picture: u32 = 0,
        /// Path of the layer; [`Dream::usual_layer`] where not given.
        pub layer: Option<String> = None,
        /// The one of its channels that counts; all where not given.
        pub channel: Option<u32> = None,
        /// Longer side in pixels; [`Dream::usual_side`] where not given.
        pub side: Option<u32> = None,
        /// Sizes of the picture that are gone through.
        pub octaves: u32 = 4,
        /// Of one of them over the one before.
        pub ratio: f64 = 1.4,
        /// Side of a tile in pixels; [`Dream::usual_tile`] where not given, or the network's own size where it takes no other.
        pub tile: Option<u32> = None,
        /// Before each step the picture is rolled by up to so many pixels either way; half a tile where not given.
        pub jitter: Option<u32> = None,
        /// In each octave.
        pub steps: u32 = 10,
        /// The mean change of a step, in levels of 8 bits.
        pub rate: f64 = 1.5,
        /// Pictures of the film; 1 is a still.
        pub frames: u32 = 1,
        /// By how much each shows less than the one before.
        pub zoom: f64 = 1.05,
        /// In each octave of each frame but the first.
        pub frame_steps: u32 = 2,
        /// Of the rolls.
        pub seed: u32 = 1,
    }
}

impl Dream {
    /// Shorter side of a picture, where its own does not say otherwise.
    const SHORTER: f64 = 320.0;

    /// Of a network that reads pictures of this height and width: small ones have layers that see little at once.
    pub fn usual_tile([height, width]: [usize; 2]) -> u32 {
        let shorter = height.min(width);
        if shorter < 100 { 96 } else { shorter as u32 }
    }

    /// Such that the smallest octave of a picture of this width and height has room for a tile, and the largest is no larger than the
    /// picture where both can be.
    pub fn usual_side(&self, [width, height]: [u32; 2], tile: u32) -> u32 {
        let shorter = f64::from(width.min(height).max(1));
        let least = (f64::from(tile) * self.ratio.powi(self.octaves.saturating_sub(1) as i32)).ceil() + 1.0;
        let to = shorter.min(Self::SHORTER).max(least);
        (f64::from(width.max(height)) * to / shorter).round() as u32
    }

    /// Half of the way up: patterns, neither strokes nor things.
    pub fn usual_layer(layers: &[LayerGrid]) -> Option<String> {
        layers.get(layers.len() / 2).map(|layer| layer.path.clone())
    }
}

/// What a dream takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DreamCost {
    /// From the smallest on.
    pub octaves: Vec<DreamOctave>,
    /// Width and height.
    pub tile: [u32; 2],
    /// How often a tile is asked, in all.
    pub tiles: u32,
    pub flops_per_tile: u64,
    /// Of one tile with its gradient, on this device; where it was timed.
    pub millis_per_tile: Option<f64>,
    pub layer: String,
    /// The layers that can be asked, from the first on.
    pub layers: Vec<LayerGrid>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DreamOctave {
    pub width: u32,
    pub height: u32,
    /// That it is cut into.
    pub tiles: u32,
}

/// How a dream stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DreamFound {
    /// Tiles that were asked.
    pub done: u32,
    /// The octave and the frame that it is at, from 0.
    pub octave: u32,
    pub frame: u32,
    /// In 8 bits: in the size of its octave, when the dream is done in its own; smaller where it is large.
    pub picture: Pixels,
    /// Frames that are new, smaller where they are large; when the dream is done all of the film.
    pub frames: Vec<Pixels>,
    /// When the dream is done: a PNG file, of a film an animated one that begins anew without end.
    pub png: Option<ByteBuf>,
    /// Of a still when the dream is done: `[channels, height, width]` as a NumPy array, 0 black and 1 white.
    pub npy: Option<ByteBuf>,
    /// Of the first frame.
    pub records: Vec<DreamRecord>,
    pub cost: DreamCost,
    /// What must hold; when the dream is done.
    pub findings: Vec<Finding<DreamFact>>,
    pub backend: BackendUsed,
}

/// What the layer answers to the whole picture after so many steps of an octave, each time in the same tiles.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DreamRecord {
    pub octave: u32,
    pub step: u32,
    /// The square root of the mean of its squares.
    pub value: f32,
}

impl Content for DreamFound {
    fn bodies_mut(&mut self) -> Vec<&mut ByteBuf> {
        let frames = self.frames.iter_mut().map(|frame| &mut frame.rgba);
        frames.chain([&mut self.picture.rgba]).chain(self.png.as_mut()).chain(self.npy.as_mut()).collect()
    }
}

facts! {
    pub enum DreamFact {
        /// What the layer answered over what it answers one record later, in the same octave: the largest.
        Rises = "dream-rises",
        /// What changes from the last frame to the first, over the most that changes between others.
        Loops = "dream-loops",
    }
}
