//! The networks: one file each, one row each in [`LISTED`]; and networks that a person writes, in [`spec`].
//!
//! A network reads its weights from a safetensors file, by PyTorch's names. This example writes one first; the network that
//! [`Network::find`] gives for `resnet18` reads torchvision's file in the same way:
//!
//! ```
//! use neocog::backend::cpu::CpuPlan;
//! use neocog::graph::{Graph, Program, Spec, op::Given};
//! use neocog::models::spec::NetworkSpec;
//! use neocog::nn::{VarBuilder, checkpoint, checkpoint::Checkpoint, init};
//! use std::collections::BTreeMap;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let text = "conv 4 3 pad same\nrelu\nmaxpool 2\nlinear classes";
//! let (data, classes) = ([1, 8, 8], 3);
//! let network = NetworkSpec::parse(text, data, classes).map_err(|errors| errors[0].to_string())?;
//! assert_eq!(network.totals().params, 4 * 9 + 4 + 3 * 64 + 3);
//!
//! // A file with the weights that a network starts with, and its text.
//! let graph = Graph::new();
//! let vb = VarBuilder::new(&graph);
//! network.forward(&graph.input("image", Spec::f32([1, 1, 8, 8])), vb.clone())?;
//! let start = |(name, tensor, init): (String, neocog::graph::Tensor, _)| {
//!     init::value(init, tensor.dims(), 7, &name).map(|value| (name, value))
//! };
//! let weights = vb.parameters().into_iter().map(start).collect::<Result<BTreeMap<_, _>, _>>()?;
//! let path = std::env::temp_dir().join(format!("neocog-example-{}.safetensors", std::process::id()));
//! checkpoint::save(&path, &weights, &BTreeMap::from([("network".to_owned(), text.to_owned())]))?;
//!
//! // Read back: the network from its text, its variables from the file.
//! let file = Checkpoint::parse("example", std::fs::read(&path)?)?;
//! std::fs::remove_file(&path)?;
//! let text = file.metadata().get("network").ok_or("the file has no text")?;
//! let network = NetworkSpec::parse(text, data, classes).map_err(|errors| errors[0].to_string())?;
//! let (_, logits) = network.graph(2)?;
//! let plan = CpuPlan::new(Program::inference(&[&logits], &|name| file.value(name))?);
//! let outputs = plan.run_now(&[Given::signed([2, 1, 8, 8]).value(0)?])?;
//! assert_eq!(outputs[0].dims(), [2, 3]);
//! # Ok(())
//! # }
//! ```

#![warn(missing_docs)]

mod alexnet;
mod bvlcalexnet;
pub mod channels;
mod cifar_resnet;
pub mod code;
mod convnext;
pub mod deep_pose;
mod densenet;
mod efficientnet;
mod fast_style;
pub mod faster_rcnn;
mod field;
pub mod googlenet;
pub mod head;
mod layers;
mod mobilenet_v1;
mod mobilenet_v2;
mod mobilenet_v3;
pub mod movenet;
pub mod naming;
mod nin;
pub mod onnx;
pub mod outline;
mod resnet;
pub(crate) mod rounding;
mod sequential;
pub mod show_and_tell;
mod shufflenet_v2;
pub mod spec;
mod squeeze_excite;
mod squeezenet;
mod summary;
mod tiny_darknet;
mod vgg;
mod vit;
mod wiring;
pub mod yolo_fastest;
mod zfnet;

pub use field::ReceptiveField;
pub use layers::{NamedLayer, NetworkGraph};
pub use summary::{LayerSummary, Summary, Totals, summarise};
pub use wiring::{WiredNode, blocks};

use head::OutputHead;
use onnx::Verified;
use spec::NetworkSpec;

use crate::graph::op::Conv2d;
use crate::graph::{Graph, Host, ShapeError, Spec, Tensor};
use crate::nn::checkpoint::Checkpoint;
use crate::nn::{Normalise, Resizing, VarBuilder, batch_norm, conv2d_no_bias, dropout};
use std::rc::Rc;

