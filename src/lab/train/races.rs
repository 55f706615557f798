//! Which device trains faster: a few steps on each, from the same start, thrown away afterwards.

use super::{Dataset, LabError, Trainer};
use crate::lab::Host;
use crate::lab::device::{Device, Race, choose_known};
use crate::protocol::{BackendUsed, Setup, Stage};
use std::cell::RefCell;
use std::rc::Rc;

/// By network, batch and size of the examples.
#[derive(Default)]
pub struct Races(RefCell<Vec<(Key, Race)>>);

type Key = (String, u32, [usize; 3]);

impl Races {
    /// The device that the person chose, else the faster one.
    ///
    /// # Errors
    /// [`LabError::NoGpu`] where the person chose one, those of [`Trainer::new`], and [`LabError::Cancelled`].
    pub async fn choose(
        &self,
        setup: &Setup,
        data: &Rc<Dataset>,
        host: &impl Host,
    ) -> Result<(Device, BackendUsed), LabError> {
        let key = (setup.network.clone(), setup.batch, data.shape);
        let earlier = self.0.borrow().iter().find(|(known, _)| *known == key).map(|(_, race)| *race);
        let mut race = earlier;
        let sample = async |device: &Device| {
            host.step(Stage::Race, 0, 1).await?;
            Trainer::new(setup.clone(), data.clone(), device).await?.step_millis(host).await
        };
        let chosen = choose_known(setup.backend, &host.gpu().await?, &mut race, sample).await?;
        if let (None, Some(race)) = (earlier, race) {
            self.0.borrow_mut().push((key, race));
        }
        Ok(chosen)
    }
}
