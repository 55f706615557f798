//! The same ONNX files through another engine, rten, which shares no code with this one but for the reading of protocol buffers.

use crate::onnx::{FILES, checkpoint, pictures, program, read};
use neocog::backend::cpu::CpuPlan;
use neocog::graph::Host;
use neocog::lab::{Shipped, Weights, exported, input_from, seen};
use neocog::protocol::{ExportForm, Fit};
use rten::{Model, Value};

use rten_tensor::{AsView, NdTensor};

/// What rten answers to an input `[batch, channels, height, width]`.
fn by_rten(file: Vec<u8>, x: &Host) -> Vec<f32> {
    let (batch, channels, height, width) = x.dims4().unwrap();
    let values = x.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let input = NdTensor::from_data([batch, channels, height, width], values);
    let model = Model::load(file).unwrap();
    let answer: Value = model.run_one(input.view().into(), None).unwrap();
    let answer: NdTensor<f32, 2> = answer.try_into().unwrap();
    answer.to_vec()
}

/// The largest difference as a share of the largest value.
fn apart(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    let largest = expected.iter().map(|value| value.abs()).fold(0.0, f32::max);
    found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) / largest
}

#[test]
fn files_that_pytorch_exported_answer_the_same() {
    for (name, file) in FILES {
        let x = pictures(1);
        let checkpoint = checkpoint(file).unwrap();
        let outputs =
            CpuPlan::new(program(&read(&checkpoint).unwrap(), &checkpoint, 1)).run_now(std::slice::from_ref(&x));
        let mut ours = outputs.unwrap()[0].flatten_all().unwrap().to_vec1::<f32>().unwrap();
        if name == "upsamples" {
            // Its last layer is a softmax, which experiments do without.
            let sum: f32 = ours.iter().map(|logit| logit.exp()).sum();
            ours.iter_mut().for_each(|logit| *logit = logit.exp() / sum);
        }
        let apart = apart(&ours, &by_rten(file.to_vec(), &x));
        println!("{name}: {apart:.1e} from rten");
        assert!(apart < 1e-4, "{name}: {apart}");
    }
}

#[test]
fn files_that_are_written_here_answer_the_same() {
    for (id, drawing) in [("digits", "digit_7"), ("things", "airplane"), ("photos", "ship")] {
        let row = Shipped::find(id).unwrap();
        let path = format!("{}/www/models/{}", env!("CARGO_MANIFEST_DIR"), row.report.file);
        let weights = Weights::of_shipped(&row, std::fs::read(path).unwrap()).unwrap();
        let picture = neocog::data::gallery::draw(drawing).unwrap();
        let x = input_from(&seen(&picture, weights.network(), Fit::Crop).unwrap(), weights.network()).unwrap();
        let ours = CpuPlan::new(weights.program(1).unwrap()).run_now(std::slice::from_ref(&x)).unwrap();
        let ours = ours[0].flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let file = exported(ExportForm::Onnx, weights.network(), Some(&weights)).unwrap();
        let apart = apart(&ours, &by_rten(file, &x));
        println!("{id}: {apart:.1e} from rten");
        assert!(apart < 1e-5, "{id}: {apart}");
    }
}
