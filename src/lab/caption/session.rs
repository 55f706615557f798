//! What a session asks of captioning networks, and those that it has.

use super::cache::{CaptionerCache, describe, explain};
use super::facts::facts;
use super::kept::Captioner;
use super::own::OwnSession;
use super::{kit, shipped_captioner, train_scenes};
use crate::lab::device::{Device, on_each};
use crate::lab::{Host, LabError, Perform};
use crate::protocol::{Caption, CaptionNews, Captioned, Speaker};
use async_lock::Mutex;
use std::cell::RefCell;
use std::rc::Rc;

#[derive(Default)]
pub struct CaptionSession {
    own: OwnSession,
    /// Fetched when it is first asked.
    shipped: RefCell<Option<Rc<Captioner>>>,
    trained: RefCell<Option<Rc<Captioner>>>,
    cache: Mutex<CaptionerCache>,
}

/// What the page calls the network that comes with it.
const TITLE: &str = "Scenes";

impl<H: Host> Perform<H> for Caption {
    type Kept = CaptionSession;

    async fn perform(self, kept: &CaptionSession, host: &H, tell: &dyn Fn(CaptionNews)) -> Result<Captioned, LabError> {
        Ok(match self {
            Caption::Kit => Captioned::Kit(kit()),
            Caption::Train(job) => {
                let keep = |captioner| _ = kept.trained.replace(Some(Rc::new(captioner)));
                Captioned::Trained(train_scenes(&job, host, &tell, &keep).await?)
            }
            Caption::Bring(job) => Captioned::Brought(kept.own.bring(job, host).await?),
            Caption::Learn(job) => Captioned::Learnt(Box::new(kept.own.learn(&job, host, &tell).await?)),
            Caption::SayOf(job) => Captioned::SaidOf(kept.own.say(&job, host).await?),
            Caption::Check(choice) => {
                let captioner = kept.captioner(Speaker::Shipped, host).await?;
                let facts = async |device: &Device| facts(&captioner, device).await;
                Captioned::Checked(on_each(choice, host, facts).await?)
            }
            Caption::Describe(job) => {
                let captioner = kept.captioner(job.speaker, host).await?;
                let mut cache = host.or_cancelled(kept.cache.lock()).await?;
                Captioned::Said(describe(&mut cache, &job, &captioner, host).await?)
            }
            Caption::Explain(job) => {
                let captioner = kept.captioner(job.speaker, host).await?;
                let mut cache = host.or_cancelled(kept.cache.lock()).await?;
                Captioned::Explained(explain(&mut cache, &job, &captioner, host).await?)
            }
        })
    }
}

impl CaptionSession {
    async fn captioner(&self, speaker: Speaker, host: &impl Host) -> Result<Rc<Captioner>, LabError> {
        match speaker {
            Speaker::Trained => {
                let trained = self.trained.borrow().clone();
                trained.ok_or_else(|| bad_setup!("no network was trained here yet; train one first"))
            }
            Speaker::Shipped => {
                if let Some(captioner) = self.shipped.borrow().clone() {
                    return Ok(captioner);
                }
                let report = shipped_captioner();
                let bytes = host.shipped(TITLE, &report).await?;
                let captioner = Rc::new(Captioner::parse(&report.file, bytes)?);
                self.shipped.replace(Some(captioner.clone()));
                Ok(captioner)
            }
        }
    }
}
