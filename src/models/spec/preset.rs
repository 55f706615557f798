//! Specs to start from, one row each.

use std::fmt::Write;

/// A network as text, with the pictures that it was made for.
#[derive(Clone, Debug, PartialEq)]
pub struct Preset {
    /// Its name for programs.
    pub id: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// Authors, title and year; empty for our own.
    pub paper: &'static str,
    /// Channels, height, width.
    pub data: [usize; 3],
    /// Logits that it gives.
    pub classes: usize,
    /// The text, in the language of [`super`].
    pub text: String,
    /// Trained parameters as they were published.
    pub published_params: Option<u64>,
}

const PLANE: [usize; 3] = [2, 1, 1];
pub(crate) const GRAY_28: [usize; 3] = [1, 28, 28];
pub(crate) const COLOUR_32: [usize; 3] = [3, 32, 32];
const RESNET: &str = "He, Zhang, Ren & Sun, Deep residual learning for image recognition, 2015, section 4.2";

fn preset(id: &'static str, title: &'static str, paper: &'static str, data: [usize; 3], text: String) -> Preset {
    let published_params = match id {
        // LeCun et al. 1998, section III.C.1: 266 610 for 784-300-100-10.
        "mlp" => Some(266_610),
        "lenet5" => Some(61_706),
        "zipcode1989" => Some(9_760),
        _ => None,
    };
    Preset { id, title, paper, data, classes: 10, text, published_params }
}

/// The table of presets: of each shape of data, the one to begin with first.
pub fn presets() -> Vec<Preset> {
    const LECUN_1998: &str =
        "LeCun, Bottou, Bengio & Haffner, Gradient-based learning applied to document recognition, 1998";
    const LECUN_1989: &str = "LeCun, Boser, Denker, Henderson, Howard, Hubbard & Jackel, Backpropagation applied to handwritten zip code recognition, 1989";
    const FUKUSHIMA_1980: &str = "Fukushima, Neocognitron: a self-organizing neural network model for a mechanism of pattern recognition unaffected by shift in position, 1980";
    vec![
        Preset { classes: 2, ..preset("plane", "Two layers of eight", "", PLANE, mlp(&[8, 8], "tanh")) },
        Preset { classes: 2, ..preset("plane_deep", "Six layers of eight", "", PLANE, mlp(&[8; 6], "relu")) },
        preset("small", "Small and quick", "", GRAY_28, SMALL.to_owned()),
        preset("mlp", "Two hidden layers", LECUN_1998, GRAY_28, mlp(&[300, 100], "relu")),
        preset("zipcode1989", "The zip-code net of 1989", LECUN_1989, [1, 16, 16], ZIPCODE_1989.to_owned()),
        preset("neocognitron", "A neocognitron of 1980", FUKUSHIMA_1980, [1, 16, 16], NEOCOGNITRON.to_owned()),
        preset("lenet5", "LeNet-5", LECUN_1998, GRAY_28, LENET5.to_owned()),
        preset("digits", "Digits, compact", "", GRAY_28, digits()),
        preset("small_colour", "Small and quick, in colour", "", COLOUR_32, small_colour()),
        preset("vgg_small", "A small VGG", "", COLOUR_32, vgg_small()),
        preset("photos", "Photographs, compact", "", COLOUR_32, photos()),
        Preset { classes: 110, ..preset("things", "A hundred and ten things", "", COLOUR_32, things()) },
        preset("resnet20", "ResNet-20", RESNET, COLOUR_32, resnet(3)),
        preset("resnet32", "ResNet-32", RESNET, COLOUR_32, resnet(5)),
        preset("resnet56", "ResNet-56", RESNET, COLOUR_32, resnet(9)),
    ]
}

impl Preset {
    /// The preset of this id.
    pub fn find(id: &str) -> Option<Preset> {
        presets().into_iter().find(|preset| preset.id == id)
    }
}

/// A fully connected network with hidden layers of these widths, `activation` behind each.
pub fn mlp(widths: &[usize], activation: &str) -> String {
    let mut text = String::from("flatten\n");
    for width in widths {
        // Writing to a string cannot fail.
        _ = writeln!(text, "linear {width}\n{activation}");
    }
    text + "linear classes\n"
}

/// 54 thousand parameters, 0.8 million multiply-accumulates: the first thing that learns when the page opens.
pub const SMALL: &str = "\
init glorot
conv 8 5 pad 2
relu
maxpool 2
conv 16 5 pad 2
relu
maxpool 2
flatten
linear 64
relu
linear classes
";

/// A convolution to so many channels without a bias, a batch norm and a ReLU, indented; `rest` is kernel and options.
fn normed(indent: &str, channels: usize, rest: &str) -> String {
    format!("{indent}conv {channels} {rest} no_bias\n{indent}batchnorm\n{indent}relu\n")
}

