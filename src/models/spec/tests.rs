//! Published counts, names, errors with their figures, and random texts.

use super::preset::{Preset, mlp, presets};
use super::*;
use crate::backend::cpu::CpuPlan;
use crate::graph::op::Given;
use crate::graph::{Init, Kind, Node, Program};
use crate::models::{Network, summarise};
use proptest::prelude::*;

fn network(text: &str, data: [usize; 3]) -> NetworkSpec {
    NetworkSpec::parse(text, data, 10).unwrap_or_else(|errors| panic!("{text}\n{errors:?}"))
}

fn of(id: &str) -> NetworkSpec {
    let preset = Preset::find(id).unwrap();
    network(&preset.text, preset.data)
}

fn sentences(text: &str, data: [usize; 3]) -> Vec<String> {
    let errors = NetworkSpec::parse(text, data, 10).expect_err("this text has errors");
    errors.iter().map(|error| format!("{}:{error}", error.line)).collect()
}

/// Names and shapes of all variables.
fn variables(network: &NetworkSpec) -> Vec<(String, Vec<usize>)> {
    let (x, _) = network.graph(1).unwrap();
    let nodes = x.graph().nodes();
    let named = nodes.iter().filter_map(|node| match &node.kind {
        Kind::Variable { name, .. } => Some((name.clone(), node.spec.shape.clone())),
        _ => None,
    });
    named.collect()
}

#[test]
fn published_counts() {
    let count = |id| of(id).totals().params;
    for preset in presets() {
        if let Some(published) = preset.published_params {
            assert_eq!(count(preset.id), published, "{}", preset.id);
        }
    }
    // The paper's table: 0.27, 0.46 and 0.85 million.
    assert_eq!(["resnet20", "resnet32", "resnet56"].map(count), [269_722, 464_154, 853_018]);
    let vgg = count("vgg_small");
    assert!((500_000..700_000).contains(&vgg), "{vgg}");
    let photos = of("photos").totals();
    assert!(photos.params <= 700_000 && (20_000_000..=40_000_000).contains(&photos.macs), "{photos:?}");
    let digits = of("digits").totals();
    assert!(digits.params <= 80_000 && digits.macs <= 6_000_000, "{digits:?}");
}

/// Layer by layer as in the paper, and with the pixels 1256 units and 64 660 connections.
#[test]
fn the_zip_code_net_is_the_papers() {
    let network = of("zipcode1989");
    let layers: Vec<_> = network.lines().iter().filter(|line| line.params > 0).collect();
    assert_eq!(layers.iter().map(|line| line.params).collect::<Vec<_>>(), [1068, 2592, 5790, 310]);
    let units: Vec<u64> = layers.iter().map(|line| line.values).collect();
    assert_eq!(units, [768, 192, 30, 10]);
    assert_eq!(256 + units.iter().sum::<u64>(), 1256);
    // A bias is a connection to a unit that is always on.
    let connections: Vec<u64> = layers.iter().map(|line| line.macs + line.values).collect();
    assert_eq!(connections, [19_968, 38_592, 5_790, 310]);
    assert_eq!(connections.iter().sum::<u64>(), 64_660);
}

/// Cells of each kind as in the paper: a side of each plane, and 24 planes.
#[test]
fn the_neocognitron_has_the_papers_planes() {
    let (x, _) = of("neocognitron").graph(1).unwrap();
    let nodes = x.graph().nodes();
    let side = |node: &Node| match *node.spec.shape.as_slice() {
        [1, 24, height, width] if height == width => Some(height),
        _ => None,
    };
    let sides: Vec<usize> = nodes.iter().filter_map(side).collect();
    assert_eq!(sides.last(), Some(&1));
    // A bias is of one place too.
    let mut sides: Vec<usize> = sides.into_iter().filter(|&side| side > 1).collect();
    sides.dedup();
    assert_eq!(sides, [16, 10, 8, 6, 2]);
}

#[test]
fn resnet20_is_the_table_of_networks_own() {
    let theirs = summarise(&Network::find("cifar10_resnet20").unwrap()).unwrap().all;
    let ours = of("resnet20").totals();
    assert_eq!((ours.params, ours.macs), (theirs.params, theirs.macs));
}

