//! Represent: what networks make of data that nobody has labelled.

mod autoencoder;
mod boltzmann;
mod map;
mod stack;

pub use autoencoder::{
    AutoencoderCard, AutoencoderFile, AutoencoderModel, AutoencoderProgram, AutoencoderSession, AutoencoderShape,
    AutoencoderTask, AutoencoderTrainer, CodeErrors, area_under_curve,
};
use autoencoder::{autoencoder_facts, over_sizes};
pub use boltzmann::{
    AnnealedRuns, BinaryExamples, BoltzmannLearner, BoltzmannModel, BoltzmannRun, BoltzmannSession, Chains,
    Enumeration, GeneralMachine, HopfieldMemory, MOST_ENUMERATED, PartitionEstimate, PartitionSum, RestrictedMachine,
    TemperedChains, Units, bars_and_stripes, boltzmann_point, contrastive_angles, exact_gradient, mean_log_likelihood,
    patterns_of, progress_of,
};
use boltzmann::{boltzmann_facts, recall};
use map::{map_facts, mapped};
use stack::stack_facts;
pub use stack::{BeliefNet, StackLearner, StackPictures, StackSession, TuneTask, TuneTrainer};

pub use super::map::{Distances, TsneEmbedding, components_of};

use super::device::Device;
use super::{Host, LabError, Perform};
use crate::protocol::{
    AutoencoderProgress, BoltzmannProgress, CodeSizeRow, EmbedNews, Represent, RepresentNews, Represented,
    StackProgress, TunedStack,
};

/// What stays from job to job.
#[derive(Default)]
pub struct RepresentSession {
    autoencoder: AutoencoderSession,
    boltzmann: BoltzmannSession,
    stack: StackSession,
}

impl<H: Host> Perform<H> for Represent {
    type Kept = RepresentSession;

    async fn perform(
        self,
        kept: &RepresentSession,
        host: &H,
        tell: &dyn Fn(RepresentNews),
    ) -> Result<Represented, LabError> {
        let RepresentSession { autoencoder, boltzmann, stack } = kept;
        Ok(match self {
            Represent::Autoencoder(setup) => {
                let tell = |news: AutoencoderProgress| tell(RepresentNews::Autoencoder(Box::new(news)));
                Represented::Encoded(Box::new(autoencoder.learn(&setup, host, &tell).await?))
            }
            Represent::Decode(job) => Represented::Decoded(autoencoder.decode(&job, host).await?),
            Represent::SaveAutoencoder => Represented::Saved(autoencoder.save()?),
            Represent::Sizes(job) => {
                let tell = |row: CodeSizeRow| tell(RepresentNews::Size(row));
                Represented::Sizes(over_sizes(&job, host, &tell).await?)
            }
            Represent::Unseen(kind) => Represented::Unseen(autoencoder.unseen(kind, host).await?),
            Represent::Map(task) => {
                let tell = |news: EmbedNews| tell(RepresentNews::Map(Box::new(news)));
                Represented::Mapped(Box::new(mapped(&task, autoencoder, host, &tell).await?))
            }
            Represent::Boltzmann(setup) => {
                let tell = |news: BoltzmannProgress| tell(RepresentNews::Boltzmann(Box::new(news)));
                Represented::Learnt(boltzmann.learn(&setup, host, &tell).await?)
            }
            Represent::Sweep(job) => Represented::Swept(boltzmann.sweep(&job)?),
            Represent::Partition(job) => Represented::Estimated(boltzmann.estimate(&job, host).await?),
            Represent::Save => Represented::Saved(boltzmann.save()?),
            Represent::Open(file) => Represented::Opened(boltzmann.open(&file)?),
            Represent::Recall(job) => Represented::Recalled(recall(&job, host).await?),
            Represent::Stack(setup) => {
                let tell = |news: StackProgress| tell(RepresentNews::Stack(Box::new(news)));
                Represented::Stacked(Box::new(stack.learn(&setup, host, &tell).await?))
            }
            Represent::Dream(job) => Represented::Dreamt(stack.dream(&job)?),
            Represent::Tune(job) => {
                let tell = |news: TunedStack| tell(RepresentNews::Tune(Box::new(news)));
                Represented::Tuned(Box::new(stack.tune(&job, host, &tell).await?))
            }
            // Of plain arithmetic: the same on any device.
            Represent::Check(_) => {
                let mut found = boltzmann_facts(host).await?;
                found.extend(stack_facts()?);
                found.extend(autoencoder_facts(host).await?);
                found.extend(map_facts(host).await?);
                Represented::Checked(Device::Cpu.findings(found))
            }
        })
    }
}
