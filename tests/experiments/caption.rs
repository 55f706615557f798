//! Captioning: the shipped network on scenes that nobody has learnt from, what decoders promise, what a gradient says, and
//! training that goes on as if it had never stopped.

use crate::host::{TestHost, assert_facts, shipped_file};
use neocog::data::scenes::{self, SceneKind};
use neocog::lab::caption::{
    CaptionSession, Captioner, SaveKind, SceneTrainer, saved, scene_config, shipped_captioner, train_scenes,
};
use neocog::lab::device::Device;
use neocog::lab::{LabError, Perform};
use neocog::protocol::{
    BackendChoice, BeamStatus, Caption, CaptionTrain, Captioned, Decode, Describe, Explain, Explained, Said, Scene,
    SceneThing, Speaker, ThingColour, ThingShape, ThingSize, ThingTexture, TreeNode,
};
use pollster::block_on;
use std::rc::Rc;

fn shipped() -> Rc<Captioner> {
    let report = shipped_captioner();
    Rc::new(Captioner::parse(&report.file, shipped_file(&report.file)).unwrap())
}

/// A scene of the language as the page would send it.
fn scene(index: u64) -> Scene {
    let drawn = scenes::Scene::drawn(SceneKind::HeldOut, 77, index);
    let thing = |thing: &scenes::Thing| SceneThing {
        size: ThingSize::ALL[thing.size as usize],
        texture: ThingTexture::ALL[thing.texture as usize],
        colour: ThingColour::ALL[thing.colour as usize],
        shape: ThingShape::ALL[thing.shape as usize],
        x: thing.at[0],
        y: thing.at[1],
    };
    Scene { things: drawn.things.iter().map(thing).collect() }
}

struct Room {
    session: CaptionSession,
    host: TestHost,
}

impl Room {
    fn new() -> Self {
        Self { session: CaptionSession::default(), host: TestHost::without_gpu() }
    }

    fn answer(&self, job: Caption) -> Result<Captioned, Box<LabError>> {
        block_on(job.perform(&self.session, &self.host, &|_| {})).map_err(Box::new)
    }

    fn describe(&self, scene: Scene, decode: Decode) -> Result<Said, Box<LabError>> {
        let job = Describe { scene, decode, speaker: Speaker::Shipped, backend: BackendChoice::Cpu };
        match self.answer(Caption::Describe(job))? {
            Captioned::Said(said) => Ok(said),
            other => panic!("{other:?}"),
        }
    }

