//! What must hold of any model, measured on small ones with first weights.

use super::corpus::{Corpus, JudgedPart};
use super::grammar::Grammar;
use super::lags::with_weights;
use super::model::{LanguageNet, UNITS};
use super::ngrams::{LONGEST, NGrams};
use super::reader::{UnitReader, WindowValues, judged_nats, states_of};
use crate::graph::Host;
use crate::lab::device::{Device, on_each};
use crate::lab::{Host as LabHost, LabError};
use crate::nn::init;
use crate::protocol::{BackendChoice, Finding, LanguageFact, LanguageModel, LanguageText, TextUnit};
use candle_core::Device as HostDevice;
use std::collections::BTreeMap;

const HIDDEN: usize = 12;
const WINDOW: usize = 16;
/// Characters of the text for derivations.
const DERIVED: usize = 600;
const WRITTEN: usize = 150_000;
/// Of central differences.
const STEP: f32 = 4e-2;

/// A network with first weights.
fn first_weights(net: &LanguageNet) -> Result<BTreeMap<String, Host>, LabError> {
    let mut made = BTreeMap::new();
    for (name, shape, start) in net.weights()? {
        let value = init::value(start, &shape, 7, &name)?;
        made.insert(name, value);
    }
    Ok(made)
}

fn small(model: LanguageModel, words: usize) -> LanguageNet {
    LanguageNet { model, words, hidden: HIDDEN, blocks: 2, window: WINDOW }
}

pub(super) async fn language_facts(
    choice: BackendChoice,
    host: &impl LabHost,
) -> Result<Vec<Finding<LanguageFact>>, LabError> {
    let corpus = Corpus::of(LanguageText::English, TextUnit::Characters, None, host).await?;
    let mut found = on_each(choice, host, async |device: &Device| {
        let mut sums = 0.0_f64;
        for model in LanguageModel::ALL {
            host.rest().await?;
            sums = sums.max(difference_of_sums(model, &corpus, device).await?);
        }
        Ok(device.findings([(LanguageFact::Sum, 0.0, sums, 1e-3)]))
    })
    .await?;
    host.rest().await?;
    let (total, causal) = total_and_causal(&corpus).await?;
    let lag = lag_by_differences(&corpus).await?;
    let text = corpus.window(0, 40_000);
    let counted = NGrams::counted(&text, corpus.vocabulary.size());
    let mut off = 0.0_f64;
    for at in (LONGEST..2000).step_by(97) {
        let sum: f64 = (0..corpus.vocabulary.size() as u32)
            .map(|unit| counted.probability(LONGEST, &text[at + 1 - LONGEST..at], unit))
            .sum();
        off = off.max((sum - 1.0).abs());
    }
    let (mut entropy, mut derivations) = (0.0_f64, 0.0_f64);
    for kind in [LanguageText::English, LanguageText::Japanese] {
        host.rest().await?;
        let Some(grammar) = Grammar::of(kind) else { continue };
        let bits = |made: &[(u32, f32)]| made.iter().map(|(_, bits)| f64::from(*bits)).sum::<f64>();
        let short = grammar.written(DERIVED, 5);
        derivations = derivations.max((bits(&short.bits) + grammar.probability(&short.text).log2()).abs());
        let long = grammar.written(WRITTEN, 6);
        let said = bits(&long.bits) / long.text.chars().count() as f64;
        entropy = entropy.max((said / grammar.bits_per_character() - 1.0).abs());
    }
    found.extend(Device::Cpu.findings([
        (LanguageFact::Total, 0.0, total, 1e-5),
        (LanguageFact::Causal, 0.0, causal, 1e-6),
        (LanguageFact::Lag, 0.0, lag, 0.05),
        (LanguageFact::NGrams, 0.0, off, 1e-9),
        (LanguageFact::Entropy, 0.0, entropy, 0.01),
        (LanguageFact::Derivations, 0.0, derivations, 1e-3),
    ]));
    Ok(found)
}

