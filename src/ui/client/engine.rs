//! One engine: what is asked of it, what waits, what it answers. Its life is `life.rs`.

use super::registry::{PictureIds, PictureRegistry, translate_back};
use super::wire;
use super::{Event, Heard, News, Submission};
use crate::protocol::{
    AddPicture, DropWeights, ExperimentId, Job, Outcome, READY, Start, Trouble, TroubleKind, Update, trouble,
};
use crate::sorted::SortedMap;
use futures_channel::oneshot::{Receiver, Sender, channel};
use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use js_sys::Uint8Array;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, MessageEvent, Worker};

pub(super) type OnNews = Rc<dyn Fn(News)>;
type Answer = Result<Outcome, Trouble>;

pub(super) struct Pending {
    answer: Sender<Answer>,
    on_news: OnNews,
    /// Set for a job that adds a picture: what to register.
    adds: Option<(AddPicture, Option<Blob>)>,
    pictures: Vec<PictureIds>,
    /// Of an experiment that is followed whoever asked for it.
    followed: Option<ExperimentId>,
    /// To be sent once more where a part that it wants could not be fetched.
    again: Option<Waiting>,
    pub(super) sent: bool,
}

#[derive(Clone)]
pub(super) struct Waiting {
    id: u32,
    job: Job,
    bodies: Vec<Blob>,
}

pub(super) enum EnginePhase {
    /// No worker, and none is being made until somebody asks for something.
    Down,
    Booting,
    /// Gets its start and its pictures; everything else waits.
    Restoring,
    Up,
}

pub(super) struct Body {
    pub(super) worker: Worker,
    pub(super) _listeners: [EventListener; 3],
    pub(super) _watchdog: Timeout,
}

pub(super) struct EngineConnection {
    pub(super) me: Weak<EngineConnection>,
    pub(super) on_event: Box<dyn Fn(Event)>,
    pub(super) start: RefCell<Start>,
    pub(super) body: RefCell<Option<Body>>,
    pub(super) phase: RefCell<EnginePhase>,
    /// Counts workers: what an earlier one still had to say is ignored.
    pub(super) life: Cell<u32>,
    pub(super) deaths: Cell<u32>,
    pub(super) last_id: Cell<u32>,
    pub(super) pending: RefCell<SortedMap<u32, Pending>>,
    pub(super) queue: RefCell<VecDeque<Waiting>>,
    /// Jobs whose part could not be fetched, until the person has said whether to try again.
    pub(super) parked: RefCell<Vec<u32>>,
    pub(super) pictures: RefCell<PictureRegistry>,
    pub(super) follows: RefCell<Vec<ExperimentId>>,
}

impl EngineConnection {
    pub(super) fn new(start: Start, on_event: Box<dyn Fn(Event)>) -> Rc<EngineConnection> {
        Rc::new_cyclic(|me| EngineConnection {
            me: me.clone(),
            on_event,
            start: RefCell::new(start),
            body: RefCell::default(),
            phase: RefCell::new(EnginePhase::Down),
            life: Cell::default(),
            deaths: Cell::default(),
            last_id: Cell::default(),
            pending: RefCell::default(),
            queue: RefCell::default(),
            parked: RefCell::default(),
            pictures: RefCell::default(),
            follows: RefCell::default(),
        })
    }

    pub(super) fn ask(&self, mut ask: Submission, on_news: OnNews) -> (u32, Receiver<Answer>) {
        let (answer, receiver) = channel();
        let id = self.next_id();
        let adds = PictureRegistry::memory_of(&mut ask);
        let followed = match &ask.job {
            Job::Experiment(job) if self.follows.borrow().contains(&job.experiment) => Some(job.experiment),
            _ => None,
        };
        let mut waiting = Waiting { id, job: ask.job, bodies: ask.bodies };
        // What travels inside of a job is too much to keep for that.
        let is_light = waiting.job.bodies_mut().iter().all(|body| body.is_empty());
        let again = (ask.waits_for_parts && is_light).then(|| waiting.clone());
        self.pending
            .borrow_mut()
            .insert(id, Pending { answer, on_news, adds, pictures: Vec::new(), followed, again, sent: false });
        match &waiting.job {
            Job::Start(start) => *self.start.borrow_mut() = start.clone(),
            Job::Experiment(job) if followed.is_some() => {
                let heard = Heard::Begun(job.content.clone());
                (self.on_event)(Event::Experiment { id, experiment: job.experiment, heard });
            }
            _ => {}
        }
        let up = matches!(*self.phase.borrow(), EnginePhase::Up);
        if up {
            self.send(waiting);
        } else {
            self.queue.borrow_mut().push_back(waiting);
        }
        let down = matches!(*self.phase.borrow(), EnginePhase::Down);
        if down {
            self.boot();
        }
        (id, receiver)
    }

