//! Brain: how like the ventral stream a network is.

mod cells;
mod stream;

pub use cells::cell_facts;
#[cfg(not(target_arch = "wasm32"))]
pub use cells::cells_of;

use super::device::Device;
use super::{Host, LabError, Perform};
use crate::protocol::{Brain, BrainAnswer, BrainNews, CellsFound, StreamReport};
use cells::cells;
use stream::{stream_facts, streamed};

impl<H: Host> Perform<H> for Brain {
    type Kept = ();

    async fn perform(self, (): &(), host: &H, tell: &dyn Fn(BrainNews)) -> Result<BrainAnswer, LabError> {
        Ok(match self {
            Brain::Stream(task) => {
                let tell = |report: StreamReport| tell(BrainNews::Stream(Box::new(report)));
                BrainAnswer::Streamed(Box::new(streamed(&task, host, &tell).await?))
            }
            Brain::Cells(task) => {
                let tell = |found: CellsFound| tell(BrainNews::Cells(Box::new(found)));
                BrainAnswer::Cells(Box::new(cells(&task, host, &tell).await?))
            }
            // Of plain arithmetic: the same on any device.
            Brain::CheckCells(_) => BrainAnswer::CellsChecked(Device::Cpu.findings(cell_facts(host).await?)),
            // Of plain arithmetic: the same on any device.
            Brain::Check(_) => BrainAnswer::Checked(Device::Cpu.findings(stream_facts()?)),
        })
    }
}
