//! How a page asks the engine: one question at a time, with what comes of it as signals.

use crate::protocol::{Experiment, Job, Outcome, Progress, Sealed, Trouble, TroubleKind};
use crate::ui::app;
use crate::ui::client::{Handle, News, job_of, sealed_from, unexpected};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::ops::Deref;
use std::rc::Rc;

/// What becomes of a question that comes while another one is under way.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Policy {
    /// It waits; of several, the last one.
    #[default]
    Latest,
    /// It stops the other one.
    Restart,
    /// It is not asked.
    Single,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum AskState {
    /// Nothing was asked, or the person stopped it.
    #[default]
    Idle,
    Working,
    Ready,
    Failed,
}

impl AskState {
    pub(crate) fn name(self) -> &'static str {
        match self {
            AskState::Idle => "idle",
            AskState::Working => "working",
            AskState::Ready => "ready",
            AskState::Failed => "failed",
        }
    }
}

/// The state of asking, whatever is asked. What is under way is cancelled together with the owner of this.
#[derive(Clone, Copy, Default)]
pub(crate) struct Asking {
    policy: Policy,
    state: RwSignal<AskState>,
    /// Why the last question failed, until the next answer.
    trouble: RwSignal<Option<Trouble>>,
    pub(crate) progress: RwSignal<Option<Progress>>,
    handle: StoredValue<Option<Handle>, LocalStorage>,
    turn: StoredValue<u32>,
    waiting: StoredValue<Option<Question>, LocalStorage>,
    /// A question that ended the engine is not put to the next one by itself.
    fatal: StoredValue<Option<Job>>,
}

type End = Box<dyn FnOnce(Outcome) -> Result<(), Trouble>>;

struct Question {
    job: Job,
    hear: Rc<dyn Fn(Sealed)>,
    end: End,
}

impl Asking {
    pub(crate) fn new(policy: Policy) -> Self {
        let asking = Self { policy, ..Self::default() };
        on_cleanup(move || asking.stop());
        asking
    }

    pub(crate) fn state(self) -> AskState {
        self.state.get()
    }

    pub(crate) fn state_untracked(self) -> AskState {
        self.state.get_untracked()
    }

    pub(crate) fn is_on(self) -> bool {
        self.state.with(|state| *state == AskState::Working)
    }

    /// The last question was answered.
    pub(crate) fn is_fresh(self) -> bool {
        self.state.with(|state| *state == AskState::Ready)
    }

    pub(crate) fn trouble(self) -> Option<Trouble> {
        self.trouble.get()
    }

    /// It ends within one step.
    pub(crate) fn stop(self) {
        self.handle.try_with_value(|handle| handle.iter().for_each(|handle| handle.cancel()));
    }

    /// Shows nothing of the last question any more.
    pub(crate) fn forget(self) {
        self.stop();
        self.turn.update_value(|turn| *turn += 1);
        self.trouble.set(None);
        self.progress.set(None);
        self.state.set(AskState::Idle);
    }

    /// Starts what is `wanted` whenever that changes; where nothing is, it ends.
    pub(crate) fn keep<W: Clone + PartialEq + Send + Sync + 'static>(
        self,
        wanted: impl Fn() -> Option<W> + Send + Sync + 'static,
        start: impl Fn(W) + 'static,
    ) {
        let wanted = Memo::new(move |_| wanted());
        Effect::new(move |_| match wanted.get() {
            Some(wanted) => start(wanted),
            None => self.stop(),
        });
    }

    /// A question that ended the engine may be put again.
    pub(crate) fn forgive(self) {
        self.fatal.set_value(None);
    }

    /// A job that is no experiment's.
    pub(crate) fn ask(self, job: Job, end: impl FnOnce(Outcome) -> Result<(), Trouble> + 'static) {
        self.put(Question { job, hear: Rc::new(|_| {}), end: Box::new(end) });
    }

    /// Asks for a better answer than the one that stands: it counts where it comes before the next question.
    pub(crate) fn refine(self, job: Job, end: impl FnOnce(Outcome) -> Result<(), Trouble> + 'static) {
        let mine = self.turn.get_value();
        let running = app().client.follow(job, |_| {});
        self.handle.set_value(Some(running.handle()));
        spawn_local(async move {
            let answer = running.outcome().await;
            // The answer that stands is as right as this one.
            if self.turn.try_get_value() == Some(mine) {
                drop(answer.and_then(end));
            }
        });
    }

    fn put(self, question: Question) {
        if self.fatal.with_value(|fatal| fatal.as_ref() == Some(&question.job)) {
            return;
        }
        if self.state.get_untracked() == AskState::Working {
            match self.policy {
                Policy::Latest => return self.waiting.set_value(Some(question)),
                Policy::Single => return,
                Policy::Restart => {}
            }
        }
        self.begin(question);
    }

    fn begin(self, question: Question) {
        self.stop();
        let Question { job, hear, end } = question;
        let mine = self.turn.get_value() + 1;
        self.turn.set_value(mine);
        let is_mine = move || self.turn.try_get_value() == Some(mine);
        self.progress.set(None);
        self.state.set(AskState::Working);
        if self.policy != Policy::Latest {
            self.trouble.set(None);
        }
        let running = app().client.follow(job.clone(), move |news| match news {
            News::Progress(progress) if is_mine() => self.progress.set(Some(progress)),
            News::Experiment(news) if is_mine() => hear(news),
            News::Progress(_) | News::Experiment(_) => {}
        });
        self.handle.set_value(Some(running.handle()));
        spawn_local(async move {
            let answer = running.outcome().await;
            if !is_mine() {
                return;
            }
            self.handle.set_value(None);
            self.progress.set(None);
            if answer.as_ref().is_err_and(|trouble| trouble.is(TroubleKind::Bug)) {
                self.fatal.set_value(Some(job));
            }
            let (state, trouble) = match answer.and_then(end) {
                Ok(()) => (AskState::Ready, None),
                Err(trouble) if trouble.is(TroubleKind::Cancelled) => (AskState::Idle, None),
                Err(trouble) => (AskState::Failed, Some(trouble)),
            };
            self.trouble.try_set(trouble);
            self.state.try_set(state);
            if let Some(question) = self.waiting.try_update_value(Option::take).flatten() {
                self.begin(question);
            }
        });
    }
}

