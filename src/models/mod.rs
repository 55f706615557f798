//! The networks: one file each, one row each in [`networks`]; and networks that a person writes, in [`spec`].
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
//! let plan = CpuPlan::new(Program::inference(&[&logits], &|name| file.tensor(name).ok())?);
//! let outputs = plan.run_now(&[Given::signed([2, 1, 8, 8]).value(0)?])?;
//! assert_eq!(outputs[0].dims(), [2, 3]);
//! # Ok(())
//! # }
//! ```

#![warn(missing_docs)]

mod cifar_resnet;
mod mobilenet_v1;
mod mobilenet_v2;
mod resnet;
pub mod show_and_tell;
pub mod spec;
mod squeezenet;
mod summary;

pub use summary::{LayerSummary, Summary, Totals, summarise};

use spec::NetworkSpec;

use crate::graph::op::Conv2d;
use crate::graph::{Graph, ShapeError, Spec, Tensor};
use crate::nn::{Normalise, VarBuilder, batch_norm, conv2d_no_bias};

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
    /// Logits that it gives.
    pub classes: usize,
    /// The names of the classes, where they are not those of ImageNet or CIFAR-10 in their order.
    pub names: Option<Vec<String>>,
    /// The normalisation of the pixels.
    pub normalise: Normalise,
    /// How it is built.
    pub architecture: Architecture,
}

/// The families and their sizes.
#[derive(Clone, Debug, PartialEq)]
pub enum Architecture {
    /// SqueezeNet in one of its versions.
    SqueezeNet(squeezenet::Version),
    /// Blocks per stage of an ImageNet ResNet of basic blocks.
    ResNet([usize; 4]),
    /// Width multiplier in hundredths.
    MobileNetV1(usize),
    /// MobileNet v2 of width 1.
    MobileNetV2,
    /// Blocks per stage of a CIFAR ResNet: depth 6n + 2.
    CifarResNet(usize),
    /// Described by text.
    Written(Box<NetworkSpec>),
}

const SQUEEZENET: &str = "Iandola et al., SqueezeNet: AlexNet-level accuracy with 50x fewer parameters, 2016";
const RESNET: &str = "He, Zhang, Ren & Sun, Deep residual learning for image recognition, 2015";
const MOBILENET_V2: &str = "Sandler et al., MobileNetV2: Inverted residuals and linear bottlenecks, 2018";
const MOBILENET: &str = "Howard et al., MobileNets: Efficient CNNs for mobile vision applications, 2017";

impl Network {
    /// The network of this id: one of [`networks`], or MobileNet v1 of any width (`mobilenet_v1_075` is 0.75).
    pub fn find(id: &str) -> Option<Network> {
        let width = |id: &str| match id.strip_prefix("mobilenet_v1_")?.parse::<usize>().ok()? {
            width @ 10..=400 => Some(width),
            _ => None,
        };
        networks().into_iter().find(|n| n.id == id).or_else(|| width(id).map(mobilenet))
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
            architecture: Architecture::Written(spec.into()),
        }
    }

    /// Whether its pictures are MNIST's: grey, 28 × 28, the classes 0 to 9. Such a network wants white ink on black.
    pub fn reads_digits(&self) -> bool {
        let is_digit = |(at, name): (usize, &String)| *name == at.to_string();
        self.input == [1, 28, 28]
            && self.names.as_ref().is_some_and(|names| names.len() == 10 && names.iter().enumerate().all(is_digit))
    }

    /// Input `[batch, channels, height, width]`, already normalised, to logits `[batch, classes]`.
    pub fn forward(&self, x: &Tensor, vb: VarBuilder) -> Result<Tensor, ShapeError> {
        match &self.architecture {
            Architecture::SqueezeNet(version) => squeezenet::forward(*version, x, self.classes, vb),
            Architecture::ResNet(blocks) => resnet::forward(*blocks, x, self.classes, vb),
            Architecture::MobileNetV1(width) => mobilenet_v1::forward(*width, x, self.classes, vb),
            Architecture::MobileNetV2 => mobilenet_v2::forward(x, self.classes, vb),
            Architecture::CifarResNet(blocks) => cifar_resnet::forward(*blocks, x, self.classes, vb),
            Architecture::Written(spec) => spec.forward(x, vb),
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

fn relu6(x: Tensor) -> Result<Tensor, ShapeError> {
    x.clamp(0.0, 6.0)
}

fn network(id: &str, title: &str, paper: &'static str, architecture: Architecture) -> Network {
    let (side, classes, normalise) = match architecture {
        Architecture::CifarResNet(_) => (32, 10, Normalise::IMAGENET),
        Architecture::MobileNetV1(_) => (224, 1000, Normalise::SIGNED),
        Architecture::SqueezeNet(_)
        | Architecture::ResNet(_)
        | Architecture::MobileNetV2
        | Architecture::Written(_) => (224, 1000, Normalise::IMAGENET),
    };
    let (id, title, input) = (id.to_owned(), title.to_owned(), [3, side, side]);
    Network { id, title, paper, input, classes, names: None, normalise, architecture }
}

fn mobilenet(width: usize) -> Network {
    let title = format!("MobileNet v1 {}.{:02}", width / 100, width % 100);
    network(&format!("mobilenet_v1_{width:03}"), &title, MOBILENET, Architecture::MobileNetV1(width))
}

/// The table of networks.
pub fn networks() -> Vec<Network> {
    vec![
        network("squeezenet1_1", "SqueezeNet 1.1", SQUEEZENET, Architecture::SqueezeNet(squeezenet::Version::V1_1)),
        network("squeezenet1_0", "SqueezeNet 1.0", SQUEEZENET, Architecture::SqueezeNet(squeezenet::Version::V1_0)),
        network("resnet18", "ResNet-18", RESNET, Architecture::ResNet([2, 2, 2, 2])),
        mobilenet(75),
        mobilenet(100),
        network("mobilenet_v2", "MobileNet v2", MOBILENET_V2, Architecture::MobileNetV2),
        network("cifar10_resnet20", "ResNet-20, CIFAR-10", RESNET, Architecture::CifarResNet(3)),
        network("cifar10_resnet44", "ResNet-44, CIFAR-10", RESNET, Architecture::CifarResNet(7)),
        network("cifar10_resnet56", "ResNet-56, CIFAR-10", RESNET, Architecture::CifarResNet(9)),
    ]
}
