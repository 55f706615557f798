//! `neocog language`: models that say what comes next in a text.

use super::drive::read;
use super::run::{RunArguments, run_from};
use super::{Failure, Report};
use crate::lab::NoMonitor;
use crate::lab::language::{
    Corpus, LanguageCard, LanguageFile, LanguageTrainer, OwnText, Recall, RecallTask, TextScore, TrainedModel,
    gradient_lags, text_figures, text_from, written,
};
use crate::protocol::{LanguageModel, LanguageText, LanguageTrain, LanguageWrite, TextFigures, TextUnit};
use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::rc::Rc;

#[derive(Subcommand)]
pub(super) enum Arguments {
    /// A model learns a text; perplexity on the last tenth, which is not learnt from, beside n-grams and, of a grammar's text, its entropy.
    Train(TrainLanguage),
    /// A model writes.
    Sample(Sample),
    /// Perplexity of models on the whole last tenth of a text, and how far back their gradient reaches.
    Evaluate(Evaluate),
    /// A task that wants memory: adding two marked numbers of a row, or saying symbols again after a pause.
    Recall(RecallArguments),
}

spelled! {
    enum Model => LanguageModel {
        /// Elman's network.
        Rnn,
        /// Long short-term memory.
        Lstm,
        /// Gated recurrent units.
        Gru,
        /// Causal attention.
        Transformer,
    }
}

spelled! {
    enum Units => TextUnit {
        Characters,
        Words,
    }
}

spelled! {
    enum Written => LanguageText {
        /// From the English grammar.
        English,
        /// From the Japanese one.
        Japanese,
    }
}

#[derive(Args)]
struct TextArguments {
    /// A text in UTF-8 or UTF-16.
    #[arg(long, value_name = "FILE")]
    text: Option<PathBuf>,
    /// Without a file: a text that the program writes.
    #[arg(long, value_enum, default_value_t = Written::English)]
    grammar: Written,
}

#[derive(Args)]
pub(super) struct TrainLanguage {
    #[command(flatten)]
    text: TextArguments,
    #[arg(long, value_enum, default_value_t = Units::Characters)]
    units: Units,
    #[arg(long, value_enum, default_value_t = Model::Lstm)]
    model: Model,
    /// Numbers of a hidden state.
    #[arg(long, default_value_t = LanguageTrain::default().hidden)]
    hidden: u32,
    /// Of the transformer.
    #[arg(long, default_value_t = LanguageTrain::default().blocks)]
    blocks: u32,
    /// Letters or words that a step looks at in a row.
    #[arg(long, default_value_t = LanguageTrain::default().window)]
    window: u32,
    #[command(flatten)]
    run: RunArguments<1000, 8>,
}

#[derive(Args)]
pub(super) struct Sample {
    /// A model that `train` wrote.
    file: PathBuf,
    #[arg(long, default_value_t = 600)]
    count: u32,
    #[arg(long, default_value_t = 1.0)]
    temperature: f64,
    /// Read first.
    #[arg(long, default_value = "")]
    prompt: String,
    #[arg(long, default_value_t = 1)]
    seed: u32,
}

