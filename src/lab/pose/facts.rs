//! What must hold whatever the picture.

use super::cascade::{CascadeFile, CascadeModel, judged_figures};
use super::joints::{Joints, PoseBox, diameter, distance, known, mirrored};
use super::measure::{JudgedPose, accuracy};
use crate::data::procedural::{DrawnFigure, FIGURE_JOINTS};
use crate::lab::device::{Device, on_each};
use crate::lab::{Host, LabError};
use crate::protocol::{BackendChoice, Finding, PoseFact};
use std::rc::Rc;

/// Figures that are looked at.
const FIGURES: u32 = 48;
const STREAM: u32 = 0x0fac_0000;

/// On each device that is chosen.
///
/// # Errors
/// [`LabError::Cancelled`], and what a device refuses.
pub(super) async fn pose_facts(
    choice: BackendChoice,
    file: &Rc<CascadeFile>,
    host: &impl Host,
) -> Result<Vec<Finding<PoseFact>>, LabError> {
    let figures = (0..20).map(|number| DrawnFigure::drawn(STREAM, number)).collect::<Result<Vec<_>, _>>()?;
    let (normalise, mirror, measures) = (normalising(&figures), mirroring(&figures), by_hand());
    let mut on_cpu = CascadeModel::new(file, &Device::Cpu).await?;
    let first = &figures[0];
    let frame = PoseBox::around(&known(first)).unwrap_or_else(|| PoseBox::whole(1, 1));
    let said: Vec<Joints> =
        on_cpu.look(&first.picture, frame, host).await?.into_iter().map(|(s, _)| s.joints).collect();
    on_each(choice, host, async |device: &Device| {
        let mut model = CascadeModel::new(file, device).await?;
        let other = model.look(&first.picture, frame, host).await?;
        let off = said.iter().zip(&other).flat_map(|(a, (b, _))| a.iter().zip(&b.joints));
        let off = off.map(|(a, b)| f64::from(distance(*a, *b))).fold(0.0, f64::max);
        let each =
            async |number: u32| host.step(crate::protocol::Stage::Run, u64::from(number), u64::from(FIGURES)).await;
        let stages = accuracy(&judged_figures(&mut model, (STREAM, FIGURES), host, each).await?);
        let gain = |stage: usize| stages[stage].pcp_mean - stages[stage - 1].pcp_mean;
        Ok(device.findings([
            (PoseFact::Normalise, 0.0, normalise, 1e-3),
            (PoseFact::Mirror, 0.0, mirror, 1e-3),
            (PoseFact::Measures, 0.0, measures, 1e-9),
            (PoseFact::Devices, 0.0, off, 0.1),
            // What a stage gains is above nothing: within the limit of one half of it.
            (PoseFact::SecondStage, 0.5, gain(1), 0.5 - 1e-9),
            (PoseFact::ThirdStage, 0.5, gain(2), 0.5),
        ]))
    })
    .await
}

fn normalising(figures: &[DrawnFigure]) -> f64 {
    let of = |figure: &DrawnFigure| {
        let Some(frame) = PoseBox::around(&known(figure)) else { return f32::MAX };
        let off = figure.joints.map(|joint| distance(frame.denormalised(frame.normalised(joint)), joint));
        off.into_iter().fold(0.0, f32::max)
    };
    f64::from(figures.iter().map(of).fold(0.0, f32::max))
}

fn mirroring(figures: &[DrawnFigure]) -> f64 {
    let of = |figure: &DrawnFigure| {
        let width = figure.picture.width() as f32;
        let twice = mirrored(&mirrored(&known(figure), width), width);
        let off = twice.iter().zip(figure.joints).map(|(a, b)| a.map_or(f32::MAX, |a| distance(a, b)));
        off.fold(0.0, f32::max)
    };
    f64::from(figures.iter().map(of).fold(0.0, f32::max))
}

/// A right forearm of length 10 beside a trunk of diameter 20. Said 4 and 6 off at its ends, it is not found, for 6 is more than half of 10;
/// said 4 and 5 off it is. PCK's reach is a fifth of 20: of the four joints, the elbow and the trunk are near enough.
fn by_hand() -> f64 {
    let mut truth = [None; FIGURE_JOINTS];
    (truth[9], truth[2]) = (Some([0.0, 0.0]), Some([12.0, 16.0]));
    (truth[7], truth[6]) = (Some([40.0, 0.0]), Some([50.0, 0.0]));
    let mut said: Joints = truth.map(Option::unwrap_or_default);
    (said[7], said[6]) = ([44.0, 0.0], [50.0, 6.0]);
    let mut near = said;
    near[6] = [50.0, 5.0];
    let found = accuracy(&[JudgedPose { truth, stages: vec![said, near] }]);
    let trunk = f64::from(diameter(&truth).unwrap_or_default());
    let expected = [
        (trunk, 20.0),
        (found[0].pcp[1], 0.0),
        (found[1].pcp[1], 1.0),
        (found[0].pck, 0.75),
        (found[0].joints[6][1], 0.3),
        (found[0].joints[7][0], 1.0),
    ];
    // Single precision lies between the places and a distance.
    let off = expected.into_iter().map(|(found, wanted)| (found - wanted).abs()).fold(0.0, f64::max);
    if off < 1e-6 { 0.0 } else { off }
}
