//! Maps of pixels, of codes and of a layer; what is measured of an autoencoder; trustworthiness beside scikit-learn's.

use crate::host::{TestHost, shipped};
use neocog::lab::represent::{Distances, RepresentSession, TsneEmbedding};
use neocog::lab::{FeatureTable, NoMonitor, Perform};
use neocog::protocol::{
    AutoencoderTrain, BackendChoice, CodeSizes, EmbedReport, EmbedSource, EmbedTask, Represent, RepresentNews,
    Represented, UnseenKind,
};
use pollster::block_on;
use std::cell::RefCell;

fn task(of: EmbedSource) -> EmbedTask {
    EmbedTask { of, count: 150, steps: 300, perplexity: 15.0, backend: BackendChoice::Cpu, ..EmbedTask::default() }
}

fn mapped(task: EmbedTask, host: &TestHost) -> EmbedReport {
    match host.answer(Represent::Map(task)) {
        Ok(Represented::Mapped(found)) => *found,
        other => panic!("{other:?}"),
    }
}

#[test]
fn pixels_and_layers_become_places() {
    let host = TestHost { weights: vec![shipped("digits")], ..TestHost::without_gpu() };
    let pixels = mapped(task(EmbedSource::Pixels), &host);
    let layer = mapped(EmbedTask { network: "digits".to_owned(), ..task(EmbedSource::Layer) }, &host);
    for (name, found) in [("pixels", &pixels), ("layer", &layer)] {
        let [components, tsne] = found.trustworthiness;
        println!("{name}: {} numbers, trustworthiness {components:.3} and {tsne:.3}", found.begun.features);
        assert!(tsne > components && tsne > 0.8 && found.frame.step == 300);
        assert_eq!((found.begun.components.len(), found.frame.places.len()), (150, 150));
        assert_eq!(found.begun.neighbours[7].len(), 5);
        assert!(!found.begun.neighbours[7].contains(&7));
    }
    assert_eq!(pixels.begun.features, 784);
    let (chosen, layers, used) = layer.begun.layer.clone().unwrap();
    println!("{} of {} layers on {:?}", chosen.path, layers.len(), used.kind);
    // Of a network that knows digits, neighbours are of one class.
    let same = |found: &EmbedReport| {
        let labels = &found.begun.examples.labels;
        let pairs = found.begun.neighbours.iter().enumerate().flat_map(|(at, row)| row.iter().map(move |to| (at, *to)));
        let (all, right) = pairs
            .fold((0, 0), |(all, right), (at, to)| (all + 1, right + u32::from(labels[at] == labels[to as usize])));
        f64::from(right) / f64::from(all)
    };
    println!("neighbours of one class: pixels {:.2}, layer {:.2}", same(&pixels), same(&layer));
    assert!(same(&layer) > same(&pixels));
    // Whoever names an earlier layer gets that one.
    let first = layers[0].path.clone();
    let again = EmbedTask { network: "digits".to_owned(), layer: Some(first.clone()), ..task(EmbedSource::Layer) };
    assert_eq!(mapped(again, &host).begun.layer.unwrap().0.path, first);
    let wrong =
        EmbedTask { network: "digits".to_owned(), layer: Some("nothing".to_owned()), ..task(EmbedSource::Layer) };
    host.refuses([
        (Represent::Map(wrong), "no layer nothing"),
        (Represent::Map(task(EmbedSource::Codes)), "no autoencoder was trained here yet"),
        (Represent::Map(EmbedTask { count: 3, ..task(EmbedSource::Pixels) }), "3 pictures"),
        (Represent::Map(EmbedTask { perplexity: f64::NAN, ..task(EmbedSource::Pixels) }), "a perplexity of NaN"),
        (Represent::Map(EmbedTask { steps: 0, ..task(EmbedSource::Pixels) }), "0 steps"),
    ]);
}

