//! Boxes beside torchvision's and pycocotools' stored values (`fixtures/boxes.json`; `fixtures/boxes.py` made it): RoIAlign and RoI pooling
//! with their gradients, intersection over union, suppression, and COCO's figures.

use candle_core::{Device, Tensor as Host};
use neocog::backend::cpu::CpuPlan;
use neocog::graph::{Graph, Program, ShapeError, Spec, Tensor, grad};
use neocog::lab::detect::{JudgedPicture, iou, measured, suppressed};
use neocog::nn::roi::{RoiGrid, roi_align, roi_max_pool};
use neocog::protocol::{BackendKind, BackendUsed, DetectedBox, Suppression, TrueBox, Why};
use serde::Deserialize;

#[derive(Deserialize)]
struct Fixture {
    shape: [usize; 4],
    bins: usize,
    scale: f64,
    regions: Vec<[f32; 4]>,
    align: Pooled,
    pool: Pooled,
    overlaps: Vec<[[f32; 4]; 2]>,
    ious: Vec<f32>,
    suppression: Suppressed,
    precision: Precision,
}

#[derive(Deserialize)]
struct Pooled {
    found: Vec<f32>,
    gradient: Vec<f32>,
}

#[derive(Deserialize)]
struct Suppressed {
    boxes: Vec<[f32; 4]>,
    scores: Vec<f32>,
    overlap: f64,
    kept: Vec<usize>,
}

#[derive(Deserialize)]
struct Precision {
    classes: usize,
    pictures: Vec<Picture>,
    /// AP, at 0.5, at 0.75, of small, medium and large things; AR of 1, 10 and 100 boxes, then by size.
    coco: [f64; 12],
}

#[derive(Deserialize)]
struct Picture {
    truth: Vec<Marked>,
    found: Vec<Marked>,
}

#[derive(Deserialize)]
struct Marked {
    class: u32,
    corners: [f32; 4],
    #[serde(default)]
    score: f32,
}

fn fixture() -> Fixture {
    serde_json::from_str(include_str!("../fixtures/boxes.json")).unwrap()
}

fn start(salt: usize, count: usize) -> Vec<f32> {
    let at = |i: usize| ((i * 7919 + (salt + 1) * 104_729) % 256) as f32;
    (0..count).map(|i| (at(i) - 128.0) / 128.0).collect()
}

fn close(what: &str, got: &[f32], want: &[f32]) {
    assert_eq!(got.len(), want.len(), "{what}");
    for (k, (got, want)) in got.iter().zip(want).enumerate() {
        assert!((got - want).abs() <= 1e-5 * want.abs().max(1.0), "{what}, {k}: {got} for {want}");
    }
}

#[test]
fn regions_are_pooled_as_by_torchvision() {
    let Fixture { shape, bins, scale, regions, align, pool, .. } = fixture();
    type Pool = fn(&Tensor, &Tensor, RoiGrid) -> Result<Tensor, ShapeError>;
    for (what, of, want) in [("align", roi_align as Pool, align), ("pool", roi_max_pool as Pool, pool)] {
        let graph = Graph::new();
        let x = graph.input("x", Spec::f32(shape));
        let boxes = graph.input("boxes", Spec::f32([2, regions.len() / 2, 4]));
        let found = of(&x, &boxes, RoiGrid { bins, scale }).unwrap();
        let count = found.elem_count();
        let weights = graph.input("weights", Spec::f32(found.dims().to_vec()));
        let sum = found.mul(&weights).unwrap().sum_all().unwrap();
        let slope = grad(&sum, &[&x]).unwrap().remove(0);
        let program = Program::inference(&[&found, &slope], &|_| None).unwrap();
        let host = |values: Vec<f32>, shape: &[usize]| Host::from_vec(values, shape, &Device::Cpu).unwrap();
        let inputs = [
            host(start(0, shape.iter().product()), &shape),
            host(regions.concat(), &[2, regions.len() / 2, 4]),
            host(start(1, count), found.dims()),
        ];
        let numbers = |host: &Host| host.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let found = CpuPlan::new(program).run_now(&inputs).unwrap();
        close(what, &numbers(&found[0]), &want.found);
        close(&format!("gradient of {what}"), &numbers(&found[1]), &want.gradient);
    }
}

#[test]
fn boxes_overlap_and_are_suppressed_as_by_torchvision() {
    let Fixture { overlaps, ious, suppression, .. } = fixture();
    let found: Vec<f32> = overlaps.iter().map(|[a, b]| iou(*a, *b)).collect();
    assert!(ious.iter().any(|iou| *iou > 0.2) && ious.contains(&0.0));
    close("intersection over union", &found, &ious);
    let Suppressed { boxes, scores, overlap, kept } = suppression;
    let one = |(corners, score): (&[f32; 4], &f32)| DetectedBox { class: 0, score: *score, corners: *corners };
    let all: Vec<DetectedBox> = boxes.iter().zip(&scores).map(one).collect();
    let found = suppressed(&all, Suppression { threshold: 0.0, overlap }).boxes;
    let wanted: Vec<DetectedBox> = kept.iter().map(|at| all[*at]).collect();
    assert!(kept.len() > 20 && kept.len() < 100);
    assert_eq!(found, wanted);
}

#[test]
fn precision_and_recall_are_pycocotools() {
    let Precision { classes, pictures, coco } = fixture().precision;
    let pictures: Vec<JudgedPicture> = (0..)
        .zip(pictures)
        .map(|(picture, Picture { truth, found: found_of })| {
            let thing = |one: Marked| TrueBox { class: one.class, corners: one.corners };
            let found = |one: Marked| DetectedBox { class: one.class, score: one.score, corners: one.corners };
            JudgedPicture {
                picture,
                truth: truth.into_iter().map(thing).collect(),
                found: found_of.into_iter().map(found).collect(),
            }
        })
        .collect();
    let names: Vec<[String; 2]> = (0..classes).map(|at| [at.to_string(), at.to_string()]).collect();
    let backend = BackendUsed { kind: BackendKind::Cpu, adapter: String::new(), why: Why::Chosen };
    let found = measured(&pictures, &names, 0.5, backend);
    let by_size = found.by_size.map(|share| share.unwrap_or(-1.0));
    let got = [[found.ap_coco, found.ap50_coco, found.ap75_coco], by_size, found.recalls];
    for (at, (got, want)) in got.concat().iter().zip(coco).enumerate() {
        assert!((got - want).abs() < 1e-9, "figure {at}: {got} for {want}");
    }
}
