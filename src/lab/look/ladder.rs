//! What each layer has kept of a picture: inversions of layers from the first to the last, one below another (Mahendran & Vedaldi 2015,
//! "Understanding Deep Image Representations by Inverting Them").

use super::evidence::layers_of;
use super::model::LookModel;
use super::optimal::{ReadySearch, side_by_side};
use crate::data::{Rgb, png};
use crate::lab::{LabError, Monitor, Weights};
use crate::models::Network;
use crate::protocol::{BackendUsed, FoundPicture, OptimalFound, OptimalGoal, OptimalPicture};

/// Inversions of as many layers as the job asks for.
pub(super) struct Ladder(Vec<(OptimalPicture, ReadySearch)>);

impl Ladder {
    /// Checked for its network.
    pub(super) fn new(job: &OptimalPicture, picture: Option<&Rgb>, network: &Network) -> Result<Self, LabError> {
        let rungs = match job.goal {
            OptimalGoal::Inversion if job.rungs > 1 && job.layer.is_none() => {
                let rung = |layer| OptimalPicture { layer: Some(layer), rungs: 1, ..job.clone() };
                rungs_of(network, job.rungs)?.into_iter().map(rung).collect()
            }
            _ => vec![job.clone()],
        };
        let ready = |job: OptimalPicture| {
            let ready = ReadySearch::new(&job, picture, network)?;
            Ok::<_, LabError>((job, ready))
        };
        Ok(Self(rungs.into_iter().map(ready).collect::<Result<_, _>>()?))
    }

    /// The pictures of all, in the order of the layers; told with those that are done and the one that is searched for.
    pub(super) async fn search<H: Monitor>(
        &self,
        weights: &Weights,
        used: &BackendUsed,
        model: &mut LookModel,
        host: &H,
        tell: &dyn Fn(OptimalFound),
    ) -> Result<OptimalFound, LabError> {
        if let [(job, ready)] = self.0.as_slice() {
            let (found, shown) = ready.search(job, weights, used).run(model, host, tell).await?;
            return Ok(OptimalFound { npy: Some(ready.npy(&shown)), ..found });
        }
        let mut done: Option<OptimalFound> = None;
        let mut all = Vec::new();
        for (at, (job, ready)) in self.0.iter().enumerate() {
            let with_those_before = |found: OptimalFound| {
                let (layer, step, of) = (found.layer.clone(), found.step, found.of);
                let own = found.pictures.into_iter().map(|picture| FoundPicture { layer: layer.clone(), ..picture });
                let before = done.iter().flat_map(|done| done.pictures.iter().cloned());
                let pictures = before.chain(own).collect();
                let (step, of) = (at as u32 * of + step, self.0.len() as u32 * of);
                OptimalFound { pictures, step, of, layer: None, sheet: None, npy: None, ..found }
            };
            let search = ready.search(job, weights, used);
            let (found, shown) = search.run(model, host, &|found| tell(with_those_before(found))).await?;
            all.extend(shown);
            done = Some(with_those_before(found));
        }
        let mut done = done.ok_or_else(|| bad_setup!("no layer was named whose answer could be inverted"))?;
        let opaque = |FoundPicture { pixels, .. }: &FoundPicture| {
            Rgb::from_rgba_over_white(pixels.width, pixels.height, &pixels.rgba)
        };
        let pictures = done.pictures.iter().map(opaque).collect::<Result<Vec<_>, _>>()?;
        done.sheet = Some(png::encode(&side_by_side(&pictures)?).into());
        done.npy = self.0.first().map(|(_, ready)| ready.npy(&all));
        Ok(done)
    }
}

/// Layers with several places, evenly from the first to the last.
fn rungs_of(network: &Network, count: u32) -> Result<Vec<String>, LabError> {
    /// Of a ladder that can be read.
    const MOST_RUNGS: u32 = 16;
    ensure!(count <= MOST_RUNGS, "{count} layers cannot be inverted one after another; choose 1 to {MOST_RUNGS}");
    let layers = layers_of(network)?;
    ensure!(!layers.is_empty(), "no layer of {} has several places; name one that is to be asked", network.title);
    let count = (count as usize).min(layers.len());
    let at = |rung: usize| if count > 1 { rung * (layers.len() - 1) / (count - 1) } else { 0 };
    Ok((0..count).map(|rung| layers[at(rung)].path.clone()).collect())
}
