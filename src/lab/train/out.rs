//! The network of a run, or of a text alone, for other programs.

use super::session::{TrainSession, file_stem};
use super::{Classification, Trainer, network_of};
use crate::lab::written::OWN;
use crate::lab::{Host, LabError, Weights, file_name};
use crate::models::Network;
use crate::nn::Normalise;
use crate::nn::checkpoint::Checkpoint;
use crate::protocol::{ExportForm, Exported, WriteSource};

/// What the network of a text is called that was not trained.
const UNTRAINED: &str = "network";

impl Trainer<Classification> {
    /// The network with what it has learnt so far, as the rest of the lab takes networks.
    ///
    /// # Errors
    /// As of [`Trainer::kept`].
    pub(in crate::lab) async fn weights(&self, title: &str) -> Result<Weights, LabError> {
        let file = self.kept(false).await?.bytes(title)?;
        let (id, batches) = (format!("{OWN}{title}"), &self.task.batches);
        let network =
            Network::written(&id, title, self.network().clone(), batches.classes.to_vec(), batches.normalised);
        Weights::for_network(network, Checkpoint::parse(title, file)?)
    }
}

impl TrainSession {
    /// The network of the run in memory; it may be under way.
    pub(super) async fn export_as(&self, form: ExportForm, host: &impl Host) -> Result<Exported, LabError> {
        let weights = {
            let mut guard = self.run.lock().await;
            let run = guard.as_mut().ok_or(LabError::NoRun)?;
            let title = format!("{}-{}", file_stem(&run.setup().data.set), run.trainer().step());
            run.trainer().weights(&title).await?
        };
        let network = weights.network();
        let bytes = host.exported(form, network, Some(&weights)).await?;
        Ok(Exported { name: file_name(&network.title, form), bytes: bytes.into() })
    }

    /// The source of a text.
    pub(super) async fn write_source(&self, job: WriteSource, host: &impl Host) -> Result<Exported, LabError> {
        let WriteSource { text, shape, classes, form } = job;
        ensure!(!form.has_weights(), "a text has no weights yet; train it, then export the run");
        let spec = network_of(&text, shape, classes as usize)?;
        let normalise = {
            let mut run = self.run.lock().await;
            let same = run.as_mut().map(|run| run.trainer()).filter(|run| run.network() == &spec);
            same.map_or(Normalise::UNIT, |run| run.normalise())
        };
        let names = (0..classes).map(|class| class.to_string()).collect();
        let network = Network::written(UNTRAINED, UNTRAINED, spec, names, normalise);
        let bytes = host.exported(form, &network, None).await?;
        Ok(Exported { name: file_name(UNTRAINED, form), bytes: bytes.into() })
    }
}
