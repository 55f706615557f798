//! The pointing game (Zhang et al. 2016, "Top-down Neural Attention by Excitation Backprop"): of a scene in which one thing decides the
//! class and another does not, the map must be largest on the thing that does.

use crate::host::TestHost;
use neocog::data::Rgb;
use neocog::data::dataset::{Dataset, Examples, Split};
use neocog::data::scenes::{Colour, SIDE, Scene, Shape, Size, Texture, Thing, picture};
use neocog::lab::Perform;
use neocog::lab::Weights;
use neocog::lab::device::Device;
use neocog::lab::look::LookSession;
use neocog::lab::train::Trainer;
use neocog::protocol::{
    BackendChoice, Evidence, EvidenceMethod, LookInside, LookInsideAnswer, Optimiser, Rule, Schedule, ScheduleKind,
    Setup,
};
use pollster::block_on;
use std::rc::Rc;

const NETWORK: &str = "conv 16 3 stride 2 pad 1\nbatchnorm\nrelu\nconv 16 3 pad 1\nbatchnorm\nrelu\nmaxpool 2\n\
                       conv 32 3 pad 1\nbatchnorm\nrelu\nconv 32 3 pad 1\nbatchnorm\nrelu\nglobalpool\nlinear classes";

/// What decides; a scene of the last class has none of it, so that no class but that is known by what is not there.
const CLASSES: [&[Shape]; 4] = [&[Shape::Star], &[Shape::Cross], &[Shape::Triangle], &OTHERS];
/// What may stand beside it.
const OTHERS: [Shape; 2] = [Shape::Circle, Shape::Square];

/// A small generator of its own (Numerical Recipes), so that a scene is that of its number.
struct Chance(u32);

impl Chance {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((self.0 >> 8) as usize * count) >> 24
    }

    fn thing(&mut self, shape: Shape) -> Thing {
        let size = Size::ALL[self.below(3)];
        let room = SIDE as f32 - 2.0 * size.radius() - 4.0;
        let mut place = || size.radius() + 2.0 + self.below(1000) as f32 / 1000.0 * room;
        let at = [place(), place()];
        Thing { size, texture: Texture::ALL[self.below(3)], colour: Colour::ALL[self.below(6)], shape, at }
    }
}

/// The class, the scene's bytes in planes, and the thing that decides; the two things do not touch.
fn scene(number: u32) -> (usize, Vec<u8>, Thing) {
    let mut chance = Chance(number.wrapping_mul(2_654_435_761) ^ 0x5ce7_e000);
    let class = number as usize % CLASSES.len();
    loop {
        let shapes = [CLASSES[class], &OTHERS].map(|shapes| shapes[chance.below(shapes.len())]);
        let [decides, other] = shapes.map(|shape| chance.thing(shape));
        let apart = (0..2).map(|axis| (decides.at[axis] - other.at[axis]).powi(2)).sum::<f32>().sqrt();
        if apart > 1.2 * (decides.size.radius() + other.size.radius()) {
            let bytes = picture(&Scene { things: vec![other, decides] }, Some((7, u64::from(number))));
            return (class, bytes, decides);
        }
    }
}

fn trained(count: u32) -> Rc<Weights> {
    let (mut bytes, mut labels) = (Vec::new(), Vec::new());
    for number in 0..count {
        let (class, picture, _) = scene(number);
        bytes.extend(picture);
        labels.push(class as u32);
    }
    let classes = CLASSES.map(|shapes| format!("{:?}", shapes[0]).to_lowercase()).to_vec();
    let split = Split::of_tenths(count as usize);
    let data = Dataset::new("scenes", [3, SIDE, SIDE], classes, Examples::Bytes(bytes), labels, split).unwrap();
    let setup = Setup {
        network: NETWORK.to_owned(),
        optimiser: Optimiser { rule: Rule::Adamw, rate: 0.01, weight_decay: 0.01, ..Optimiser::default() },
        schedule: Schedule { kind: ScheduleKind::Cosine, warmup_steps: 5 },
        batch: 24,
        epochs: 8,
        ..Setup::default()
    };
    let mut trainer = block_on(Trainer::new(setup, data, &Device::Cpu)).unwrap();
    while trainer.step() < trainer.steps() {
        trainer.advance().unwrap();
    }
    let file = block_on(trainer.kept(false)).unwrap().bytes("scenes").unwrap();
    Rc::new(Weights::from_bytes("scenes.safetensors", file).unwrap())
}

#[test]
fn maps_point_at_the_thing_that_decides() {
    const SCENES: u32 = 200;
    let start = std::time::Instant::now();
    let weights = trained(1600);
    println!("trained in {:.1?}", start.elapsed());
    let session = LookSession::default();
    let methods = [
        EvidenceMethod::Cam,
        EvidenceMethod::GradCam,
        EvidenceMethod::HiresCam,
        EvidenceMethod::Gradient,
        EvidenceMethod::Guided,
    ];
    let (mut hits, mut known, mut by_chance) = ([0_u32; 5], 0_u32, 0.0);
    let scenes = (10_000..).map(scene).filter(|(class, ..)| class + 1 < CLASSES.len()).take(SCENES as usize);
    for (class, bytes, decides) in scenes {
        let plane = SIDE * SIDE;
        let pixels = (0..plane).flat_map(|at| [0, 1, 2].map(|channel: usize| bytes[channel * plane + at])).collect();
        let host = TestHost::with(&Rc::new(Rgb::new(SIDE as u32, SIDE as u32, pixels).unwrap()), &weights);
        // Its outline and a pixel around it.
        let reach = decides.size.radius() * 1.25 + 1.0;
        let is_on = |x: usize, y: usize| {
            (x as f32 + 0.5 - decides.at[0]).abs() <= reach && (y as f32 + 0.5 - decides.at[1]).abs() <= reach
        };
        // The same in whole per cent, outwards.
        let edges =
            |at: f32| [(at - reach).max(0.0), (at + reach).min(SIDE as f32)].map(|edge| 100.0 * edge / SIDE as f32);
        let [[left, right], [top, bottom]] = decides.at.map(edges);
        let frame = [left.floor(), top.floor(), right.ceil(), bottom.ceil()].map(|edge| edge as u32);
        by_chance += (0..plane).filter(|at| is_on(at % SIDE, at / SIDE)).count() as f64 / plane as f64;
        for (hits, method) in hits.iter_mut().zip(methods) {
            let job =
                Evidence { method, class: Some(class as u32), backend: BackendChoice::Cpu, ..Evidence::default() };
            let answer = block_on(LookInside::Evidence(job).perform(&session, &host, &|_| {})).unwrap();
            let LookInsideAnswer::Evidence(found) = answer else { panic!("no map") };
            *hits += u32::from(found.map.inside(frame).0);
            if method == EvidenceMethod::Cam {
                known += u32::from(found.map.whole.probability > 0.5);
            }
        }
    }
    let share = |hits: u32| f64::from(hits) / f64::from(SCENES);
    for (method, hits) in methods.iter().zip(hits) {
        println!("{method:?}: {:.1} %", 100.0 * share(hits));
    }
    let by_chance = by_chance / f64::from(SCENES);
    println!("by chance {:.1} %; the network knows {:.1} % of the scenes", 100.0 * by_chance, 100.0 * share(known));
    assert!(by_chance < 0.25 && share(known) > 0.8, "{by_chance} {known}");
    assert!(share(hits[0]) >= 0.9 && share(hits[1]) >= 0.9, "{hits:?}");
}
