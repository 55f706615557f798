//! Networks that leave: a run under way, a text alone, the networks of the page; read back they answer the same.

use crate::host::{TestHost, drawing, shipped};
use neocog::lab::distil::DistilSession;
use neocog::lab::train::TrainSession;
use neocog::lab::{Perform, Weights, logits_of};
use neocog::models::networks;
use neocog::protocol::{
    BackendChoice, Begin, DataChoice, Distil, DistilRun, Distilled, ExportForm, ExportNetwork, ExportStudent, Exported,
    Networks, NetworksAnswer, Setup, Teacher, Train, TrainAnswer, TrainRun, WriteSource,
};
use pollster::block_on;
use std::rc::Rc;

const TEXT: &str = "conv 6 5 stride 2\nbatchnorm\nrelu\nresidual\n  conv 6 3 pad 1\nend\nmaxpool 2\nlinear classes";

fn read(name: &str, bytes: Vec<u8>) -> Rc<Weights> {
    Rc::new(Weights::from_bytes(name, bytes).unwrap())
}

/// Of a drawn picture.
fn logits(weights: &Rc<Weights>) -> Vec<f32> {
    block_on(logits_of(weights, &[(*drawing("ship")).clone()])).unwrap().remove(0)
}

fn assert_same(one: &Rc<Weights>, other: &Rc<Weights>) {
    let (one, other) = (logits(one), logits(other));
    assert_eq!(one.len(), other.len());
    let off = one.iter().zip(&other).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(off <= 1e-5, "{off:e}: {one:?} {other:?}");
}

#[test]
fn a_run_leaves_in_every_form_and_comes_back_the_same() {
    let (host, kept) = (TestHost::without_gpu(), TrainSession::default());
    let answer = |job: Train| block_on(job.perform(&kept, &host, &|_| {}));
    let file = |job: Train| match answer(job) {
        Ok(TrainAnswer::Exported(file)) => file,
        other => panic!("{other:?}"),
    };
    assert!(answer(Train::ExportRunAs(ExportForm::Onnx)).unwrap_err().to_string().contains("no run"));
    let source = |text: &str, form| WriteSource { text: text.to_owned(), shape: [3, 32, 32], classes: 10, form };
    let untrained = file(Train::WriteSource(source(TEXT, ExportForm::Pytorch)));
    let setup = Setup {
        data: DataChoice { set: "shapes".to_owned(), count: 200, ..DataChoice::default() },
        network: TEXT.to_owned(),
        batch: 20,
        backend: BackendChoice::Cpu,
        ..Setup::default()
    };
    let run = TrainRun { setup, from: Begin::Anew, steps: Some(7), pace: None };
    let Ok(TrainAnswer::Trained(trained)) = answer(Train::Train(run)) else { panic!("no run") };
    assert_eq!(trained.step, 7);

    let names = [
        file(Train::ExportRun),
        file(Train::ExportRunAs(ExportForm::Safetensors)),
        file(Train::ExportRunAs(ExportForm::Onnx)),
        file(Train::ExportRunAs(ExportForm::Pytorch)),
    ];
    assert_eq!(
        names.each_ref().map(|file| file.name.as_str()),
        ["shapes-7.safetensors", "shapes-7.safetensors", "shapes-7.onnx", "shapes-7.py"]
    );
    let [run, weights, onnx, written] = names;
    let run = read("run.safetensors", run.bytes.into_vec());
    for back in [weights, onnx] {
        let back = read(&back.name, back.bytes.into_vec());
        assert_eq!(back.network().names, run.network().names);
        assert_same(&run, &back);
    }
    // The text alone says the same, and, once a run has it, how its pictures are normalised.
    let trained = file(Train::WriteSource(source(TEXT, ExportForm::Pytorch))).into_text();
    let code = |text: &str| text.split_once("import torch\n").unwrap().1.to_owned();
    let (written, untrained) = (written.into_text(), untrained.into_text());
    assert!(code(&written) == code(&trained) && code(&written) == code(&untrained), "{written}\n{untrained}");
    assert_ne!(trained, untrained);
    assert!(written.contains("nn.Conv2d(3, 6, 5, stride=2)"), "{written}");
    for (text, form, part) in
        [(TEXT, ExportForm::Onnx, "train it"), ("conv 6 5\nlinaer 3", ExportForm::Pytorch, "line 2")]
    {
        let refused = answer(Train::WriteSource(source(text, form))).unwrap_err().to_string();
        assert!(refused.contains(part), "{refused}");
    }
}

#[test]
fn a_student_leaves_when_it_has_learnt() {
    let (host, kept) = (TestHost::without_gpu(), DistilSession::default());
    let answer = |job: Distil| block_on(job.perform(&kept, &host, &|_| {}));
    let export = |form, is_alone| Distil::ExportStudent(ExportStudent { form, is_alone });
    assert!(answer(export(ExportForm::Onnx, false)).unwrap_err().to_string().contains("start a lesson"));
    let network = "init glorot\nflatten\nlinear 12\nrelu\nlinear classes".to_owned();
    let job = DistilRun {
        data: DataChoice { count: 300, ..DataChoice::default() },
        teacher: Teacher::Trained { network: network.clone(), epochs: 1, shift: 0 },
        student: network,
        epochs: 1,
        backend: BackendChoice::Cpu,
        ..DistilRun::default()
    };
    assert!(matches!(answer(Distil::Run(Box::new(job))), Ok(Distilled::Ran(_))));
    let file = |form, is_alone| match answer(export(form, is_alone)) {
        Ok(Distilled::Exported(file)) => read(&file.name, file.bytes.into_vec()),
        other => panic!("{other:?}"),
    };
    let taught = file(ExportForm::Safetensors, false);
    assert_eq!(taught.network().id, "own:student");
    assert_same(&taught, &file(ExportForm::Onnx, false));
    assert_ne!(logits(&taught), logits(&file(ExportForm::Onnx, true)));
}

#[test]
fn networks_leave_with_their_weights_or_as_source_without() {
    let host = TestHost { weights: vec![shipped("digits"), shipped("photos")], ..TestHost::without_gpu() };
    let job = |network: &str, form| Networks::ExportNetwork(ExportNetwork { network: network.to_owned(), form });
    let file = |network: &str, form| -> Exported {
        match host.answer(job(network, form)) {
            Ok(NetworksAnswer::Exported(file)) => file,
            other => panic!("{network}: {other:?}"),
        }
    };
    for weights in &host.weights {
        for form in [ExportForm::Safetensors, ExportForm::Onnx] {
            let file = file(&weights.network().id, form);
            assert!(file.name.ends_with(form.ending()), "{}", file.name);
            assert_same(weights, &read(&file.name, file.bytes.into_vec()));
        }
    }
    // All that are listed, with weights or without.
    for network in networks() {
        let sources = [ExportForm::Pytorch, ExportForm::Candle].map(|form| file(&network.id, form).into_text());
        let wanted = ["class Network(Part):", "pub struct Network {"];
        assert!(sources.iter().zip(wanted).all(|(source, part)| source.contains(part)), "{}", network.id);
    }
    host.refuses([
        (job("resnet18", ExportForm::Onnx), "no weights"),
        (job("nonsense", ExportForm::Pytorch), "no weights"),
    ]);
}
