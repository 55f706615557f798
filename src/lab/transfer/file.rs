//! A classifier as a file: safetensors, with what it is about in the metadata. It goes with the network whose features it knows.

use super::classifier::{FeatureClassifier, LinearRows, NearestNeighbours};
use super::learn::probabilities;
use super::novelty::Novelty;
use crate::lab::LabError;
use crate::lab::table::{FeatureTable, Standardise};
use crate::nn::checkpoint::{Checkpoint, FileBytes, bytes_from_tensors};
use crate::protocol::Fit;
use candle_core::{Device, Tensor};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const ABOUT: &str = "neocog.transfer";
const WEIGHT: &str = "weight";
const BIAS: &str = "bias";
const EXAMPLES: &str = "examples";
const LABELS: &str = "labels";
const MEAN: &str = "mean";
const FACTOR: &str = "factor";
const LEARNT: &str = "learnt";

/// A classifier, and what its features are.
#[derive(Clone, Debug, PartialEq)]
pub struct TransferFile {
    /// The network's id.
    pub network: String,
    pub layer: String,
    pub fit: Fit,
    pub classes: Vec<String>,
    pub temperature: f64,
    pub classifier: FeatureClassifier,
    /// None in a file of an earlier version.
    pub novelty: Option<Novelty>,
}

#[derive(Serialize, Deserialize)]
struct Metadata {
    network: String,
    layer: String,
    fit: Fit,
    classes: Vec<String>,
    temperature: f64,
    /// How many vote, where neighbours do.
    neighbours: Option<usize>,
    /// The distance beyond which a picture is of none of the classes.
    none_beyond: Option<f64>,
}

fn narrow(rows: &[Vec<f64>]) -> Vec<f32> {
    rows.iter().flatten().map(|&x| x as f32).collect()
}

impl TransferFile {
    /// Of each class, for features as the network gives them.
    pub fn probabilities(&self, row: &[f32]) -> Vec<f32> {
        probabilities(&self.classifier.scores(row), self.temperature)
    }

    /// How many features it wants.
    pub fn features(&self) -> usize {
        match &self.classifier {
            FeatureClassifier::Linear(rows) => rows.weight.first().map_or(0, Vec::len),
            FeatureClassifier::Neighbours(nearest) => nearest.examples.columns(),
        }
    }

    /// # Errors
    /// None that a classifier can cause.
    pub fn bytes(&self) -> Result<Vec<u8>, LabError> {
        let mut tensors = BTreeMap::new();
        let mut put = |name: &str, values: Vec<f32>, shape: &[usize]| -> Result<(), LabError> {
            tensors.insert(name.to_owned(), Tensor::from_vec(values, shape, &Device::Cpu)?);
            Ok(())
        };
        let columns = self.features();
        let neighbours = match &self.classifier {
            FeatureClassifier::Linear(LinearRows { weight, bias }) => {
                put(WEIGHT, narrow(weight), &[weight.len(), columns])?;
                put(BIAS, bias.iter().map(|&b| b as f32).collect(), &[bias.len()])?;
                None
            }
            FeatureClassifier::Neighbours(nearest) => {
                let (mean, factor) = nearest.standard.parts();
                put(
                    EXAMPLES,
                    nearest.examples.iter().flatten().copied().collect(),
                    &[nearest.examples.rows(), columns],
                )?;
                // Exact up to 2²⁴ classes.
                put(LABELS, nearest.labels.iter().map(|&label| label as f32).collect(), &[nearest.labels.len()])?;
                put(MEAN, mean.iter().map(|&x| x as f32).collect(), &[columns])?;
                put(FACTOR, factor.iter().map(|&x| x as f32).collect(), &[columns])?;
                Some(nearest.neighbours)
            }
        };
        if let Some(Novelty { examples, .. }) = &self.novelty {
            put(LEARNT, examples.iter().flatten().copied().collect(), &[examples.rows(), columns])?;
        }
        let Self { network, layer, fit, classes, temperature, novelty, .. } = self.clone();
        let none_beyond = novelty.map(|novelty| novelty.limit);
        let about = Metadata { network, layer, fit, classes, temperature, neighbours, none_beyond };
        let about = serde_json::to_string(&about).map_err(|error| bad_setup!("{error}"))?;
        let metadata = BTreeMap::from([(ABOUT.to_owned(), about)]);
        Ok(bytes_from_tensors(ABOUT, &tensors, &metadata)?)
    }