    pub(super) fn cancel(&self, id: u32) {
        if self.parked.borrow().contains(&id) {
            self.parked.borrow_mut().retain(|&parked| parked != id);
            return self.settle(id, Err(trouble::Cancelled {}.into()));
        }
        let sent = self.pending.borrow().get(&id).map(|pending| pending.sent);
        match sent {
            Some(true) => self.post(self.next_id(), &Job::Cancel(id), &[]),
            Some(false) => {
                self.queue.borrow_mut().retain(|waiting| waiting.id != id);
                self.settle(id, Err(trouble::Cancelled {}.into()));
            }
            None => {}
        }
    }

    pub(super) fn hear(&self, message: &MessageEvent) {
        let data = message.data();
        if data.as_string().as_deref() == Some(READY) {
            if let Some(engine) = self.me.upgrade() {
                spawn_local(async move { engine.restore().await });
            }
            return;
        }
        let response = match wire::response_from(&data) {
            Ok(response) => response,
            Err(error) => return self.die(trouble::Bug { detail: format!("an answer of the engine: {error}") }.into()),
        };
        match response.update {
            Update::Progress(progress) => self.tell(response.id, News::Progress(progress)),
            Update::News(news) => {
                let followed = self.pending.borrow().get(&response.id).and_then(|pending| pending.followed);
                if let Some(experiment) = followed {
                    let heard = Heard::News(news.clone());
                    (self.on_event)(Event::Experiment { id: response.id, experiment, heard });
                }
                self.tell(response.id, News::Experiment(news));
            }
            Update::Done(outcome) => {
                if matches!(*self.phase.borrow(), EnginePhase::Up) {
                    self.deaths.set(0);
                }
                self.settle(response.id, Ok(*outcome));
            }
            Update::Failed(trouble) if trouble.is(TroubleKind::Bug) => {
                self.settle(response.id, Err(trouble.clone()));
                self.die(trouble);
            }
            Update::Failed(trouble) if trouble.is(TroubleKind::PartMissing) && self.park(response.id) => {}
            Update::Failed(trouble) => self.settle(response.id, Err(trouble)),
        }
    }

    /// Keeps a job whose part is missing, where it can be sent again; whether it was kept.
    fn park(&self, id: u32) -> bool {
        let can = self.pending.borrow().get(&id).is_some_and(|pending| pending.again.is_some());
        if can {
            self.parked.borrow_mut().push(id);
            (self.on_event)(Event::PartMissing);
        }
        can
    }

    pub(super) fn try_again(&self) {
        for id in self.parked.take() {
            let again = self.pending.borrow().get(&id).and_then(|pending| pending.again.clone());
            again.into_iter().for_each(|waiting| self.send(waiting));
        }
    }

    pub(super) fn give_parts_up(&self) {
        self.parked.take().into_iter().for_each(|id| self.settle(id, Err(trouble::PartMissing {}.into())));
    }

    fn tell(&self, id: u32, news: News) {
        // Cloned out: whoever hears of it may ask for something else right away.
        let on_news = self.pending.borrow().get(&id).map(|pending| pending.on_news.clone());
        if let Some(on_news) = on_news {
            on_news(news);
        }
    }

    /// Past the queue, and with the engine's own picture ids.
    pub(super) fn ask_now(&self, job: Job, body: Option<Blob>) -> Receiver<Answer> {
        let (answer, receiver) = channel();
        let id = self.next_id();
        let on_news: OnNews = Rc::new(|_| {});
        let pending =
            Pending { answer, on_news, adds: None, pictures: Vec::new(), followed: None, again: None, sent: true };
        self.pending.borrow_mut().insert(id, pending);
        self.send(Waiting { id, job, bodies: body.into_iter().collect() });
        receiver
    }