/// The figures shown while typing are those of the graph; and it runs.
#[test]
fn every_preset_is_measured_as_it_is_built_and_runs() {
    let residuals = "conv 4 3 same_is_no_option\n";
    assert_eq!(sentences(residuals, [1, 8, 8]).len(), 1);
    let own = [
        (
            "residual project\n conv 8 3 stride 2 pad same\n prelu\nend\nelu 0.5\nmaxpool 3 stride 2 pad 1\nlinear classes",
            [3, 9, 7],
        ),
        (
            "flatten\nlinear 6\nresidual project\nlinear 5\nbatchnorm\nend\nsilu\ngelu\nleaky_relu\nprelu\nlinear classes no_bias",
            [2, 1, 1],
        ),
        (
            "input 3x12x12\nconv 4 3 dilation 2 groups 2 reads 2 pad same\nsigmoid\nconv classes 1\nglobalpool",
            [3, 5, 6],
        ),
    ];
    let own = own.map(|(text, data)| (text.to_owned(), data));
    let zipcode = (Preset::find("zipcode1989").unwrap().text, [1, 28, 28]);
    for (text, data) in presets().into_iter().map(|preset| (preset.text, preset.data)).chain(own).chain([zipcode]) {
        let network = network(&text, data);
        let (x, logits) = network.graph(2).unwrap();
        assert_eq!(logits.dims(), [2, 10]);
        let nodes = x.graph().nodes().clone();
        let (mut params, mut macs) = (0, 0);
        for node in &nodes {
            match &node.kind {
                Kind::Variable { name, .. } if !name.contains("running_") => params += node.spec.elem_count() as u64,
                Kind::Op(op) => {
                    let specs: Vec<&Spec> = node.inputs.iter().map(|&i| &nodes[i].spec).collect();
                    macs += op.cost(&specs, &node.spec).macs;
                }
                _ => {}
            }
        }
        let totals = network.totals();
        assert_eq!((totals.params, totals.macs * 2), (params, macs), "{text}");
        assert_eq!(totals.params, network.lines().iter().map(|line| line.params).sum::<u64>());
        let value = |name: &str| {
            let node = nodes.iter().find(|n| matches!(&n.kind, Kind::Variable { name: known, .. } if known == name))?;
            let Kind::Variable { init, .. } = &node.kind else { return None };
            crate::nn::init::value(*init, &node.spec.shape, 1, name).ok().map(Into::into)
        };
        let plan = CpuPlan::new(Program::inference(&[&logits], &value).unwrap());
        let pictures = Given::signed([2, data[0], data[1], data[2]]).value(1).unwrap();
        let values: Vec<f32> = plan.run_now(&[pictures]).unwrap()[0].flatten_all().unwrap().to_vec1().unwrap();
        let (low, high) = values.iter().fold((f32::MAX, f32::MIN), |(low, high), &v| (low.min(v), high.max(v)));
        assert!(values.iter().all(|v| v.is_finite()) && high - low > 1e-3 && high < 1e4, "{text}: {values:?}");
    }
}

#[test]
fn training_mode_builds_too() {
    for preset in presets() {
        let network = network(&preset.text, preset.data);
        let graph = Graph::new();
        let vb = VarBuilder::training(&graph, graph.input("counter", Spec::u32([2])));
        let [c, h, w] = preset.data;
        network.forward(&graph.input("image", Spec::f32([4, c, h, w])), vb.clone()).unwrap();
        let params: usize = vb.parameters().iter().map(|(_, variable, _)| variable.elem_count()).sum();
        assert_eq!(params as u64, network.totals().params, "{}", preset.id);
        assert_eq!(vb.training_mode().unwrap().updates().len(), vb.statistics().len());
    }
}

/// The rule of names, pinned: checkpoints depend on it.
#[test]
fn names_are_those_of_nested_sequentials() {
    let text = "# first\nconv 4 3 pad same\nrelu\nrepeat 2\n  residual project\n    conv 6 3 pad same no_bias\n    batchnorm\n  end\n  \
                relu\nend\nglobalpool\nlinear classes\n";
    let names: Vec<String> = variables(&network(text, [3, 8, 8])).into_iter().map(|(name, _)| name).collect();
    let norm = |prefix: &str| ["weight", "bias", "running_mean", "running_var"].map(|part| format!("{prefix}.{part}"));
    let mut want = vec!["0.weight".to_owned(), "0.bias".to_owned(), "2.0.weight".to_owned()];
    want.extend(norm("2.1"));
    want.push("2.shortcut.0.weight".to_owned());
    want.extend(norm("2.shortcut.1"));
    // The second repetition has the same channels on both sides: nothing to project.
    want.push("4.0.weight".to_owned());
    want.extend(norm("4.1"));
    want.extend(["7.weight".to_owned(), "7.bias".to_owned()]);
    assert_eq!(names, want);
}

#[test]
fn spelling_and_spaces_do_not_matter() {
    let plain = network("conv 6 5 pad 2 no_bias\nleaky_relu 0.2\nmaxpool 2\nlinear classes", [1, 12, 12]);
    let other = network(
        "\n  CONV2D( 6, 5x5, PAD = 2; NoBias ) # wide\r\n\tLeakyReLU 0.2\nMax_Pool2d 2\n\ndense:classes  ",
        [1, 12, 12],
    );
    assert_eq!(variables(&plain), variables(&other));
    assert_eq!(plain.totals(), other.totals());
}

