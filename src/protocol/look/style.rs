//! A picture that keeps the content of one and has the style of another (Gatys, Ecker & Bethge 2016).

use super::PictureSpace;
use crate::protocol::{BackendChoice, BackendUsed, Content, Finding, LayerGrid, Pixels};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

choices! {
    /// Where the search begins.
    pub enum StyleStart {
        Content,
        Noise,
    }
}

choices! {
    /// How the search goes down.
    pub enum SearchRule {
        Adam,
        /// L-BFGS with a line search, as Gatys et al. did it; the loss never rises.
        Lbfgs,
    }
}

/// A layer whose Gram matrix counts, and how much.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StyleLayer {
    pub path: String,
    pub weight: f64,
}

settings! {
    /// A search for the picture whose Gram matrices are those of one picture and whose activations are those of another.
    pub struct StyleTransfer {
        pub network: String = String::new(),
        pub backend: BackendChoice = BackendChoice::Auto,
        /// Of the tray: whose content is kept.
        pub picture: u32 = 0,
        /// Of the tray: whose style it gets.
        pub style: u32 = 0,
        /// [`StyleTransfer::usual_layers`] where there are none.
        pub layers: Vec<StyleLayer> = vec![],
        /// Each layer's texture is painted alone, one after another; the content does not count.
        pub is_apart: bool = false,
        /// Path of the layer that keeps the content; [`StyleTransfer::usual_content`] where not given.
        pub content_layer: Option<String> = None,
        /// Weight of the content; where it is 0 the style picture's texture is painted alone.
        pub content: f64 = 0.03,
        /// Weight of the mean square of differences between neighbours.
        pub variation: f64 = 0.02,
        pub start: StyleStart = StyleStart::Content,
        pub space: PictureSpace = PictureSpace::Frequencies,
        /// Longer side of the picture in pixels; [`StyleTransfer::usual_side`] where not given.
        pub side: Option<u32> = None,
        /// Longer side of the style picture over that: a smaller one has finer strokes.
        pub scale: f64 = 1.0,
        pub rule: SearchRule = SearchRule::Adam,
        /// Gradients, with either rule.
        pub steps: u32 = 120,
        /// Adam's learning rate at the start, [`StyleTransfer::usual_rate`] where not given; it falls to nothing along half a cosine.
        /// L-BFGS begins with a step of that length.
        pub rate: Option<f64> = None,
        pub seed: u32 = 1,
    }
}

impl StyleTransfer {
    /// Layers whose Gram matrices are taken where none are named.
    const LAYERS: usize = 5;

    /// Of a network whose input has a shorter side of so many pixels: small ones have layers that see little at once.
    pub fn usual_side(shorter: usize) -> u32 {
        if shorter < 100 { 96 } else { 256 }
    }

    /// What a step changes of a wave, over its usual strength; of a pixel in what the network reads.
    pub fn usual_rate(space: PictureSpace) -> f64 {
        if space == PictureSpace::Pixels { 0.03 } else { 0.1 }
    }

    /// Spread evenly over the layers with places from the first on, which knows colours, each counting as much.
    pub fn usual_layers(layers: &[LayerGrid]) -> Vec<StyleLayer> {
        let count = Self::LAYERS.min(layers.len());
        let at = |place: usize| place * layers.len() / count;
        (0..count).map(|place| StyleLayer { path: layers[at(place)].path.clone(), weight: 1.0 }).collect()
    }

    /// Two thirds of the way up: what is there matters more than each pixel.
    pub fn usual_content(layers: &[LayerGrid]) -> Option<String> {
        layers.get(layers.len() * 2 / 3).map(|layer| layer.path.clone())
    }
}

settings! {
    /// A picture painted at once, by the network for one style whose weights a person brought.
    pub struct QuickStyle {
        pub backend: BackendChoice = BackendChoice::Auto,
        /// Of the tray.
        pub picture: u32 = 0,
        /// Longer side in pixels; the picture's own where not given, within the limits.
        pub side: Option<u32> = None,
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Painted {
    /// In 8 bits.
    pub picture: Pixels,
    /// The same as a PNG file.
    pub png: ByteBuf,
    /// As it was computed, a NumPy array `[3, H, W]`: 0 is black and 1 white, beyond them is what the picture cannot show.
    pub npy: ByteBuf,
    /// The name of the file of weights.
    pub by: String,
    pub elapsed_ms: f64,
    pub backend: BackendUsed,
}

impl Content for Painted {
    fn bodies_mut(&mut self) -> Vec<&mut ByteBuf> {
        vec![&mut self.picture.rgba, &mut self.png, &mut self.npy]
    }
}

/// How a search stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StyleFound {
    pub step: u32,
    pub of: u32,
    /// In 8 bits.
    pub picture: Pixels,
    /// The same as a PNG file; when the search is done.
    pub png: Option<ByteBuf>,
    /// And as a NumPy array `[channels, height, width]`: 0 is black and 1 white.
    pub npy: Option<ByteBuf>,
    /// From the start on.
    pub curve: Vec<StyleRecord>,
    /// The layers whose Gram matrices count, and that of the content where it counts.
    pub layers: Vec<StyleLayer>,
    pub content_layer: Option<String>,
    /// The layers that can be asked, from the first on.
    pub all: Vec<LayerGrid>,
    /// Of layers that are painted apart: those that are done.
    pub textures: Vec<StyleTexture>,
    pub steps_per_second: f32,
    /// What must hold; when the search is done.
    pub findings: Vec<Finding<StyleFact>>,
    pub backend: BackendUsed,
}

/// The texture of one layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StyleTexture {
    pub path: String,
    pub picture: Pixels,
    /// What is left of the layer's loss.
    pub loss: f32,
}

/// The losses after so many steps, without their weights but for the total.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StyleRecord {
    pub step: u32,
    pub total: f32,
    /// Squared distance of the activations over the squares of the content's; zero where it does not count.
    pub content: f32,
    /// Of each layer, the squared distance of Gram matrices over the squares of the style's.
    pub layers: Vec<f32>,
}

impl Content for StyleFound {
    fn bodies_mut(&mut self) -> Vec<&mut ByteBuf> {
        let textures = self.textures.iter_mut().map(|texture| &mut texture.picture.rgba);
        textures.chain([&mut self.picture.rgba]).chain(self.png.as_mut()).chain(self.npy.as_mut()).collect()
    }
}

facts! {
    pub enum StyleFact {
        /// The total loss of a record over that of the one before: the largest.
        Falls = "style-falls",
        /// The Gram matrices of the style picture are symmetric: largest difference across the diagonal, over the largest element.
        Symmetric = "style-symmetric",
        /// And positive semidefinite: the smallest pivot of their elimination, over the largest element.
        Definite = "style-definite",
    }
}