    pub(super) fn send(&self, waiting: Waiting) {
        if let Some(pending) = self.pending.borrow_mut().get_mut(&waiting.id) {
            pending.sent = true;
        }
        if waiting.bodies.is_empty() {
            return self.post(waiting.id, &waiting.job, &[]);
        }
        let Some(engine) = self.me.upgrade() else {
            return;
        };
        let life = self.life.get();
        spawn_local(async move {
            let mut bodies = Vec::with_capacity(waiting.bodies.len());
            let mut read = Ok(());
            for body in &waiting.bodies {
                match JsFuture::from(body.array_buffer()).await {
                    Ok(buffer) => bodies.push(Uint8Array::new(&buffer)),
                    Err(refusal) => read = Err((file_name(body), refusal)),
                }
            }
            if engine.life.get() != life || !engine.pending.borrow().contains_key(&waiting.id) {
                return;
            }
            match read {
                Ok(()) => engine.post(waiting.id, &waiting.job, &bodies),
                Err((file, refusal)) => {
                    engine.settle(waiting.id, Err(unreadable(&waiting.job, file, wire::words(&refusal))));
                }
            }
        });
    }

    fn post(&self, id: u32, job: &Job, bodies: &[Uint8Array]) {
        let mut job = job.clone();
        let named = match self.pictures.borrow().translate(&mut job) {
            Ok(named) => named,
            Err(trouble) => return self.settle(id, Err(trouble)),
        };
        if let (Job::RemovePicture(_), Some(removed)) = (&job, named.first()) {
            self.pictures.borrow_mut().remove(removed.page);
            (self.on_event)(Event::Removed(removed.page));
        }
        if let Some(pending) = self.pending.borrow_mut().get_mut(&id) {
            pending.pictures = named;
        }
        let posted = wire::request(id, job, bodies).and_then(|(message, transfer)| match self.body.borrow().as_ref() {
            Some(body) => body.worker.post_message_with_transfer(&message, &transfer),
            None => Ok(()),
        });
        if let Err(refusal) = posted {
            self.settle(id, Err(trouble::BadJob { detail: wire::words(&refusal) }.into()));
        }
    }

    pub(super) fn settle(&self, id: u32, mut answer: Answer) {
        let Some(pending) = self.pending.borrow_mut().remove(&id) else {
            return;
        };
        if let Ok(outcome) = &mut answer {
            translate_back(outcome, &pending.pictures);
            // Without it, this is a picture that a new engine got once more.
            let mut is_new = true;
            if let Outcome::Picture(picture) = outcome {
                match pending.adds {
                    Some((job, body)) => picture.id = self.pictures.borrow_mut().add(picture.id, job, body),
                    None => is_new = false,
                }
            }
            match outcome {
                Outcome::Status(station) => (self.on_event)(Event::Up(station.clone())),
                // Large, and of interest only to the one who asked and to those who follow.
                Outcome::Experiment(_) => {}
                outcome if is_new => (self.on_event)(Event::Done(outcome.clone())),
                _ => {}
            }
        }
        if let Some(experiment) = pending.followed {
            let heard = match &answer {
                Ok(Outcome::Experiment(answer)) => Heard::Answer(answer.clone()),
                Ok(_) => Heard::Failed(trouble::Cancelled {}.into()),
                Err(trouble) => Heard::Failed(trouble.clone()),
            };
            (self.on_event)(Event::Experiment { id, experiment, heard });
        }
        // Whoever asked may have gone away meanwhile.
        let _ = pending.answer.send(answer);
    }

    fn next_id(&self) -> u32 {
        self.last_id.set(self.last_id.get() + 1);
        self.last_id.get()
    }
}

/// Of a file that a person gave; what is made by the page has none.
fn file_name(body: &Blob) -> Option<String> {
    body.dyn_ref::<web_sys::File>().map(web_sys::File::name)
}

/// A file that the browser no longer lets us read: moved, changed, or a folder.
fn unreadable(job: &Job, file: Option<String>, detail: String) -> Trouble {
    match (job, file) {
        (Job::DropWeights(DropWeights { name, .. }) | Job::AddPicture(AddPicture { name, .. }), _) => {
            trouble::Unreadable { file: name.clone(), detail }.into()
        }
        (_, Some(file)) => trouble::Unreadable { file, detail }.into(),
        (_, None) => trouble::BadJob { detail }.into(),
    }
}
