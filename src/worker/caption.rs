//! Caption: the networks that speak in this session, and what is asked of them.

use super::host::JobHost;
use super::own_captions::OwnCaptions;
use crate::lab::caption::{self, Captioner, Studio, shipped_captioner};
use crate::lab::{Host, LabError, Perform};
use crate::protocol::{Caption, CaptionNews, Captioned, Speaker};
use async_lock::Mutex;
use std::cell::RefCell;
use std::rc::Rc;

#[derive(Default)]
pub struct Captions {
    pub(super) own: OwnCaptions,
    /// Fetched when it is first asked.
    shipped: RefCell<Option<Rc<Captioner>>>,
    trained: RefCell<Option<Rc<Captioner>>>,
    studio: Mutex<Studio>,
}

/// What the page calls the network that comes with it.
const TITLE: &str = "Scenes";

impl Perform<JobHost<'_>> for Caption {
    type Kept = Captions;

    async fn perform(
        self,
        captions: &Captions,
        host: &JobHost<'_>,
        tell: &dyn Fn(CaptionNews),
    ) -> Result<Captioned, LabError> {
        let JobHost { session, context } = *host;
        let gpu = host.gpu().await?;
        Ok(match self {
            Caption::Kit => Captioned::Kit(caption::kit()),
            Caption::Train(job) => {
                let keep = |captioner| _ = captions.trained.replace(Some(Rc::new(captioner)));
                Captioned::Trained(caption::teach(&job, &gpu, context, &tell, &keep).await?)
            }
            Caption::Bring(job) => Captioned::Brought(session.bring_captions(captions, job, context).await?),
            Caption::Learn(job) => {
                Captioned::Learnt(Box::new(session.learn_captions(captions, &job, &gpu, context, tell).await?))
            }
            Caption::SayOf(job) => Captioned::SaidOf(session.say_caption(captions, job, context).await?),
            Caption::Check(choice) => {
                let captioner = captions.captioner(Speaker::Shipped, host).await?;
                Captioned::Checked(caption::check(&captioner, choice, &gpu).await?)
            }
            Caption::Describe(job) => {
                let captioner = captions.captioner(job.speaker, host).await?;
                let mut studio = host.or_cancelled(captions.studio.lock()).await?;
                match studio.describe(&job, &captioner, &gpu, context).await {
                    Err(error) if error.is_device_lost() => {
                        studio.clear();
                        Captioned::Said(studio.describe(&job, &captioner, &gpu, context).await?)
                    }
                    found => Captioned::Said(found?),
                }
            }
            Caption::Explain(job) => {
                let captioner = captions.captioner(job.speaker, host).await?;
                let mut studio = host.or_cancelled(captions.studio.lock()).await?;
                match studio.explain(&job, &captioner, &gpu, context).await {
                    Err(error) if error.is_device_lost() => {
                        studio.clear();
                        Captioned::Explained(studio.explain(&job, &captioner, &gpu, context).await?)
                    }
                    found => Captioned::Explained(found?),
                }
            }
        })
    }
}

impl Captions {
    async fn captioner(&self, speaker: Speaker, host: &impl Host) -> Result<Rc<Captioner>, LabError> {
        let captions = self;
        match speaker {
            Speaker::Trained => {
                let missing =
                    || LabError::Setup { detail: "no network was trained here yet; train one first".to_owned() };
                captions.trained.borrow().clone().ok_or_else(missing)
            }
            Speaker::Shipped => {
                if let Some(captioner) = captions.shipped.borrow().clone() {
                    return Ok(captioner);
                }
                let report = shipped_captioner();
                let bytes = host.shipped(TITLE, &report).await?;
                let captioner = Rc::new(Captioner::parse(&report.file, bytes)?);
                captions.shipped.replace(Some(captioner.clone()));
                Ok(captioner)
            }
        }
    }
}
