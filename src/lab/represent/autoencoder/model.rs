//! An autoencoder with weights as they were after a step, on the processor.

use super::network::AutoencoderShape;
use super::shared::CodeState;
use crate::graph::{Graph, Host, Program, Spec};
use crate::lab::LabError;
use crate::lab::device::{CompiledProgram, Device, DeviceState};
use crate::nn::VarBuilder;
use candle_core::Device as HostDevice;
use std::rc::Rc;

/// Codes, and pictures, at once.
const BATCH: usize = 16;

pub struct AutoencoderModel {
    pub(super) shape: AutoencoderShape,
    /// Whose weights it has.
    of: Option<Rc<CodeState>>,
    state: DeviceState,
    decode: CompiledProgram,
    again: Option<CompiledProgram>,
}

impl AutoencoderModel {
    /// Without weights yet.
    pub(super) async fn new(shape: &AutoencoderShape) -> Result<Self, LabError> {
        let graph = Graph::new();
        let encoded = shape.again(&graph, 1, &VarBuilder::new(&graph))?;
        // Never run: all variables, for the layout of a state.
        let everything = Program::step(&[&encoded.code, &encoded.layers[0]], &[])?;
        let state = Device::Cpu.state(&everything)?;
        let graph = Graph::new();
        let code = graph.input("code", Spec::f32([BATCH, shape.code]));
        let picture = shape.picture_from(&shape.decode(&code, &VarBuilder::new(&graph))?)?;
        let decode = state.compile(Program::step(&[&picture], &[])?).await?;
        Ok(Self { shape: shape.clone(), of: None, state, decode, again: None })
    }

    pub(super) fn step(&self) -> u32 {
        self.of.as_ref().map_or(0, |state| state.step)
    }

    pub(super) fn is_of(&self, state: &Rc<CodeState>) -> bool {
        self.of.as_ref().is_some_and(|of| Rc::ptr_eq(of, state))
    }

    pub(super) fn take(&mut self, state: &Rc<CodeState>) -> Result<(), LabError> {
        for (name, ..) in self.shape.weights()? {
            let value = state.values.get(&name);
            let value = value.ok_or_else(|| LabError::RunDiffers { what: "network".to_owned() })?;
            self.state.write(&name, value)?;
        }
        self.of = Some(state.clone());
        Ok(())
    }

    /// Pictures in 0…1, one after the other, but those of a linear network, which may leave that.
    pub(super) async fn decoded(&mut self, codes: &[Vec<f32>]) -> Result<Vec<f32>, LabError> {
        let (code, numbers) = (self.shape.code, self.shape.numbers());
        let mut found = Vec::with_capacity(codes.len() * numbers);
        for some in codes.chunks(BATCH) {
            let mut values: Vec<f32> = some.concat();
            values.resize(BATCH * code, 0.0);
            let values = Host::from_vec(values, (BATCH, code), &HostDevice::Cpu)?;
            let pictures = self.decode.run(|_| values.clone()).await?.remove(0).flatten_all()?.to_vec1::<f32>()?;
            found.extend_from_slice(&pictures[..some.len() * numbers]);
        }
        Ok(found)
    }

    /// What the penalty of a contractive code is at a picture.
    pub(super) async fn contraction(&self, picture: &[f32]) -> Result<f64, LabError> {
        let [channels, height, width] = self.shape.picture;
        let (graph, x) = (Graph::new(), Host::from_slice(picture, (1, channels, height, width), &HostDevice::Cpu)?);
        let vb = VarBuilder::new(&graph);
        let input = graph.input("x", Spec::f32([1, channels, height, width]));
        let penalty = self.shape.contraction(&self.shape.encode(&input, &vb)?, &vb)?;
        let mut program = self.state.compile(Program::step(&[&penalty], &[])?).await?;
        let found = program.run(|_| x.clone()).await?.remove(0).flatten_all()?.to_vec1::<f32>()?;
        Ok(found.first().copied().map_or(f64::NAN, f64::from))
    }

    /// Of pictures in 0…1, one after the other: their codes, and the pictures again.
    pub(super) async fn again(&mut self, pictures: &[f32]) -> Result<(Vec<Vec<f32>>, Vec<f32>), LabError> {
        let ([channels, height, width], numbers) = (self.shape.picture, self.shape.numbers());
        if self.again.is_none() {
            let graph = Graph::new();
            let encoded = self.shape.again(&graph, BATCH, &VarBuilder::new(&graph))?;
            let program = Program::step(&[&encoded.code, &encoded.layers[0]], &[])?;
            self.again = Some(self.state.compile(program).await?);
        }
        let Some(program) = &mut self.again else { return Ok(Default::default()) };
        let (mut codes, mut again) = (Vec::new(), Vec::new());
        for some in pictures.chunks(BATCH * numbers) {
            let mut values = some.to_vec();
            values.resize(BATCH * numbers, 0.0);
            let values = Host::from_vec(values, (BATCH, channels, height, width), &HostDevice::Cpu)?;
            let found = program.run(|_| values.clone()).await?;
            codes.extend(found[0].to_vec2::<f32>()?.into_iter().take(some.len() / numbers));
            again.extend_from_slice(&found[1].flatten_all()?.to_vec1::<f32>()?[..some.len()]);
        }
        Ok((codes, again))
    }
}
