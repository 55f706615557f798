//! The words of the language, one row each. The parser, its suggestions and the list on the page all use this table.

use super::fault::Fault;
use super::layer::{Activation, Bias, Conv, Layer, Shortcut};
use super::line::{Token, distance, extents, oblong, whole};
use super::number::number;
use crate::graph::Init;
use std::ops::Range;

/// The largest number that a spec may name.
const MOST: usize = 1_000_000;
/// The largest kernel, stride or padding.
const MOST_TAPS: usize = 1000;

/// One word of the language.
pub struct Word {
    /// The word.
    pub name: &'static str,
    /// Other spellings of it.
    pub aliases: &'static [&'static str],
    /// How it is written.
    pub form: &'static str,
    arguments: &'static [Argument],
    options: &'static [(&'static str, Kind)],
    make: fn(&Given) -> Statement,
}

struct Argument {
    what: &'static str,
    kind: Kind,
    required: bool,
}

const fn need(what: &'static str, kind: Kind) -> Argument {
    Argument { what, kind, required: true }
}

const fn may(what: &'static str, kind: Kind) -> Argument {
    Argument { what, kind, required: false }
}

#[derive(Clone, Copy)]
enum Kind {
    /// Channels or units; `classes` is as many as the data has.
    Width,
    /// A kernel, a stride, a number of groups.
    Taps,
    /// A kernel that may have other rows than columns.
    Kernel,
    Padding,
    /// A padding, or `same`.
    PaddingOrSame,
    /// A number in ±1000.
    Real,
    /// In 0 ≤ p < 1.
    Probability,
    Extents,
    Init,
    /// There or not.
    Flag,
}

impl Kind {
    fn want(self) -> &'static str {
        match self {
            Self::Width => "`classes` or a whole number from 1 to 1 000 000",
            Self::Taps => "a whole number from 1 to 1000 (square kernels: 3 or 3x3)",
            Self::Kernel => "a whole number from 1 to 1000, or rows x columns: 3, 3x3, 3x1",
            Self::Padding => "a whole number from 0 to 1000",
            Self::PaddingOrSame => "`same` or a whole number from 0 to 1000",
            Self::Real => "a number from -1000 to 1000",
            Self::Probability => "a number from 0 to below 1",
            Self::Extents => "channels x height x width, for example 3x32x32",
            Self::Init => "one of he, he_uniform, glorot, glorot_normal, lecun and pytorch",
            Self::Flag => "alone",
        }
    }

    fn read(self, token: &Token, classes: usize) -> Option<Value> {
        let real = || number(&token.raw);
        let padding = || if token.raw == "0" { Some(0) } else { whole(&token.raw, MOST_TAPS) };
        Some(match self {
            Self::Width if token.word == "classes" => Value::Whole(classes),
            Self::Width => Value::Whole(whole(&token.raw, MOST)?),
            Self::Taps => Value::Whole(whole(&token.raw, MOST_TAPS)?),
            Self::Kernel => Value::Kernel(oblong(&token.raw, MOST_TAPS)?),
            Self::PaddingOrSame if token.word == "same" => Value::Same,
            Self::Padding | Self::PaddingOrSame => Value::Whole(padding()?),
            Self::Real => Value::Real(real().filter(|value| (-1000.0..=1000.0).contains(value))?),
            Self::Probability => Value::Real(real().filter(|value| (0.0..1.0).contains(value))?),
            Self::Extents => Value::Extents(extents(std::slice::from_ref(token), MOST)?),
            Self::Init => Value::Init(INITS.iter().find(|(names, _)| names.contains(&token.word.as_str()))?.1),
            Self::Flag => Value::Set,
        })
    }
}

/// Names as tokens spell them.
pub(super) const INITS: &[(&[&str], Init)] = &[
    (&["he", "henormal", "kaiming", "kaimingnormal"], Init::HeNormal),
    (&["heuniform", "kaiminguniform"], Init::HeUniform),
    (&["glorot", "glorotuniform", "xavier", "xavieruniform"], Init::GlorotUniform),
    (&["glorotnormal", "xaviernormal"], Init::GlorotNormal),
    (&["lecun", "lecunnormal"], Init::LeCunNormal),
    (&["pytorch", "torch", "default"], Init::TorchUniform),
];

#[derive(Clone, Copy, Debug)]
enum Value {
    Whole(usize),
    Real(f64),
    Extents([usize; 3]),
    Kernel([usize; 2]),
    Init(Init),
    Same,
    Set,
}