#[test]
fn init_holds_for_the_layers_after_it() {
    let spec = network("linear 4\ninit glorot\nlinear 3\nInit PyTorch\nlinear classes", [1, 2, 2]);
    let (x, _) = spec.graph(1).unwrap();
    let vb = VarBuilder::new(x.graph());
    spec.forward(&x, vb.clone()).unwrap();
    let inits: Vec<Init> = vb.parameters().into_iter().map(|(.., init)| init).collect();
    let bound = Init::Uniform(1.0 / f64::sqrt(3.0));
    let zero = Init::Const(0.0);
    assert_eq!(inits, [Init::HeNormal, zero, Init::GlorotUniform, zero, Init::TorchUniform, bound]);
}

#[test]
fn errors_name_the_line_the_figures_and_what_to_do() {
    let rows: [(&str, &str); 25] = [
        (
            "conv 16 5\nlinear classes",
            "1:conv 16 5: the kernel 5×5 is larger than the input 4×4; pad it or use a smaller one",
        ),
        ("cnov 16 5", "1:cnov 16 5: no layer is called `cnov`; did you mean `conv`?"),
        ("dropuot 0.5", "1:dropuot 0.5: no layer is called `dropuot`; did you mean `dropout`?"),
        ("conv 6", "1:conv 6: it lacks a kernel; the form is `conv"),
        ("conv 6 3 strid 2", "did you mean `stride`?"),
        ("conv 6 3 pad 1 pad 2", "`pad` stands twice; keep one"),
        ("conv 6 0", "a kernel is `0` and must be a whole number from 1 to 1000"),
        ("conv 6 3x5x2", "a kernel is `3x5x2` and must be"),
        ("conv 6 3x5", "the kernel 3×5 is larger than the input 4×4"),
        ("linear -3", "a number of units is `-3` and must be `classes` or a whole number from 1 to 1 000 000"),
        ("dropout 1", "a probability is `1` and must be a number from 0 to below 1"),
        ("linear 5\nlinear 84", "2:linear 84: the network gives 84 values for each picture, and there are 10 classes"),
        ("flatten\nconv 3 1", "2:conv 3 1: it works on pictures, and the layer before gives 32 values in a row"),
        ("conv 5 1 groups 3", "3 groups do not divide 5 channels out"),
        ("conv 6 1 groups 3", "3 groups do not divide 2 channels in"),
        ("conv 6 1 reads 3", "it reads 3 channels per group and there are 2; read fewer"),
        ("maxpool 2 pad 2", "a padding of 2 is more than half the window of 2; pad by at most 1"),
        ("residual\nconv 3 2\nend", "1:residual: inside, 2×4×4 becomes 3×3×3, and no shortcut leads there: height"),
        (
            "residual\nconv 1 1\nend",
            "1:residual: inside, 2×4×4 becomes 1×4×4, and no shortcut leads there: there are fewer",
        ),
        ("residual\nrelu", "1:residual: this block has no `end`"),
        ("end", "1:end: `end` without a `residual` or `repeat` before it"),
        ("repeat 3\nend", "1:repeat 3: this block is empty"),
        ("relu\ninput 1x4x4", "2:input 1x4x4: `input` must stand before the first layer"),
        ("input 3x4x4\nlinear classes", "1:input 3x4x4: it wants 3 channels and the data's pictures have 2"),
        (" # nothing", "1:there is no layer yet"),
    ];
    for (text, part) in rows {
        let found = sentences(text, [2, 4, 4]);
        assert!(found.len() == 1 && found[0].contains(part), "{text}: {found:?} instead of {part}");
    }
}

#[test]
fn every_line_is_read_whatever_was_wrong_before_it() {
    let errors =
        NetworkSpec::parse("cnov 6 5\nrelu\n  linear 0 # none\nresidul\nrelu\nend\nlinear classes", [1, 8, 8], 10);
    let errors = errors.unwrap_err();
    let places: Vec<_> = errors.iter().map(|error| (error.line, error.columns.clone())).collect();
    assert_eq!(places, [(1, 0..4), (3, 9..10), (4, 0..7), (6, 0..3)]);
}

