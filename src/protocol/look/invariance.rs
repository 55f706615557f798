//! What a layer keeps of a picture that is transformed, and how well it tells classes apart.

use crate::protocol::{BackendChoice, BackendUsed, Content, DataChoice, Finding, Fit, Interval, Pixels, Prediction};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

choices! {
    /// What is done to what the network reads of a picture; beyond an edge its last pixels go on.
    pub enum Transformation {
        /// To the right, in pixels; to the left below 0.
        Shift,
        /// Around the middle, by a factor.
        Scale,
        /// Around the middle, in degrees, clockwise.
        Turn,
        /// All values by a factor.
        Light,
        /// All values away from the picture's mean, by a factor.
        Contrast,
        /// By a Gauss function of this standard deviation, in pixels.
        Blur,
        /// By a grey rectangle in the middle, as a share of the area.
        Occlude,
    }
}

impl Transformation {
    /// The value that leaves a picture as it is.
    pub fn untouched(self) -> f64 {
        if self.is_factor() { 1.0 } else { 0.0 }
    }

    /// Its values go as far in one direction as in the other by their logarithms.
    pub fn is_factor(self) -> bool {
        matches!(self, Self::Scale | Self::Light | Self::Contrast)
    }

    /// There is nothing below the untouched value.
    fn is_one_sided(self) -> bool {
        matches!(self, Self::Blur | Self::Occlude)
    }

    /// How far it can go, where what the network reads has a shorter side of so many pixels; not the low end of it.
    pub fn limits(self, shorter: usize) -> Interval {
        match self {
            Self::Shift | Self::Blur => Interval::real(0.0, shorter as f64),
            Self::Scale | Self::Light | Self::Contrast => Interval::real(1.0, 16.0),
            Self::Turn => Interval::real(0.0, 180.0),
            Self::Occlude => Interval::real(0.0, 1.0),
        }
    }

    /// How far it goes where nobody says it.
    pub fn usual_range(self, shorter: usize) -> f64 {
        match self {
            Self::Shift => (shorter / 4).max(1) as f64,
            Self::Scale => 2.0,
            Self::Turn => 90.0,
            Self::Light | Self::Contrast => 4.0,
            Self::Blur => (shorter as f64 / 8.0).max(0.5),
            Self::Occlude => 0.5,
        }
    }

    /// An odd number of them, at least `count`, from one end of the range to the other; and which of them is the untouched one.
    pub fn values(self, range: f64, count: u32) -> (Vec<f64>, usize) {
        let each = (count / 2).max(1) as i32;
        if self.is_one_sided() {
            let count = 2 * each;
            return ((0..=count).map(|at| range * f64::from(at) / f64::from(count)).collect(), 0);
        }
        let of = |at: i32| {
            let share = f64::from(at) / f64::from(each);
            if self.is_factor() { range.powf(share) } else { range * share }
        };
        ((-each..=each).map(of).collect(), each as usize)
    }
}

settings! {
    /// Compare each layer's responses to a picture that is transformed, and how well it tells the classes of a set apart.
    pub struct Invariance {
        pub network: String = String::new(),
        /// A written network to start from, by its id, in place of that: its weights are drawn, and it has learnt nothing.
        pub untrained: Option<String> = None,
        pub backend: BackendChoice = BackendChoice::Auto,
        pub fit: Fit = Fit::Crop,
        /// Of the tray.
        pub picture: u32 = 0,
        pub transformation: Transformation = Transformation::Shift,
        /// [`Transformation::usual_range`] where not given.
        pub range: Option<f64> = None,
        /// Of the transformation, the untouched one among them: an even number is one more.
        pub values: u32 = 9,
        /// Paths of layers; some from the picture to the logits where there are none.
        pub layers: Vec<String> = vec![],
        /// The set whose classes are told apart; [`Invariance::usual_set`] where not given.
        pub data: Option<DataChoice> = None,
        /// Of the tray, where the set is [`Invariance::TRAY`]: each is a class, whose pictures are drawn from it at random, shifted, scaled,
        /// turned and lit a little.
        pub tray: Vec<u32> = vec![],
        /// Pictures of the set, the classes taking turns: every other one of a class makes its mean; [`Invariance::usual_pictures`] where
        /// not given.
        pub pictures: Option<u32> = None,
    }
}

