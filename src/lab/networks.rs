//! Networks: what each of them is made of and costs.

mod activate;
mod compare;
mod drawing;
mod fold;
mod layout;
mod published;
mod table;
mod tiles;
mod time;
mod verify;

use super::{Host, LabError, Perform, Weights, file_name, find_network, summary_of};
use crate::models::Network;
use crate::protocol::{Activated, DrawNetwork, ExportNetwork, Exported, Networks, NetworksAnswer, TroubleKind};
use activate::Races;
use async_lock::Mutex;
use std::rc::Rc;

/// Which device is faster for each network; one job at a time measures.
#[derive(Default)]
pub struct NetworksSession(Mutex<Races>);

impl<H: Host> Perform<H> for Networks {
    type Kept = NetworksSession;

    async fn perform(self, kept: &Self::Kept, host: &H, tell: &dyn Fn(Activated)) -> Result<NetworksAnswer, LabError> {
        match self {
            Networks::Summarise(job) => Ok(NetworksAnswer::Summary(summary_of(&network(&job.network, host).await?)?)),
            Networks::DrawNetwork(DrawNetwork { network: id, open }) => {
                let nodes = network(&id, host).await?.layered(1)?.wiring();
                Ok(NetworksAnswer::Drawn(Box::new(drawing::drawing(&id, &nodes, open.as_deref()))))
            }
            Networks::Activate(job) => {
                let mut races = host.or_cancelled(kept.0.lock()).await?;
                Ok(NetworksAnswer::Activated(Box::new(activate::activate(job, &mut races, host, tell).await?)))
            }
            Networks::TimeNodes(job) => Ok(NetworksAnswer::NodesTimed(time::time(job, host).await?)),
            Networks::CompareNetworks(job) => Ok(NetworksAnswer::Compared(compare::compare(job, host).await?)),
            Networks::VerifyNetwork(job) => Ok(NetworksAnswer::Verified(verify::verify(job, host).await?)),
            Networks::ExportNetwork(job) => Ok(NetworksAnswer::Exported(export(job, host).await?)),
            Networks::Tabulate(job) => Ok(NetworksAnswer::Tabulated(table::table(&job.own, host).await?)),
        }
    }
}

/// One of the table needs no weights; the person's own is what its file says.
async fn network(id: &str, host: &impl Host) -> Result<Network, LabError> {
    match find_network(id) {
        Some(network) => Ok(network),
        None => Ok(host.weights(id).await?.network().clone()),
    }
}

/// A network, and its weights where they are here.
async fn known(id: &str, host: &impl Host) -> Result<(Network, Option<Rc<Weights>>), LabError> {
    match (host.weights(id).await, find_network(id)) {
        (Ok(weights), _) => Ok((weights.network().clone(), Some(weights))),
        (Err(error), Some(network)) if is_without_weights(&error) => Ok((network, None)),
        (Err(error), _) => Err(error),
    }
}

/// In the page the session says so.
fn is_without_weights(error: &LabError) -> bool {
    match error {
        LabError::WeightsMissing { .. } => true,
        LabError::Host(trouble) => trouble.is(TroubleKind::WeightsMissing),
        _ => false,
    }
}

/// One of the table may come without weights: its source needs none.
async fn export(job: ExportNetwork, host: &impl Host) -> Result<Exported, LabError> {
    let ExportNetwork { network: id, form } = job;
    let (network, weights) = known(&id, host).await?;
    let bytes = host.exported(form, &network, weights.as_deref()).await?;
    Ok(Exported { name: file_name(&network.title, form), bytes: bytes.into() })
}