/// One network: its names, its inputs, how it is built.
#[derive(Clone, Debug)]
pub struct Network {
    /// torchvision's name where it has one.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// Authors, title and year; empty for one that a person wrote.
    pub paper: &'static str,
    /// Channels (1 is grey), height and width of the input.
    pub input: [usize; 3],
    /// Logits that it gives; 0 of one that paints pictures, or finds boxes or joints.
    pub classes: usize,
    /// The names of the classes, where they are not those of ImageNet or CIFAR-10 in their order.
    pub names: Option<Vec<String>>,
    /// The normalisation of the pixels.
    pub normalise: Normalise,
    /// How a picture is brought to the size of the input.
    pub resizing: Resizing,
    /// How it is built.
    pub architecture: Architecture,
}

/// How a network is built.
#[derive(Clone, Debug)]
pub enum Architecture {
    /// By the code of its family, which knows it by its size.
    Family(Forward, usize),
    /// Described by text.
    Written(Box<NetworkSpec>),
    /// Read from a file that brings its own graph.
    Brought(Rc<dyn Brought>),
}

/// A network that a file describes by itself.
pub trait Brought: std::fmt::Debug {
    /// Input `[batch, channels, height, width]`, already normalised, to logits `[batch, classes]`.
    ///
    /// # Errors
    /// What the file says cannot be built for such an input.
    fn forward(&self, x: &Tensor, vb: VarBuilder) -> Result<Tensor, ShapeError>;

    /// How its numbers are read where it gives boxes or joints and no logits.
    fn head(&self) -> Option<&OutputHead> {
        None
    }

    /// Parameters, and multiply-accumulates for one picture, where they are known without the graph.
    fn totals(&self) -> Option<[u64; 2]> {
        None
    }

    /// The file, of which `checkpoint` was made, for values that came with it: inputs and outputs as tensors in files of the same
    /// format. It is reached by way of the network alone, so that no one else needs the code that reads such files.
    ///
    /// # Errors
    /// A sentence on what cannot be read or built.
    fn trial(
        &self,
        checkpoint: &Checkpoint,
        inputs: &[Vec<u8>],
        outputs: &[Vec<u8>],
    ) -> Result<Box<dyn FileTrial>, String>;
}

/// A file's graph for the inputs that came with it, and the results that should come out.
pub trait FileTrial {
    /// What a plan has to compute, in this order.
    fn outputs(&self) -> Vec<&Tensor>;

    /// The value of an input of the plan.
    fn input(&self, name: &str) -> Option<&Host>;

    /// Compares what the plan computed.
    ///
    /// # Errors
    /// A sentence where a shape is another.
    fn compare(&self, computed: &[Host]) -> Result<Verified, String>;
}

/// The logits of one member of a family: its size (depth, version or width), its input, the number of classes, its variables.
pub type Forward = fn(usize, &Tensor, usize, VarBuilder) -> Result<Tensor, ShapeError>;

/// A row of the table of networks: what is known of one that is not built.
#[derive(Clone, Copy, Debug)]
pub struct Listed {
    /// torchvision's name where it has one.
    pub id: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// Authors, title and year.
    pub paper: &'static str,
    /// Height and width of its input of three channels.
    pub side: usize,
    /// Logits that it gives.
    pub classes: usize,
    /// The normalisation of the pixels.
    pub normalise: Normalise,
    /// Its parameters.
    pub params: u64,
    /// Its multiply-accumulates for one picture.
    pub macs: u64,
}

/// [`LISTED`] reaches nothing of the networks' code: the engine lists them long before it is fetched.
macro_rules! networks {
    (@forward $family:ident) => { $family::forward };
    (@forward $family:ident $variant:ident) => { $family::$variant };
    ($($family:ident $(::$variant:ident)? $size:literal: $id:literal $title:literal $paper:ident $side:literal $classes:literal $normalise:ident
        $params:literal $macs:literal;)*) => {
        /// The table of networks.
        pub const LISTED: &[Listed] = &[$(Listed {
            id: $id,
            title: $title,
            paper: $paper,
            side: $side,
            classes: $classes,
            normalise: Normalise::$normalise,
            params: $params,
            macs: $macs,
        }),*];

        /// All of [`LISTED`], ready to be built.
        pub fn networks() -> Vec<Network> {
            let architectures = [$(Architecture::Family(networks!(@forward $family $($variant)?), $size)),*];
            LISTED.iter().zip(architectures).map(|(row, architecture)| row.network(architecture)).collect()
        }
    };
}

