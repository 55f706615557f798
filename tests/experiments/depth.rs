//! Depth: networks that learn points while their regions are cut, networks made by hand, and the command.

use crate::host::{TestHost, assert_facts};
use neocog::protocol::{
    BackendChoice, Construction, ConstructionKind, CurveFit, DataChoice, Depth, DepthFact, Depths, FitActivation,
    FittedCurve, FittedShape, RegionMap, RegionRun,
};
use std::process::Command;

fn map(answer: Depths) -> RegionMap {
    let Depths::Regions(map) = answer else { panic!("no regions") };
    *map
}

#[test]
fn facts_hold() {
    let host = TestHost::without_gpu();
    let Ok(Depths::Checked(found)) = host.answer(Depth::Check(BackendChoice::Cpu)) else { panic!("no facts") };
    assert_facts::<DepthFact>(&found, 1);
}

#[test]
fn circles_are_learnt_and_their_regions_cover_the_plane() {
    let host = TestHost::without_gpu();
    let data = DataChoice { set: "circles".to_owned(), ..RegionRun::default().data };
    let job = RegionRun { data, layers: 2, width: 8, steps: 400, backend: BackendChoice::Cpu, ..RegionRun::default() };
    let found = map(host.answer(Depth::Learn(job.clone())).unwrap());
    assert_eq!((found.step, found.of, found.layers.len(), found.params), (400, 400, 2, 24 + 72 + 18));
    assert!(found.accuracy.unwrap() > 0.9, "{:?}", found.accuracy);
    let whole = (2.0 * RegionRun::REACH).powi(2);
    for layer in &found.layers {
        let area: f64 = layer.regions.iter().map(|region| region.area).sum();
        assert!((area - whole).abs() < 1e-9, "{area}");
    }
    let [first, second] = [0, 1].map(|at| found.layers[at].regions.len() as u64);
    assert!(first <= found.layers[0].most.unwrap() && second >= first, "{first} {second}");
    // Lines gather where the points are: there the regions are smaller than elsewhere.
    assert!(found.layers[1].crowding.unwrap() > 1.0, "{:?}", found.layers[1].crowding);
    // Most points lie in a part of their own class.
    let holds = |corners: &[[f32; 2]], [x, y]: [f32; 2]| {
        let next = corners.iter().cycle().skip(1);
        corners.iter().zip(next).all(|(a, b)| (b[0] - a[0]) * (y - a[1]) >= (b[1] - a[1]) * (x - a[0]))
    };
    let right = found
        .points
        .iter()
        .filter(|(at, class)| found.classes.iter().any(|part| part.class == *class && holds(&part.corners, *at)));
    let (right, all) = (right.count(), found.points.len());
    assert!(right * 10 > all * 9, "{right} of {all}");
    // The same once more; and another with another seed.
    let again = map(host.answer(Depth::Learn(job.clone())).unwrap());
    assert_eq!(again.layers, found.layers);
    let other = map(host.answer(Depth::Learn(RegionRun { seed: 2, ..job })).unwrap());
    assert_ne!(other.layers, found.layers);
}

fn fitted(job: CurveFit) -> FittedCurve {
    let job = CurveFit { backend: BackendChoice::Cpu, ..job };
    let Ok(Depths::Fitted(found)) = TestHost::without_gpu().answer(Depth::Fit(job)) else { panic!("no curve") };
    *found
}

#[test]
fn curves_are_learnt_beside_what_is_written_down() {
    let sine = CurveFit { steps: 1500, ..CurveFit::default() };
    let found = fitted(sine.clone());
    println!("learnt {:.4}, written down {:.4}, bound {:.4}", found.learnt_error, found.interpolant_error, found.bound);
    assert_eq!((found.step, found.width, found.params), (1500, 16, 49));
    assert_eq!((found.curve.len(), found.interpolant.len(), found.learnt.len()), (513, 513, 513));
    assert!(found.interpolant_error <= found.bound && found.learnt_error < 0.3, "{}", found.learnt_error);
    // The largest errors are those of what is drawn.
    let off = |heights: &[f32]| heights.iter().zip(&found.curve).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!((f64::from(off(&found.learnt)) - found.learnt_error).abs() < 1e-5);
    assert!((f64::from(off(&found.interpolant)) - found.interpolant_error).abs() < 1e-5);
    assert_eq!(fitted(sine.clone()).learnt, found.learnt);
    // More units come nearer; several layers have no more weights.
    let few = fitted(CurveFit { units: 4, ..sine.clone() });
    assert!(few.learnt_error > 1.5 * found.learnt_error, "{} {}", few.learnt_error, found.learnt_error);
    let deep = fitted(CurveFit { layers: 3, units: 32, ..sine.clone() });
    assert!(deep.params <= 3 * 32 + 1 && deep.width < 32, "{} {}", deep.params, deep.width);
    let smooth = fitted(CurveFit { activation: FitActivation::Sigmoid, ..sine });
    assert!(smooth.learnt_error < 0.15, "{}", smooth.learnt_error);
    // Of a person's own.
    let drawn = vec![0.0, 0.5, 0.5, -0.5, 0.0];
    let own = fitted(CurveFit { shape: FittedShape::Drawn, drawn, steps: 1500, ..CurveFit::default() });
    assert!((own.curve[128] - 0.5).abs() < 1e-6 && own.interpolant_error < 1e-6 && own.learnt_error < 0.2);
}

