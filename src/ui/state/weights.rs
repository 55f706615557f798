//! Which network can run, and where its weights come from.

use super::intake::name_in;
use super::{AppState, Note};
use crate::protocol::{
    BackendChoice, CachedWeights, CatalogueEntry, ClassQuestion, DeleteWeights, DownloadWeights, EngineStatus, Fit,
    Job, NetworkReport, Source, WeightsLoaded, WeightsPrepared,
};
use leptos::prelude::{Get, Update, With};
use leptos::task::spawn_local;

/// The chosen picture, and how it is looked at.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Subject {
    pub(crate) picture: u32,
    pub(crate) network: NetworkReport,
    /// Other weights make another question.
    pub(crate) weights: Option<String>,
    pub(crate) fit: Fit,
    pub(crate) backend: BackendChoice,
}

impl Subject {
    /// A class that was chosen for another network may be none of this one's.
    pub(crate) fn known(&self, class: Option<u32>) -> Option<u32> {
        class.filter(|&class| (class as usize) < self.network.classes)
    }

    pub(crate) fn question(&self, class: Option<u32>) -> ClassQuestion {
        let (network, class) = (self.network.id.clone(), self.known(class));
        ClassQuestion { picture: self.picture, network, fit: self.fit, backend: self.backend, class }
    }
}

impl AppState {
    /// The network of the route; without one, the first that a person has weights for, else the one that comes with the
    /// page for such pictures, else the first that there are weights to download for.
    pub(crate) fn network(self) -> Option<NetworkReport> {
        let named = self.route.with(|route| route.network.clone());
        let is_ink = self.chosen_item().is_some_and(|item| item.is_ink);
        self.station.with(|station| {
            let station = station.as_ref()?;
            let networks = &station.networks;
            let on_offer = |network: &&NetworkReport| station.catalogue.iter().any(|entry| entry.network == network.id);
            let by_name = named.and_then(|name| networks.iter().find(|network| network.id == name));
            by_name
                .or_else(|| networks.iter().find(|network| network.ready && network.source == Source::Public))
                .or_else(|| networks.iter().find(|network| is_shipped(network) && network.reads_digits == is_ink))
                .or_else(|| networks.iter().find(on_offer))
                .or_else(|| networks.first())
                .cloned()
        })
    }

    /// The network, where the engine is up and there are no weights for it.
    pub(crate) fn network_without_weights(self) -> Option<NetworkReport> {
        self.network().filter(|network| !network.ready && self.is_up())
    }

    /// What can be asked about; `None` where the engine, a picture or weights are missing.
    pub(crate) fn subject(self) -> Option<Subject> {
        let picture = self.chosen.get().filter(|_| self.is_up())?;
        let network = self.network().filter(|network| network.ready)?;
        let weights = self.cached().into_iter().rfind(|kept| kept.network == network.id).map(|kept| kept.sha256);
        let (fit, backend) = self.route.with(|route| (route.fit, route.backend));
        Some(Subject { picture, network, weights, fit, backend })
    }

    pub(crate) fn catalogue_of(self, network: &str) -> Vec<CatalogueEntry> {
        self.station.with(|station| {
            let entries = station.iter().flat_map(|station| &station.catalogue);
            entries.filter(|entry| entry.network == network).cloned().collect()
        })
    }

    pub(crate) fn cached(self) -> Vec<CachedWeights> {
        self.station.get().map(|station| station.cached).unwrap_or_default()
    }

    pub(crate) fn download(self, entry: CatalogueEntry) {
        self.download_as(entry.title, DownloadWeights { sha256: entry.sha256, ..DownloadWeights::from(entry.url) });
    }

    /// Weights, whatever the address ends with.
    pub(crate) fn download_address(self, url: String) {
        self.download_as(name_in(&url), DownloadWeights::from(url));
    }

    fn download_as(self, title: String, job: DownloadWeights) {
        spawn_local(async move { drop(self.bring(title, Job::DownloadWeights(job).into()).await) });
    }

    pub(crate) fn delete_weights(self, name: String) {
        self.try_to(self.client.run(Job::DeleteWeights(DeleteWeights { name })));
    }
}

impl EngineStatus {
    /// Takes the place of the network of its id, where there is one.
    fn put(&mut self, report: NetworkReport) {
        match self.networks.iter_mut().find(|network| network.id == report.id) {
            Some(network) => *network = report,
            None => self.networks.push(report),
        }
    }
}

fn is_shipped(network: &NetworkReport) -> bool {
    matches!(network.source, Source::Shipped(_))
}

impl AppState {
    pub(super) fn change_station(self, change: impl FnOnce(&mut EngineStatus)) {
        self.station.update(|station| _ = station.as_mut().map(change));
    }

    pub(super) fn weights_loaded(self, loaded: Box<WeightsLoaded>) {
        // One that paints pictures is no network to ask what is in them.
        let names_classes = loaded.report.classes > 0;
        self.change_station(|station| {
            station.cached.clone_from(&loaded.cached);
            if names_classes {
                station.put(loaded.report.clone());
            }
        });
        // Whoever brings weights wants to see them work.
        if names_classes {
            self.route.update(|route| route.network = Some(loaded.network.clone()));
        }
        self.say(Note::Weights(loaded));
    }

    pub(super) fn weights_prepared(self, prepared: WeightsPrepared) {
        self.change_station(|station| {
            // What its weights were taken for before has none any more.
            let is_kept = |id: &String| prepared.cached.iter().any(|weights| weights.network == *id);
            for other in station.networks.iter_mut().filter(|other| prepared.report.fits.contains(&other.id)) {
                other.ready = is_kept(&other.id);
            }
            station.cached = prepared.cached;
            station.put(prepared.report);
        });
    }

    pub(super) fn weights_cached(self, cached: Vec<CachedWeights>) {
        // The person deleted what the address names.
        let named = self.network().filter(|network| network.source == Source::Own).map(|network| network.id);
        if named.is_some_and(|named| cached.iter().all(|weights| weights.network != named)) {
            self.route.update(|route| route.network = None);
        }
        self.change_station(|station| {
            let is_kept = |network: &NetworkReport| cached.iter().any(|weights| weights.network == network.id);
            station.networks.retain(|network| network.source != Source::Own || is_kept(network));
            for network in &mut station.networks {
                network.ready = is_shipped(network) || is_kept(network);
            }
            station.cached = cached;
        });
    }
}
