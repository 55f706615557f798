//! The Networks experiment without a page: what the table counts, against what was published.

use crate::host::{TestHost, drawing, shipped};
use crate::tensor_file::{fixture_answer, fixture_picture, tensor_file};
use candle_core::{DType, Device, Tensor};
use neocog::data::labels::CIFAR10;
use neocog::graph::{Kind, Program};
use neocog::lab::{LabError, Weights, activation, logits_of, predictions};
use neocog::models::{LISTED, Network, blocks};
use neocog::protocol::{
    Activate, Activated, BackendChoice, BackendKind, CompareNetworks, DataFile, DrawNetwork, Finding, Fit, LayerFact,
    LayerTotals, NetworkCounts, NetworkDrawing, Networks, NetworksAnswer, NetworksCompared, NodeTime, NodeTimes,
    NodesTimed, OneNetwork, OwnNetworks, Prediction, StepClock, Tabulated, TalkFigure, TimeNodes, VerifiedSet,
    VerifyNetwork,
};
use std::rc::Rc;

fn table() -> Tabulated {
    let job = Networks::Tabulate(OwnNetworks::default());
    let Ok(NetworksAnswer::Tabulated(found)) = TestHost::without_gpu().answer(job) else { panic!("no table") };
    found
}

fn of<'a>(found: &'a Tabulated, id: &str) -> &'a NetworkCounts {
    found.rows.iter().find(|row| row.network == id).unwrap()
}

#[test]
fn the_table_counts_as_the_talk_and_as_the_publishers_do() {
    let found = table();
    let ids: Vec<&str> = found.rows.iter().map(|row| row.network.as_str()).collect();
    assert!(LISTED.iter().all(|row| ids.contains(&row.id)) && ids.contains(&"digits") && ids.contains(&"photos"));
    let strays: Vec<&TalkFigure> = found.talk.iter().filter(|figure| !figure.holds()).collect();
    assert!(found.talk.len() == 22 && strays.is_empty(), "{strays:?}");
    let totals = |of: &LayerTotals| (of.layers, of.params / 1_000_000, of.macs / 10_000_000);
    let alexnet = of(&found, "alexnet_ungrouped");
    assert_eq!((totals(&alexnet.conv), totals(&alexnet.fc)), ((5, 3, 107), (3, 58, 5)));
    let exact = found.rows.iter().filter(|row| row.published.as_ref().is_some_and(|of| of.params.is_some()));
    let mut compared = 0;
    for row in exact {
        assert_eq!(row.published.as_ref().unwrap().has_params(row.all.params), Some(true), "{row:?}");
        compared += 1;
    }
    assert!(compared >= 33, "{compared}");
}

#[test]
fn a_figure_that_is_another_one_does_not_hold() {
    let found = table();
    let one = &found.talk[0];
    assert!(!TalkFigure { counted: one.counted + (2.0 * one.half) as u64, ..one.clone() }.holds());
    assert!(!TalkFigure { counted_layers: 6, ..one.clone() }.holds());
    let published = of(&found, "mobilenet_v1_100").published.clone().unwrap();
    assert_eq!([4_151_000, 4_149_000].map(|counted| published.has_params(counted)), [Some(true), Some(false)]);
}

#[test]
fn networks_of_a_persons_own_are_counted_too() {
    let host = TestHost { weights: vec![shipped("digits")], ..TestHost::without_gpu() };
    let summarise = |network: &str| host.answer(Networks::Summarise(OneNetwork { network: network.to_owned() }));
    let Ok(NetworksAnswer::Summary(digits)) = summarise("digits") else { panic!("no summary") };
    assert_eq!(digits.params, 75_706);
    assert!(summarise("nonsense").unwrap_err().to_string().contains("nonsense"));
    // One that is gone costs its own row alone.
    let own = vec!["digits".to_owned(), "own:gone".to_owned()];
    let Ok(NetworksAnswer::Tabulated(found)) = host.answer(Networks::Tabulate(OwnNetworks { own })) else {
        panic!("no table")
    };
    assert_eq!(found.rows.iter().filter(|row| row.network == "digits").count(), 2);
    assert!(found.rows.iter().all(|row| row.network != "own:gone"));
}

