//! `neocog look optimal|invert|caricature`: pictures that a network would like best, and those that it cannot tell from one.

use super::{Source, picture, saved, told};
use crate::command::classify::Resize;
use crate::command::{Failure, Report};
use crate::lab::NoMonitor;
use crate::lab::device::Device;
use crate::lab::look::optimal_of;
use crate::protocol::{FoundPicture, OptimalGoal, OptimalPicture, PictureSimilarity, PictureSpace};
use clap::Args;
use std::path::PathBuf;

#[derive(Args)]
pub(in crate::command) struct UnitSearch {
    /// The number of a class, or of a channel where a layer is named; several for as many pictures.
    #[arg(required_unless_present = "wall", value_name = "NUMBER")]
    units: Vec<u32>,
    /// All channels of the layer, or all classes, each in a small picture.
    #[arg(long, conflicts_with_all = ["units", "diverse"])]
    wall: bool,
    /// So many pictures of one unit that differ from one another.
    #[arg(long, value_name = "PICTURES")]
    diverse: Option<usize>,
    /// What similarity of those costs, over the unit's answer.
    #[arg(long, value_name = "WEIGHT", default_value_t = 1.0, requires = "diverse")]
    diversity: f64,
    /// The logit alone, however likely other classes become.
    #[arg(long)]
    logit: bool,
    #[command(flatten)]
    figures: Figures,
}

#[derive(Args)]
pub(in crate::command) struct PictureSearch {
    /// A PNG, JPEG, WebP, GIF or BMP file.
    image: PathBuf,
    /// How the picture becomes square.
    #[arg(long, value_enum, default_value_t = Resize::Crop)]
    resize: Resize,
    /// Of an inversion: so many layers, evenly from the first to the last.
    #[arg(long, value_name = "LAYERS", default_value_t = OptimalPicture::default().rungs)]
    rungs: u32,
    #[command(flatten)]
    figures: Figures,
}

#[derive(Args)]
struct Figures {
    #[command(flatten)]
    source: Source,
    /// Where the pictures go: an array in NumPy's format (.npy), else a PNG with several side by side.
    #[arg(long)]
    out: PathBuf,
    /// Its path; without it, the classes, or the last layer with several places.
    #[arg(long, value_name = "PATH")]
    layer: Option<String>,
    /// What the search changes.
    #[arg(long, value_enum, default_value_t = Space::Frequencies)]
    space: Space,
    #[arg(long, default_value_t = OptimalPicture::default().steps)]
    steps: u32,
    /// Learning rate at the start.
    #[arg(long)]
    rate: Option<f64>,
    /// Pixels by which the picture is shifted before each step, at most.
    #[arg(long, value_name = "PIXELS")]
    jitter: Option<u32>,
    /// Share by which it is made larger or smaller, at most.
    #[arg(long, default_value_t = OptimalPicture::default().zoom)]
    zoom: f64,
    /// Weight of the sum of squares.
    #[arg(long, value_name = "WEIGHT", default_value_t = OptimalPicture::default().l2)]
    l2: f64,
    /// Weight of the total variation.
    #[arg(long, value_name = "WEIGHT", default_value_t = OptimalPicture::default().variation)]
    variation: f64,
    /// Width of the blur at every fourth step, of pixels only.
    #[arg(long, value_name = "PIXELS", default_value_t = OptimalPicture::default().blur)]
    blur: f64,
    /// Of everything that is drawn.
    #[arg(long, default_value_t = 1)]
    seed: u32,
}

spelled! {
    enum Space => PictureSpace {
        /// Waves of all lengths.
        Frequencies,
        Pixels,
        /// Where each wave begins.
        Phases,
    }
}

impl Figures {
    fn job(&self, goal: OptimalGoal) -> OptimalPicture {
        OptimalPicture {
            goal,
            layer: self.layer.clone(),
            space: self.space.into(),
            steps: self.steps,
            rate: self.rate,
            jitter: self.jitter,
            zoom: self.zoom,
            l2: self.l2,
            variation: self.variation,
            blur: self.blur,
            seed: self.seed,
            ..OptimalPicture::default()
        }
    }
}

pub(super) fn of_units(arguments: &UnitSearch, report: &mut Report<'_>) -> Result<(), Failure> {
    let UnitSearch { units, logit, wall, diverse, diversity, figures } = arguments;
    let goal = if *wall { OptimalGoal::Wall } else { OptimalGoal::Units };
    let job = OptimalPicture { units: units.clone(), is_alone: !logit, ..figures.job(goal) };
    let job = match (diverse, units.as_slice()) {
        (None, _) => job,
        (Some(count), &[unit]) => OptimalPicture { units: vec![unit; *count], diversity: *diversity, ..job },
        (Some(_), _) => {
            return Err(Failure::Said("diverse pictures are of one unit; give one number".to_owned()));
        }
    };
    searched(&job, None, figures, report)
}

pub(super) fn of_picture(goal: OptimalGoal, arguments: &PictureSearch, report: &mut Report<'_>) -> Result<(), Failure> {
    let PictureSearch { image, resize, rungs, figures } = arguments;
    let job = OptimalPicture { fit: (*resize).into(), rungs: *rungs, ..figures.job(goal) };
    searched(&job, Some(image), figures, report)
}

fn searched(
    job: &OptimalPicture,
    image: Option<&PathBuf>,
    figures: &Figures,
    report: &mut Report<'_>,
) -> Result<(), Failure> {
    let Figures { source, out, .. } = figures;
    let weights = source.read()?;
    let picture = image.map(|image| picture(image)).transpose()?;
    let watch = NoMonitor::default();
    let found = pollster::block_on(optimal_of(job, picture.as_ref(), &weights, &Device::Cpu, &watch))?;
    saved(out, found.sheet.as_ref(), found.npy.as_ref())?;
    let at = found.layer.as_ref().map(|layer| format!(" at {layer}")).unwrap_or_default();
    let (steps, rate) = (found.step, found.steps_per_second);
    report.line(&format!("{steps} steps{at}, {rate:.1} a second, in {}", out.display()))?;
    if let Some(wall) = &found.wall {
        report.line(&format!("  {} channels, {} in a row", wall.values.len(), wall.columns))?;
    }
    if let Some(PictureSimilarity { begun, plain: Some(plain), shown, kept: Some(kept) }) = found.alike {
        let share = 100.0 * kept;
        report.line(&format!(
            "  similarity of two pictures: {begun:.4} at first, {plain:.4} without diversity, {shown:.4} with it; {share:.0} % of the \
             answer is kept"
        ))?;
    }
    for FoundPicture { unit, layer, value, said, psnr, .. } in &found.pictures {
        let layer = layer.as_ref().map(|layer| format!("{layer}: ")).unwrap_or_default();
        let unit = if job.goal == OptimalGoal::Units { format!("{unit}: ") } else { String::new() };
        let psnr = psnr.map(|psnr| format!(", {psnr:.1} dB from the picture")).unwrap_or_default();
        let share = 100.0 * said.probability;
        report.line(&format!("  {layer}{unit}{value:.4}, {} {share:.1} %{psnr}", said.label))?;
    }
    told(&found.findings, report)
}