impl Invariance {
    /// Of the number of values, and of layers.
    pub const VALUES: Interval = Interval::whole(3, 33);
    pub const MOST_LAYERS: usize = 12;
    pub const PICTURES: Interval = Interval::whole(4, 20_000);
    /// Written networks of the years before all others here that can be asked untrained, each with what it reads.
    pub const UNTRAINED: [(&str, [usize; 3]); 3] =
        [("neocognitron", [1, 16, 16]), ("zipcode1989", [1, 16, 16]), ("lenet5", [1, 28, 28])];

    /// By the multiply-accumulates for one picture, so that a default takes seconds; some for each of the tray's pictures.
    pub fn usual_pictures(macs: u64) -> u32 {
        (600_000_000 / macs.max(1)).clamp(108, 200) as u32
    }

    /// What the untrained network reads, where one is asked.
    pub fn untrained_input(&self) -> Option<[usize; 3]> {
        let id = self.untrained.as_ref()?;
        Self::UNTRAINED.iter().find(|(known, _)| known == id).map(|(_, input)| *input)
    }

    /// The set of pictures of the tray.
    pub const TRAY: &'static str = "tray";

    /// The set for a network that reads pictures of so many channels.
    pub fn usual_set(channels: usize) -> &'static str {
        if channels == 1 { "digits" } else { Self::TRAY }
    }
}

/// How it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InvarianceFound {
    pub transformation: Transformation,
    /// One for each value.
    pub strip: Vec<TransformedPicture>,
    /// Which of them is the picture as it is.
    pub untouched: u32,
    /// From the picture to the logits.
    pub layers: Vec<LayerCurves>,
    /// The layers that can be asked, each with the shape of its response.
    pub all: Vec<LayerShape>,
    /// Name, classes, pictures that make the means of classes, and the number of others that are told apart, so far and in all.
    pub set: String,
    pub classes: u32,
    pub known: u32,
    pub tested: [u32; 2],
    /// Name of the set that the person brought, where there is one.
    pub brought: Option<String>,
    /// All curves as a table, when all is done.
    pub csv: Option<ByteBuf>,
    /// What must hold of this; when all is done.
    pub findings: Vec<Finding<InvarianceFact>>,
    pub elapsed_ms: f64,
    pub backend: BackendUsed,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerShape {
    pub path: String,
    /// For one picture, without the batch.
    pub shape: Vec<usize>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransformedPicture {
    pub value: f64,
    /// What the network reads, no larger than is shown.
    pub seen: Pixels,
    /// What the network says of it.
    pub top: Prediction,
    /// Probability of the class that the untouched picture has.
    pub kept: f32,
}

/// Of one layer, for each value of the transformation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerCurves {
    pub path: String,
    /// For one picture, without the batch.
    pub shape: Vec<usize>,
    /// Between the response to the transformed and to the untouched picture.
    pub cosine: Vec<f32>,
    /// Pearson's correlation of the same.
    pub correlation: Vec<f32>,
    /// The cosine of the responses' means over all places.
    pub pooled: Vec<f32>,
    /// 1 less the squared distance of the two, over that of two pictures of the set; as soon as that is known.
    pub distance: Vec<f32>,
    /// The share of the set's pictures, so transformed, whose response is nearest to the mean of their own class.
    pub told: Vec<f32>,
    /// Of untouched pictures: squared distance to the mean of their own class, over that to the means of others.
    pub within: f32,
    /// A large response is a mean over squares, so many high and wide, where classes are told apart.
    pub squares: Option<[u32; 2]>,
}

impl LayerCurves {
    /// The mean over the values but for the untouched one.
    pub fn mean(curve: &[f32], untouched: usize) -> Option<f32> {
        let others = || curve.iter().enumerate().filter(|(at, _)| *at != untouched).map(|(_, value)| *value);
        let count = others().count();
        (count > 0).then(|| others().sum::<f32>() / count as f32)
    }
}

impl Content for InvarianceFound {
    fn bodies_mut(&mut self) -> Vec<&mut ByteBuf> {
        let strip = self.strip.iter_mut().map(|one| &mut one.seen.rgba);
        strip.chain(self.csv.as_mut()).collect()
    }
}

facts! {
    pub enum InvarianceFact {
        /// The response to the picture under the untouched value, among others, beside that to it alone: the similarity.
        Untouched = "invariance-untouched",
        /// The cosines of two values by sums of squares in double precision, of responses that were computed one by one, every operation
        /// by itself: the largest difference.
        Alone = "invariance-alone",
        /// The response to the picture, shifted by whole strides, is the shifted response where no edge is seen: the largest
        /// difference, over the largest value.
        Strides = "invariance-strides",
    }
}
