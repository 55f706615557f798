//! Weights in fewer bytes: safetensors files in which some tensors are integers with scales, or streams of bits. They are unpacked where a
//! file is read, so that nothing behind knows of it.
//!
//! The metadata's `neocog.packed` names each such tensor with its form and shape, as JSON. Of a tensor `w` of shape `[channels, …]`:
//! - `int8`: `w` is I8 of that shape; `w.scale`, F32 `[channels]`, is what each channel is multiplied with.
//! - `int4`: `w` is U8, two integers from -8 to 7 in each byte, the first in its low half; `w.scale` as before.
//! - `sparse`: `w` is a stream (U8) of where the weights are that are not zero; `w.values`, F32 or F16, holds them.
//! - `shared`: `w` is a stream (U8) of where they are and which of `w.codebook` (F32) each one is.
//! - `predicted`: of a fully connected layer that reads a map, `w`, F32 or F16, holds each unit's weights at the places that have a bit in
//!   `w.places` (U8, the same in each channel); the others follow by the map and the width of the kernel that stand beside the form.
//!
//! A stream begins with how many weights it has (u32), the lengths of Huffman's code words for gaps and, of `shared`, for places in the
//! codebook. Then comes, for each weight, how many zeros are before it, 0 to 126 (127: so many zeros and none behind them), and its place
//! in the codebook (Han, Mao & Dally 2015, section 4). Numbers are little-endian.

mod huffman;
pub(super) mod predicted;

use super::LabError;
use crate::nn::checkpoint::{Checkpoint, Part, bytes_from_parts};
use huffman::{BitReader, BitWriter, HuffmanCode};
use predicted::{PredictionRecipe, WeightPrediction};
use safetensors::Dtype;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Name in a file's metadata.
pub(super) const PACKED: &str = "neocog.packed";

/// The symbol of so many zeros that no weight follows.
const SKIP: usize = 127;

/// More weights in one tensor are of no network that is read here.
const MOST_WEIGHTS: usize = 1 << 28;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum PackedForm {
    Int8,
    Int4,
    Sparse,
    Shared,
    Predicted,
}

#[derive(Serialize, Deserialize)]
struct PackedAs {
    form: PackedForm,
    shape: Vec<usize>,
    /// Of predicted ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    recipe: Option<PredictionRecipe>,
}

/// How a tensor is written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum TensorPacking {
    /// Float by float.
    Plain,
    /// Integers of at most 8 bits; of at most 4, two in a byte.
    Integers { bits: u32, scales: Vec<f32>, values: Vec<i8> },
    /// Where it is not zero, and its values there.
    Sparse,
    /// Where it is not zero, and which of these it is there.
    Shared { codebook: Vec<f32> },
    /// These, from which the others follow.
    Predicted { prediction: WeightPrediction, known: Vec<f32> },
}

/// A tensor with its values, and how they are written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PackedTensor {
    pub(super) name: String,
    pub(super) shape: Vec<usize>,
    pub(super) values: Vec<f32>,
    /// Floats have 16 bits.
    pub(super) is_half: bool,
    pub(super) packing: TensorPacking,
}

/// A safetensors file of these tensors, and of others as they are.
///
/// # Errors
/// [`LabError::Setup`] where a value of a shared tensor is not in its codebook.
pub(super) fn packed_file(
    tensors: &[PackedTensor],
    rest: Vec<Part<'_>>,
    mut metadata: BTreeMap<String, String>,
) -> Result<Vec<u8>, LabError> {
    let (mut parts, mut forms) = (rest, BTreeMap::new());
    for tensor in tensors {
        if let Some(form) = tensor.write(&mut parts)? {
            let recipe = match &tensor.packing {
                TensorPacking::Predicted { prediction, .. } => Some(prediction.recipe),
                _ => None,
            };
            forms.insert(tensor.name.clone(), PackedAs { form, shape: tensor.shape.clone(), recipe });
        }
    }
    if !forms.is_empty() {
        let text = serde_json::to_string(&forms).map_err(|error| bad_setup!("{error}"))?;
        metadata.insert(PACKED.to_owned(), text);
    }
    Ok(bytes_from_parts(parts, &metadata))
}

fn floats<'a>(name: String, shape: Vec<usize>, values: &[f32], is_half: bool) -> Part<'a> {
    let half = || values.iter().flat_map(|&value| half::f16::from_f32(value).to_le_bytes()).collect();
    let whole = || values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let (dtype, data): (_, Vec<u8>) = if is_half { (Dtype::F16, half()) } else { (Dtype::F32, whole()) };
    Part { name, dtype, shape, data: Cow::Owned(data) }
}