/// What is asked of one experiment, and the last answer as far as it concerns whoever asks.
pub(crate) struct Ask<E: Experiment, T: Send + Sync + 'static> {
    pub(crate) asking: Asking,
    /// It stays until there is a new one.
    pub(crate) answer: RwSignal<Option<T>>,
    take: fn(E::Answer) -> Option<T>,
}

impl<E: Experiment, T: Send + Sync + 'static> Clone for Ask<E, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E: Experiment, T: Send + Sync + 'static> Copy for Ask<E, T> {}

impl<E: Experiment, T: Send + Sync + 'static> Ask<E, T> {
    /// `take` knows the answer among all that the experiment gives.
    pub(crate) fn new(policy: Policy, take: fn(E::Answer) -> Option<T>) -> Self {
        Self { asking: Asking::new(policy), answer: RwSignal::new(None), take }
    }

    pub(crate) fn ask(self, job: E) {
        self.follow(job, |_| {});
    }

    pub(crate) fn follow(self, job: E, hear: impl Fn(E::News) + 'static) {
        self.start(job, hear, move |found| drop(self.answer.try_set(Some(found))));
    }

    /// The same, for an answer that `end` keeps.
    pub(crate) fn start(self, job: E, hear: impl Fn(E::News) + 'static, end: impl FnOnce(T) + 'static) {
        let take = self.take;
        self.asking.put(Question {
            job: job_of(job),
            // What another version of the program has sealed is no news; the answer says so.
            hear: Rc::new(move |news| news.open().into_iter().for_each(&hear)),
            end: Box::new(move |answer| {
                end(take(sealed_from(answer)?.open()?).ok_or_else(|| unexpected(E::ID.name()))?);
                Ok(())
            }),
        });
    }

    /// For news and an answer of one type: `hear` is told of what is new, and at the end of all there is (`is_whole`).
    pub(crate) fn stream(self, job: E, of: fn(E::News) -> Option<T>, hear: impl Fn(T, bool) + Copy + 'static) {
        let hear_news = move |news| of(news).into_iter().for_each(|news| hear(news, false));
        self.start(job, hear_news, move |found| hear(found, true));
    }
}

/// Whatever is asked, it is on its way, answered or failed.
impl<E: Experiment, T: Send + Sync + 'static> Deref for Ask<E, T> {
    type Target = Asking;

    fn deref(&self) -> &Asking {
        &self.asking
    }
}

/// An [`Ask`] whose answer is one variant of all: `ask!(Fool, Restart, Fooled::Measured)`, or a part of it:
/// `ask!(Fool, Restart, Fooled::Attacked(found) => *found)`.
macro_rules! ask {
    ($experiment:ty, $policy:ident, $pattern:pat => $part:expr) => {
        $crate::ui::ask::Ask::<$experiment, _>::new($crate::ui::ask::Policy::$policy, |answer| {
            if let $pattern = answer { Some($part) } else { None }
        })
    };
    ($experiment:ty, $policy:ident, $variant:path) => {
        $crate::ui::ask::Ask::<$experiment, _>::new($crate::ui::ask::Policy::$policy, |answer| {
            if let $variant(found) = answer { Some(found) } else { None }
        })
    };
}