#[test]
fn bad_questions_get_one_sentence() {
    let run = RegionRun { backend: BackendChoice::Cpu, ..RegionRun::default() };
    let digits = DataChoice { set: "digits".to_owned(), ..DataChoice::default() };
    let tent = Construction { kind: ConstructionKind::Tent, layers: 11, width: 2 };
    TestHost::without_gpu().refuses([
        (
            Depth::Learn(RegionRun { layers: 7, ..run.clone() }),
            "7 layers of rectifiers is not looked at; choose 1 to 6",
        ),
        (Depth::Learn(RegionRun { width: 1, ..run.clone() }), "layers of 1 rectifiers are not looked at"),
        (Depth::Learn(RegionRun { rate: f64::NAN, ..run.clone() }), "a learning rate of NaN cannot train"),
        (Depth::Learn(RegionRun { data: digits, ..run }), "no points of a plane"),
        (
            Depth::Fit(CurveFit { units: 0, ..CurveFit::default() }),
            "a layer of 0 units is not looked at; choose 1 to 128",
        ),
        (Depth::Fit(CurveFit { layers: 5, ..CurveFit::default() }), "5 hidden layers are not looked at; choose 1 to 4"),
        (
            Depth::Fit(CurveFit { shape: FittedShape::Drawn, ..CurveFit::default() }),
            "a curve of 0 heights cannot be learnt; draw 2 to 513",
        ),
        (Depth::Build(tent), "11 layers cannot be folded; choose 1 to 10"),
        (
            Depth::Build(Construction { kind: ConstructionKind::Folding, layers: 6, width: 16 }),
            "more than 60000 regions; choose fewer layers",
        ),
    ]);
}

#[test]
fn the_command_counts_regions() {
    let run = |arguments: &[&str]| {
        let output =
            Command::new(env!("CARGO_BIN_EXE_neocog")).args(["depth", "regions"]).args(arguments).output().unwrap();
        let [out, err] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        (output.status.success(), out, err)
    };
    let (is_done, out, err) = run(&[]);
    assert!(
        is_done && out.contains("after layer 2 of 8 rectifiers: 592 regions (such a network can have 592)"),
        "{out}{err}"
    );
    let (_, out, _) = run(&["--kind", "tent", "--layers", "6", "--json"]);
    let found: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(found["layers"][5]["regions"].as_array().unwrap().len(), 64);

    // Two rectifiers, |x| as their sum, halve the plane twice along one line.
    let file = std::env::temp_dir().join(format!("neocog-depth-{}.json", std::process::id()));
    let path = file.to_str().unwrap();
    std::fs::write(&file, r#"[{"weight": [[1, 0], [-1, 0]], "bias": [0, 0]}, {"weight": [[1, 1]], "bias": [0]}]"#)
        .unwrap();
    let (is_done, out, err) = run(&[path, "--domain", "-3", "-1", "3", "1"]);
    assert!(
        is_done && out.contains("after layer 1 of 2 rectifiers: 2 regions") && out.contains("area 12.000000000"),
        "{out}{err}"
    );
    let (is_done, _, err) = run(&[path, "--domain", "3", "-1", "-3", "1"]);
    assert!(!is_done && err.contains("is no rectangle"), "{err}");
    std::fs::write(&file, r#"[{"weight": [[1, 0, 4]], "bias": [0]}]"#).unwrap();
    let (is_done, _, err) = run(&[path]);
    assert!(!is_done && err.contains("does not take the 2 numbers before it"), "{err}");
    std::fs::write(&file, "{}").unwrap();
    let (is_done, _, err) = run(&[path]);
    assert!(!is_done && err.contains("is no list of layers"), "{err}");
    std::fs::remove_file(&file).unwrap();
}
