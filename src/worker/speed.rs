//! Speed: what the lab needs of the session.

use super::session::Session;
use super::ticket::Ticket;
use crate::lab::speed::speed;
use crate::protocol::{Held, Outcome, Sealed, Speed, Trouble, Update};
use core::arch::wasm32::memory_size;

/// Of WebAssembly's memory.
const PAGE_BYTES: u64 = 1 << 16;

impl Session {
    pub(super) async fn speed(&self, job: &Speed, ticket: &Ticket) -> Result<Outcome, Trouble> {
        // Nobody else computes meanwhile.
        let mut engine = self.engine(ticket).await?;
        self.meet_gpu(&mut engine, ticket).await?;
        let tell = |timed: &_| ticket.tell(Update::Timed(Sealed::new(Clone::clone(timed))));
        Ok(Outcome::Timed(speed(job, engine.gpu(), ticket, tell).await?.into()))
    }

    pub(super) async fn held(&self, ticket: &Ticket) -> Result<Held, Trouble> {
        let [gpu_bytes, gpu_buffers] = self.engine(ticket).await?.gpu().held();
        Ok(Held { wasm_bytes: memory_size(0) as u64 * PAGE_BYTES, gpu_bytes, gpu_buffers })
    }
}