    /// # Errors
    /// [`LabError::Checkpoint`] and [`LabError::BadRun`] of a file that is no classifier, or a spoilt one.
    pub fn from_bytes(name: &str, bytes: impl Into<FileBytes>) -> Result<Self, LabError> {
        let file = Checkpoint::parse(name, bytes)?;
        let bad = |detail: String| LabError::BadRun { file: name.to_owned(), detail };
        let about = file.metadata().get(ABOUT);
        let about = about.ok_or_else(|| bad("it holds no classifier that was saved by Transfer".to_owned()))?;
        let about: Metadata = serde_json::from_str(about).map_err(|error| bad(format!("its {ABOUT}: {error}")))?;
        let Metadata { network, layer, fit, classes, temperature, neighbours, none_beyond } = about;
        if !(temperature.is_normal() && temperature > 0.0) {
            return Err(bad(format!("its temperature of {temperature} is not above 0")));
        }
        if let Some((tensor, count)) = file.first_not_finite()? {
            return Err(LabError::NotFinite { file: name.to_owned(), tensor: tensor.to_owned(), count });
        }
        let numbers =
            |tensor: &str| -> Result<Vec<f32>, LabError> { Ok(file.tensor(tensor)?.flatten_all()?.to_vec1()?) };
        let table = |tensor: &str, rows: Option<usize>| -> Result<FeatureTable, LabError> {
            let shape = file.shape(tensor).unwrap_or_default();
            let [found, columns] = *shape else {
                return Err(bad(format!("its {tensor} has the shape {shape:?}, not rows and columns")));
            };
            if found == 0 || columns == 0 || rows.is_some_and(|rows| rows != found) {
                let classes = classes.len();
                return Err(bad(format!("its {tensor} has the shape {shape:?}, which does not fit {classes} classes")));
            }
            let values = numbers(tensor)?;
            Ok(FeatureTable::from_rows(&values.chunks_exact(columns).collect::<Vec<_>>()))
        };
        let all = |tensor: &str, count: usize| -> Result<Vec<f32>, LabError> {
            let found = numbers(tensor)?;
            let is_whole = found.len() == count;
            if is_whole {
                Ok(found)
            } else {
                Err(bad(format!("its {tensor} has {} numbers, not {count}", found.len())))
            }
        };
        let wide = |narrow: Vec<f32>| narrow.into_iter().map(f64::from).collect::<Vec<f64>>();
        let classifier = match neighbours {
            None => {
                let weight = table(WEIGHT, Some(classes.len()))?;
                let bias = wide(all(BIAS, classes.len())?);
                FeatureClassifier::Linear(LinearRows {
                    weight: weight.iter().map(|row| wide(row.to_vec())).collect(),
                    bias,
                })
            }
            Some(neighbours) => {
                let examples = table(EXAMPLES, None)?;
                let labels: Vec<u32> = all(LABELS, examples.rows())?.into_iter().map(|label| label as u32).collect();
                if let Some(label) = labels.iter().find(|&&label| label as usize >= classes.len()) {
                    return Err(bad(format!("an example is of class {label}, and there are {}", classes.len())));
                }
                let parts = (wide(all(MEAN, examples.columns())?), wide(all(FACTOR, examples.columns())?));
                let standard = Standardise::from_parts(parts);
                let classes = classes.len();
                FeatureClassifier::Neighbours(NearestNeighbours { standard, examples, labels, classes, neighbours })
            }
        };
        let novelty = match none_beyond {
            Some(limit) => Some(Novelty { examples: table(LEARNT, None)?, limit }),
            None => None,
        };
        let read = Self { network, layer, fit, classes: classes.clone(), temperature, classifier, novelty };
        match &read.novelty {
            Some(Novelty { examples, limit })
                if examples.columns() != read.features() || !(0.0..=2.0).contains(limit) =>
            {
                let columns = examples.columns();
                Err(bad(format!("its {LEARNT} have {columns} features and a limit of {limit}")))
            }
            _ => Ok(read),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::classifier::ClassifierRule;
    use super::*;
    use crate::protocol::ClassifierKind;

    fn saved(kind: ClassifierKind) -> TransferFile {
        let rows: Vec<[f32; 3]> = (0..9).map(|at| [at as f32, (at % 3) as f32 * 2.0, (at * at % 5) as f32]).collect();
        let labels: Vec<u32> = (0..9).map(|at| at % 3).collect();
        let rule = ClassifierRule { kind, c: 1.0, neighbours: 3, seed: 1 };
        let fitted = pollster::block_on(rule.fit(&FeatureTable::from_rows(&rows), &labels, 3)).unwrap();
        TransferFile {
            network: "photos".to_owned(),
            layer: "features".to_owned(),
            fit: Fit::Crop,
            classes: ["cup", "key", "pen"].map(str::to_owned).to_vec(),
            temperature: 0.5,
            classifier: fitted.classifier,
            novelty: Some(Novelty::of(&FeatureTable::from_rows(&rows), &[0, 1, 2, 0, 1, 2, 0, 1, 2])),
        }
    }

    #[test]
    fn a_file_is_read_as_it_was_written() {
        for kind in ClassifierKind::ALL {
            let (file, row) = (saved(kind), [1.0_f32, 2.0, 3.0]);
            let read = TransferFile::from_bytes("x.safetensors", file.bytes().unwrap()).unwrap();
            assert_eq!((&read.classes, &read.layer, read.features()), (&file.classes, &file.layer, 3));
            let [before, after] = [&file, &read].map(|file| file.novelty.as_ref().unwrap());
            assert!(before.examples == after.examples && (before.limit - after.limit).abs() < 1e-12);
            let (before, after) = (file.probabilities(&row), read.probabilities(&row));
            assert!((before.iter().sum::<f32>() - 1.0).abs() < 1e-6);
            assert!(before.iter().zip(&after).all(|(a, b)| (a - b).abs() < 1e-5), "{kind:?} {before:?} {after:?}");
        }
    }

    #[test]
    fn what_is_no_classifier_is_refused() {
        let mut wrong = saved(ClassifierKind::Svm);
        wrong.classes.pop();
        let said = |bytes: Vec<u8>| TransferFile::from_bytes("x.safetensors", bytes).unwrap_err().to_string();
        assert!(said(wrong.bytes().unwrap()).contains("does not fit 2 classes"));
        let mut wrong = saved(ClassifierKind::Neighbours);
        wrong.classes.truncate(1);
        assert!(said(wrong.bytes().unwrap()).contains("of class 1, and there are 1"));
        let weights = bytes_from_tensors("x", &BTreeMap::new(), &BTreeMap::new()).unwrap();
        assert!(!said(weights).is_empty());
    }
}
