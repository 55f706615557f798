//! All channels of a layer, or all classes, each in a small picture that it would like best: so many at once as one program takes.

use super::{Climbed, Pass, Search};
use crate::data::{Rgb, png};
use crate::graph::{Graph, Spec};
use crate::lab::device::Pace;
use crate::lab::layer::layer_named;
use crate::lab::look::excite::Wall;
use crate::lab::look::model::LookModel;
use crate::lab::look::parametrisation::Parametrisation;
use crate::lab::{LabError, Monitor};
use crate::models::Network;
use crate::protocol::{ExciteWall, OptimalFound, PictureSpace, Pixels};

/// Pictures at once.
const BATCH: usize = 16;
/// Of a small picture, where the network takes one that is smaller than its own.
const SIDE: usize = 64;

/// What the pictures are made of.
pub(super) fn space(space: PictureSpace, layer: Option<&str>, network: &Network) -> Result<Parametrisation, LabError> {
    let layered = network.layered(1)?;
    let (count, asked) = match layer {
        None => (network.classes, layered.logits.clone()),
        Some(path) => {
            let node = layer_named(network, &layered, path)?;
            let shape = &node.shape;
            let channels = if shape.len() == 3 { shape[2] } else { shape.get(1).copied().unwrap_or_default() };
            (channels, layered.input.graph().tensor(node.output))
        }
    };
    let [channels, height, width] = network.input;
    let small = [channels, SIDE, SIDE];
    let takes = |[channels, height, width]: [usize; 3]| {
        let input = Graph::new().input("image", Spec::f32([1, channels, height, width]));
        layered.onto(&input, &[&asked]).is_ok()
    };
    let input = if height.min(width) > SIDE && takes(small) { small } else { network.input };
    Ok(Parametrisation { space, batch: BATCH.min(count.max(1)), input, normalise: network.normalise })
}

impl Search<'_> {
    pub(super) async fn wall<H: Monitor>(
        &self,
        model: &mut LookModel,
        pace: &mut Pace,
        host: &H,
        tell: &dyn Fn(OptimalFound),
    ) -> Result<(OptimalFound, Vec<Vec<f32>>), LabError> {
        let (space, steps) = (&self.ascent.space, self.job.steps);
        let count = model.ascender(self.ascent).await?.units;
        let [_, height, width] = space.input;
        let mut wall = Wall::new(count, height.max(width));
        let (mut values, mut shown, of) = (Vec::new(), Vec::new(), count.div_ceil(space.batch) as u32 * steps);
        for first in (0..count).step_by(space.batch) {
            let from = (first / space.batch) as u32 * steps;
            // The last ones may be fewer: the last channel several times.
            let units = (first..first + space.batch).map(|unit| unit.min(count - 1) as u32).collect();
            let pass = Pass { from, units, diversity: 0.0 };
            let hang = |now: &Climbed, wall: &mut Wall| -> Result<(), LabError> {
                for (picture, unit) in now.shown.iter().zip(first..count) {
                    wall.put_whole(unit, &space.rgb(picture)?)?;
                }
                Ok(())
            };
            let hear = async |_: &mut LookModel, step: u32, now: &Climbed, per_second: f32| {
                hang(now, &mut wall)?;
                tell(self.walled(step, of, wall.told(values.clone()), per_second));
                Ok(())
            };
            let climbed = self.way(model, &pass, pace, host, hear).await?;
            hang(&climbed, &mut wall)?;
            values.extend(climbed.values.iter().take(count - first));
            shown.extend(climbed.shown.into_iter().take(count - first));
        }
        let wall = wall.told(values);
        let Pixels { width, height, rgba } = &wall.pixels;
        let sheet = png::encode(&Rgb::from_rgba_over_white(*width, *height, rgba)?);
        let found = self.walled(of, of, wall, pace.per_second(host, of));
        Ok((OptimalFound { sheet: Some(sheet.into()), ..found }, shown))
    }

    fn walled(&self, step: u32, of: u32, wall: ExciteWall, steps_per_second: f32) -> OptimalFound {
        OptimalFound {
            step,
            of,
            pictures: Vec::new(),
            wall: Some(wall),
            alike: None,
            sheet: None,
            npy: None,
            steps_per_second,
            layer: self.ascent.layer.clone(),
            layers: self.ready.layers.clone(),
            findings: Vec::new(),
            backend: self.used.clone(),
        }
    }
}
