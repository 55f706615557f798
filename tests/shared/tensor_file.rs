//! Test data as ONNX's model zoo ships it, and that of the fixtures in `tests/fixtures/onnx`.

use rten_onnx::onnx::{DataType, TensorProto};
use rten_onnx::protobuf::{EncodeMessage, ValueWriter};
use std::cell::RefCell;

/// A tensor in a file of its own: `input_0.pb`.
pub(crate) fn tensor_file(shape: &[i64], values: &[f32]) -> Vec<u8> {
    let data: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let tensor = TensorProto {
        dims: shape.to_vec(),
        data_type: Some(DataType::FLOAT),
        raw_data: Some(RefCell::new(data)),
        ..TensorProto::default()
    };
    let mut bytes = Vec::new();
    tensor.encode(ValueWriter::new(&mut bytes)).unwrap();
    bytes
}

/// The picture of the fixtures, `[1, 3, 16, 16]`.
pub(crate) fn fixture_picture() -> Vec<f32> {
    (0..768).map(|i: usize| ((7 * i + 3 * (i / 16)) % 31) as f32 / 15.0 - 1.0).collect()
}

/// What PyTorch makes of it.
pub(crate) fn fixture_answer(name: &str) -> Vec<f32> {
    let answers: serde_json::Value = serde_json::from_str(include_str!("../fixtures/onnx.json")).unwrap();
    serde_json::from_value(answers[name]["output"].clone()).unwrap()
}
