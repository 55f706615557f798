//! From a picture to a network's input, and from logits to named classes.

use super::device::{Batched, Device, Model};
use super::{LabError, Weights};
use crate::data::preprocess::{fitted, grey, nchw_from_rgb};
use crate::data::{self, Rgb, ink, labels, resize};
use crate::graph::{Host, order::order};
use crate::models::Network;
use crate::protocol::{Fit, Pixels, Prediction};
use std::rc::Rc;

/// What the network sees of the picture, in the size of its input: cut or squashed; grey where it has one channel; for
/// digits in the form that MNIST has ([`data::ink`]), whatever the fit.
pub fn seen(picture: &Rgb, network: &Network, fit: Fit) -> Result<Rgb, LabError> {
    if network.reads_digits() {
        return Ok(ink::framed(picture)?);
    }
    let fit = match fit {
        Fit::Squash => data::Fit::Squash,
        Fit::Crop => data::Fit::Crop,
    };
    let [channels, height, width] = network.input;
    Ok(match channels {
        1 => fitted(&grey(picture)?, fit, [height, width], network.resizing)?,
        _ => fitted(picture, fit, [height, width], network.resizing)?,
    })
}

pub fn pixels_from_rgb(rgb: &Rgb) -> Pixels {
    Pixels { width: rgb.width(), height: rgb.height(), rgba: rgb.to_rgba().into() }
}

/// # Errors
/// Of a frame without pixels, or with another number than its size says.
pub fn rgb_from_pixels(frame: &Pixels) -> Result<Rgb, LabError> {
    Ok(Rgb::from_rgba_over_white(frame.width, frame.height, &frame.rgba)?)
}

/// Of bytes plane by plane, in colours where there are three planes, else in the grey of their mean.
pub(super) fn pixels_from_planes(bytes: &[u8], [channels, height, width]: [usize; 3]) -> Pixels {
    let plane = height * width;
    let rgba = (0..plane).flat_map(|at| {
        if channels == 3 {
            return [bytes[at], bytes[plane + at], bytes[2 * plane + at], 255];
        }
        let sum: u32 = (0..channels).map(|channel| u32::from(bytes[channel * plane + at])).sum();
        let mean = (sum / channels.max(1) as u32) as u8;
        [mean, mean, mean, 255]
    });
    Pixels { width: width as u32, height: height as u32, rgba: rgba.collect::<Vec<_>>().into() }
}

/// The picture, made smaller where its longer side has more than `side` pixels.
pub fn thumbnail(rgb: &Rgb, side: u32) -> Result<Pixels, LabError> {
    let (width, height) = (rgb.width(), rgb.height());
    let longer = width.max(height);
    if longer <= side {
        return Ok(pixels_from_rgb(rgb));
    }
    let scaled = |of: u32| (u64::from(of) * u64::from(side)).div_ceil(u64::from(longer)).max(1) as u32;
    Ok(pixels_from_rgb(&resize::resize(rgb, scaled(width), scaled(height))?))
}

/// `[1, channels, height, width]`, as the network's checkpoints were trained, from what it sees.
pub fn input_from(seen: &Rgb, network: &Network) -> Result<Host, LabError> {
    Ok(nchw_from_rgb(seen, network.input[0], &network.normalise)?)
}

/// The values of that.
pub(super) fn values_from(seen: &Rgb, network: &Network) -> Result<Vec<f32>, LabError> {
    Ok(input_from(seen, network)?.flatten_all()?.to_vec1()?)
}

/// # Errors
/// Where the network has no such class.
pub(super) fn check_class(network: &Network, class: Option<u32>) -> Result<(), LabError> {
    let Network { title, classes, .. } = network;
    match class.filter(|&class| class as usize >= *classes) {
        Some(class) => Err(bad_setup!("{title} has {classes} classes, 0 the first; there is no class {class}")),
        None => Ok(()),
    }
}

/// The logits of pictures as Classify sees them, on the CPU.
pub async fn logits_of(weights: &Rc<Weights>, pictures: &[Rgb]) -> Result<Vec<Vec<f32>>, LabError> {
    let network = weights.network();
    let mut model = Batched::on(weights, &Device::Cpu).await?;
    let mut rows = Vec::new();
    for pictures in pictures.chunks(model.batch()) {
        let input = |picture: &Rgb| values_from(&seen(picture, network, Fit::Crop)?, network);
        rows.extend(model.rows(&pictures.iter().map(input).collect::<Result<Vec<_>, _>>()?).await?);
    }
    Ok(rows)
}

/// The `top` likeliest classes, best first, and the sum of the probabilities of all classes as they are shown.
///
/// # Errors
/// [`LabError::NotFinite`] where a logit is NaN or infinite: weights can be finite and still overflow.
pub fn predictions(weights: &Weights, logits: &[f32], top: usize) -> Result<(Vec<Prediction>, f64), LabError> {
    check_finite(weights, logits)?;
    // As they are shown.
    let probabilities = weights.calibration().probabilities(logits);
    let order = order(logits.len(), &|a, b| logits[a] > logits[b]);
    let best = order.into_iter().take(top).map(|index| {
        let (label, label_ja) = label(weights.network(), index);
        let probability = probabilities[index];
        Prediction { index: index as u32, label, label_ja, probability, logit: logits[index] }
    });
    Ok((best.collect(), probabilities.iter().copied().map(f64::from).sum()))
}

/// Of one class.
///
/// # Errors
/// As of [`predictions`].
pub(super) fn probability_of(weights: &Weights, logits: &[f32], class: u32) -> Result<f32, LabError> {
    check_finite(weights, logits)?;
    Ok(weights.calibration().probabilities(logits)[class as usize])
}

fn check_finite(weights: &Weights, logits: &[f32]) -> Result<(), LabError> {
    match logits.iter().filter(|logit| !logit.is_finite()).count() as u64 {
        0 => Ok(()),
        count => Err(LabError::NotFinite { file: weights.name().to_owned(), tensor: "logits".to_owned(), count }),
    }
}

/// English and Japanese; a number where the classes have no names here.
pub(super) fn label(network: &Network, index: usize) -> (String, String) {
    let both = |label: labels::Label| (label.en.to_owned(), label.ja.to_owned());
    let numbered = format!("class {index}");
    let known = match (&network.names, network.classes) {
        (Some(names), _) => names.get(index).filter(|name| **name != numbered).map(|name| {
            let named = labels::cifar().iter().find(|label| label.en == name).copied();
            named.map_or_else(|| (name.clone(), name.clone()), both)
        }),
        (None, 1000) => labels::imagenet(index).map(both),
        (None, 10) => labels::CIFAR10.get(index).copied().map(both),
        (None, _) => None,
    };
    known.unwrap_or_else(|| (numbered, format!("クラス {index}")))
}
