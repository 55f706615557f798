//! A trained cascade on a device.

use super::examples::USUAL_DIAMETER;
use super::{CascadeFile, CascadeProgram, PICTURES, REACH, SIDES, everything, host, weights_of};
use crate::data::Rgb;
use crate::data::procedural::{DrawnFigure, FIGURE_JOINTS};
use crate::graph::Host;
use crate::lab::device::{CompiledProgram, Device, Model, timed};
use crate::lab::pose::crop::cropped;
use crate::lab::pose::joints::{Joints, PoseBox, diameter, known};
use crate::lab::pose::measure::JudgedPose;
use crate::lab::{LabError, Monitor};
use crate::models::deep_pose::STAGES;
use std::rc::Rc;

/// The least and the largest diameter of a trunk that is believed, in sides of the person's square.
const DIAMETERS: [f32; 2] = [0.1, 0.6];

/// What a stage says, and the squares that it looked at.
pub struct CascadeStage {
    pub joints: Joints,
    pub looked_at: Vec<PoseBox>,
}

/// What a stage looks at: a square around each joint as the stage before it has them, of so many diameters of the trunk.
pub(in crate::lab::pose) fn squares_of(before: &Joints, frame: PoseBox, reach: f32) -> [PoseBox; FIGURE_JOINTS] {
    let trunk = diameter(&before.map(Some)).unwrap_or(USUAL_DIAMETER * frame.side);
    let side = reach * trunk.clamp(DIAMETERS[0] * frame.side, DIAMETERS[1] * frame.side);
    before.map(|centre| PoseBox { centre, side })
}

/// All stages of one person, whose square is `frame`; `run` runs a program on its input.
pub(super) async fn stages_of(
    picture: &Rgb,
    frame: PoseBox,
    mut run: impl AsyncFnMut(CascadeProgram, Host) -> Result<Host, LabError>,
) -> Result<Vec<CascadeStage>, LabError> {
    let mut values = Vec::new();
    cropped(picture, frame, SIDES[0], &mut values);
    let input = host(values, (1, 3, SIDES[0], SIDES[0]))?;
    let said = run(CascadeProgram { stage: 0, squares: 1 }, input).await?.flatten_all()?.to_vec1::<f32>()?;
    let joints = std::array::from_fn(|joint| frame.denormalised([said[2 * joint], said[2 * joint + 1]]));
    let mut stages = vec![CascadeStage { joints, looked_at: vec![frame] }];
    for stage in 1..STAGES {
        let squares = squares_of(&stages[stage - 1].joints, frame, REACH[stage - 1]);
        let mut values = Vec::new();
        squares.iter().for_each(|square| cropped(picture, *square, SIDES[stage], &mut values));
        let input = host(values, (FIGURE_JOINTS, 3, SIDES[stage], SIDES[stage]))?;
        let said = run(CascadeProgram { stage, squares: FIGURE_JOINTS }, input).await?.to_vec2::<f32>()?;
        let joints = std::array::from_fn(|joint| {
            squares[joint].denormalised([said[joint][2 * joint], said[joint][2 * joint + 1]])
        });
        stages.push(CascadeStage { joints, looked_at: squares.to_vec() });
    }
    Ok(stages)
}

/// For one person at a time.
pub struct CascadeModel {
    stages: Vec<CompiledProgram>,
}

impl CascadeModel {
    /// # Errors
    /// What the device refuses.
    pub async fn new(file: &CascadeFile, device: &Device) -> Result<Self, LabError> {
        let state = device.state(&everything()?)?;
        for (tensor, expected, _) in weights_of()? {
            let missing = || LabError::MissingTensor {
                file: "the file".to_owned(),
                network: "DeepPose".to_owned(),
                tensor: tensor.clone(),
                expected,
            };
            state.write(&tensor, &file.value(&tensor).ok_or_else(missing)?)?;
        }
        let mut stages = Vec::new();
        for stage in 0..STAGES {
            let squares = if stage == 0 { 1 } else { FIGURE_JOINTS };
            stages.push(state.compile(CascadeProgram { stage, squares }.program()?).await?);
        }
        Ok(Self { stages })
    }

    /// The joints after each stage, of the person in the square `frame`; and how many milliseconds each took.
    ///
    /// # Errors
    /// What the device refuses.
    pub async fn look(
        &mut self,
        picture: &Rgb,
        frame: PoseBox,
        watch: &impl Monitor,
    ) -> Result<Vec<(CascadeStage, f64)>, LabError> {
        let (mut at, mut millis) = (watch.now_millis(), Vec::new());
        let stages = stages_of(picture, frame, async |program: CascadeProgram, input: Host| {
            let said = self.stages[program.stage].run(|name| {
                debug_assert_eq!(name, PICTURES[program.stage]);
                input.clone()
            });
            let said = said.await?.remove(0);
            let now = watch.now_millis();
            millis.push(now - at);
            at = now;
            Ok(said)
        })
        .await?;
        Ok(stages.into_iter().zip(millis).collect())
    }
}

/// What a cascade says of the first figures of a stream; `each` hears before each of them.
///
/// # Errors
/// What the device refuses, and what `each` gives.
pub async fn judged_figures(
    model: &mut CascadeModel,
    (stream, count): (u32, u32),
    watch: &impl Monitor,
    mut each: impl AsyncFnMut(u32) -> Result<(), LabError>,
) -> Result<Vec<JudgedPose>, LabError> {
    let mut judged = Vec::new();
    for number in 0..count {
        each(number).await?;
        let figure = DrawnFigure::drawn(stream, u64::from(number))?;
        let truth = known(&figure);
        let frame = PoseBox::around(&truth).unwrap_or_else(|| PoseBox::whole(1, 1));
        let stages = model.look(&figure.picture, frame, watch).await?;
        judged.push(JudgedPose { truth, stages: stages.into_iter().map(|(stage, _)| stage.joints).collect() });
    }
    Ok(judged)
}

impl Model for CascadeModel {
    type Network = CascadeFile;

    async fn on(file: &Rc<CascadeFile>, device: &Device) -> Result<Self, LabError> {
        Self::new(file, device).await
    }

    async fn sample(file: &Rc<CascadeFile>, device: &Device, watch: &impl Monitor) -> Result<f64, LabError> {
        let mut one = Self::new(file, device).await?;
        let side = SIDES[0] as u32;
        let grey = Rgb::new(side, side, vec![128; 3 * SIDES[0] * SIDES[0]])?;
        timed(watch, async || one.look(&grey, PoseBox::whole(side, side), watch).await.map(drop)).await
    }
}