    fn explain(&self, scene: Scene, words: Vec<u32>) -> Result<Explained, Box<LabError>> {
        let job = Explain { scene, words, speaker: Speaker::Shipped, backend: BackendChoice::Cpu };
        match self.answer(Caption::Explain(job))? {
            Captioned::Explained(explained) => Ok(explained),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn the_shipped_network_is_right_where_nothing_was_learnt() {
    let report = shipped_captioner();
    let mut trainer = block_on(SceneTrainer::from_captioner(&shipped(), &Device::Cpu)).unwrap();
    let found = block_on(trainer.evaluate(SceneKind::HeldOut, report.of)).unwrap();
    let wrong = found.of - found.right;
    println!("{wrong} of {} captions of held-out combinations are wrong", found.of);
    // Devices differ in the last bits.
    assert!(wrong.abs_diff(report.errors) <= 3, "{wrong} wrong, {} in the table", report.errors);
    assert!(f64::from(found.right) >= 0.97 * f64::from(found.of), "{found:?}");
}

#[test]
fn what_a_person_arranges_is_told() {
    let room = Room::new();
    let mut right = 0;
    for index in 0..100 {
        let said = room.describe(scene(index), Decode::Beam { width: 3 }).unwrap();
        assert!(said.held_out.contains(&true));
        right += u32::from(said.sentence == said.truth);
    }
    println!("{right} of 100 clean drawings are told right to the word");
    assert!(right >= 95, "{right}");
    let empty = room.describe(Scene::default(), Decode::Greedy).unwrap();
    assert_eq!(empty.sentence, "nothing");
}

fn sum_to(tree: &[TreeNode], node: &TreeNode) -> f64 {
    let before = node.parent.map_or(0.0, |parent| sum_to(tree, &tree[parent as usize]));
    before + f64::from(node.log_p)
}

#[test]
fn a_beam_is_a_tree_of_sums() {
    let room = Room::new();
    for (index, width) in [(0, 1), (1, 3), (2, 8)] {
        let said = room.describe(scene(index), Decode::Beam { width }).unwrap();
        for node in &said.tree {
            assert!((node.sum - sum_to(&said.tree, node)).abs() < 1e-9, "{node:?}");
        }
        let path: Vec<&TreeNode> = said.tree.iter().filter(|node| node.fate == BeamStatus::Said).collect();
        let words: Vec<&str> = path.iter().map(|node| node.word.as_str()).collect();
        assert_eq!(words, said.words.iter().map(|word| word.word.as_str()).collect::<Vec<_>>());
        assert_eq!(*words.last().unwrap(), "<end>");
        // Read back all at once, each word has the probability that the search gave it.
        for (node, word) in path.iter().zip(&said.words) {
            assert!((node.log_p - word.log_p).abs() < 1e-3, "{node:?} {word:?}");
        }
        assert!(said.found.is_sorted_by(|a, b| a.log_p >= b.log_p) && !said.found.is_empty());
        assert!((said.found[0].log_p - said.log_p).abs() < 1e-9);
        let alive =
            |time: u32| said.tree.iter().filter(|node| node.time == time && node.fate != BeamStatus::Dropped).count();
        assert!((0..words.len() as u32).all(|time| alive(time) <= width as usize));
    }
}

#[test]
fn sampling_is_the_seeds_and_cold_sampling_is_the_likeliest() {
    let room = Room::new();
    let sample = |temperature, seed| Decode::Sample { temperature, seed };
    let say = |decode| room.describe(scene(3), decode).unwrap().sentence;
    assert_eq!(say(sample(0.02, 5)), say(Decode::Greedy));
    assert_eq!(say(sample(3.0, 5)), say(sample(3.0, 5)));
    let different = (0..8).map(|seed| say(sample(3.0, seed))).collect::<std::collections::BTreeSet<_>>();
    assert!(different.len() > 4, "{different:?}");
}

#[test]
fn what_must_hold_holds_on_every_device() {
    let (host, devices) = TestHost::on_all();
    let room = Room { host, ..Room::new() };
    let Captioned::Checked(findings) = room.answer(Caption::Check(BackendChoice::Auto)).unwrap() else {
        panic!("facts were asked for")
    };
    assert_facts(&findings, devices);
}

/// A word's gradient lies where the thing is that it names.
#[test]
fn gradients_point_at_what_is_named() {
    let room = Room::new();
    let thing = |colour, shape, x| SceneThing { colour, shape, x, y: 24.0, ..SceneThing::default() };
    let left = thing(ThingColour::Red, ThingShape::Circle, 11.0);
    let pair = Scene { things: vec![left, thing(ThingColour::Blue, ThingShape::Star, 37.0)] };
    let said = room.describe(pair.clone(), Decode::Greedy).unwrap();
    assert_eq!(said.sentence, "a red circle left of a blue star");
    let words: Vec<u32> = said.words.iter().map(|word| word.number).collect();
    let why = room.explain(pair, words).unwrap();
    let side = why.side as usize;
    assert_eq!((why.maps.len(), side), (said.words.len(), scenes::SIDE));
    // Of the gradient's size, the share in the left half.
    let left_share = |word: &str| {
        let at = said.words.iter().position(|said| said.word == word).unwrap();
        let values = why.maps[at].values.iter().enumerate();
        let sizes = values.map(|(place, &value)| (place % side, f64::from(value.abs_diff(128))));
        let (left, all) = sizes
            .fold((0.0, 0.0), |(left, all), (x, size)| (if x < side / 2 { left + size } else { left }, all + size));
        left / all
    };
    println!("circle: {:.3}, star: {:.3}", left_share("circle"), left_share("star"));
    assert!(left_share("circle") > left_share("star"), "{} {}", left_share("circle"), left_share("star"));
    assert!(left_share("circle") > 0.5 && left_share("star") < 0.5);
}

#[test]
fn what_cannot_be_said_is_refused_in_words() {
    let room = Room::new();
    let refused = |error: Box<LabError>, part: &str| {
        let words = error.to_string();
        assert!(words.contains(part), "{words}");
    };
    let many = Scene { things: vec![SceneThing { x: 9.0, y: 9.0, ..SceneThing::default() }; 3] };
    refused(room.describe(many, Decode::Greedy).unwrap_err(), "3 things");
    let outside = Scene { things: vec![SceneThing { x: 70.0, y: 9.0, ..SceneThing::default() }] };
    refused(room.describe(outside, Decode::Greedy).unwrap_err(), "outside");
    let nowhere = Scene { things: vec![SceneThing { x: f32::NAN, y: 9.0, ..SceneThing::default() }] };
    refused(room.describe(nowhere, Decode::Greedy).unwrap_err(), "outside");
    refused(room.describe(scene(0), Decode::Beam { width: 0 }).unwrap_err(), "1 to 8");
    refused(room.describe(scene(0), Decode::Beam { width: 9 }).unwrap_err(), "1 to 8");
    refused(room.describe(scene(0), Decode::Sample { temperature: 0.0, seed: 1 }).unwrap_err(), "0.01 to 100");
    refused(room.explain(scene(0), vec![1000]).unwrap_err(), "vocabulary");
    refused(room.explain(scene(0), vec![3; 40]).unwrap_err(), "at most 13");
    let digits = Captioner::parse("digits.safetensors", shipped_file("digits.safetensors"));
    refused(Box::new(digits.unwrap_err()), "no captioning network");
}

/// Three steps, a file, three more: the same weights as after six, bit for bit.
#[test]
fn an_interrupted_run_goes_on_as_if_it_had_not_been() {
    let start = || {
        let config = neocog::lab::caption::CaptionConfig { batch: 4, ..scene_config(6, 9) };
        block_on(SceneTrainer::start(config, &Device::Cpu)).unwrap()
    };
    let advance = |trainer: &mut SceneTrainer, steps: u32| {
        for _ in 0..steps {
            trainer.advance().unwrap();
        }
    };
    let bytes = |trainer: &SceneTrainer| block_on(saved(trainer, SaveKind::All, "run")).unwrap();
    let mut whole = start();
    advance(&mut whole, 6);
    let mut half = start();
    advance(&mut half, 3);
    let kept = Captioner::parse("run", bytes(&half)).unwrap();
    let mut rest = start();
    rest.restore(kept.step, |name| kept.value(name)).unwrap();
    advance(&mut rest, 3);
    assert_eq!(bytes(&whole), bytes(&rest));
}

#[test]
fn teaching_tells_how_far_it_is_and_keeps_what_it_has() {
    let kept = std::cell::Cell::new(0);
    let job = CaptionTrain { steps: 20, batch: 4, backend: BackendChoice::Cpu, ..CaptionTrain::default() };
    let news = block_on(train_scenes(&job, &TestHost::without_gpu(), &|_| {}, &|captioner: Captioner| {
        assert_eq!(captioner.step, captioner.step.max(kept.get()));
        kept.set(captioner.step);
    }))
    .unwrap();
    assert_eq!((news.step, news.losses.len(), kept.get()), (20, 20, 20));
    assert_eq!(news.exams.last().map(|exam| exam.step), Some(20));
    let (first, last) = (news.losses[0].1, news.losses[19].1);
    assert!(last < first, "{first} → {last}");

    let refused = |job: CaptionTrain, part: &str| {
        let found = block_on(train_scenes(&job, &TestHost::without_gpu(), &|_| {}, &|_| {}));
        let words = found.map(|_| ()).unwrap_err().to_string();
        assert!(words.contains(part), "{words}");
    };
    refused(CaptionTrain { steps: 0, ..job }, "1 to 100000");
    refused(CaptionTrain { batch: 1, ..job }, "2 to 1024");
    refused(CaptionTrain { rate: -1.0, ..job }, "rate");
    refused(CaptionTrain { backend: BackendChoice::Gpu, ..job }, "none is wanted");
}