const ALEXNET: &str =
    "Krizhevsky, Sutskever & Hinton, ImageNet classification with deep convolutional neural networks, 2012";
const ZFNET: &str = "Zeiler & Fergus, Visualizing and understanding convolutional networks, 2014";
const VGG: &str = "Simonyan & Zisserman, Very deep convolutional networks for large-scale image recognition, 2015";
const NIN: &str = "Lin, Chen & Yan, Network in network, 2014";
const GOOGLENET: &str = "Szegedy et al., Going deeper with convolutions, 2015";
const DENSENET: &str = "Huang et al., Densely connected convolutional networks, 2017";
const MOBILENET_V3: &str = "Howard et al., Searching for MobileNetV3, 2019";
const EFFICIENTNET: &str = "Tan & Le, EfficientNet: Rethinking model scaling for convolutional neural networks, 2019";
const SHUFFLENET_V2: &str =
    "Ma et al., ShuffleNet V2: Practical guidelines for efficient CNN architecture design, 2018";
const CONVNEXT: &str = "Liu et al., A ConvNet for the 2020s, 2022";
const JOHNSON: &str =
    "Johnson, Alahi & Fei-Fei, Perceptual losses for real-time style transfer and super-resolution, 2016";
const VIT: &str = "Dosovitskiy et al., An image is worth 16x16 words, 2021";
const DARKNET: &str = "Redmon, Darknet: Open source neural networks in C, 2016";
const SQUEEZENET: &str = "Iandola et al., SqueezeNet: AlexNet-level accuracy with 50x fewer parameters, 2016";
const RESNET: &str = "He, Zhang, Ren & Sun, Deep residual learning for image recognition, 2015";
const MOBILENET_V2: &str = "Sandler et al., MobileNetV2: Inverted residuals and linear bottlenecks, 2018";
const YOLO_FASTEST: &str =
    "dog-qiuqiu, Yolo-Fastest, 2020, after Redmon & Farhadi, YOLOv3: An incremental improvement, 2018";
const MOVENET: &str = "Google, MoveNet SinglePose Lightning, 2021, after Zhou et al., Objects as points, 2019";
const MOBILENET: &str = "Howard et al., MobileNets: Efficient CNNs for mobile vision applications, 2017";

impl Network {
    /// The network of this id: one of [`networks`], MobileNet v1 of any width (`mobilenet_v1_075` is 0.75), [`PAINTER`],
    /// [`DETECTOR`] or [`POSE`].
    pub fn find(id: &str) -> Option<Network> {
        let width = |id: &str| match id.strip_prefix("mobilenet_v1_")?.parse::<usize>().ok()? {
            width @ 10..=400 => Some(width),
            _ => None,
        };
        let beside = || match id {
            PAINTER => Some(painter()),
            DETECTOR => Some(detector()),
            POSE => Some(pose()),
            _ => None,
        };
        networks().into_iter().find(|n| n.id == id).or_else(|| width(id).map(mobilenet)).or_else(beside)
    }

    /// Whether its result is a picture of the size of its input, red, green and blue from 0 to 255, and no logits.
    pub fn is_painter(&self) -> bool {
        self.id == PAINTER
    }

    /// Whether it gives logits of the classes of a picture: not where it paints or finds boxes or joints.
    pub fn names_classes(&self) -> bool {
        self.classes > 0
    }

    /// A network described by text; `names` has a name for each of its classes.
    pub fn written(id: &str, title: &str, spec: NetworkSpec, names: Vec<String>, normalise: Normalise) -> Network {
        let (input, classes) = (spec.data(), spec.classes());
        let (id, title, names) = (id.to_owned(), title.to_owned(), Some(names));
        Network {
            id,
            title,
            paper: "",
            input,
            classes,
            names,
            normalise,
            resizing: Resizing::default(),
            architecture: Architecture::Written(spec.into()),
        }
    }