/// 27 thousand parameters, 2 million multiply-accumulates.
fn small_colour() -> String {
    let layers = [(16, "3 stride 2 pad 1"), (32, "3 stride 2 pad 1"), (64, "3 pad 1")];
    layers.map(|(channels, rest)| normed("", channels, rest)).concat() + "globalpool\nlinear classes\n"
}

/// The common form with 61 706 parameters. The paper's has 60 000: its C3 reads some maps only, its pools have weights, its
/// output is a layer of Euclidean distances.
const LENET5: &str = "\
init glorot
conv 6 5 pad 2      # C1; drop the pad for 32×32
tanh
avgpool 2           # S2
conv 16 5           # C3
tanh
avgpool 2           # S4
linear 120          # C5
tanh
linear 84           # F6
tanh
linear classes
";

/// 1256 units with the 256 pixels, 64 660 connections, 9 760 free parameters: all as published. Every unit of H1 and H2 has a
/// bias of its own, and the border shows the background, -1. The paper says that each map of H2 reads eight of H1's twelve maps
/// and not which: here three groups of four read eight neighbouring maps each. The paper squashes its ten outputs too and
/// takes the squared error; here they are logits.
const ZIPCODE_1989: &str = "\
input 1x16x16
init lecun
conv 12 5 stride 2 pad 2 fill -1 unit_bias                    # H1: 1068 parameters
lecun_tanh
conv 12 5 stride 2 pad 2 fill -1 groups 3 reads 8 unit_bias   # H2: 2592
lecun_tanh
linear 30                                                     # H3: 5790
lecun_tanh
linear classes                                                # 310
";

/// Planes of cells as published, 16, 16, 10, 8, 6, 2 and 1 a side and 24 of each; the windows are those that lead from one to the next.
/// The paper's cells organise themselves, and inhibit one another, where here all is learnt by the gradient; and it has no layer of
/// classes.
const NEOCOGNITRON: &str = "\
input 1x16x16
init he
conv 24 5 pad 2      # S1
relu
avgpool 7 stride 1   # C1
conv 24 3            # S2
relu
avgpool 3 stride 1   # C2
conv 24 5            # S3
relu
avgpool 2            # C3
linear classes
";

/// 75 thousand parameters, 5 million multiply-accumulates.
pub(crate) fn digits() -> String {
    let pair = |channels| normed("", channels, "3 pad 1").repeat(2) + "maxpool 2\n";
    normed("", 16, "5 pad 2") + "maxpool 2\n" + &pair(32) + &pair(64) + "flatten\ndropout 0.3\nlinear classes\n"
}

/// Pairs of 3×3 convolutions between pools, as in VGG (Simonyan & Zisserman 2014), with batch norm.
fn vgg_small() -> String {
    let stage = |channels| format!("repeat 2\n{}end\nmaxpool 2\n", normed("  ", channels, "3 pad 1"));
    [32, 64, 128].map(stage).concat() + "flatten\nlinear 128\nrelu\ndropout 0.5\nlinear classes\n"
}

/// 0.67 million parameters, 35 million multiply-accumulates: full resolution for one layer only, then residual pairs where
/// pixels are few.
pub(crate) fn photos() -> String {
    let stage = |channels| normed("", channels, "3 stride 2 pad 1") + &block(channels, "", "");
    normed("", 32, "3 pad 1") + &[48, 96, 128].map(stage).concat() + "globalpool\nlinear classes\n"
}

/// 0.62 million parameters, 42 million multiply-accumulates: less resolution at once, more residual pairs.
pub(crate) fn things() -> String {
    let down = |channels| normed("", channels, "3 stride 2 pad 1");
    let pairs = format!("repeat 2\n{}end\n", block(96, "", "  "));
    let narrow = normed("", 32, "3 pad 1") + &down(48) + &block(48, "", "");
    narrow + &down(96) + &pairs + &down(192) + "globalpool\nlinear classes\n"
}

/// Two convolutions, the first of which may have a stride, and their shortcut; indented.
fn block(width: usize, stride: &str, indent: &str) -> String {
    let within = format!("{indent}  ");
    let first = normed(&within, width, &format!("3{stride} pad 1"));
    format!(
        "{indent}residual\n{first}{within}conv {width} 3 pad 1 no_bias\n{within}batchnorm\n{indent}end\n{indent}relu\n"
    )
}

/// Depth 6n + 2 for 32×32, shortcuts without parameters: 0.27, 0.46 and 0.85 million parameters for n = 3, 5 and 9.
fn resnet(blocks: usize) -> String {
    let repeated = |times: usize, width: usize| format!("repeat {times}\n{}end\n", block(width, "", "  "));
    let mut text = "conv 16 3 pad 1 no_bias\nbatchnorm\nrelu\n".to_owned() + &repeated(blocks, 16);
    for width in [32, 64] {
        text += &(block(width, " stride 2", "") + &repeated(blocks - 1, width));
    }
    text + "globalpool\nlinear classes\n"
}