#[derive(Args)]
pub(super) struct Evaluate {
    /// Models that `train` wrote.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    text: TextArguments,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

spelled! {
    enum Memory => RecallTask {
        Adding,
        Copying,
    }
}

#[derive(Args)]
pub(super) struct RecallArguments {
    #[arg(long, value_enum, default_value_t = Memory::Adding)]
    task: Memory,
    #[arg(long, value_enum, default_value_t = Model::Lstm)]
    model: Model,
    /// Numbers in the row, or length of the pause.
    #[arg(long, default_value_t = 50)]
    length: usize,
    #[arg(long, default_value_t = 64)]
    hidden: usize,
    #[arg(long, default_value_t = 3000)]
    steps: u32,
    #[arg(long, default_value_t = 2e-3)]
    rate: f64,
    #[arg(long, default_value_t = 1)]
    seed: u32,
}

impl TextArguments {
    async fn corpus(&self, units: TextUnit) -> Result<Rc<Corpus>, Failure> {
        let own: Option<OwnText> = match &self.text {
            Some(file) => Some(text_from(&file.display().to_string(), read(file)?)?),
            None => None,
        };
        let kind = if own.is_some() { LanguageText::Own } else { self.grammar.into() };
        Ok(Rc::new(Corpus::of(kind, units, own.as_ref(), &NoMonitor::default()).await?))
    }
}

pub(super) fn run(arguments: &Arguments, report: &mut Report<'_>) -> Result<(), Failure> {
    match arguments {
        Arguments::Train(train) => pollster::block_on(learn(train, report)),
        Arguments::Sample(sample) => pollster::block_on(write(sample, report)),
        Arguments::Evaluate(evaluate) => pollster::block_on(judge(evaluate, report)),
        Arguments::Recall(recall) => pollster::block_on(recall_of(recall, report)),
    }
}

async fn learn(arguments: &TrainLanguage, report: &mut Report<'_>) -> Result<(), Failure> {
    let TrainLanguage { text, units, model, hidden, blocks, window, run } = arguments;
    let corpus = text.corpus((*units).into()).await?;
    let plan = run.plan();
    let job = LanguageTrain {
        hidden: *hidden,
        blocks: *blocks,
        window: *window,
        steps: plan.steps,
        batch: plan.batch,
        rate: plan.rate,
        seed: plan.seed,
        ..LanguageTrain::default()
    };
    let (device, gpu) = run.device.device().await?;
    let mut trainer = LanguageTrainer::start(&job, (*model).into(), corpus.clone(), &device).await?;
    told(&text_figures(&corpus, *window as usize), report)?;
    let figures = async |trainer: &mut LanguageTrainer, _| {
        let found = trainer.perplexity().await?;
        Ok(format!("perplexity {found:.4}, {:.4} bits a unit", found.log2()))
    };
    run.learn(&mut trainer, &gpu, figures, report).await
}

/// What is known without a network.
fn told(text: &TextFigures, report: &mut Report<'_>) -> Result<(), Failure> {
    let TextFigures { count, judged, vocabulary, unknown, n_grams, entropy, exact_bits, .. } = text;
    report.line(&format!(
        "{count} units of {vocabulary} kinds; {judged} of the last tenth are measured, {:.2} % of them unknown",
        100.0 * unknown
    ))?;
    for (at, perplexity) in n_grams.iter().enumerate() {
        report.line(&format!("{}-grams: perplexity {perplexity:.4}, {:.4} bits a unit", at + 1, perplexity.log2()))?;
    }
    if let Some(entropy) = entropy {
        report.line(&format!("the grammar: perplexity {entropy:.4}, {:.4} bits a unit", entropy.log2()))?;
    }
    match exact_bits {
        Some(bits) => report.line(&format!("the grammar's exact entropy: {bits:.4} bits a character")),
        None => Ok(()),
    }
}

async fn write(arguments: &Sample, report: &mut Report<'_>) -> Result<(), Failure> {
    let Sample { file, count, temperature, prompt, seed } = arguments;
    let file: LanguageFile = run_from::<LanguageCard>(file)?;
    let (model, prompt) = (file.card.net.model, prompt.clone());
    let job = LanguageWrite { model, count: *count, temperature: *temperature, prompt, restart: true, seed: *seed };
    report.line(&written(file, &job).await?)
}

async fn recall_of(arguments: &RecallArguments, report: &mut Report<'_>) -> Result<(), Failure> {
    let RecallArguments { task, model, length, hidden, steps, rate, seed } = *arguments;
    let run = Recall { task: task.into(), model: model.into(), length, hidden, steps, rate, seed };
    let tell = &mut |step: u32, loss: f64| eprintln!("step {step:6}  loss {loss:.5}");
    let means = run.learnt(tell).await?;
    let last = means.last().copied().unwrap_or(f64::NAN);
    report.line(&format!("loss {last:.5} after {steps} steps; without memory {:.5}", run.chance()))
}

async fn judge(arguments: &Evaluate, report: &mut Report<'_>) -> Result<(), Failure> {
    let Evaluate { files, text, json } = arguments;
    let mut known: Option<(TextUnit, usize, Rc<Corpus>, TextFigures)> = None;
    for path in files {
        let file: LanguageFile = run_from::<LanguageCard>(path)?;
        let (units, window) = (file.card.units, file.card.net.window);
        if known.as_ref().is_none_or(|(of, length, ..)| (*of, *length) != (units, window)) {
            let corpus = text.corpus(units).await?;
            let figures = text_figures(&corpus, window);
            if !json {
                told(&figures, report)?;
            }
            known = Some((units, window, corpus, figures));
        }
        let Some((_, _, corpus, figures)) = &known else { continue };
        let score = TextScore::of(&file, corpus, &NoMonitor::default()).await?;
        let model = TrainedModel::of(file, corpus.clone());
        let lags = gradient_lags(&model).await?.norms;
        let far = lags.get(49).map(|far| far / lags[0]);
        let name = path.display();
        if *json {
            report.json(&serde_json::json!({
                "file": name.to_string(), "perplexity": score.perplexity(), "units": score.count,
                "n_grams": figures.n_grams, "entropy": figures.entropy, "lag_50_over_1": far,
            }))?;
            continue;
        }
        let perplexity = score.perplexity();
        report.line(&format!(
            "{name}: perplexity {perplexity:.4}, {:.4} bits a unit on {} units",
            perplexity.log2(),
            score.count
        ))?;
        if let Some(far) = far {
            report.line(&format!("{name}: the gradient 50 units back over that 1 unit back: {far:.3e}"))?;
        }
    }
    Ok(())
}
