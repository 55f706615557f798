//! Deep belief nets: restricted Boltzmann machines on top of each other, and what they are good for as first weights of a classifier.

use super::CodeData;
use crate::protocol::{AccuracyShare, BackendChoice, BackendUsed, Interval};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

settings! {
    /// Restricted machines learn one after the other, each what the one below makes of the pictures (Hinton, Osindero & Teh 2006).
    pub struct StackTrain {
        pub data: CodeData = CodeData::Digits,
        pub layers: u32 = 3,
        /// Hidden units of each layer.
        pub units: u32 = 128,
        /// Of each layer.
        pub steps: u32 = 1000,
        /// Steps of a chain for each step of learning.
        pub k: u32 = 1,
        pub rate: f64 = 0.05,
        pub batch: u32 = 20,
        pub seed: u32 = 1,
    }
}

impl StackTrain {
    pub const LAYERS: Interval = Interval::whole(1, 6);
    pub const UNITS: Interval = Interval::whole(2, 512);
}

/// How well a layer gives what it reads again after a step of its own.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StackPoint {
    /// From 0.
    pub layer: u32,
    pub step: u32,
    /// Cross-entropy of a unit below, from the likeliest hidden units, in nats: of pictures that are learnt from, and of others.
    pub reconstruction: [f64; 2],
}

/// What is told while a stack learns: points are the new ones, at the end all of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StackProgress {
    /// That learns, from 0.
    pub layer: u32,
    pub layers: u32,
    /// Steps of all layers.
    pub step: u32,
    pub of: u32,
    pub seconds: f64,
    pub steps_per_second: f32,
    pub height: u32,
    pub width: u32,
    pub params: u32,
    /// Learnt from, and others.
    pub examples: [u32; 2],
    pub points: Vec<StackPoint>,
    /// Of each layer that has begun, what its first units weigh of each pixel, through the layers below: 128 is none, 255 the
    /// largest of the layer. At the end of all, else of the layer that learns.
    pub filters: Vec<(u32, Vec<ByteBuf>)>,
}

impl StackProgress {
    /// Units of a layer that are shown.
    pub const FILTERS: usize = 16;
}

settings! {
    /// Pictures from the top: chains of the two uppermost layers go on, and what they come to goes down layer by layer.
    pub struct StackDream {
        pub sweeps: u32 = 1,
        pub chains: u32 = 12,
        /// From new states that coins toss.
        pub restart: bool = false,
        pub seed: u32 = 1,
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StackDreams {
    pub height: u32,
    pub width: u32,
    /// Layers that have begun to learn.
    pub layers: u32,
    /// Since the chains began.
    pub sweeps: u64,
    /// The chance of each pixel to be on, 0 to 255.
    pub pictures: Vec<ByteBuf>,
}

settings! {
    /// A classifier with the layers of the stack that was trained last, once from its weights and once from random ones. Both see the same
    /// batches.
    pub struct StackTune {
        /// Pictures whose class is told.
        pub labelled: u32 = 500,
        pub epochs: u32 = 30,
        pub batch: u32 = 20,
        pub rate: f64 = 0.05,
        pub seed: u32 = 1,
        pub backend: BackendChoice = BackendChoice::Auto,
    }
}

impl StackTune {
    pub const LABELLED: Interval = Interval::whole(10, 50_000);
    pub const EPOCHS: Interval = Interval::whole(1, 1000);
    pub const BATCH: Interval = Interval::whole(1, 512);
}

/// One of the two classifiers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TuneLane {
    /// Step and loss in nats; new ones, at the end all. So the others.
    pub losses: Vec<(u32, f32)>,
    /// Step, and how many of the pictures that are not learnt from are right.
    pub right: Vec<(u32, AccuracyShare)>,
    /// The loss was no number any more after this step.
    pub diverged: Option<u32>,
}

/// The classifiers while they learn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TunedStack {
    pub step: u32,
    pub of: u32,
    pub per_epoch: u32,
    pub seconds: f64,
    pub params: u64,
    pub labelled: u32,
    pub held_out: u32,
    /// From the stack's weights, and from random ones.
    pub lanes: Vec<TuneLane>,
    pub backend: BackendUsed,
}
