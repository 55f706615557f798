//! Two networks on the same pictures: what each says first, how often they agree, how long each takes.

use crate::graph::Host as HostTensor;
use crate::lab::device::{Batched, Device, Model, again_if_lost, choose};
use crate::lab::{Host, LabError, input_from, label, predictions, seen};
use crate::models::Network;
use crate::protocol::{CompareNetworks, ComparedNetwork, ComparedPicture, NetworksCompared, Prediction, Stage};
use std::collections::BTreeSet;

pub(super) async fn compare<H: Host>(job: CompareNetworks, host: &H) -> Result<NetworksCompared, LabError> {
    ensure!(!job.pictures.is_empty(), "there is no picture to compare two networks on; add one to the tray");
    let [first, second] = [side(&job, 0, host).await?, side(&job, 1, host).await?];
    let shared = SharedClasses::of(&first.names, &second.names);
    let row = |(&picture, (a, b)): (&u32, (Prediction, Prediction))| {
        let agree = shared.agree(a.index as usize, b.index as usize);
        ComparedPicture { picture, top: [a, b], agree }
    };
    let rows = job.pictures.iter().zip(first.top.into_iter().zip(second.top)).map(row).collect();
    Ok(NetworksCompared { shared: shared.count() as u32, sides: [first.about, second.about], rows })
}

/// What one of the two says.
struct Side {
    about: ComparedNetwork,
    names: Vec<Option<String>>,
    top: Vec<Prediction>,
}

async fn side<H: Host>(job: &CompareNetworks, at: usize, host: &H) -> Result<Side, LabError> {
    let weights = host.weights(&job.networks[at]).await?;
    let network = weights.network();
    let (before, all) = (at * job.pictures.len(), 2 * job.pictures.len() as u64);
    host.step(Stage::Compile, before as u64, all).await?;
    let gpu = host.gpu().await?;
    let sample = async |device: &Device| Batched::sample(&weights, device, host).await;
    let chosen = choose(job.backend, &gpu, sample).await?;
    again_if_lost(job.backend, &gpu, chosen, async |device, used| {
        let mut plan = device.compile(weights.program(1)?).await?;
        let (mut top, mut times) = (Vec::new(), Vec::new());
        for (done, &picture) in job.pictures.iter().enumerate() {
            host.step(Stage::Run, (before + done) as u64, all).await?;
            let x: HostTensor = input_from(&seen(&*host.picture(picture)?, network, job.fit)?, network)?;
            if done == 0 {
                // The first run of a plan is slower.
                plan.run(|_| x.clone()).await?;
            }
            let start = host.now_millis();
            let logits: Vec<f32> = plan.run(|_| x.clone()).await?.remove(0).flatten_all()?.to_vec1()?;
            times.push(host.now_millis() - start);
            top.extend(predictions(&weights, &logits, 1)?.0);
        }
        times.sort_by(f64::total_cmp);
        let about = ComparedNetwork {
            network: network.id.clone(),
            classes: network.classes as u32,
            millis: times[times.len() / 2],
            backend: used,
        };
        Ok(Side { about, names: names(network), top })
    })
    .await
}

/// Of each class, in small letters; none where it has but its number.
fn names(network: &Network) -> Vec<Option<String>> {
    let is_number = |name: &str, index: usize| name == format!("class {index}") || name == index.to_string();
    let name = |index: usize| Some(label(network, index).0).filter(|name| !is_number(name, index));
    (0..network.classes).map(|index| name(index).map(|name| name.to_lowercase())).collect()
}

/// Which classes two networks have in common.
enum SharedClasses<'a> {
    /// All of them, in one order: their numbers say enough, also where two classes are called the same.
    All(usize),
    /// Those of the same names.
    Named { names: [&'a [Option<String>]; 2], shared: BTreeSet<&'a str> },
}

impl<'a> SharedClasses<'a> {
    fn of(first: &'a [Option<String>], second: &'a [Option<String>]) -> Self {
        if first == second {
            return Self::All(first.len());
        }
        let all = |names: &'a [Option<String>]| names.iter().flatten().map(String::as_str).collect::<BTreeSet<_>>();
        let shared = all(first).intersection(&all(second)).copied().collect();
        Self::Named { names: [first, second], shared }
    }

    fn count(&self) -> usize {
        match self {
            Self::All(count) => *count,
            Self::Named { shared, .. } => shared.len(),
        }
    }

    /// Whether they say the same; nothing where one of them says what the other has no class for.
    fn agree(&self, first: usize, second: usize) -> Option<bool> {
        match self {
            Self::All(_) => Some(first == second),
            Self::Named { names, shared } => {
                let name =
                    |at: usize, index: usize| names[at].get(index)?.as_deref().filter(|name| shared.contains(name));
                Some(name(0, first)? == name(1, second)?)
            }
        }
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::SharedClasses;

    fn named(names: &[&str]) -> Vec<Option<String>> {
        names.iter().map(|name| Some((*name).to_owned()).filter(|name| !name.is_empty())).collect()
    }

    #[test]
    fn classes_are_compared_by_name_where_the_networks_have_different_ones() {
        let (few, many) = (named(&["cat", "dog", "ship"]), named(&["dog", "tabby", "cat", ""]));
        let shared = SharedClasses::of(&few, &many);
        assert_eq!(shared.count(), 2);
        assert_eq!([shared.agree(1, 0), shared.agree(0, 2), shared.agree(0, 0)], [Some(true), Some(true), Some(false)]);
        // A ship here, a tabby there, a number: the other one could not have said it.
        assert_eq!([shared.agree(2, 0), shared.agree(0, 1), shared.agree(0, 3)], [None; 3]);
    }

    #[test]
    fn the_same_classes_are_compared_by_number() {
        let both = named(&["crane", "ship", "crane", ""]);
        let shared = SharedClasses::of(&both, &both);
        assert_eq!(shared.count(), 4);
        assert_eq!([shared.agree(0, 2), shared.agree(2, 2), shared.agree(3, 3)], [Some(false), Some(true), Some(true)]);
        let (numbered, fewer) = (named(&["", ""]), named(&[""]));
        assert_eq!(SharedClasses::of(&numbered, &fewer).count(), 0);
    }
}
