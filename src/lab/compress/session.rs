//! What stays from job to job: the network that was made last.

use super::measure::class_names;
use super::{CompressBench, CompressedFile, compress_facts};
use crate::data::dataset::Dataset;
use crate::data::procedural::SETS;
use crate::lab::device::{Batched, Model, again_if_lost, choose, on_each};
use crate::lab::train::dataset_of;
use crate::lab::{Host, LabError, Perform, Weights};
use crate::protocol::{
    BackendUsed, Compress, CompressMethod, CompressNews, CompressTask, Compressed, DataChoice, Exported,
};
use std::cell::RefCell;
use std::rc::Rc;

/// Of a network whose classes no set has.
const USUAL: &str = "shapes";

#[derive(Default)]
pub struct CompressSession {
    made: RefCell<Option<Rc<Exported>>>,
}

impl<H: Host> Perform<H> for Compress {
    type Kept = CompressSession;

    async fn perform(
        self,
        kept: &CompressSession,
        host: &H,
        tell: &dyn Fn(CompressNews),
    ) -> Result<Compressed, LabError> {
        match self {
            Compress::Survey(task) => {
                let survey = with_bench(&task, host, async |bench| bench.survey(&task, host, tell).await).await?;
                Ok(Compressed::Surveyed(Box::new(survey)))
            }
            Compress::Make(task) => {
                let made = with_bench(&task, host, async |bench| bench.make(&task, host).await).await?;
                let CompressedFile { about, bytes } = made;
                let file = Exported { name: file_name(&task), bytes: bytes.into() };
                kept.made.replace(Some(Rc::new(file)));
                Ok(Compressed::Made(Box::new(about)))
            }
            Compress::Sense(task) => {
                let found = with_bench(&task, host, async |bench| bench.sense(&task, host, tell).await).await?;
                Ok(Compressed::Sensed(found))
            }
            Compress::Allocate { task, curves } => {
                let found = if curves.is_empty() {
                    with_bench(&task, host, async |bench| bench.allocate(&task, host, tell).await).await?
                } else {
                    super::allocation(task.method, &curves, task.cost, task.goal)?
                };
                Ok(Compressed::Allocated(found))
            }
            Compress::Save => {
                let made = kept.made.borrow().clone();
                let made = made.ok_or_else(|| bad_setup!("no network was made here yet; compress one first"))?;
                Ok(Compressed::Saved(Exported::clone(&made)))
            }
            Compress::Check(choice) => {
                let found = on_each(choice, host, async |device| compress_facts(device, host).await).await?;
                Ok(Compressed::Checked(found))
            }
        }
    }
}

fn file_name(task: &CompressTask) -> String {
    let network = task.network.rsplit(':').next().unwrap_or("network");
    let network: String = network.chars().map(|c| if c.is_alphanumeric() || c == '-' { c } else { '_' }).collect();
    let percent = (100.0 * task.budget).round();
    let method = match task.method {
        _ if !task.layers.is_empty() => "by-layer".to_owned(),
        CompressMethod::LowRank => format!("low-rank-{percent}"),
        CompressMethod::Prune => format!("pruned-{percent}"),
        CompressMethod::Share => format!("shared-{percent}-{}", task.bits),
        CompressMethod::Channels => format!("channels-{percent}"),
        CompressMethod::Predict => format!("predicted-{percent}"),
        CompressMethod::Int8 => "int8".to_owned(),
        CompressMethod::Int4 => "int4".to_owned(),
    };
    format!("{network}-{method}.safetensors")
}

/// The task's network and data on the chosen device, or on the faster one.
async fn with_bench<T>(
    task: &CompressTask,
    host: &impl Host,
    mut work: impl AsyncFnMut(CompressBench) -> Result<T, LabError>,
) -> Result<T, LabError> {
    super::method::check(task)?;
    let weights = host.weights(&task.network).await?;
    weights.must_name_classes()?;
    let (data, is_own) = data_of(task, &weights, host).await?;
    let gpu = host.gpu().await?;
    let chosen = choose(task.backend, &gpu, async |device| Batched::sample(&weights, device, host).await).await?;
    again_if_lost(task.backend, &gpu, chosen, async |device, used: BackendUsed| {
        let bench = match is_own {
            true => CompressBench::new(&weights, data.clone(), task.most, device)?,
            false => CompressBench::agreeing(&weights, data.clone(), task.most, device, host).await?,
        };
        work(bench.used_as(used)).await
    })
    .await
}

/// The examples, and whether their classes are the network's.
async fn data_of(task: &CompressTask, weights: &Weights, host: &impl Host) -> Result<(Rc<Dataset>, bool), LabError> {
    let (brought, choice) = (host.examples(), &task.data);
    if !choice.set.is_empty() {
        return Ok((dataset_of(choice, brought.as_ref(), host).await?, true));
    }
    let names = class_names(weights.network());
    if let Some(brought) = brought.filter(|brought| brought.classes == names) {
        return Ok((brought, true));
    }
    let drawn = SETS.iter().find(|set| set.classes.iter().eq(&names));
    let choice = DataChoice { set: drawn.map_or(USUAL, |set| set.id).to_owned(), ..choice.clone() };
    Ok((dataset_of(&choice, None, host).await?, drawn.is_some()))
}
