//! A network with a new last layer, for other classes.

use super::blocks::blocks_of;
use crate::data::dataset::Dataset;
use crate::graph::Host;
use crate::lab::batch::Batches;
use crate::lab::further::FurtherTask;
use crate::lab::weights::variables;
use crate::lab::{LabError, Weights};
use crate::models::spec::NetworkSpec;
use crate::models::{Architecture, Network};
use crate::protocol::{FineTune, Setup};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What a network for a person's classes begins with.
pub struct TuneStart {
    network: Network,
    /// Whose values all but the last layer begins with; without one all of it begins anew.
    from: Option<Rc<Weights>>,
    /// Of the new last layer.
    head: Vec<String>,
    blocks: Vec<Vec<String>>,
}

impl TuneStart {
    /// The weights of another network, and a last layer that has learnt nothing.
    ///
    /// # Errors
    /// [`LabError::Setup`] of a network that cannot be built for so many classes.
    pub fn of(weights: &Rc<Weights>, classes: &[String]) -> Result<Self, LabError> {
        let started = Self::scratch(weights.network(), classes)?;
        Ok(Self { from: Some(weights.clone()), ..started })
    }

    /// The same network, of which nothing has learnt.
    ///
    /// # Errors
    /// As of [`Self::of`].
    pub fn scratch(network: &Network, classes: &[String]) -> Result<Self, LabError> {
        let network = for_classes(network, classes)?;
        let all = variables(&network)?;
        let mut more = classes.to_vec();
        more.push(String::new());
        let wider = variables(&for_classes(&network, &more)?)?;
        let head: Vec<String> = all
            .iter()
            .zip(&wider)
            .filter(|((_, of), (_, wider))| of != wider)
            .map(|((name, _), _)| name.clone())
            .collect();
        let blocks = blocks_of(&all);
        ensure!(!head.is_empty(), "{} has no last layer that could be another's", network.title);
        Ok(Self { network, from: None, head, blocks })
    }

    pub fn network(&self) -> &Network {
        &self.network
    }

    /// How many blocks it has; the last one names the classes.
    pub fn blocks(&self) -> usize {
        self.blocks.len()
    }

    /// What a variable begins with; none of the last layer, nor where all begins anew.
    fn value(&self, name: &str) -> Result<Option<Host>, LabError> {
        let Some(weights) = self.from.as_ref().filter(|_| !self.is_head(name)) else { return Ok(None) };
        let missing = || bad_setup!("{} has no {name}", weights.name());
        Ok(Some(weights.value(name).ok_or_else(missing)?.host().map_err(|_| missing())?))
    }

    fn is_head(&self, name: &str) -> bool {
        self.head.iter().any(|head| head == name)
    }

    /// Names of what stays as it is where so many of the last blocks learn, 0 for all; with `statistics` also the running statistics of
    /// those that learn.
    ///
    /// # Errors
    /// [`LabError::Setup`] of more blocks than there are.
    pub fn frozen(&self, learning: u32, statistics: bool) -> Result<Vec<String>, LabError> {
        let (count, title) = (self.blocks.len(), &self.network.title);
        ensure!(
            learning as usize <= count,
            "{title} has {count} blocks, of which {learning} cannot learn; choose 0 (all) to {count}"
        );
        let kept = if learning == 0 { 0 } else { count - learning as usize };
        let (below, above) = self.blocks.split_at(kept);
        let is_statistic = |name: &&String| statistics && is_statistic(name);
        let frozen = below.iter().flatten().chain(above.iter().flatten().filter(is_statistic));
        Ok(frozen.filter(|name| !self.is_head(name)).cloned().collect())
    }

    /// The graphs of fine-tuning.
    pub(super) fn task(
        &self,
        settings: &FineTune,
        setup: Setup,
        batches: Batches,
        data: Rc<Dataset>,
    ) -> Result<FurtherTask, LabError> {
        let network = self.network.clone();
        // What has learnt nothing cannot stay as it is.
        let frozen = match self.from {
            Some(_) => self.frozen(settings.blocks, settings.frozen_statistics)?,
            None => Vec::new(),
        };
        let mut values = BTreeMap::new();
        for (name, _) in variables(&network)? {
            if let Some(value) = self.value(&name)? {
                values.insert(name, value);
            }
        }
        let (frozen, lower) = (frozen.into(), settings.lower);
        Ok(FurtherTask { network, setup, batches, data, values, frozen, lower, teacher: None })
    }
}

fn is_statistic(name: &str) -> bool {
    name.ends_with("running_mean") || name.ends_with("running_var")
}

/// The network for these classes.
fn for_classes(network: &Network, classes: &[String]) -> Result<Network, LabError> {
    let (title, count) = (&network.title, classes.len());
    let architecture = match &network.architecture {
        Architecture::Family(..) if !network.names_classes() => {
            return Err(bad_setup!("{title} names no classes"));
        }
        Architecture::Family(forward, size) => Architecture::Family(*forward, *size),
        Architecture::Written(spec) => {
            let other = NetworkSpec::parse(spec.text(), spec.data(), count).map_err(|errors| {
                let why = errors.first().map(|error| format!("line {}, {error}", error.line)).unwrap_or_default();
                bad_setup!("{title} cannot name {count} classes: {why}")
            })?;
            Architecture::Written(Box::new(other))
        }
        Architecture::Brought(_) => {
            return Err(bad_setup!(
                "the graph of {title} lies in its file, so that its last layer cannot be replaced; choose a network of the table or one that Train wrote"
            ));
        }
    };
    let id = format!("own:{}", network.title);
    Ok(Network { id, classes: count, names: Some(classes.to_vec()), architecture, ..network.clone() })
}
