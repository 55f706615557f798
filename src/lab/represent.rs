//! Represent: what networks make of data that nobody has labelled.

mod boltzmann;

pub use boltzmann::{
    AnnealedRuns, BinaryExamples, BoltzmannLearner, BoltzmannModel, BoltzmannSession, Chains, Enumeration,
    GeneralMachine, HopfieldMemory, MOST_ENUMERATED, PartitionEstimate, PartitionSum, RestrictedMachine,
    TemperedChains, Units, bars_and_stripes, boltzmann_file, boltzmann_point, contrastive_angles, exact_gradient,
    mean_log_likelihood, patterns_of, progress_of,
};
use boltzmann::{boltzmann_facts, recall};

use super::device::Device;
use super::{Host, LabError, Perform};
use crate::protocol::{BoltzmannProgress, Represent, Represented};

impl<H: Host> Perform<H> for Represent {
    type Kept = BoltzmannSession;

    async fn perform(
        self,
        kept: &BoltzmannSession,
        host: &H,
        tell: &dyn Fn(BoltzmannProgress),
    ) -> Result<Represented, LabError> {
        Ok(match self {
            Represent::Boltzmann(setup) => Represented::Learnt(kept.learn(&setup, host, tell).await?),
            Represent::Sweep(job) => Represented::Swept(kept.sweep(&job)?),
            Represent::Partition(job) => Represented::Estimated(kept.estimate(&job, host).await?),
            Represent::Save => Represented::Saved(kept.save()?),
            Represent::Recall(job) => Represented::Recalled(recall(&job, host).await?),
            // Of plain arithmetic: the same on any device.
            Represent::Check(_) => Represented::Checked(Device::Cpu.findings(boltzmann_facts(host).await?)),
        })
    }
}
