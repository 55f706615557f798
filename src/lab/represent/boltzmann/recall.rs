//! How many patterns Hopfield's memory holds: what it finds from cues, over patterns a unit.

use super::hopfield::{HopfieldMemory, MOST_SWEEPS};
use crate::lab::dice::Dice;
use crate::lab::{Host, LabError};
use crate::protocol::{HopfieldReport, HopfieldRun, RecallFrame, Stage};
use serde_bytes::ByteBuf;

/// Patterns over units, the last load, in so many steps.
const MOST_LOAD: f64 = 0.3;
const LOADS: u32 = 15;
/// Patterns that are looked for at each load.
const CUES: usize = 24;
/// What is found with an overlap above this has at most 5 % wrong.
const FOUND: f64 = 0.9;

pub(in crate::lab) async fn recall(job: &HopfieldRun, host: &impl Host) -> Result<HopfieldReport, LabError> {
    let HopfieldRun { units, wrong, patterns, seed } = *job;
    let interval = HopfieldRun::UNITS;
    ensure!(interval.holds(units), "a memory of {units} units is not possible; choose {interval}");
    let interval = HopfieldRun::WRONG;
    ensure!(interval.holds(wrong), "a share of {wrong} wrong units is not possible; choose {interval}");
    let interval = HopfieldRun::PATTERNS;
    ensure!(interval.holds(patterns), "{patterns} patterns are not possible; choose {interval}");
    let side = f64::from(units).sqrt().round() as usize;
    let units = side * side;
    let mut dice = Dice::new(seed);
    let mut memory = HopfieldMemory::new(units);
    let mut curve = Vec::new();
    for load in 1..=LOADS {
        host.step(Stage::Run, load.into(), LOADS.into()).await?;
        let count = (MOST_LOAD * f64::from(load) / f64::from(LOADS) * units as f64).round().max(1.0) as usize;
        while memory.patterns().len() < count {
            memory.store(&mut dice);
        }
        let (mut overlap, mut found, cues) = (0.0, 0.0, CUES.min(count));
        for pattern in 0..cues {
            let cue = memory.cue(pattern, wrong as f32, &mut dice);
            let reached = memory.overlap(&memory.recalled(cue, &mut dice), pattern);
            overlap += reached / cues as f64;
            found += f64::from(u8::from(reached >= FOUND)) / cues as f64;
            host.rest().await?;
        }
        curve.push([count as f64 / units as f64, overlap, found]);
    }
    let mut shown = HopfieldMemory::new(units);
    (0..patterns).for_each(|_| shown.store(&mut dice));
    let mut state = shown.cue(0, wrong as f32, &mut dice);
    let mut frames = vec![frame(&shown, &state)];
    for _ in 0..MOST_SWEEPS {
        let has_changed = shown.settle(&mut state, &mut dice);
        if !has_changed {
            break;
        }
        frames.push(frame(&shown, &state));
    }
    Ok(HopfieldReport { curve, side: side as u32, stored: bytes_of(&shown.patterns()[0]), frames })
}

fn frame(memory: &HopfieldMemory, state: &[i8]) -> RecallFrame {
    RecallFrame { units: bytes_of(state), overlap: memory.overlap(state, 0), energy: memory.energy(state) }
}

fn bytes_of(state: &[i8]) -> ByteBuf {
    state.iter().map(|unit| if *unit > 0 { 255 } else { 0 }).collect::<Vec<u8>>().into()
}
