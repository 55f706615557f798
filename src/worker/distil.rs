//! Distil: what the lab needs of the session, and the wheel of the run under way.

use super::session::Session;
use super::ticket::Ticket;
use crate::lab::distil::{Means, distil};
use crate::protocol::{Distil, Outcome, Sealed, SteerDistil, Teacher, Trouble, Update};

impl Session {
    pub(super) async fn distil(&self, job: Distil, ticket: &Ticket) -> Result<Outcome, Trouble> {
        let teacher = match &job {
            Distil::Run(run) => match &run.teacher {
                Teacher::Loaded { network } => Some(self.weights(network, ticket).await?),
                Teacher::Trained { .. } => None,
            },
            Distil::Check(_) => None,
        };
        let gpu = self.gpu(ticket).await?;
        let means = Means { gpu: &gpu, brought: self.brought(), teacher, wheel: &self.wheel };
        let tell = |news| ticket.tell(Update::Distilled(Sealed::new(news)));
        Ok(Outcome::Distilled(distil(&job, means, ticket, tell).await?.into()))
    }

    pub(super) fn steer_distil(&self, steer: SteerDistil) -> Outcome {
        self.wheel.turn(steer);
        Outcome::Steered
    }
}