/// One text in windows of several rows, and unit by unit on the processor.
async fn difference_of_sums(model: LanguageModel, corpus: &Corpus, device: &Device) -> Result<f64, LabError> {
    let net = small(model, corpus.vocabulary.size());
    let weights = first_weights(&net)?;
    let value = |name: &str| weights.get(name).cloned();
    // A transformer begins each row anew where unit by unit it does: rows of one window.
    let rows = 4;
    let texts: Vec<Vec<u32>> = (0..rows).map(|row| corpus.window(50 * row, WINDOW + 1)).collect();
    let program = net.reads([WINDOW, rows], true)?;
    let state = device.state(&program)?;
    for (name, value) in &weights {
        state.write(name, value)?;
    }
    let mut plan = state.compile(program).await?;
    let values = WindowValues::of(&texts, states_of(&net, rows)?)?;
    let at_once = plan.run(|name| values.value(name)).await?.remove(0).to_vec1::<f32>()?;
    let mut reader = UnitReader::new(net, &Device::Cpu, value).await?;
    let mut most = 0.0_f64;
    for (row, text) in texts.iter().enumerate() {
        reader.forget()?;
        let mut sum = 0.0;
        for pair in text.windows(2) {
            sum += f64::from(reader.read(pair[0]).await?[pair[1] as usize]);
        }
        let batched: f64 = at_once.iter().skip(row).step_by(rows).map(|log_p| f64::from(*log_p)).sum();
        most = most.max((sum - batched).abs());
    }
    if net.states() > 0 {
        // States that go on from window to window make no difference either.
        let part = JudgedPart { first: WINDOW, rows: 1, row: 3 * WINDOW };
        let program = net.reads([WINDOW, 1], true)?;
        let state = device.state(&program)?;
        for (name, value) in &weights {
            state.write(name, value)?;
        }
        let mut plan = state.compile(program).await?;
        let run = async |values: &WindowValues| plan.run(|name| values.value(name)).await;
        let carried: f64 = judged_nats(&net, corpus, &part, run).await?.iter().sum();
        reader.forget()?;
        let text = corpus.window(0, 4 * WINDOW);
        let mut sum = 0.0;
        for (at, pair) in text.windows(2).enumerate() {
            let log_p = f64::from(reader.read(pair[0]).await?[pair[1] as usize]);
            sum += if at + 1 >= WINDOW { log_p } else { 0.0 };
        }
        most = most.max((sum + carried).abs());
    }
    Ok(most)
}

/// How far sums of probabilities are from 1, and how much earlier ones of a transformer change with a later letter.
async fn total_and_causal(corpus: &Corpus) -> Result<(f64, f64), LabError> {
    let (mut total, mut causal) = (0.0_f64, 0.0_f64);
    for model in LanguageModel::ALL {
        let net = small(model, corpus.vocabulary.size());
        let weights = first_weights(&net)?;
        let mut plan = with_weights(net.reads([WINDOW, 1], false)?, &net, |name| weights.get(name).cloned()).await?;
        let mut said = Vec::new();
        for last in [1, 2] {
            let mut text = corpus.window(0, WINDOW + 1);
            text[WINDOW - 1] = last;
            let values = WindowValues::of(&[text], states_of(&net, 1)?)?;
            let rows = plan.run(|name| values.value(name)).await?.remove(0).to_vec2::<f32>()?;
            let sum = |row: &Vec<f32>| row.iter().map(|log_p| f64::from(log_p.exp())).sum::<f64>();
            total = rows.iter().map(|row| (sum(row) - 1.0).abs()).fold(total, f64::max);
            said.push(rows);
        }
        let [one, other] = [&said[0], &said[1]].map(|rows| rows[..WINDOW - 1].iter().flatten());
        causal = one.zip(other).map(|(a, b)| f64::from((a - b).abs())).fold(causal, f64::max);
    }
    Ok((total, causal))
}

/// The gradient by the features of a letter that stands once in a short text, beside central differences, the largest over all models.
async fn lag_by_differences(corpus: &Corpus) -> Result<f64, LabError> {
    const TIMES: usize = 5;
    let mut most = 0.0_f64;
    for model in LanguageModel::ALL {
        let net = small(model, corpus.vocabulary.size());
        let weights = first_weights(&net)?;
        let mut plan = with_weights(net.looks_back([TIMES, 1])?, &net, |name| weights.get(name).cloned()).await?;
        // All different: to move the features of a letter moves one place.
        let units = Host::new(&[1_u32, 2, 3, 4, 5], &HostDevice::Cpu)?;
        let targets = Host::new(&[6_u32], &HostDevice::Cpu)?;
        let value = |name: &str| if name == UNITS { units.clone() } else { targets.clone() };
        let gradient = plan.run(value).await?.remove(0).to_vec2::<f32>()?;
        let name = "embed.weight";
        let Some(before) = weights.get(name).map(|value| value.to_vec2::<f32>()).transpose()? else { continue };
        for (time, letter) in [(0, 1), (TIMES - 2, TIMES - 1)] {
            let scale = gradient[time].iter().fold(0.0_f32, |most, value| most.max(value.abs()));
            for at in 0..HIDDEN {
                let mut losses = [0.0; 2];
                for (loss, step) in losses.iter_mut().zip([STEP, -STEP]) {
                    let mut moved = before.clone();
                    moved[letter][at] += step;
                    let moved = Host::new(moved, &HostDevice::Cpu)?;
                    plan.write(name, &moved)?;
                    *loss = plan.run(value).await?.remove(1).flatten_all()?.to_vec1::<f32>()?[0];
                }
                let by_difference = (losses[0] - losses[1]) / (2.0 * STEP);
                most = most.max(f64::from((by_difference - gradient[time][at]).abs() / scale));
            }
        }
    }
    Ok(most)
}