    /// Whether its pictures are MNIST's: grey, 28 × 28, the classes 0 to 9. Such a network wants white ink on black.
    pub fn reads_digits(&self) -> bool {
        let is_digit = |(at, name): (usize, &String)| *name == at.to_string();
        self.input == [1, 28, 28]
            && self.names.as_ref().is_some_and(|names| names.len() == 10 && names.iter().enumerate().all(is_digit))
    }

    /// The text that describes it, where one does.
    pub fn spec(&self) -> Option<&NetworkSpec> {
        match &self.architecture {
            Architecture::Written(spec) => Some(spec),
            Architecture::Family(..) | Architecture::Brought(_) => None,
        }
    }

    /// Input `[batch, channels, height, width]`, already normalised, to logits `[batch, classes]`.
    pub fn forward(&self, x: &Tensor, vb: VarBuilder) -> Result<Tensor, ShapeError> {
        match &self.architecture {
            Architecture::Family(forward, size) => forward(*size, x, self.classes, vb),
            Architecture::Written(spec) => spec.forward(x, vb),
            Architecture::Brought(network) => network.forward(x, vb),
        }
    }

    /// A graph of this network alone: its input, named `image`, and its logits.
    pub fn graph(&self, batch: usize) -> Result<(Tensor, Tensor), ShapeError> {
        let graph = Graph::new();
        let [channels, height, width] = self.input;
        let x = graph.input("image", Spec::f32([batch, channels, height, width]));
        let logits = self.forward(&x, VarBuilder::new(&graph))?;
        Ok((x, logits))
    }
}

/// A convolution to `out` channels without a bias, and a batch norm behind it, each with its variables.
fn conv_norm(
    x: &Tensor,
    out: usize,
    kernel: usize,
    conv: Conv2d,
    eps: f64,
    [of_conv, of_norm]: [VarBuilder; 2],
) -> Result<Tensor, ShapeError> {
    let y = conv2d_no_bias(x.dims()[1], out, kernel, conv, of_conv)?.forward(x)?;
    batch_norm(out, eps, of_norm)?.forward(&y)
}

/// The means of `size` × `size` windows, whatever the extents of `x`.
fn adaptive_mean(x: &Tensor, size: usize) -> Result<Tensor, ShapeError> {
    if x.dims().ends_with(&[size, size]) { Ok(x.clone()) } else { x.adaptive_avg_pool2d(size, size) }
}

/// The multiple of 8 nearest to `channels`, but not less than nine tenths of it.
fn divisible(channels: usize) -> usize {
    let nearest = ((channels + 4) / 8 * 8).max(8);
    if nearest * 10 < channels * 9 { nearest + 8 } else { nearest }
}

/// In training, leaves this share of the pictures out, and scales up the others (Huang et al. 2016).
fn stochastic_depth(x: &Tensor, share: f64, vb: &VarBuilder) -> Result<Tensor, ShapeError> {
    if vb.training_mode().is_none() || share == 0.0 {
        return Ok(x.clone());
    }
    let mut shape = vec![1; x.rank()];
    shape[0] = x.dims()[0];
    let ones = x.graph().full(1.0, Spec::new(shape, x.dtype()))?;
    x.broadcast_mul(&dropout(share, vb.clone())?.forward(&ones)?)
}

fn relu6(x: Tensor) -> Result<Tensor, ShapeError> {
    x.clamp(0.0, 6.0)
}

/// The network that paints pictures in one style. It stands beside the table: whoever lists networks means those that name classes.
pub const PAINTER: &str = "fast_style";

/// For pictures of any size whose sides are multiples of 4.
fn painter() -> Network {
    Network {
        id: PAINTER.to_owned(),
        title: "Fast style".to_owned(),
        paper: JOHNSON,
        input: [3, 256, 256],
        classes: 0,
        names: None,
        normalise: Normalise::BYTES,
        resizing: Resizing::default(),
        architecture: Architecture::Family(fast_style::forward, 1),
    }
}

