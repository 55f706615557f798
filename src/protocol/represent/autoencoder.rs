//! Autoencoders: networks that learn to give their input again through a code of few numbers.

use crate::protocol::{BackendChoice, Interval, RunPlan, RunProgress};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

choices! {
    /// Pictures that an autoencoder learns.
    pub enum CodeData {
        /// Drawn digits of 28 × 28.
        Digits,
        /// Drawn shapes of 32 × 32 in colour.
        Shapes,
        /// What the person brought.
        Own,
    }
}

choices! {
    pub enum CodeNetwork {
        /// One matrix to the code and one back: what it learns is the space of the first principal components (Baldi & Hornik 1989).
        Linear,
        /// Fully connected layers (Hinton & Salakhutdinov 2006).
        Dense,
        /// Convolutions with stride 2, and back with enlarging between them.
        Convolutional,
    }
}

choices! {
    /// What is asked of a code besides that the picture comes again.
    pub enum CodeRule {
        Plain,
        /// Pixels are set to nothing at random, and the whole picture is asked for (Vincent et al. 2008).
        Denoising,
        /// Units of the code are rarely on: the KL divergence of their mean activity from 0.05 (Lee, Ekanadham & Ng 2008).
        Sparse,
        /// The squared norm of the code's Jacobian (Rifai et al. 2011).
        Contractive,
        /// A code is a normal distribution, near the standard one (Kingma & Welling 2013; with another weight, Higgins et al. 2017).
        Variational,
    }
}

settings! {
    /// Everything that decides a run.
    pub struct AutoencoderTrain {
        pub data: CodeData = CodeData::Digits,
        pub network: CodeNetwork = CodeNetwork::Dense,
        pub rule: CodeRule = CodeRule::Plain,
        /// Numbers of a code.
        pub code: u32 = 2,
        /// Units of the first hidden layer; each further one has half as many. A convolutional network has a sixteenth of them as channels.
        pub width: u32 = 128,
        /// Hidden layers before the code, and as many behind it; a convolutional network has two convolutions instead.
        pub layers: u32 = 2,
        /// Denoising: the share of pixels that are set to nothing. Else what the penalty counts beside the nats of a picture.
        pub strength: f64 = 0.5,
        pub steps: u32 = 2500,
        pub batch: u32 = 64,
        pub rate: f64 = 2e-3,
        pub seed: u32 = 1,
        pub backend: BackendChoice = BackendChoice::Auto,
        /// Go on where the last training was stopped, instead of from new weights.
        pub resume: bool = false,
    }
}

impl AutoencoderTrain {
    pub const CODE: Interval = Interval::whole(1, 64);
    pub const WIDTH: Interval = Interval::whole(16, 2048);
    pub const LAYERS: Interval = Interval::whole(0, 4);
    pub const STRENGTH: Interval = Interval::real(0.0, 100.0);
    pub const BATCH: Interval = Interval::whole(1, 1024);

    /// With what each kind learns well.
    #[must_use]
    pub fn with_network(self, network: CodeNetwork) -> Self {
        let made = Self { network, ..self };
        match network {
            CodeNetwork::Linear => Self { rule: CodeRule::Plain, batch: 128, rate: 0.04, ..made },
            CodeNetwork::Dense | CodeNetwork::Convolutional => Self { batch: 64, rate: 2e-3, ..made },
        }
    }

    /// With the strength that each rule usually has.
    #[must_use]
    pub fn with_rule(self, rule: CodeRule) -> Self {
        let strength = match rule {
            CodeRule::Plain | CodeRule::Denoising => 0.5,
            CodeRule::Sparse => 10.0,
            CodeRule::Contractive => 0.1,
            CodeRule::Variational => 1.0,
        };
        Self { rule, strength, ..self }
    }

    pub fn plan(&self) -> RunPlan {
        let Self { steps, batch, rate, seed, .. } = *self;
        RunPlan { steps, batch, rate, seed }
    }
}

/// What is looked at while an autoencoder learns: it does not learn from these, where there are others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CodeExamples {
    pub set: String,
    /// Channels, height, width.
    pub shape: [u32; 3],
    pub classes: Vec<String>,
    /// Of each picture its class.
    pub labels: Vec<u32>,
    /// Pictures one after the other, channels as planes.
    pub pixels: ByteBuf,
    /// How many pictures are learnt from.
    pub learnt_from: u32,
}

/// What the network makes of these pictures after a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CodeBoard {
    pub step: u32,
    /// A place for each picture: the two numbers of its code, or where that lies in the plane in which codes vary most.
    pub places: Vec<[f32; 2]>,
    /// The code at the middle of the plane, and the steps along both of its axes.
    pub plane: [Vec<f32>; 3],
    /// Codes of the first pictures, and the pictures again.
    pub codes: Vec<Vec<f32>>,
    pub again: ByteBuf,
}

impl CodeBoard {
    /// Pictures whose reconstruction is shown.
    pub const SHOWN: usize = 10;

    /// The code at a place of the plane.
    pub fn code_at(&self, [x, y]: [f32; 2]) -> Vec<f32> {
        let [middle, across, up] = &self.plane;
        middle.iter().zip(across).zip(up).map(|((middle, across), up)| middle + x * across + y * up).collect()
    }
}

/// What is told while an autoencoder learns: curves as in [`RunProgress`], whose measurements are the mean squared error of a pixel on
/// pictures that are not learnt from and, of a linear one, the principal angle to the components in degrees.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AutoencoderProgress {
    pub run: RunProgress,
    /// Told once, and at the end.
    pub examples: Option<CodeExamples>,
    /// Where it is new.
    pub board: Option<CodeBoard>,
    /// The same error of as many principal components, as soon as they are known.
    pub components_error: Option<f64>,
}

settings! {
    /// Codes to be made pictures.
    pub struct DecodeCodes {
        pub codes: Vec<Vec<f32>> = Vec::new(),
    }
}

impl DecodeCodes {
    /// At once.
    pub const MOST: usize = 256;
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecodedPictures {
    pub shape: [u32; 3],
    /// Of the network's training, when they were made.
    pub step: u32,
    /// One after the other, channels as planes.
    pub pixels: ByteBuf,
}