/// The arguments and options of one line.
#[derive(Default)]
struct Given(Vec<(&'static str, Value)>);

impl Given {
    fn get(&self, what: &str) -> Option<Value> {
        self.0.iter().find(|(name, _)| *name == what).map(|(_, value)| *value)
    }

    fn whole(&self, what: &str, default: usize) -> usize {
        match self.get(what) {
            Some(Value::Whole(value)) => value,
            _ => default,
        }
    }

    fn real(&self, what: &str, default: f64) -> f64 {
        match self.get(what) {
            Some(Value::Real(value)) => value,
            _ => default,
        }
    }

    fn has(&self, what: &str) -> bool {
        self.get(what).is_some()
    }
}

/// The meaning of one line.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Statement {
    Input([usize; 3]),
    Init(Init),
    Layer(Layer),
    Residual(Shortcut),
    Repeat(usize),
    End,
}

fn pool(given: &Given, average: bool) -> Statement {
    let kernel = given.whole("a kernel", 1);
    let (stride, pad) = (given.whole("stride", kernel), given.whole("pad", 0));
    Statement::Layer(Layer::Pool { average, kernel, stride, pad })
}

fn conv(given: &Given) -> Statement {
    let is_same = matches!(given.get("pad"), Some(Value::Same));
    let bias = match (given.has("no_bias"), given.has("unit_bias")) {
        (true, _) => Bias::None,
        (false, true) => Bias::Unit,
        (false, false) => Bias::Channel,
    };
    Statement::Layer(Layer::Conv(Conv {
        out: given.whole("a number of channels", 1),
        kernel: match given.get("a kernel") {
            Some(Value::Kernel(kernel)) => kernel,
            _ => [1; 2],
        },
        stride: given.whole("stride", 1),
        dilation: given.whole("dilation", 1),
        pad: (!is_same).then(|| given.whole("pad", 0)),
        fill: given.real("fill", 0.0),
        groups: given.whole("groups", 1),
        reads: given.get("reads").map(|_| given.whole("reads", 1)),
        bias,
    }))
}

/// A word without options; without arguments where there are none.
const fn word(
    name: &'static str,
    aliases: &'static [&'static str],
    form: &'static str,
    arguments: &'static [Argument],
    make: fn(&Given) -> Statement,
) -> Word {
    Word { name, aliases, form, arguments, options: &[], make }
}

const KERNEL: &[Argument] = &[need("a kernel", Kind::Taps)];
const POOL_OPTIONS: &[(&str, Kind)] = &[("stride", Kind::Taps), ("pad", Kind::Padding)];
const CONV: &str =
    "conv CHANNELS KERNEL [stride N] [pad N|same] [fill V] [dilation N] [groups N] [reads N] [no_bias|unit_bias]";
const INIT: &str = "init he|he_uniform|glorot|glorot_normal|lecun|pytorch";

/// The language.
pub static WORDS: &[Word] = &[
    word("input", &[], "input CxHxW", &[need("the extents", Kind::Extents)], |given| match given.get("the extents") {
        Some(Value::Extents(extents)) => Statement::Input(extents),
        _ => Statement::Layer(Layer::Broken),
    }),
    word("init", &["initialise", "initialize"], INIT, &[need("a rule", Kind::Init)], |given| {
        match given.get("a rule") {
            Some(Value::Init(init)) => Statement::Init(init),
            _ => Statement::Layer(Layer::Broken),
        }
    }),
    Word {
        options: &[
            ("stride", Kind::Taps),
            ("pad", Kind::PaddingOrSame),
            ("fill", Kind::Real),
            ("dilation", Kind::Taps),
            ("groups", Kind::Width),
            ("reads", Kind::Width),
            ("no_bias", Kind::Flag),
            ("unit_bias", Kind::Flag),
        ],
        ..word(
            "conv",
            &["conv2d", "convolution"],
            CONV,
            &[need("a number of channels", Kind::Width), need("a kernel", Kind::Kernel)],
            conv,
        )
    },
    Word {
        options: &[("no_bias", Kind::Flag)],
        ..word(
            "linear",
            &["dense", "fc"],
            "linear UNITS|classes [no_bias]",
            &[need("a number of units", Kind::Width)],
            |given| {
                let (units, bias) = (given.whole("a number of units", 1), !given.has("no_bias"));
                Statement::Layer(Layer::Linear { units, bias })
            },
        )
    },
    Word {
        options: POOL_OPTIONS,
        ..word("maxpool", &["maxpool2d"], "maxpool KERNEL [stride N] [pad N]", KERNEL, |given| pool(given, false))
    },
    Word {
        options: POOL_OPTIONS,
        ..word("avgpool", &["avgpool2d", "averagepool"], "avgpool KERNEL [stride N] [pad N]", KERNEL, |given| {
            pool(given, true)
        })
    },
    word("globalpool", &["globalavgpool", "gap"], "globalpool", &[], |_| Statement::Layer(Layer::GlobalPool)),
    word("flatten", &[], "flatten", &[], |_| Statement::Layer(Layer::Flatten)),
    word("batchnorm", &["bn", "batchnorm2d"], "batchnorm", &[], |_| Statement::Layer(Layer::BatchNorm)),
    word("dropout", &["drop"], "dropout PROBABILITY", &[need("a probability", Kind::Probability)], |given| {
        Statement::Layer(Layer::Dropout(given.real("a probability", 0.0)))
    }),
    word("relu", &[], "relu", &[], |_| activation(Activation::Relu)),
    word("leaky_relu", &["lrelu"], "leaky_relu [SLOPE]", &[may("the slope", Kind::Real)], |given| {
        activation(Activation::LeakyRelu(given.real("the slope", 0.01)))
    }),
    word("prelu", &[], "prelu", &[], |_| activation(Activation::Prelu)),
    word("sigmoid", &["logistic"], "sigmoid", &[], |_| activation(Activation::Sigmoid)),
    word("tanh", &[], "tanh", &[], |_| activation(Activation::Tanh)),
    word("lecun_tanh", &["scaledtanh"], "lecun_tanh", &[], |_| activation(Activation::LecunTanh)),
    word("gelu", &[], "gelu", &[], |_| activation(Activation::Gelu)),
    word("elu", &[], "elu [ALPHA]", &[may("alpha", Kind::Real)], |given| {
        activation(Activation::Elu(given.real("alpha", 1.0)))
    }),
    word("silu", &["swish"], "silu", &[], |_| activation(Activation::Silu)),
    Word {
        options: &[("pad", Kind::Flag), ("project", Kind::Flag)],
        ..word("residual", &["res", "skip"], "residual [pad|project] … end", &[], |given| {
            Statement::Residual(if given.has("project") { Shortcut::Project } else { Shortcut::Pad })
        })
    },
    word("repeat", &["times"], "repeat N … end", &[need("a count", Kind::Taps)], |given| {
        Statement::Repeat(given.whole("a count", 1))
    }),
    word("end", &[], "end", &[], |_| Statement::End),
];