fn bytes<'a>(name: String, data: Vec<u8>) -> Part<'a> {
    Part { name, dtype: Dtype::U8, shape: vec![data.len()], data: Cow::Owned(data) }
}

impl PackedTensor {
    fn write(&self, parts: &mut Vec<Part<'_>>) -> Result<Option<PackedForm>, LabError> {
        let Self { name, shape, values, is_half, packing } = self;
        let beside = |what: &str| format!("{name}.{what}");
        Ok(match packing {
            TensorPacking::Plain => {
                parts.push(floats(name.clone(), shape.clone(), values, *is_half));
                None
            }
            TensorPacking::Integers { bits, scales, values } => {
                parts.push(floats(beside("scale"), vec![scales.len()], scales, false));
                if *bits > 4 {
                    let data = values.iter().map(|value| value.cast_unsigned()).collect();
                    parts.push(Part { name: name.clone(), dtype: Dtype::I8, shape: shape.clone(), data });
                    return Ok(Some(PackedForm::Int8));
                }
                let pair = |two: &[i8]| {
                    let [low, high] = [0, 1].map(|at| two.get(at).map_or(0, |value| value.cast_unsigned() & 15));
                    low | high << 4
                };
                parts.push(bytes(name.clone(), values.chunks(2).map(pair).collect()));
                Some(PackedForm::Int4)
            }
            TensorPacking::Sparse => {
                let kept: Vec<f32> = values.iter().copied().filter(|value| *value != 0.0).collect();
                parts.push(floats(beside("values"), vec![kept.len()], &kept, *is_half));
                parts.push(bytes(name.clone(), stream(values, None)?));
                Some(PackedForm::Sparse)
            }
            TensorPacking::Shared { codebook } => {
                parts.push(floats(beside("codebook"), vec![codebook.len()], codebook, false));
                parts.push(bytes(name.clone(), stream(values, Some(codebook))?));
                Some(PackedForm::Shared)
            }
            TensorPacking::Predicted { prediction, known } => {
                let row = shape.first().map_or(0, |units| known.len() / units.max(&1));
                let shape = vec![shape.first().copied().unwrap_or(0), row];
                parts.push(bytes(beside("places"), prediction.mask()));
                parts.push(floats(name.clone(), shape, known, *is_half));
                Some(PackedForm::Predicted)
            }
        })
    }
}

fn stream(values: &[f32], codebook: Option<&[f32]>) -> Result<Vec<u8>, LabError> {
    // Of each weight the zeros before it, and its place in the codebook.
    let mut weights: Vec<(usize, usize)> = Vec::new();
    let mut gap = 0;
    for value in values {
        if *value == 0.0 {
            gap += 1;
            continue;
        }
        let place = codebook.map_or(Some(0), |book| book.iter().position(|known| known == value));
        weights.push((gap, place.ok_or_else(|| bad_setup!("a weight of {value} is not in its codebook"))?));
        gap = 0;
    }
    let (mut gaps, mut places) = (vec![0; SKIP + 1], vec![0; codebook.map_or(0, <[f32]>::len)]);
    for (gap, place) in &weights {
        gaps[SKIP] += (gap / SKIP) as u64;
        gaps[gap % SKIP] += 1;
        if codebook.is_some() {
            places[*place] += 1;
        }
    }
    let [gaps, places] = [HuffmanCode::of_counts(&gaps), HuffmanCode::of_counts(&places)];
    let mut made = (weights.len() as u32).to_le_bytes().to_vec();
    gaps.write(&mut made);
    if codebook.is_some() {
        places.write(&mut made);
    }
    let (of_gap, of_place, mut bits) = (gaps.encoder(), places.encoder(), BitWriter::default());
    for (gap, place) in weights {
        (0..gap / SKIP).for_each(|_| of_gap(&mut bits, SKIP));
        of_gap(&mut bits, gap % SKIP);
        if codebook.is_some() {
            of_place(&mut bits, place);
        }
    }
    made.extend(bits.bytes());
    Ok(made)
}

