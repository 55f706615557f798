//! A file against the values that came with it: `test_data_set_0` of the model zoo and of ONNX's own tests.

use super::array::{Kind, KnownArray, Value};
use super::{GRAPH, Model, OnnxError, Refusal, constant, file};
use crate::graph::{Graph, Host, Spec, Tensor};
use crate::models::FileTrial;
use crate::nn::VarBuilder;
use crate::nn::checkpoint::Checkpoint;
use rten_onnx::onnx::{DataType, TensorProto};
use rten_onnx::protobuf::{DecodeMessage, ValueReader};

/// A file's graph for the inputs that came with it, and the results that should come out.
pub struct Trial {
    found: Vec<Value>,
    expected: Vec<KnownArray>,
    /// The share of a number by which each may differ.
    tolerances: Vec<f64>,
    inputs: Vec<(String, Host)>,
}

/// How far a file's own results are from ours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verified {
    /// Largest difference of a number.
    pub absolute: f64,
    /// The same as a share of what ONNX's own tests allow, `1e-7 + 1e-3 |expected|` (`2⁻⁶` in bfloat16): 1 or less passes.
    pub of_tolerance: f64,
    /// Numbers that were compared.
    pub count: usize,
}

impl Trial {
    /// Of what [`super::to_checkpoint`] made of a file, with inputs and outputs as tensors in files of their own, in the order of the
    /// graph's.
    ///
    /// # Errors
    /// All of [`OnnxError`].
    pub fn new(checkpoint: &Checkpoint, inputs: &[Vec<u8>], outputs: &[Vec<u8>]) -> Result<Self, OnnxError> {
        let bytes = checkpoint.raw(GRAPH).unwrap_or_default();
        let model = Model::read(&bytes, |name| checkpoint.shape(name).map(<[usize]>::to_vec))?;
        file::check_operators(&model.graph.node, model.opset)?;
        let names = file::free_inputs(&model.graph).into_iter().map(|input| input.name.clone().unwrap_or_default());
        let given =
            names.zip(inputs).map(|(name, bytes)| Ok((name, tensor(bytes)?))).collect::<Result<Vec<_>, OnnxError>>()?;
        let expected = outputs.iter().map(|bytes| tensor(bytes)).collect::<Result<Vec<_>, _>>()?;
        let tolerances: Vec<f64> = outputs.iter().map(|bytes| tolerance(bytes)).collect();
        let outputs = model.graph.output.iter().filter_map(|output| output.name.as_deref());
        let wanted: Vec<&str> = outputs.take(expected.len()).collect();
        // Floats are computed with when the graph runs. Where a node wants one before, the first alone is, then none.
        let build = |live: usize| -> Result<Self, OnnxError> {
            let graph = Graph::new();
            let (mut values, mut inputs) = (Vec::new(), Vec::new());
            for (at, (name, array)) in given.iter().enumerate() {
                let is_live = at < live && array.kind == Kind::Float && !array.values.is_empty();
                let value = if is_live {
                    inputs.push((name.clone(), array.host().map_err(|error| bad(name, &error))?));
                    Value::float(graph.input(name, Spec::f32(array.shape.clone())))
                } else {
                    Value::Known(array.clone())
                };
                values.push((name.clone(), value));
            }
            let found = model.values(values, &VarBuilder::new(&graph), 1, &wanted)?;
            Ok(Self { found, expected: expected.clone(), tolerances: tolerances.clone(), inputs })
        };
        build(given.len()).or_else(|refused| build(1).or_else(|_| build(0)).map_err(|_| refused))
    }

    /// What a plan has to compute, in this order.
    pub fn outputs(&self) -> Vec<&Tensor> {
        let live = self.found.iter().filter_map(|value| match value {
            Value::Live(tensor, _) => Some(tensor),
            Value::Known(_) => None,
        });
        live.collect()
    }

    /// The value of an input of the plan.
    pub fn input(&self, name: &str) -> Option<&Host> {
        self.inputs.iter().find(|(own, _)| own == name).map(|(_, value)| value)
    }

    /// Compares what the plan computed.
    ///
    /// # Errors
    /// [`OnnxError::Tensor`] where a shape is another.
    pub fn compare(&self, computed: &[Host]) -> Result<Verified, OnnxError> {
        let mut computed = computed.iter();
        let mut verified = Verified { absolute: 0.0, of_tolerance: 0.0, count: 0 };
        for (at, (found, expected)) in self.found.iter().zip(&self.expected).enumerate() {
            let share = self.tolerances[at];
            let name = format!("output {at}");
            let live = match found {
                Value::Known(_) => None,
                Value::Live(..) => computed.next(),
            };
            let values: Vec<f64> = match (found, live) {
                (Value::Known(array), _) => array.values.clone(),
                (_, Some(host)) => {
                    let flat = host.flatten_all().and_then(|flat| flat.to_vec1::<f32>());
                    flat.map_err(|error| bad(&name, &error))?.into_iter().map(f64::from).collect()
                }
                (_, None) => return Err(bad(&name, &"it was not computed")),
            };
            if found.shape() != expected.shape {
                return Err(bad(&name, &format!("it should be {:?} and is {:?}", expected.shape, found.shape())));
            }
            for (&a, &b) in values.iter().zip(&expected.values) {
                let apart = if a == b || (a.is_nan() && b.is_nan()) { 0.0 } else { (a - b).abs() };
                let apart = if apart.is_nan() { f64::INFINITY } else { apart };
                verified.absolute = verified.absolute.max(apart);
                verified.of_tolerance = verified.of_tolerance.max(apart / (1e-7 + share * b.abs()));
                verified.count += 1;
            }
        }
        Ok(verified)
    }
}

impl FileTrial for Trial {
    fn outputs(&self) -> Vec<&Tensor> {
        Trial::outputs(self)
    }

    fn input(&self, name: &str) -> Option<&Host> {
        Trial::input(self, name)
    }

    fn compare(&self, computed: &[Host]) -> Result<Verified, String> {
        Trial::compare(self, computed).map_err(|error| error.to_string())
    }
}

fn bad(name: &str, why: &dyn std::fmt::Display) -> OnnxError {
    OnnxError::Tensor { name: name.to_owned(), why: why.to_string() }
}

fn tolerance(bytes: &[u8]) -> f64 {
    let tensor = TensorProto::decode(ValueReader::from_buf(bytes)).ok();
    // Eight bits of a number are kept.
    let is_short = tensor.is_some_and(|tensor| tensor.data_type == Some(DataType::BFLOAT16));
    if is_short { 1.0 / 64.0 } else { 1e-3 }
}

fn tensor(bytes: &[u8]) -> Result<KnownArray, OnnxError> {
    let tensor = TensorProto::decode(ValueReader::from_buf(bytes));
    let tensor = tensor.map_err(|error| OnnxError::Damaged { detail: error.to_string() })?;
    constant::array(&tensor).map_err(|Refusal(why)| bad(tensor.name.as_deref().unwrap_or("of a test"), &why))
}