#[test]
fn an_autoencoder_is_measured_over_sizes_and_on_what_it_has_not_seen() {
    let host = TestHost::without_gpu();
    let (session, news) = (RepresentSession::default(), RefCell::new(Vec::<RepresentNews>::new()));
    let run = |job: Represent| block_on(job.perform(&session, &host, &|heard| news.borrow_mut().push(heard)));
    let unseen = |kind: UnseenKind| match run(Represent::Unseen(kind)) {
        Ok(Represented::Unseen(found)) => found,
        other => panic!("{other:?}"),
    };
    let small = AutoencoderTrain { width: 32, layers: 1, backend: BackendChoice::Cpu, ..AutoencoderTrain::default() };
    let said = run(Represent::Unseen(UnseenKind::OtherSet)).unwrap_err().to_string();
    assert!(said.contains("no autoencoder was trained here yet"));
    let setup = AutoencoderTrain { code: 8, steps: 200, ..small.clone() };
    assert!(matches!(run(Represent::Autoencoder(setup)), Ok(Represented::Encoded(_))));
    for (kind, least) in [(UnseenKind::OtherSet, 0.95), (UnseenKind::UpsideDown, 0.55), (UnseenKind::Negative, 0.95)] {
        let found = unseen(kind);
        println!("{kind:?}: {:.3} of {:?}", found.auc, found.counts);
        assert!(found.auc > least && found.step == 200 && found.counts[0] == 400);
        assert_eq!((found.missed.len(), found.strange.len()), (10 * 784, 10 * 784));
        let [own, other] = [1, 2].map(|at| found.bins.iter().map(|bin| bin[at]).sum::<f64>());
        assert!((own - 1.0).abs() < 1e-9 && (other - 1.0).abs() < 1e-9);
    }
    // Codes of this autoencoder, on a map.
    let Ok(Represented::Mapped(map)) = run(Represent::Map(task(EmbedSource::Codes))) else { panic!("no map") };
    assert_eq!((map.begun.features, map.frame.places.len()), (8, 150));

    news.borrow_mut().clear();
    let sizes = CodeSizes { setup: AutoencoderTrain { steps: 80, ..small } };
    let Ok(Represented::Sizes(rows)) = run(Represent::Sizes(sizes)) else { panic!("no rows") };
    let told = news.borrow().iter().filter(|news| matches!(news, RepresentNews::Size(_))).count();
    println!("{rows:?}");
    assert_eq!((rows.len(), told), (CodeSizes::SIZES.len(), CodeSizes::SIZES.len()));
    assert!(rows.windows(2).all(|pair| pair[1].components < pair[0].components));
    assert!(rows[5].autoencoder < rows[0].autoencoder);
}

/// `tests/fixtures/trustworthiness.py` says how the figures were made.
#[test]
fn stored_codes_are_mapped_as_well_as_scikit_learn_does() {
    let file = |name: &str| std::fs::read(format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let codes = file("codes.f32");
    let values: Vec<f32> = codes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    let known: serde_json::Value = serde_json::from_slice(&file("trustworthiness.json")).unwrap();
    let known = |key: &str| known[key].as_f64().unwrap();
    let rows: Vec<&[f32]> = values.chunks_exact(16).collect();
    assert_eq!(rows.len(), 1000);
    let table = FeatureTable::from_rows(&rows);
    let watch = NoMonitor::default();
    let distances = block_on(Distances::of(&table, &watch)).unwrap();
    let start = neocog::lab::represent::components_of(&table).unwrap();
    let components = distances.trustworthiness(&start, EmbedTask::NEIGHBOURS);
    let mut embedding = TsneEmbedding::new(&distances, known("perplexity"), start, 500);
    while !embedding.is_done() {
        embedding.advance();
    }
    let tsne = distances.trustworthiness(&embedding.places, EmbedTask::NEIGHBOURS);
    let [wanted_components, wanted] = ["components", "tsne"].map(known);
    println!("t-SNE {tsne:.4}, scikit-learn's {wanted:.4}; components {components:.6}, {wanted_components:.6}");
    println!("divergence {:.4}, scikit-learn's {:.4}", embedding.divergence(), known("divergence"));
    // The measure itself, of the same map but for signs.
    assert!((components - wanted_components).abs() < 1e-4);
    assert!((tsne - wanted).abs() < 0.02, "{tsne} {wanted}");
}
