//! The run that is shown: what was asked, what was heard of it, and how it is steered.

use crate::protocol::{
    BiasPoint, Distil, DistilNews, DistilResult, DistilRun, Distilled, Experiment, ExportForm, ExportStudent, Exported,
    Mix, SteerDistil, Trouble,
};
use crate::ui::client::unexpected;
use crate::ui::{Ask, PageSettings, app, folder};
use leptos::prelude::*;

#[derive(Clone, Copy)]
pub(super) struct DistilState {
    pub(super) ask: Ask<Distil, Box<DistilResult>>,
    pub(super) paused: RwSignal<bool>,
    pub(super) news: RwSignal<Option<DistilNews>>,
    pub(super) corrected: RwSignal<Vec<BiasPoint>>,
    pub(super) asked: RwSignal<Option<DistilRun>>,
}

impl DistilState {
    pub(super) fn new() -> Self {
        Self {
            ask: ask!(Distil, Restart, Distilled::Ran),
            paused: RwSignal::new(false),
            news: RwSignal::new(None),
            corrected: RwSignal::new(Vec::new()),
            asked: RwSignal::new(None),
        }
    }

    /// Ends what is under way within a step, and begins anew with what the page is set to.
    pub(super) fn start(self) {
        let route = app().route.get_untracked();
        let job = DistilRun { backend: route.backend, ..route.settings().unwrap_or_default() };
        self.news.set(None);
        self.corrected.set(Vec::new());
        self.paused.set(false);
        self.asked.set(Some(job.clone()));
        self.ask.start(
            Distil::Run(Box::new(job)),
            move |news| self.hear(news),
            move |found| {
                let DistilResult { news, corrected } = *found;
                self.paused.try_set(false);
                self.news.try_set(Some(news));
                self.corrected.try_set(corrected);
            },
        );
    }

    /// Of all news, where there are any.
    pub(super) fn read<T>(self, read: impl FnOnce(&DistilNews) -> T) -> Option<T> {
        self.news.with(|news| news.as_ref().map(read))
    }

    fn hear(self, news: DistilNews) {
        self.news.try_update(|all| match all {
            Some(all) => {
                let mut pupils = std::mem::take(&mut all.pupils);
                for (pupil, heard) in pupils.iter_mut().zip(&news.pupils) {
                    pupil.params = heard.params;
                    pupil.measured.extend(&heard.measured);
                }
                let asked = if news.asked.is_empty() { std::mem::take(&mut all.asked) } else { news.asked.clone() };
                *all = DistilNews { pupils, asked, ..news };
            }
            None => *all = Some(news),
        });
    }

    pub(super) fn pause(self) {
        let paused = !self.paused.get_untracked();
        self.paused.set(paused);
        self.steer(if paused { SteerDistil::Pause } else { SteerDistil::Go });
    }

    /// From the next step on, and in the address.
    pub(super) fn mix(self, mix: Mix) {
        DistilRun::change(|settings| settings.mix = mix);
        if untrack(|| self.ask.is_on()) {
            self.steer(SteerDistil::Mix(mix));
            // What comes out is no longer what was asked for.
            self.asked.update(|asked| {
                if let Some(asked) = asked {
                    asked.mix = mix;
                }
            });
        }
    }

    /// The student that had the teacher's answers, to the downloads.
    pub(super) async fn save_student(form: ExportForm) -> Result<(), Trouble> {
        let job = Distil::ExportStudent(ExportStudent { form, is_alone: false });
        match app().client.answer(job).await? {
            Distilled::Exported(Exported { name, bytes }) => folder::save(&name, &bytes),
            Distilled::Ran(_) | Distilled::Checked(_) => return Err(unexpected(Distil::ID.name())),
        }
        Ok(())
    }

    fn steer(self, steer: SteerDistil) {
        app().try_to(async move { app().client.steer::<Distil>(steer).await });
    }
}
