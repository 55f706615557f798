//! The quick way: a network that was trained for one style paints any picture in one run (Johnson, Alahi & Fei-Fei 2016).

use super::{SIDES, scaled};
use crate::data::{Rgb, files::npy_from, png, resize::resize};
use crate::graph::{Host as HostTensor, Program};
use crate::lab::device::{Cache, CompiledProgram, Device, Model, Models, Placed, timed};
use crate::lab::{Host, LabError, Monitor, Weights, pixels_from_rgb, values_from};
use crate::models::{Network, PAINTER};
#[cfg(not(target_arch = "wasm32"))]
use crate::protocol::Why;
use crate::protocol::{BackendUsed, Painted, QuickStyle, Stage};
use candle_core::Device as HostDevice;
use std::rc::Rc;

/// Sizes for which it stays compiled.
const KEPT: usize = 2;
/// Height and width are multiples of it.
const MULTIPLE: u32 = 4;

pub(in crate::lab::look) struct Painter {
    weights: Rc<Weights>,
    device: Device,
    programs: Cache<[usize; 2], CompiledProgram>,
}

impl Painter {
    /// `[3, H, W]` in grey levels, in the size of the picture, whose sides are multiples of 4.
    async fn paint(&mut self, picture: &Rgb) -> Result<Vec<f32>, LabError> {
        let Self { weights, device, programs } = self;
        let (height, width) = (picture.height() as usize, picture.width() as usize);
        let network = Network { input: [3, height, width], ..weights.network().clone() };
        let values = values_from(picture, &network)?;
        let x = HostTensor::from_vec(values, (1, 3, height, width), &HostDevice::Cpu)?;
        let make = async || {
            let (_, painted) = network.graph(1)?;
            device.compile(Program::inference(&[&painted], &|name| weights.value(name))?).await
        };
        let found = programs.get([height, width], make).await?.run(|_| x.clone()).await?;
        let planes: Vec<f32> = found[0].flatten_all()?.to_vec1()?;
        ensure!(planes.iter().all(|value| value.is_finite()), "{} paints what is no number", weights.name());
        Ok(planes)
    }
}

impl Model for Painter {
    type Network = Weights;

    async fn on(weights: &Rc<Weights>, device: &Device) -> Result<Self, LabError> {
        Ok(Self { weights: weights.clone(), device: device.clone(), programs: Cache::new(KEPT) })
    }

    async fn sample(weights: &Rc<Weights>, device: &Device, watch: &impl Monitor) -> Result<f64, LabError> {
        const SIDE: u32 = 64;
        let mut painter = Self::on(weights, device).await?;
        let grey = Rgb::new(SIDE, SIDE, vec![128; (3 * SIDE * SIDE) as usize])?;
        timed(watch, async || painter.paint(&grey).await.map(drop)).await
    }
}

pub(in crate::lab::look) async fn paint<H: Host>(
    job: &QuickStyle,
    models: &mut Models<Painter, 1>,
    host: &H,
) -> Result<Painted, LabError> {
    let weights = host.any_weights(PAINTER).await?;
    let picture = sized(&*host.picture(job.picture)?, job.side)?;
    host.step(Stage::Run, 0, 1).await?;
    let run = async |models: &mut [Placed<Painter>]| {
        let Placed { model, used, .. } = &mut models[0];
        painted(model, &picture, used, host).await
    };
    models.run(std::slice::from_ref(&weights), job.backend, host, run).await
}

/// The same of a picture and a network that are at hand, on this device.
///
/// # Errors
/// [`LabError::Setup`] of a picture that is too small.
#[cfg(not(target_arch = "wasm32"))]
pub async fn painted_by(
    job: &QuickStyle,
    picture: &Rgb,
    weights: &Rc<Weights>,
    device: &Device,
    watch: &impl Monitor,
) -> Result<Painted, LabError> {
    let mut painter = Painter::on(weights, device).await?;
    painted(&mut painter, &sized(picture, job.side)?, &device.used(Why::Chosen), watch).await
}

async fn painted(
    painter: &mut Painter,
    picture: &Rgb,
    used: &BackendUsed,
    watch: &impl Monitor,
) -> Result<Painted, LabError> {
    let start = watch.now_millis();
    let planes = painter.paint(picture).await?;
    let elapsed_ms = watch.now_millis() - start;
    let (width, height) = (picture.width(), picture.height());
    let plane = planes.len() / 3;
    let pixels = (0..planes.len()).map(|at| planes[at % 3 * plane + at / 3].clamp(0.0, 255.0).round() as u8);
    let found = Rgb::new(width, height, pixels.collect())?;
    let shares: Vec<f32> = planes.iter().map(|level| level / 255.0).collect();
    Ok(Painted {
        picture: pixels_from_rgb(&found),
        png: png::encode(&found).into(),
        npy: npy_from(&shares, &[3, height as usize, width as usize]).into(),
        by: painter.weights.name().to_owned(),
        elapsed_ms,
        backend: used.clone(),
    })
}

/// The whole picture, its longer side this long, else no longer than the longest that is taken; both multiples of 4.
fn sized(picture: &Rgb, side: Option<u32>) -> Result<Rgb, LabError> {
    let longer = picture.width().max(picture.height());
    let side = side.unwrap_or(longer.clamp(*SIDES.start(), *SIDES.end()));
    ensure!(SIDES.contains(&side), "a side of {side} pixels is not between {} and {}", SIDES.start(), SIDES.end());
    let found = scaled(picture, f64::from(side), "picture")?;
    let [width, height] = [found.width(), found.height()].map(|side| (side / MULTIPLE).max(1) * MULTIPLE);
    Ok(if [width, height] == [found.width(), found.height()] { found } else { resize(picture, width, height)? })
}
