//! What all methods have in common that find the evidence for a class in a picture by asking a network: it stays compiled, sees
//! the picture, and a map is begun, which the method fills.

use super::device::{Batched, Models, Pace, Placed};
use super::{Host, LabError, Weights, check_class, pixels_from_rgb, predictions, seen, values_from};
use crate::models::Network;
use crate::protocol::{ClassQuestion, EvidenceMap};
use async_lock::Mutex;

/// Classes of the whole picture that are told.
const TOP: usize = 10;

/// The network of the last job stays compiled.
#[derive(Default)]
pub struct EvidenceSession(Mutex<Models<Batched, 1>>);

/// A map that is being filled.
pub(super) struct Filling<'a, H> {
    pub(super) host: &'a H,
    pub(super) tell: &'a dyn Fn(EvidenceMap),
    pub(super) weights: &'a Weights,
    pub(super) model: &'a mut Batched,
    /// What the network gets of the whole picture.
    pub(super) clean: Vec<f32>,
    /// Without places yet.
    pub(super) map: EvidenceMap,
    start_millis: f64,
    pace: Pace,
}

impl EvidenceSession {
    /// `method` is checked and made ready for the network, then it fills the map.
    pub(super) async fn map<H: Host, M>(
        &self,
        ClassQuestion { picture, network, fit, backend, class }: ClassQuestion,
        host: &H,
        tell: &dyn Fn(EvidenceMap),
        method: impl FnOnce(&Network) -> Result<M, LabError>,
        fill: impl AsyncFn(&M, &mut Filling<'_, H>) -> Result<(), LabError>,
    ) -> Result<EvidenceMap, LabError> {
        let (picture, weights) = (host.picture(picture)?, host.weights(&network).await?);
        check_class(weights.network(), class)?;
        let method = method(weights.network())?;
        let run = async |models: &mut [Placed<Batched>]| {
            let (start_millis, pace) = (host.now_millis(), Pace::new(host));
            let Placed { network: weights, model, used, .. } = &mut models[0];
            let seen = seen(&picture, weights.network(), fit)?;
            let clean = values_from(&seen, weights.network())?;
            let logits = model.rows(&[&clean]).await?.concat();
            let (mut top, _) = predictions(weights, &logits, logits.len())?;
            let at = top.iter().position(|one| Some(one.index) == class).unwrap_or(0);
            let whole = top[at].clone();
            top.truncate(TOP);
            let (seen, backend) = (pixels_from_rgb(&seen), used.clone());
            let map = EvidenceMap {
                seen,
                top,
                whole,
                side: 0,
                xs: vec![],
                ys: vec![],
                values: vec![],
                elapsed_ms: 0.0,
                backend,
            };
            let mut filling = Filling { host, tell, weights, model, clean, map, start_millis, pace };
            fill(&method, &mut filling).await?;
            Ok(filling.map)
        };
        host.or_cancelled(self.0.lock()).await?.run(&[weights], backend, host, run).await
    }
}

impl<H: Host> Filling<'_, H> {
    /// A value for each place, row by row, from the logits of an input that `input` makes for it.
    pub(super) async fn fill(
        &mut self,
        input: impl Fn(usize) -> Vec<f32>,
        value: impl Fn(&[f32]) -> Result<f32, LabError>,
    ) -> Result<(), LabError> {
        let Self { host, tell, model, map, start_millis, pace, .. } = self;
        let places = map.xs.len() * map.ys.len();
        let hear = |rows: Vec<Vec<f32>>| {
            for row in rows {
                map.values.push(value(&row)?);
            }
            map.elapsed_ms = host.now_millis() - *start_millis;
            if pace.is_time_to_tell(*host) {
                tell(map.clone());
            }
            Ok(())
        };
        model.rows_of_all(places, input, *host, hear).await
    }
}