/// The same file with all its tensors float by float; `None` of a file where they are.
///
/// # Errors
/// [`LabError::BadRun`] with what is damaged.
pub(super) fn unpacked(file: &Checkpoint) -> Result<Option<Checkpoint>, LabError> {
    let Some(text) = file.metadata().get(PACKED) else { return Ok(None) };
    let bad = |detail: String| LabError::BadRun { file: file.name().to_owned(), detail };
    let forms: BTreeMap<String, PackedAs> = serde_json::from_str(text)
        .map_err(|error| bad(format!("{PACKED} in its metadata cannot be read ({error})")))?;
    let is_beside = |name: &str| {
        let beside = name.rsplit_once('.').filter(|(_, what)| ["scale", "values", "codebook", "places"].contains(what));
        beside.is_some_and(|(of, _)| forms.contains_key(of))
    };
    let mut parts = Vec::new();
    for (name, dtype, shape) in file.iter().filter(|(name, ..)| !is_beside(name)) {
        let data = file.raw(name)?;
        parts.push(match forms.get(name) {
            None => Part { name: name.to_owned(), dtype, shape: shape.to_vec(), data },
            Some(form) => {
                let values =
                    form.values(file, name, dtype, &data)?.ok_or_else(|| bad(format!("{name} in it is damaged")))?;
                floats(name.to_owned(), form.shape.clone(), &values, false)
            }
        });
    }
    let metadata = file.metadata().iter().filter(|(key, _)| *key != PACKED);
    let metadata = metadata.map(|(key, text)| (key.clone(), text.clone())).collect();
    Ok(Some(Checkpoint::parse(file.name(), bytes_from_parts(parts, &metadata))?))
}

impl PackedAs {
    /// `None` where they are no such tensor.
    fn values(&self, file: &Checkpoint, name: &str, dtype: Dtype, data: &[u8]) -> Result<Option<Vec<f32>>, LabError> {
        let beside = |what: &str| -> Result<Vec<f32>, LabError> {
            Ok(file.tensor(&format!("{name}.{what}"))?.flatten_all()?.to_vec1()?)
        };
        let count = self.shape.iter().try_fold(1_usize, |count, &extent| count.checked_mul(extent));
        let Some(count) = count.filter(|count| (1..=MOST_WEIGHTS).contains(count)) else { return Ok(None) };
        let integers = |values: &mut dyn Iterator<Item = i8>, scales: &[f32]| {
            let row = count / scales.len().max(1);
            let is_whole = self.shape.first() == Some(&scales.len());
            is_whole.then(|| {
                values.take(count).enumerate().map(|(at, value)| f32::from(value) * scales[at / row]).collect()
            })
        };
        Ok(match self.form {
            PackedForm::Int8 if dtype == Dtype::I8 && data.len() == count => {
                integers(&mut data.iter().map(|byte| byte.cast_signed()), &beside("scale")?)
            }
            PackedForm::Int4 if dtype == Dtype::U8 && data.len() == count.div_ceil(2) => {
                // The sign is the fourth bit.
                let halves = data.iter().flat_map(|byte| [byte << 4, byte & 0xf0]);
                integers(&mut halves.map(|half| half.cast_signed() >> 4), &beside("scale")?)
            }
            PackedForm::Sparse if dtype == Dtype::U8 => unstream(data, count, &beside("values")?, false),
            PackedForm::Shared if dtype == Dtype::U8 => unstream(data, count, &beside("codebook")?, true),
            PackedForm::Predicted => self.predicted(file, name)?,
            PackedForm::Int8 | PackedForm::Int4 | PackedForm::Sparse | PackedForm::Shared => None,
        })
    }
}

impl PackedAs {
    /// `None` where they are no weights of such a layer.
    fn predicted(&self, file: &Checkpoint, name: &str) -> Result<Option<Vec<f32>>, LabError> {
        let (Some(recipe), &[units, inputs]) = (self.recipe, self.shape.as_slice()) else { return Ok(None) };
        let mask = file.raw(&format!("{name}.places"))?;
        let Some(prediction) = WeightPrediction::of_mask(recipe, &mask) else { return Ok(None) };
        let fits = recipe.map.iter().try_fold(1_usize, |all, &extent| all.checked_mul(extent)) == Some(inputs)
            && file.shape(name) == Some(&[units, recipe.map[0] * prediction.places.len()][..]);
        let known = || -> Result<Vec<f32>, LabError> { Ok(file.tensor(name)?.flatten_all()?.to_vec1()?) };
        Ok(if fits { Some(prediction.whole(&known()?)) } else { None })
    }
}

