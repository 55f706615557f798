//! Brain: what networks of artificial neurons have of the visual system.

mod cells;
mod neocognitron;
mod stream;

pub use cells::cell_facts;
#[cfg(not(target_arch = "wasm32"))]
pub use cells::cells_of;
pub use neocognitron::{CellPlanes, DigitPictures, GrownNeocognitron, NeocognitronSession, RivalLessons};

use super::device::{Device, on_each};
use super::{Host, LabError, Perform};
use crate::protocol::{Brain, BrainAnswer, BrainNews, CellsFound, NeocognitronProgress, StreamNews, ToleranceRow};
use cells::cells;
use neocognitron::neocognitron_facts;
#[cfg(not(target_arch = "wasm32"))]
pub use stream::stream_of;
use stream::{StreamSession, scaled_pictures, stream_facts};

/// What stays from job to job.
#[derive(Default)]
pub struct BrainSession {
    stream: StreamSession,
    neocognitron: NeocognitronSession,
}

impl<H: Host> Perform<H> for Brain {
    type Kept = BrainSession;

    async fn perform(self, kept: &BrainSession, host: &H, tell: &dyn Fn(BrainNews)) -> Result<BrainAnswer, LabError> {
        let BrainSession { stream, neocognitron } = kept;
        Ok(match self {
            Brain::Stream(task) => {
                let tell = |news: StreamNews| tell(BrainNews::Stream(news));
                BrainAnswer::Streamed(Box::new(stream.streamed(&task, host, &tell).await?))
            }
            Brain::Scale(job) => BrainAnswer::Scaled(scaled_pictures(&job)?),
            Brain::Cells(task) => {
                let tell = |found: CellsFound| tell(BrainNews::Cells(Box::new(found)));
                BrainAnswer::Cells(Box::new(cells(&task, host, &tell).await?))
            }
            Brain::Grow(run) => {
                let tell = |news: NeocognitronProgress| tell(BrainNews::Grows(Box::new(news)));
                BrainAnswer::Grown(Box::new(neocognitron.grow(&run, host, &tell).await?))
            }
            Brain::View(picture) => BrainAnswer::Viewed(Box::new(neocognitron.view(&picture, host)?)),
            Brain::Tolerance(run) => {
                let tell = |row: ToleranceRow| tell(BrainNews::Tolerates(row));
                BrainAnswer::Tolerated(Box::new(neocognitron.tolerance(&run, host, &tell).await?))
            }
            Brain::Check(backend) => {
                // Of plain arithmetic: the same on any device.
                let mut found = Device::Cpu.findings(stream_facts()?);
                found.extend(Device::Cpu.findings(cell_facts(host).await?));
                found.extend(on_each(backend, host, async |device| neocognitron_facts(device).await).await?);
                BrainAnswer::Checked(found)
            }
        })
    }
}