#[test]
fn what_does_not_fit_is_told_with_its_figures() {
    let data = [3, 32, 32];
    let great = sentences("linear 100000\nlinear classes", data);
    assert!(great[0].contains("307 300 000 parameters (1.2 GB"), "{great:?}");
    let wide = sentences("conv 100000 1\nlinear classes", data);
    assert!(wide[0].contains("102 400 000 values per picture (409.6 MB)"), "{wide:?}");
    let largest = "conv 1000000 1000 pad 1000\n".repeat(3) + "linear 1000000\nlinear classes";
    assert_eq!(sentences(&largest, [1_000_000; 3]).len(), 1);
    let copies = sentences("conv 1000 1 groups 1000 reads 100\nlinear classes", [100, 100, 100]);
    assert!(copies[0].contains("1 000 000 000 values per picture (4.0 GB)"), "{copies:?}");
    assert!(sentences("input 1000000x1000000x1000000\nrelu", data)[0].contains("values per picture"));
    let many = sentences("repeat 100\nrepeat 6\nrelu\nend\nend\nlinear classes", data);
    assert!(many.len() == 1 && many[0].contains("600 layers"), "{many:?}");
    let lines = sentences(&("relu\n".repeat(600) + "linear classes"), data);
    assert!(lines.len() == 1 && lines[0].starts_with("513:"), "{lines:?}");
    let deep = sentences(&("repeat 1\n".repeat(5000) + &"end\n".repeat(5000)), data);
    assert!(deep[0].contains("9 deep; at most 8"), "{deep:?}");
    assert!(sentences(&"#".repeat(70_000), data)[0].contains("70000 bytes"));
    let totals = of("resnet20").totals();
    assert_eq!(totals.fits(128, 2, 1 << 32), Ok(()));
    let fault = totals.fits(4096, 2, 1 << 30).unwrap_err().to_string();
    assert!(fault.starts_with("training with batches of 4096 needs about ") && fault.contains("1.1 GB"), "{fault}");
}

#[test]
fn a_list_of_widths_is_a_text() {
    assert_eq!(network(&mlp(&[], "relu"), [2, 1, 1]).totals().params, 30);
    assert_eq!(network(&mlp(&[8, 4], "tanh"), [2, 1, 1]).totals().params, 24 + 36 + 50);
}

/// A spec is its own documentation: every word's form is read, if not at every place.
#[test]
fn every_word_is_known_by_its_names() {
    for word in WORDS {
        for name in word.aliases.iter().chain([&word.name]) {
            let first = sentences(&format!("{name} ?"), [1, 4, 4]).remove(0);
            assert!(!first.contains("no layer is called"), "{first}");
        }
    }
}

/// An arbitrary text, or a preset with a few places changed.
fn texts() -> impl Strategy<Value = String> {
    let words: Vec<String> = WORDS
        .iter()
        .flat_map(|word| [word.name.to_owned(), word.form.to_owned()])
        .chain(
            ["same", "pad", "stride", "groups", "reads", "fill", "classes", "0", "1", "2", "3", "1000", "1000000"]
                .map(String::from),
        )
        .chain(["18446744073709551616", "-1", "nan", "1e400", "×", "\n", "\n", "\n", "end\n", "#"].map(String::from))
        .collect();
    let soup =
        proptest::collection::vec(proptest::sample::select(words.clone()), 0..60).prop_map(|parts| parts.join(" "));
    let mutated = (
        0..presets().len(),
        proptest::collection::vec((any::<prop::sample::Index>(), 0..3, proptest::sample::select(words)), 1..6),
    );
    let mutated = mutated.prop_map(|(preset, changes)| {
        let mut parts: Vec<String> = presets()[preset].text.split_inclusive([' ', '\n']).map(String::from).collect();
        for (place, how, word) in changes {
            let at = place.index(parts.len());
            match how {
                0 => parts.insert(at, format!("{word} ")),
                1 => parts[at] = format!("{word} "),
                _ if parts.len() > 1 => _ = parts.remove(at),
                _ => {}
            }
        }
        parts.concat()
    });
    prop_oneof![any::<String>(), soup, mutated]
}

proptest! {
    #[test]
    fn no_text_panics_and_what_is_accepted_is_built(
        text in texts(), channels in 1_usize..4, side in 1_usize..40, classes in 1_usize..12
    ) {
        let checked = check(&text, [channels, side, side], classes);
        prop_assert_eq!(checked.network.is_none(), !checked.errors.is_empty());
        for error in &checked.errors {
            let line: Vec<char> = text.lines().nth(error.line - 1).unwrap_or("").chars().collect();
            prop_assert!(error.columns.start <= error.columns.end && error.columns.end <= line.len(), "{:?}", error);
            prop_assert!(error.to_string().len() < 400);
        }
        if let Some(network) = checked.network {
            let (_, logits) = network.graph(1).map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
            prop_assert_eq!(logits.dims(), [1, classes]);
            let params: usize = variables(&network).iter().filter(|(name, _)| !name.contains("running_"))
                .map(|(_, shape)| shape.iter().product::<usize>()).sum();
            prop_assert_eq!(params as u64, network.totals().params);
        }
    }
}