/// `known` holds the values one after another, or those that the stream chooses from.
fn unstream(data: &[u8], count: usize, known: &[f32], is_shared: bool) -> Option<Vec<f32>> {
    let (weights, rest) = data.split_first_chunk::<4>()?;
    let weights = u32::from_le_bytes(*weights) as usize;
    let (gaps, mut rest) = HuffmanCode::read(rest)?;
    let places = if is_shared {
        let (places, behind) = HuffmanCode::read(rest)?;
        rest = behind;
        Some(places.decoder())
    } else {
        None
    };
    let (gap_of, mut bits) = (gaps.decoder(), BitReader::new(rest));
    let (mut values, mut at) = (vec![0.0; count], 0_usize);
    for weight in 0..weights {
        loop {
            let gap = gap_of(&mut bits)?;
            at += gap;
            if gap < SKIP {
                break;
            }
        }
        let place = match &places {
            Some(place_of) => place_of(&mut bits)?,
            None => weight,
        };
        *values.get_mut(at)? = *known.get(place)?;
        at += 1;
    }
    Some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(name: &str, shape: &[usize], values: Vec<f32>, packing: TensorPacking) -> PackedTensor {
        PackedTensor { name: name.to_owned(), shape: shape.to_vec(), values, is_half: false, packing }
    }

    fn read(file: &Checkpoint, name: &str) -> Vec<f32> {
        file.tensor(name).unwrap().flatten_all().unwrap().to_vec1().unwrap()
    }

    fn all() -> Vec<PackedTensor> {
        let sparse: Vec<f32> = (0..900).map(|at| if at % 311 == 7 || at == 899 { at as f32 } else { 0.0 }).collect();
        let book = vec![-2.0, 0.5, 3.0];
        let shared: Vec<f32> = (0..60).map(|at| if at % 4 == 0 { book[at % 3] } else { 0.0 }).collect();
        let eight = vec![-127, 5, 0, 127, 1, -1];
        let four = vec![-8, 7, 0, -1, 3];
        vec![
            tensor("plain", &[2], vec![1.5, -2.5], TensorPacking::Plain),
            tensor(
                "eight",
                &[2, 3],
                vec![],
                TensorPacking::Integers { bits: 8, scales: vec![0.5, 2.0], values: eight },
            ),
            tensor("four", &[1, 5], vec![], TensorPacking::Integers { bits: 4, scales: vec![0.25], values: four }),
            tensor("sparse", &[9, 100], sparse, TensorPacking::Sparse),
            tensor("shared", &[60], shared, TensorPacking::Shared { codebook: book }),
            tensor("empty", &[4], vec![0.0; 4], TensorPacking::Sparse),
            tensor("predicted", &[2, 24], vec![], predicted()),
        ]
    }

    /// Of two units that read two channels of 3 × 4 places, at half of them.
    fn predicted() -> TensorPacking {
        let recipe = PredictionRecipe { map: [2, 3, 4], width: 1.5 };
        let prediction = WeightPrediction { recipe, places: vec![0, 2, 5, 7, 8, 11] };
        TensorPacking::Predicted { prediction, known: (0..24).map(|at| (at as f32 * 0.7).cos()).collect() }
    }

    #[test]
    fn every_form_comes_back() {
        let tensors = all();
        let bytes = packed_file(&tensors, Vec::new(), BTreeMap::from([("a".to_owned(), "b".to_owned())])).unwrap();
        let file = Checkpoint::parse("w", bytes).unwrap();
        assert_eq!((file.shape("eight"), file.shape("four")), (Some(&[2, 3][..]), Some(&[3][..])));
        let read_back = unpacked(&file).unwrap().unwrap();
        assert_eq!(read_back.names().count(), tensors.len());
        assert_eq!(read_back.metadata().iter().count(), 1);
        assert_eq!(read(&read_back, "eight"), [-63.5, 2.5, 0.0, 254.0, 2.0, -2.0]);
        assert_eq!(read(&read_back, "four"), [-2.0, 1.75, 0.0, -0.25, 0.75]);
        for name in ["plain", "sparse", "shared", "empty"] {
            let of = tensors.iter().find(|tensor| tensor.name == name).unwrap();
            assert_eq!((read(&read_back, name), read_back.shape(name)), (of.values.clone(), Some(of.shape.as_slice())));
        }
        let TensorPacking::Predicted { prediction, known } = predicted() else { panic!("another form") };
        assert_eq!(
            (read(&read_back, "predicted"), file.shape("predicted")),
            (prediction.whole(&known), Some(&[2, 12][..]))
        );
        assert!(unpacked(&read_back).unwrap().is_none());
    }

    #[test]
    fn damage_is_told_and_never_panics() {
        let whole = packed_file(&all(), Vec::new(), BTreeMap::new()).unwrap();
        let mut refused = 0;
        for at in 0..whole.len() {
            for change in [1, 0x80, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] ^= change;
                refused += u32::from(Checkpoint::parse("w", bytes).map_or(true, |file| unpacked(&file).is_err()));
            }
        }
        assert!(refused > 100, "{refused}");
        let unknown = tensor("w", &[2], vec![1.0, 2.0], TensorPacking::Shared { codebook: vec![1.0] });
        assert!(packed_file(&[unknown], Vec::new(), BTreeMap::new()).is_err());
    }
}