fn activation(activation: Activation) -> Statement {
    Statement::Layer(Layer::Activation(activation))
}

/// A name as tokens spell it.
fn spelt(name: &str) -> String {
    name.replace('_', "")
}

/// Reads one statement; there is at least one token. A fault has its columns.
pub(super) fn read(tokens: &[Token], classes: usize) -> Result<(&'static str, Statement), (Range<usize>, Fault)> {
    let Some((first, mut rest)) = tokens.split_first() else {
        return Err((0..0, Fault::Empty));
    };
    let Some(word) = WORDS.iter().find(|word| spelt(word.name) == first.word || word.aliases.contains(&&*first.word))
    else {
        let fault = Fault::UnknownWord { word: shortened(&first.raw), nearest: nearest(&first.word) };
        return Err((first.columns.clone(), fault));
    };
    let option_of = |token: &Token| word.options.iter().find(|(name, _)| spelt(name) == token.word).copied();
    let mut given = Given::default();
    for argument in word.arguments {
        let Some((token, others)) = rest.split_first().filter(|(token, _)| option_of(token).is_none()) else {
            if argument.required {
                let end = tokens.last().map_or(0, |token| token.columns.end);
                let fault = Fault::Missing { what: argument.what, form: word.form };
                return Err((first.columns.start..end, fault));
            }
            continue;
        };
        if let Kind::Extents = argument.kind {
            // `3 x 32 x 32` too.
            let (what, want) = (argument.what, argument.kind.want());
            let span = token.columns.start..rest.last().map_or(token.columns.end, |last| last.columns.end);
            let got = || shortened(&rest.iter().map(|token| token.raw.as_str()).collect::<Vec<_>>().join(" "));
            let extents = extents(rest, MOST).ok_or_else(|| (span, Fault::Value { what, got: got(), want }))?;
            given.0.push((what, Value::Extents(extents)));
            rest = &[];
            continue;
        }
        given.0.push((argument.what, value(argument.what, argument.kind, token, classes)?));
        rest = others;
    }
    while let Some((token, others)) = rest.split_first() {
        let Some((name, kind)) = option_of(token) else {
            let near =
                word.options.iter().map(|(name, _)| *name).min_by_key(|name| distance(&spelt(name), &token.word));
            let nearest = near.filter(|name| distance(&spelt(name), &token.word) <= 2);
            let fault = Fault::UnknownOption { word: shortened(&token.raw), form: word.form, nearest };
            return Err((token.columns.clone(), fault));
        };
        if given.has(name) {
            return Err((token.columns.clone(), Fault::Twice { word: name }));
        }
        rest = others;
        if let Kind::Flag = kind {
            given.0.push((name, Value::Set));
            continue;
        }
        let Some((token, others)) = rest.split_first() else {
            return Err((token.columns.clone(), Fault::Missing { what: kind.want(), form: word.form }));
        };
        given.0.push((name, value(name, kind, token, classes)?));
        rest = others;
    }
    Ok((word.name, (word.make)(&given)))
}

fn value(what: &'static str, kind: Kind, token: &Token, classes: usize) -> Result<Value, (Range<usize>, Fault)> {
    let fault = || Fault::Value { what, got: shortened(&token.raw), want: kind.want() };
    kind.read(token, classes).ok_or_else(|| (token.columns.clone(), fault()))
}

fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

/// The known word with the fewest letters changed.
fn nearest(word: &str) -> &'static str {
    let of = |known: &Word| {
        let names = known.aliases.iter().map(|alias| (*alias).to_owned()).chain([spelt(known.name)]);
        names.map(|name| distance(&name, word)).min()
    };
    WORDS.iter().min_by_key(|known| of(known)).map_or("conv", |known| known.name)
}
