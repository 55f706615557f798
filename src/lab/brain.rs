//! Brain: how like the ventral stream a network is.

mod stream;

use super::device::Device;
use super::{Host, LabError, Perform};
use crate::protocol::{Brain, BrainAnswer, BrainNews, StreamNews};
#[cfg(not(target_arch = "wasm32"))]
pub use stream::stream_of;
use stream::{StreamSession, scaled_pictures, stream_facts};

/// What stays from job to job.
#[derive(Default)]
pub struct BrainSession {
    stream: StreamSession,
}

impl<H: Host> Perform<H> for Brain {
    type Kept = BrainSession;

    async fn perform(self, kept: &BrainSession, host: &H, tell: &dyn Fn(BrainNews)) -> Result<BrainAnswer, LabError> {
        Ok(match self {
            Brain::Stream(task) => {
                let tell = |news: StreamNews| tell(BrainNews::Stream(news));
                BrainAnswer::Streamed(Box::new(kept.stream.streamed(&task, host, &tell).await?))
            }
            Brain::Scale(job) => BrainAnswer::Scaled(scaled_pictures(&job)?),
            // Of plain arithmetic: the same on any device.
            Brain::Check(_) => BrainAnswer::Checked(Device::Cpu.findings(stream_facts()?)),
        })
    }
}
