//! Speed: what the lab needs of the session.

use super::session::Session;
use super::ticket::Ticket;
use crate::lab::speed::speed;
use crate::protocol::{Outcome, Speed, Trouble, Update};

impl Session {
    pub(super) async fn speed(&self, job: &Speed, ticket: &Ticket) -> Result<Outcome, Trouble> {
        // Nobody else computes meanwhile.
        let mut engine = self.engine(ticket).await?;
        let gpu = engine.living_gpu().await;
        let tell = |timed: &_| ticket.tell(Update::Timed(Clone::clone(timed)));
        Ok(Outcome::Timed(speed(job, &gpu, ticket, tell).await?))
    }
}
