//! Brain: networks beside populations of neurons.

mod neocognitron;

use crate::host::{TestHost, assert_facts};
use neocog::protocol::{BackendChoice, Brain, BrainAnswer, StreamFact, StreamReport, StreamTask};

fn streamed(task: StreamTask) -> StreamReport {
    let Ok(BrainAnswer::Streamed(found)) = TestHost::without_gpu().answer(Brain::Stream(task)) else {
        panic!("no answer")
    };
    *found
}

#[test]
fn facts_hold() {
    let Ok(BrainAnswer::Checked(found)) = TestHost::without_gpu().answer(Brain::Check(BackendChoice::Cpu)) else {
        panic!("no facts")
    };
    assert_facts::<StreamFact>(&found, 1);
}

#[test]
fn pictures_are_told_with_their_dissimilarities() {
    let found = streamed(StreamTask { each: 2, ..StreamTask::default() });
    assert_eq!((found.pictures.len(), found.kinds.len()), (48, 8));
    assert_eq!(found.dissimilarity.len(), 48 * 47 / 2);
    assert!(found.dissimilarity.iter().all(|value| (-1e-6..=2.0).contains(value)));
}

#[test]
fn bad_questions_get_one_sentence() {
    TestHost::without_gpu().refuses([(
        Brain::Stream(StreamTask { each: 0, ..StreamTask::default() }),
        "0 pictures of each thing are not shown here; choose 1 to 20",
    )]);
}
