//! Pictures that a network would like best, and those that it cannot tell from one that it was shown.

use super::ExciteWall;
use crate::protocol::{BackendChoice, BackendUsed, Content, Finding, Fit, LayerGrid, Pixels, Prediction};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

choices! {
    /// What a picture is searched for.
    pub enum OptimalGoal {
        /// The largest logit of a class, or the strongest channel of a layer (Simonyan, Vedaldi & Zisserman 2013; Olah et al. 2017).
        Units,
        /// The same answer of a layer to it as to the person's picture (Mahendran & Vedaldi 2015).
        Inversion,
        /// The layer's answer to the person's picture, exaggerated (Olah et al. 2017).
        Caricature,
        /// All channels of a layer, or all classes, each in a small picture.
        Wall,
    }
}

choices! {
    /// What the search changes.
    pub enum PictureSpace {
        /// Waves of all lengths, the long ones strongest, in colours that do not depend on one another.
        Frequencies,
        /// What the network reads, pixel by pixel.
        Pixels,
        /// Only where each wave begins; how strong it is stays as in natural pictures (Fel et al. 2023).
        Phases,
    }
}

settings! {
    /// A search for pictures by the gradient of what a network answers.
    pub struct OptimalPicture {
        pub network: String = String::new(),
        pub backend: BackendChoice = BackendChoice::Auto,
        pub goal: OptimalGoal = OptimalGoal::Units,
        /// Path of the layer; of units, the classes where not given; else the last one with several places.
        pub layer: Option<String> = None,
        /// Of an inversion without a layer: so many of those with several places, evenly from the first to the last, one after another.
        pub rungs: u32 = 1,
        /// Classes or channels; a picture of each.
        pub units: Vec<u32> = vec![0],
        /// Of classes: the logit less the logarithm of the sum of the exponentials of all others, so that no other class is as
        /// likely. Else the logit alone (Simonyan, Vedaldi & Zisserman 2013).
        pub is_alone: bool = true,
        /// Of several pictures of one unit: what the mean similarity of the Gram matrices of two of them costs, over the unit's answer
        /// without that (Olah, Mordvintsev & Schubert 2017). They are then searched for twice from the same noise, first without it.
        pub diversity: f64 = 0.0,
        /// Of the tray: what is inverted or exaggerated.
        pub picture: u32 = 0,
        pub fit: Fit = Fit::Crop,
        pub space: PictureSpace = PictureSpace::Frequencies,
        pub steps: u32 = 160,
        /// Adam's learning rate at the start, [`OptimalPicture::usual_rate`] where not given; it falls to nothing along half a cosine.
        pub rate: Option<f64> = None,
        /// The picture is shifted by up to so many pixels before each step, but for an inversion;
        /// [`OptimalPicture::usual_jitter`] where not given.
        pub jitter: Option<u32> = None,
        /// And made larger or smaller by up to this share.
        pub zoom: f64 = 0.05,
        /// Weight of the sum of the squares of what the network reads.
        pub l2: f64 = 0.0,
        /// Weight of its total variation: the sum of the squares of differences between neighbours.
        pub variation: f64 = 0.0,
        /// Every fourth step the picture is blurred by a Gauss function of this width in pixels; in pixels only.
        pub blur: f64 = 0.0,
        pub seed: u32 = 1,
    }
}

impl OptimalGoal {
    /// The person's picture has a part in it.
    pub fn has_picture(self) -> bool {
        matches!(self, Self::Inversion | Self::Caricature)
    }
}

impl OptimalPicture {
    /// An inversion has one picture to find, all else many.
    pub fn usual_rate(goal: OptimalGoal) -> f64 {
        if goal == OptimalGoal::Inversion { 0.2 } else { 0.05 }
    }

    /// Of a picture whose shorter side is this long: a shift may not take away what a small network looks at.
    pub fn usual_jitter(shorter: usize) -> u32 {
        (shorter / 16) as u32
    }
}

/// How a search stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OptimalFound {
    pub step: u32,
    pub of: u32,
    /// None of a wall.
    pub pictures: Vec<FoundPicture>,
    /// Of each channel in turn, as far as they are done.
    pub wall: Option<ExciteWall>,
    /// Where diversity counts.
    pub alike: Option<PictureSimilarity>,
    /// All pictures side by side as a PNG file; when the search is done.
    pub sheet: Option<ByteBuf>,
    /// The same as a NumPy array `[pictures, channels, height, width]`, without the first of one: 0 is black and 1 white.
    pub npy: Option<ByteBuf>,
    pub steps_per_second: f32,
    /// The layer that is asked, where it is not the classes.
    pub layer: Option<String>,
    /// The layers that can be asked, from the first on.
    pub layers: Vec<LayerGrid>,
    /// What must hold of these pictures; when the search is done.
    pub findings: Vec<Finding<OptimalFact>>,
    pub backend: BackendUsed,
}

/// The mean cosine similarity of the Gram matrices of two of the pictures.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PictureSimilarity {
    /// Of the noise that both searches begin with.
    pub begun: f32,
    /// When the search without diversity was done.
    pub plain: Option<f32>,
    /// Of the pictures that are shown.
    pub shown: f32,
    /// The mean answer to the pictures over that to those without diversity.
    pub kept: Option<f32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FoundPicture {
    /// The class or the channel that it is for.
    pub unit: u32,
    /// The layer that it is for, where several were asked one after another.
    pub layer: Option<String>,
    /// In 8 bits, in the size that the network reads.
    pub pixels: Pixels,
    /// What is to be large: a logit, the mean of a channel, a likeness; of an inversion, the relative error with its sign changed.
    pub value: f32,
    /// What the network says of the picture in 8 bits: of the wanted class, else the likeliest one.
    pub said: Prediction,
    /// Of an inversion: how far it is from the person's picture, as a peak signal-to-noise ratio in decibels.
    pub psnr: Option<f32>,
}

impl Content for OptimalFound {
    fn bodies_mut(&mut self) -> Vec<&mut ByteBuf> {
        let wall = self.wall.as_mut().map(|wall| &mut wall.pixels.rgba);
        self.pictures
            .iter_mut()
            .map(|picture| &mut picture.pixels.rgba)
            .chain(wall)
            .chain(self.sheet.as_mut())
            .chain(self.npy.as_mut())
            .collect()
    }
}

facts! {
    pub enum OptimalFact {
        /// The value of a picture as it is shown, in 8 bits and read anew, over that which the search reached: the ratio that is
        /// furthest from 1.
        Shown = "optimal-shown",
        /// The similarity of pictures with diversity over that without.
        Diverse = "optimal-diverse",
        /// The mean answer without diversity over that with it.
        Strong = "optimal-strong",
    }
}