fn drawn(id: &str, open: Option<&[&str]>) -> NetworkDrawing {
    let open = open.map(|open| open.iter().map(|block| (*block).to_owned()).collect());
    let job = Networks::DrawNetwork(DrawNetwork { network: id.to_owned(), open });
    let Ok(NetworksAnswer::Drawn(found)) = TestHost::without_gpu().answer(job) else { panic!("{id} is not drawn") };
    *found
}

#[test]
fn every_network_is_drawn_whole_whatever_is_folded() {
    for row in LISTED {
        let usual = drawn(row.id, None);
        let everything: Vec<String> = usual.nodes.iter().flat_map(|node| node.inside.clone()).collect();
        let blocks: Vec<&str> = everything.iter().flat_map(|path| blocks(path)).collect();
        let (folded, unfolded) = (drawn(row.id, Some(&[])), drawn(row.id, Some(&blocks)));
        println!(
            "{}: {} parts, {} at first, {} folded",
            row.id,
            unfolded.nodes.len(),
            usual.nodes.len(),
            folded.nodes.len()
        );
        assert!(usual.nodes.len() <= 45 || usual.open.is_empty(), "{}", row.id);
        assert!(folded.nodes.len() <= usual.nodes.len() && usual.nodes.len() <= unfolded.nodes.len());
        assert!(unfolded.nodes.iter().all(|node| !node.is_block));
        for drawing in [&usual, &folded, &unfolded] {
            let sums = drawing.nodes.iter().fold((0, 0), |sums, node| (sums.0 + node.params, sums.1 + node.macs));
            assert_eq!(sums, (row.params, row.macs), "{}", row.id);
            // Lines go down, every part but the picture reads something, and all but the last are read.
            let count = drawing.nodes.len() as u32;
            let name = |at: u32| drawing.nodes[at as usize].path.as_str();
            for edge in &drawing.edges {
                let is_down = edge.from < edge.to && edge.to < count && edge.points.len() > 1;
                assert!(is_down, "{}: {} -> {}", row.id, name(edge.from), name(edge.to));
            }
            let is_read = |at: u32| drawing.edges.iter().any(|edge| edge.from == at);
            let reads = |at: u32| drawing.edges.iter().any(|edge| edge.to == at);
            let loose: Vec<&str> = (0..count)
                .filter(|&at| (at > 0 && !reads(at)) || (at + 1 < count && !is_read(at)))
                .map(|at| drawing.nodes[at as usize].path.as_str())
                .collect();
            assert!(loose.is_empty(), "{}: {loose:?}", row.id);
            let paths: std::collections::BTreeSet<&str> = drawing.nodes.iter().map(|node| node.path.as_str()).collect();
            assert_eq!(paths.len(), drawing.nodes.len(), "{}", row.id);
        }
    }
}

#[test]
fn a_residual_block_is_drawn_with_its_way_round() {
    let drawing = drawn("resnet18", Some(&["layer2", "layer2.0"]));
    let titles: Vec<&str> = drawing.nodes.iter().map(|node| node.path.as_str()).collect();
    let at =
        |path: &str| titles.iter().position(|other| *other == path).unwrap_or_else(|| panic!("{path}: {titles:?}"));
    let reads = |from: &str, to: &str| {
        drawing
            .edges
            .iter()
            .find(|edge| (edge.from, edge.to) == (at(from) as u32, at(to) as u32))
            .map(|edge| &edge.shape)
    };
    // In: the block before it. Out: the sum of both ways, and its rectifier.
    assert_eq!(reads("layer1", "layer2.0.conv1").unwrap(), &[1, 64, 56, 56]);
    assert_eq!(reads("layer1", "layer2.0.downsample").unwrap(), &[1, 64, 56, 56]);
    assert_eq!(reads("layer2.0.downsample", "layer2.0.add").unwrap(), &[1, 128, 28, 28]);
    assert_eq!(reads("layer2.0.bn2", "layer2.0.add").unwrap(), &[1, 128, 28, 28]);
    assert!(drawing.nodes[at("layer1")].is_block && !drawing.nodes[at("layer2.0.conv1")].is_block);
    assert_eq!(drawing.frames.iter().map(|frame| frame.path.as_str()).collect::<Vec<_>>(), ["layer2", "layer2.0"]);
    assert_eq!(drawing.nodes[at("layer1")].params, 147_968);
    // An inception has its branches side by side.
    let drawing = drawn("googlenet", Some(&["inception3a"]));
    let pool = drawing.nodes.iter().position(|node| node.path == "maxpool2").unwrap() as u32;
    let branches = drawing.edges.iter().filter(|edge| edge.from == pool).map(|edge| &drawing.nodes[edge.to as usize]);
    let places: Vec<[f32; 2]> = branches.map(|node| node.place).collect();
    assert!(places.len() == 4 && places.iter().all(|place| place[1] == places[0][1]), "{places:?}");
    // What another network had open says nothing of this one.
    assert_eq!(drawn("vgg11", Some(&["layer2"])), drawn("vgg11", None));
}