/// The network that finds boxes of COCO's classes, beside the table too.
pub const DETECTOR: &str = "yolo_fastest";

/// For a square of 320 pixels.
fn detector() -> Network {
    Network {
        id: DETECTOR.to_owned(),
        title: "Yolo-Fastest 1.1".to_owned(),
        paper: YOLO_FASTEST,
        input: [3, 320, 320],
        classes: 0,
        names: None,
        normalise: Normalise::UNIT,
        resizing: Resizing::default(),
        architecture: Architecture::Family(yolo_fastest::forward, 1),
    }
}

/// The network that finds a person's joints, beside the table too.
pub const POSE: &str = "movenet_lightning";

/// For a square of 192 pixels.
fn pose() -> Network {
    Network {
        id: POSE.to_owned(),
        title: "MoveNet Lightning".to_owned(),
        paper: MOVENET,
        input: [3, movenet::SIDE, movenet::SIDE],
        classes: 0,
        names: None,
        normalise: Normalise::SIGNED,
        resizing: Resizing::default(),
        architecture: Architecture::Family(movenet::forward, 1),
    }
}

/// Of any width, in hundredths.
fn mobilenet(width: usize) -> Network {
    Network {
        id: format!("mobilenet_v1_{width:03}"),
        title: format!("MobileNet v1 {}.{:02}", width / 100, width % 100),
        paper: MOBILENET,
        input: [3, 224, 224],
        classes: 1000,
        names: None,
        normalise: Normalise::SIGNED,
        resizing: Resizing::default(),
        architecture: Architecture::Family(mobilenet_v1::forward, width),
    }
}

impl Listed {
    fn network(&self, architecture: Architecture) -> Network {
        Network {
            id: self.id.to_owned(),
            title: self.title.to_owned(),
            paper: self.paper,
            input: [3, self.side, self.side],
            classes: self.classes,
            names: None,
            normalise: self.normalise,
            resizing: Resizing::default(),
            architecture,
        }
    }
}

