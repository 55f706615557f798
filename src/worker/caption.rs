//! Caption: the networks that speak in this session, and what is asked of them.

use super::session::{Session, shipped_bytes};
use super::ticket::Ticket;
use crate::lab::LabError;
use crate::lab::caption::{self, Captioner, Studio, shipped_captioner};
use crate::protocol::{Caption, Captioned, Outcome, Sealed, Speaker, Trouble, Update};
use async_lock::Mutex;
use std::cell::RefCell;
use std::rc::Rc;

#[derive(Default)]
pub(super) struct Captions {
    /// Fetched when it is first asked.
    shipped: RefCell<Option<Rc<Captioner>>>,
    trained: RefCell<Option<Rc<Captioner>>>,
    studio: Mutex<Studio>,
}

/// What the page calls the network that comes with it.
const TITLE: &str = "Scenes";

impl Session {
    pub(super) async fn caption(&self, job: Caption, ticket: &Ticket) -> Result<Outcome, Trouble> {
        let gpu = self.gpu(ticket).await?;
        let captions = &self.captions;
        let found = match job {
            Caption::Kit => Captioned::Kit(caption::kit()),
            Caption::Train(job) => {
                let tell = |news| ticket.tell(Update::Captioned(Sealed::new(news)));
                let keep = |captioner| _ = captions.trained.replace(Some(Rc::new(captioner)));
                Captioned::Trained(caption::teach(&job, &gpu, ticket, &tell, &keep).await?)
            }
            Caption::Bring(job) => Captioned::Brought(self.bring_captions(job, ticket).await?),
            Caption::Learn(job) => Captioned::Learnt(Box::new(self.learn_captions(&job, &gpu, ticket).await?)),
            Caption::SayOf(job) => Captioned::SaidOf(self.say_caption(job, ticket).await?),
            Caption::Check(choice) => {
                let captioner = self.captioner(Speaker::Shipped, ticket).await?;
                Captioned::Checked(caption::check(&captioner, choice, &gpu).await?)
            }
            Caption::Describe(job) => {
                let captioner = self.captioner(job.speaker, ticket).await?;
                let mut studio = ticket.or_cancelled(captions.studio.lock()).await?;
                match studio.describe(&job, &captioner, &gpu, ticket).await {
                    Err(error) if error.is_device_lost() => {
                        studio.clear();
                        Captioned::Said(studio.describe(&job, &captioner, &gpu, ticket).await?)
                    }
                    found => Captioned::Said(found?),
                }
            }
            Caption::Explain(job) => {
                let captioner = self.captioner(job.speaker, ticket).await?;
                let mut studio = ticket.or_cancelled(captions.studio.lock()).await?;
                match studio.explain(&job, &captioner, &gpu, ticket).await {
                    Err(error) if error.is_device_lost() => {
                        studio.clear();
                        Captioned::Explained(studio.explain(&job, &captioner, &gpu, ticket).await?)
                    }
                    found => Captioned::Explained(found?),
                }
            }
        };
        Ok(Outcome::Captioned(found.into()))
    }

    async fn captioner(&self, speaker: Speaker, ticket: &Ticket) -> Result<Rc<Captioner>, Trouble> {
        let captions = &self.captions;
        match speaker {
            Speaker::Trained => {
                let missing =
                    || LabError::Setup { detail: "no network was trained here yet; train one first".to_owned() };
                Ok(captions.trained.borrow().clone().ok_or_else(missing)?)
            }
            Speaker::Shipped => {
                if let Some(captioner) = captions.shipped.borrow().clone() {
                    return Ok(captioner);
                }
                let report = shipped_captioner();
                let bytes = shipped_bytes(TITLE, &report, ticket).await?;
                let captioner = Rc::new(Captioner::parse(&report.file, bytes)?);
                captions.shipped.replace(Some(captioner.clone()));
                Ok(captioner)
            }
        }
    }
}