fn activated(host: &TestHost, layer: &str, backend: BackendChoice) -> Result<Activated, LabError> {
    let job = Activate { layer: layer.to_owned(), backend, ..Activate::default() };
    match host.answer(Networks::Activate(job))? {
        NetworksAnswer::Activated(found) => Ok(*found),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_layers_activations_are_those_that_the_command_gives() {
    let (weights, picture) = (shipped("photos"), drawing("airplane"));
    let host = TestHost { gpu: TestHost::on_all().0.gpu, ..TestHost::with(&picture, &weights) };
    let names: Vec<String> = weights.network().layers().unwrap().into_iter().map(|layer| layer.name).collect();
    for layer in [&names[0], &names[names.len() / 2], &names[names.len() - 1]] {
        let plain = activation(&weights, &picture, Fit::Crop, layer).unwrap();
        let found = activated(&host, layer, BackendChoice::Cpu).unwrap();
        assert_eq!(found.shape, plain.shape[1..], "{layer}");
        let [least, mean, most] = plain.range();
        let near = |a: f32, b: f32| (a - b).abs() <= 1e-5 * most.abs().max(least.abs());
        assert!(
            near(found.spread.low, least) && near(found.spread.high, most) && near(found.spread.mean, mean),
            "{layer}"
        );
        assert_eq!(found.spread.counts.iter().map(|count| u64::from(*count)).sum::<u64>(), plain.values.len() as u64);
        // A tile's bytes are the values, as finely as they can be.
        let tiles = &found.channels;
        assert_eq!(tiles.values.len(), plain.values.len());
        for (byte, value) in tiles.values.iter().zip(&plain.values) {
            let told = (f32::from(*byte) - 128.0) / 127.0 * tiles.most;
            assert!((told - value).abs() <= 0.51 / 127.0 * tiles.most, "{layer}: {told} {value}");
        }
        let plane = plain.values.len() / tiles.of as usize;
        let silent = plain.values.chunks(plane).filter(|channel| channel.iter().all(|value| *value <= 0.0)).count();
        assert_eq!(found.silent as usize, silent, "{layer}");
        assert!(
            !found.findings.is_empty() && found.findings.iter().all(Finding::holds),
            "{layer}: {:?}",
            found.findings
        );
        assert_eq!(found.backend.kind, BackendKind::Cpu);
    }
    if TestHost::on_all().1 == 2 {
        let found = activated(&host, &names[2], BackendChoice::Gpu).unwrap();
        assert_eq!(found.backend.kind, BackendKind::Gpu);
        assert!(found.findings.iter().all(Finding::holds), "{:?}", found.findings);
    }
}

#[test]
fn a_layer_without_a_module_and_the_picture_itself_can_be_looked_at() {
    let host = TestHost::with(&drawing("ship"), &shipped("photos"));
    let input = activated(&host, "input", BackendChoice::Cpu).unwrap();
    assert_eq!((input.shape.as_slice(), input.channels.count), ([3, 32, 32].as_slice(), 3));
    let unknown = activated(&host, "nonsense", BackendChoice::Cpu).unwrap_err().to_string();
    assert!(unknown.contains("no layer nonsense") && unknown.contains("input"), "{unknown}");
    let drawn = drawn("photos", Some(&[]));
    let relu = drawn.nodes.iter().find(|node| node.kind == "relu").unwrap();
    let found = activated(&host, &relu.path, BackendChoice::Cpu).unwrap();
    assert!(found.spread.low >= 0.0 && found.spread.zeros > 0 && found.weights.is_none(), "{:?}", found.spread);
    // The first layer's filters are pictures in colour; one that sees all of the picture has no field to check.
    let first = drawn.nodes.iter().find(|node| node.kind == "conv2d").unwrap();
    let filters = activated(&host, &first.path, BackendChoice::Cpu).unwrap();
    let weights = filters.weights.unwrap();
    assert!(weights.tiles.is_coloured && weights.shape[1] == 3, "{:?}", weights.shape);
    assert_eq!(weights.tiles.values.len(), weights.shape.iter().product::<usize>());
    assert!(filters.findings.iter().any(|finding| finding.fact == LayerFact::Field));
    let last = activated(&host, &drawn.nodes.last().unwrap().path, BackendChoice::Cpu).unwrap();
    assert!(last.findings.iter().all(|finding| finding.fact != LayerFact::Field));
}

fn timed(host: &TestHost, network: &str, backend: BackendChoice) -> NodesTimed {
    let job = Networks::TimeNodes(TimeNodes { network: network.to_owned(), backend });
    match host.answer(job) {
        Ok(NetworksAnswer::NodesTimed(found)) => found,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_step_is_timed_once_and_belongs_to_a_node_of_the_graph() {
    // Each look at the clock moves it on by so much: long enough for a sample of one run.
    const TICK: f64 = 20.0;
    for id in ["photos", "cifar10_resnet20", "squeezenet1_1"] {
        // One has weights, the others need none.
        let host = TestHost { tick_millis: Some(TICK), weights: vec![shipped("photos")], ..TestHost::without_gpu() };
        let found = timed(&host, id, BackendChoice::Auto);
        let [times] = found.devices.as_slice() else { panic!("{found:?}") };
        assert_eq!((times.kind, times.clock), (BackendKind::Cpu, StepClock::Outside));
        // The steps of the same network's program.
        let (_, logits) =
            Network::find(id).map_or_else(|| shipped(id).network().graph(1), |found| found.graph(1)).unwrap();
        let value = |name: &str| {
            let nodes = logits.graph().nodes();
            let shape = nodes.iter().find_map(|node| match &node.kind {
                Kind::Variable { name: own, .. } if own == name => Some(node.spec.shape.clone()),
                _ => None,
            });
            Some(Tensor::zeros(shape?, DType::F32, &Device::Cpu).unwrap().into())
        };
        let steps = Program::inference(&[&logits], &value).unwrap().steps.len() as u32;
        assert_eq!(times.nodes.iter().map(|node| node.steps).sum::<u32>(), steps, "{id}");
        assert_eq!(times.whole_millis, TICK);
        assert!((times.sum_millis() - TICK * f64::from(steps)).abs() < 1e-6, "{id}: {}", times.sum_millis());
        let drawing = drawn(id, None);
        let blocks: Vec<&str> =
            drawing.nodes.iter().flat_map(|node| &node.inside).flat_map(|path| blocks(path)).collect();
        let whole = drawn(id, Some(&blocks));
        let time_of = |path: &str| times.nodes.iter().find(|node| node.path == path);
        for node in &whole.nodes {
            let time = time_of(&node.path);
            if node.macs > 0 {
                assert!(time.is_some_and(|time| time.steps > 0 && time.millis > 0.0), "{id}: {}", node.path);
            }
            // All that follows a convolution at once is done with it.
            if node.kind == "batch_norm" {
                let within = time.and_then(|time| time.within.as_deref());
                let of = whole.nodes.iter().find(|other| Some(other.path.as_str()) == within);
                assert!(of.is_some_and(|of| of.kind == "conv2d"), "{id}: {} is within {within:?}", node.path);
            }
        }
        for NodeTime { path, millis, steps, within } in &times.nodes {
            assert!(whole.nodes.iter().any(|node| node.path == *path), "{id} has no {path}");
            assert!((*steps > 0) != within.is_some() && (*steps > 0) == (*millis > 0.0), "{path}");
        }
        // Folded, a box takes what is in it.
        let folded = drawn(id, Some(&[]));
        let inside = folded.nodes.iter().flat_map(|node| &node.inside).filter_map(|path| time_of(path));
        assert!((inside.map(|time| time.millis).sum::<f64>() - times.sum_millis()).abs() < 1e-6, "{id}");
    }
}

#[test]
fn the_devices_own_clock_times_the_nodes_where_it_has_one() {
    let (host, devices) = TestHost::on_all();
    let host = TestHost { weights: vec![shipped("digits")], ..host };
    let found = timed(&host, "digits", BackendChoice::Auto);
    assert_eq!(found.devices.len(), devices);
    let paths = |times: &NodeTimes| times.nodes.iter().map(|node| node.path.clone()).collect::<Vec<_>>();
    for times in &found.devices {
        println!("{} {:?}: {} of {} ms", times.name, times.clock, times.sum_millis(), times.whole_millis);
        assert!(times.whole_millis > 0.0 && times.sum_millis() > 0.0);
        assert_eq!(paths(times), paths(&found.devices[0]));
    }
    let refused = TestHost::without_gpu()
        .answer(Networks::TimeNodes(TimeNodes { network: "digits".to_owned(), backend: BackendChoice::Gpu }));
    assert!(refused.is_err(), "{refused:?}");
}

fn compared(host: &TestHost, networks: [&str; 2]) -> Result<NetworksCompared, LabError> {
    let pictures = (0..host.pictures.len() as u32).collect();
    let (fit, backend) = (Fit::Crop, BackendChoice::Cpu);
    let job = CompareNetworks { networks: networks.map(str::to_owned), pictures, fit, backend };
    match host.answer(Networks::CompareNetworks(job))? {
        NetworksAnswer::Compared(found) => Ok(found),
        other => panic!("{other:?}"),
    }
}

#[test]
fn two_networks_are_compared_as_each_classifies_by_itself() {
    let pictures = ["airplane", "castle", "ship", "digit_7", "apple", "bus"].map(drawing);
    let weights = ["things", "photos", "digits"].map(shipped);
    let host = TestHost { pictures: pictures.to_vec(), weights: weights.to_vec(), ..TestHost::without_gpu() };
    let given: Vec<_> = pictures.iter().map(|picture| (**picture).clone()).collect();
    let plain = |weights: &Rc<Weights>| -> Vec<Prediction> {
        let logits = pollster::block_on(logits_of(weights, &given)).unwrap();
        logits.iter().map(|logits| predictions(weights, logits, 1).unwrap().0.remove(0)).collect()
    };
    let all = weights.each_ref().map(plain);
    let found = compared(&host, ["things", "photos"]).unwrap();
    assert_eq!((found.shared, found.rows.len()), (10, pictures.len()));
    assert_eq!(found.sides.each_ref().map(|side| side.classes), [110, 10]);
    assert!(found.sides.iter().all(|side| side.millis > 0.0 && side.backend.kind == BackendKind::Cpu));
    let mut counts = [0, 0];
    let ten =
        weights[1].network().names.clone().unwrap_or_else(|| CIFAR10.iter().map(|label| label.en.to_owned()).collect());
    for (at, row) in found.rows.iter().enumerate() {
        for (told, plain) in row.top.iter().zip([&all[0][at], &all[1][at]]) {
            assert_eq!((told.index, &told.label), (plain.index, &plain.label));
            assert!((told.probability - plain.probability).abs() < 1e-5);
        }
        // Of the ten alone both can say the same.
        let is_judged = ten.contains(&all[0][at].label);
        assert_eq!(row.agree, is_judged.then(|| all[0][at].label == all[1][at].label), "{row:?}");
        counts[0] += usize::from(is_judged);
        counts[1] += usize::from(row.agree == Some(true));
    }
    println!("{counts:?} of {}", pictures.len());
    assert_eq!([found.judged(), found.agreed()], counts);
    assert!(counts[1] > 0 && counts[0] < pictures.len(), "{counts:?}");
    // A network agrees with itself, and one of digits with none of photographs.
    let same = compared(&host, ["photos", "photos"]).unwrap();
    assert_eq!((same.shared, same.agreed()), (10, pictures.len()));
    let nothing = compared(&host, ["digits", "photos"]).unwrap();
    assert_eq!((nothing.shared, nothing.judged()), (0, 0));
    assert!(compared(&host, ["photos", "nonsense"]).unwrap_err().to_string().contains("nonsense"));
    let bare = TestHost { pictures: Vec::new(), ..host };
    assert!(compared(&bare, ["photos", "digits"]).unwrap_err().to_string().contains("no picture"));
}

fn pb(folder: &str, name: &str, shape: &[i64], values: &[f32]) -> DataFile {
    DataFile { name: format!("{folder}{name}"), bytes: tensor_file(shape, values).into() }
}

fn verified(host: &TestHost, network: &str, files: Vec<DataFile>) -> Result<Vec<VerifiedSet>, LabError> {
    let job = VerifyNetwork { network: network.to_owned(), files };
    match host.answer(Networks::VerifyNetwork(job))? {
        NetworksAnswer::Verified(found) => Ok(found),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_network_is_verified_by_the_values_that_came_with_it() {
    let file = include_bytes!("../fixtures/onnx/block.onnx").to_vec();
    let weights = Rc::new(Weights::from_bytes("block.onnx", file).unwrap());
    let id = weights.network().id.clone();
    let host = TestHost { weights: vec![weights, shipped("photos")], ..TestHost::without_gpu() };
    // The picture of the fixture, and what PyTorch makes of it.
    let (picture, right) = (fixture_picture(), fixture_answer("block"));
    let set = |folder: &str, output: &[f32]| {
        let input = pb(folder, "input_0.pb", &[1, 3, 16, 16], &picture);
        [input, pb(folder, "output_0.pb", &[1, output.len() as i64], output)]
    };
    let [found] = verified(&host, &id, set("", &right).into()).unwrap().try_into().unwrap();
    println!("{found:?}");
    assert!(found.holds() && found.count == 5 && found.largest < 1e-4 && found.name.is_empty(), "{found:?}");
    // One number is another one; each folder stands by itself, and what is no value is left out.
    let mut wrong = right.clone();
    wrong[3] += 0.25;
    let (good, bad) = (set("block/test_data_set_0/", &right), set("block/test_data_set_1/", &wrong));
    let readme = DataFile { name: "block/README.md".to_owned(), bytes: b"#".to_vec().into() };
    let found = verified(&host, &id, good.into_iter().chain(bad).chain([readme]).collect()).unwrap();
    let told: Vec<(&str, bool)> = found.iter().map(|set| (set.name.as_str(), set.holds())).collect();
    assert_eq!(told, [("block/test_data_set_0", true), ("block/test_data_set_1", false)]);
    assert!((found[1].largest - 0.25).abs() < 1e-3 && found[1].of_tolerance > 10.0, "{:?}", found[1]);
    let says = |files: Vec<DataFile>, network: &str| verified(&host, network, files).unwrap_err().to_string();
    let [input, output] = set("", &right);
    assert!(says(vec![input.clone()], &id).contains("output_0.pb"));
    assert!(says(vec![input.clone(), output.clone()], "photos").contains("did not come as an ONNX file"));
    let short = pb("", "output_0.pb", &[1, 4], &right[..4]);
    assert!(says(vec![input.clone(), short], &id).contains("[1, 4]"));
    let damaged = DataFile { name: "input_0.pb".to_owned(), bytes: vec![0xff; 9].into() };
    assert!(says(vec![damaged, output], &id).contains("cannot be verified"));
}