networks! {
    // family (or a variant of it) size: id, title, paper, side of the input, classes, normalisation, parameters, multiply-accumulates
    squeezenet 11: "squeezenet1_1" "SqueezeNet 1.1" SQUEEZENET 224 1000 IMAGENET 1_235_496 349_151_936;
    squeezenet 10: "squeezenet1_0" "SqueezeNet 1.0" SQUEEZENET 224 1000 IMAGENET 1_248_424 818_924_576;
    resnet 18: "resnet18" "ResNet-18" RESNET 224 1000 IMAGENET 11_689_512 1_814_073_344;
    mobilenet_v1 75: "mobilenet_v1_075" "MobileNet v1 0.75" MOBILENET 224 1000 SIGNED 2_585_560 325_400_448;
    mobilenet_v1 100: "mobilenet_v1_100" "MobileNet v1 1.00" MOBILENET 224 1000 SIGNED 4_231_976 568_740_352;
    mobilenet_v2 100: "mobilenet_v2" "MobileNet v2" MOBILENET_V2 224 1000 IMAGENET 3_504_872 300_774_272;
    mobilenet_v2::of_tensorflow 100: "mobilenet_v2_tf" "MobileNet v2, TensorFlow" MOBILENET_V2 224 1000 SIGNED 3_504_872 300_774_272;
    mobilenet_v3 1024: "mobilenet_v3_small" "MobileNet v3 small" MOBILENET_V3 224 1000 IMAGENET 2_542_856 56_510_400;
    mobilenet_v3 1280: "mobilenet_v3_large" "MobileNet v3 large" MOBILENET_V3 224 1000 IMAGENET 5_483_032 216_589_760;
    alexnet 1: "alexnet" "AlexNet" ALEXNET 224 1000 IMAGENET 61_100_840 714_188_480;
    bvlcalexnet 2: "bvlcalexnet" "AlexNet, two groups" ALEXNET 227 1000 CAFFE 60_965_224 724_406_816;
    bvlcalexnet 1: "alexnet_ungrouped" "AlexNet, one group" ALEXNET 227 1000 CAFFE 62_378_344 1_135_256_096;
    zfnet 1: "zfnet" "ZFNet" ZFNET 224 1000 CAFFE 62_357_608 1_168_032_896;
    vgg 11: "vgg11" "VGG-11" VGG 224 1000 IMAGENET 132_863_336 7_609_090_048;
    vgg 13: "vgg13" "VGG-13" VGG 224 1000 IMAGENET 133_047_848 11_308_466_176;
    vgg 16: "vgg16" "VGG-16" VGG 224 1000 IMAGENET 138_357_544 15_470_264_320;
    vgg 19: "vgg19" "VGG-19" VGG 224 1000 IMAGENET 143_667_240 19_632_062_464;
    vgg::with_norm 11: "vgg11_bn" "VGG-11, batch norm" VGG 224 1000 IMAGENET 132_868_840 7_609_090_048;
    vgg::with_norm 13: "vgg13_bn" "VGG-13, batch norm" VGG 224 1000 IMAGENET 133_053_736 11_308_466_176;
    vgg::with_norm 16: "vgg16_bn" "VGG-16, batch norm" VGG 224 1000 IMAGENET 138_365_992 15_470_264_320;
    vgg::with_norm 19: "vgg19_bn" "VGG-19, batch norm" VGG 224 1000 IMAGENET 143_678_248 19_632_062_464;
    nin 1: "nin" "Network in network" NIN 224 1000 CAFFE 7_595_176 1_100_188_800;
    googlenet 1: "googlenet" "GoogLeNet" GOOGLENET 224 1000 SIGNED 6_624_904 1_498_376_192;
    resnet 34: "resnet34" "ResNet-34" RESNET 224 1000 IMAGENET 21_797_672 3_663_761_408;
    resnet 50: "resnet50" "ResNet-50" RESNET 224 1000 IMAGENET 25_557_032 4_089_184_256;
    resnet 101: "resnet101" "ResNet-101" RESNET 224 1000 IMAGENET 44_549_160 7_801_405_440;
    resnet 152: "resnet152" "ResNet-152" RESNET 224 1000 IMAGENET 60_192_808 11_513_626_624;
    resnet::original 152: "resnet152_v1" "ResNet-152, as published" RESNET 224 1000 IMAGENET 60_192_808 11_282_415_616;
    densenet 121: "densenet121" "DenseNet-121" DENSENET 224 1000 IMAGENET 7_978_856 2_834_161_664;
    efficientnet 0: "efficientnet_b0" "EfficientNet-B0" EFFICIENTNET 224 1000 IMAGENET 5_288_548 385_814_752;
    shufflenet_v2 100: "shufflenet_v2_x1_0" "ShuffleNet v2" SHUFFLENET_V2 224 1000 IMAGENET 2_278_604 144_907_992;
    convnext 1: "convnext_tiny" "ConvNeXt-tiny" CONVNEXT 224 1000 IMAGENET 28_589_128 4_455_531_264;
    vit 192: "vit_tiny_16" "ViT-tiny/16" VIT 224 1000 SIGNED 5_717_416 1_253_683_200;
    vit 768: "vit_b_16" "ViT-B/16" VIT 224 1000 IMAGENET 86_567_656 17_563_828_224;
    tiny_darknet 1: "tiny_darknet" "Tiny Darknet" DARKNET 224 1000 UNIT 1_042_104 491_524_096;
    cifar_resnet 20: "cifar10_resnet20" "ResNet-20, CIFAR-10" RESNET 32 10 IMAGENET 269_722 40_551_040;
    cifar_resnet 44: "cifar10_resnet44" "ResNet-44, CIFAR-10" RESNET 32 10 IMAGENET 658_586 97_174_144;
    cifar_resnet 56: "cifar10_resnet56" "ResNet-56, CIFAR-10" RESNET 32 10 IMAGENET 853_018 125_485_696;
}
