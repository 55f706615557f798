//! One engine: what is asked of it, what waits, what it answers. Its life is `life.rs`.

use super::shelf::Shelf;
use super::wire;
use super::{Ask, Event, News};
use crate::protocol::{AddPicture, Job, Outcome, PictureSource, READY, Start, Trouble, Update};
use crate::sorted::SortedMap;
use futures_channel::oneshot::{Receiver, Sender, channel};
use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use js_sys::Uint8Array;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, MessageEvent, Worker};

pub(super) type OnNews = Rc<dyn Fn(News)>;
type Answer = Result<Outcome, Trouble>;

pub(super) struct Pending {
    answer: Sender<Answer>,
    on_news: OnNews,
    /// Set for a job that adds a picture: what to put on the shelf.
    adds: Option<(AddPicture, Option<Blob>)>,
    /// The picture that the job is about, in the shelf's numbers.
    picture: Option<u32>,
    /// A run of training, which the desk follows whoever asked for it.
    trains: bool,
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

pub(super) enum Phase {
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

pub(super) struct Engine {
    pub(super) me: Weak<Engine>,
    pub(super) on_event: Box<dyn Fn(Event)>,
    pub(super) start: RefCell<Start>,
    pub(super) body: RefCell<Option<Body>>,
    pub(super) phase: RefCell<Phase>,
    /// Counts workers: what an earlier one still had to say is ignored.
    pub(super) life: Cell<u32>,
    pub(super) deaths: Cell<u32>,
    pub(super) last_id: Cell<u32>,
    pub(super) pending: RefCell<SortedMap<u32, Pending>>,
    pub(super) queue: RefCell<VecDeque<Waiting>>,
    /// Jobs whose part could not be fetched, until the person has said whether to try again.
    pub(super) parked: RefCell<Vec<u32>>,
    pub(super) shelf: RefCell<Shelf>,
}

impl Engine {
    pub(super) fn new(start: Start, on_event: Box<dyn Fn(Event)>) -> Rc<Engine> {
        Rc::new_cyclic(|me| Engine {
            me: me.clone(),
            on_event,
            start: RefCell::new(start),
            body: RefCell::default(),
            phase: RefCell::new(Phase::Down),
            life: Cell::default(),
            deaths: Cell::default(),
            last_id: Cell::default(),
            pending: RefCell::default(),
            queue: RefCell::default(),
            parked: RefCell::default(),
            shelf: RefCell::default(),
        })
    }

    pub(super) fn ask(&self, mut ask: Ask, on_news: OnNews) -> (u32, Receiver<Answer>) {
        let (answer, receiver) = channel();
        let id = self.next_id();
        let adds = Shelf::memory_of(&mut ask);
        let picture = Shelf::picture_of(&ask.job);
        let trains = matches!(ask.job, Job::Train(_));
        let mut waiting = Waiting { id, job: ask.job, bodies: ask.bodies };
        // What travels inside of a job is too much to keep for that.
        let is_light = waiting.job.bodies_mut().iter().all(|body| body.is_empty());
        let again = (ask.waits_for_parts && is_light).then(|| waiting.clone());
        self.pending.borrow_mut().insert(id, Pending { answer, on_news, adds, picture, trains, again, sent: false });
        match &waiting.job {
            Job::Start(start) => *self.start.borrow_mut() = start.clone(),
            Job::Train(train) => (self.on_event)(Event::TrainingBegun(train.clone())),
            _ => {}
        }
        let up = matches!(*self.phase.borrow(), Phase::Up);
        if up {
            self.send(waiting);
        } else {
            self.queue.borrow_mut().push_back(waiting);
        }
        let down = matches!(*self.phase.borrow(), Phase::Down);
        if down {
            self.boot();
        }
        (id, receiver)
    }

    pub(super) fn cancel(&self, id: u32) {
        if self.parked.borrow().contains(&id) {
            self.parked.borrow_mut().retain(|&parked| parked != id);
            return self.settle(id, Err(Trouble::Cancelled));
        }
        let sent = self.pending.borrow().get(&id).map(|pending| pending.sent);
        match sent {
            Some(true) => self.post(self.next_id(), &Job::Cancel(id), &[]),
            Some(false) => {
                self.queue.borrow_mut().retain(|waiting| waiting.id != id);
                self.settle(id, Err(Trouble::Cancelled));
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
            Err(error) => return self.die(Trouble::Bug { detail: format!("an answer of the engine: {error}") }),
        };
        match response.update {
            Update::Progress(progress) => self.tell(response.id, News::Progress(progress)),
            Update::Trained(trained) => {
                (self.on_event)(Event::Trained(trained.clone()));
                self.tell(response.id, News::Trained(trained));
            }
            Update::Optimised(news) => self.tell(response.id, News::Optimised(news)),
            Update::Distilled(news) => self.tell(response.id, News::Distilled(news)),
            Update::Timed(news) => self.tell(response.id, News::Timed(news)),
            Update::Fooled(news) => self.tell(response.id, News::Fooled(news)),
            Update::Captioned(news) => self.tell(response.id, News::Captioned(news)),
            Update::Done(outcome) => {
                if matches!(*self.phase.borrow(), Phase::Up) {
                    self.deaths.set(0);
                }
                self.settle(response.id, Ok(*outcome));
            }
            Update::Failed(trouble @ Trouble::Bug { .. }) => {
                self.settle(response.id, Err(trouble.clone()));
                self.die(trouble);
            }
            Update::Failed(Trouble::PartMissing) if self.park(response.id) => {}
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

    /// Sends again what waits for a part.
    pub(super) fn try_again(&self) {
        for id in self.parked.take() {
            let again = self.pending.borrow().get(&id).and_then(|pending| pending.again.clone());
            again.into_iter().for_each(|waiting| self.send(waiting));
        }
    }

    /// Ends what waits for a part.
    pub(super) fn give_parts_up(&self) {
        self.parked.take().into_iter().for_each(|id| self.settle(id, Err(Trouble::PartMissing)));
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
        let pending = Pending { answer, on_news, adds: None, picture: None, trains: false, again: None, sent: true };
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
                    Err(refusal) => read = Err(refusal),
                }
            }
            if engine.life.get() != life || !engine.pending.borrow().contains_key(&waiting.id) {
                return;
            }
            match read {
                Ok(()) => engine.post(waiting.id, &waiting.job, &bodies),
                Err(refusal) => {
                    engine.settle(waiting.id, Err(unreadable(&waiting.job, wire::words(&refusal))));
                }
            }
        });
    }

    fn post(&self, id: u32, job: &Job, bodies: &[Uint8Array]) {
        let translated = self.shelf.borrow().for_engine(job);
        let job = match translated {
            Ok(job) => job,
            Err(trouble) => return self.settle(id, Err(trouble)),
        };
        let about = self.pending.borrow().get(&id).and_then(|pending| pending.picture);
        if let (Job::RemovePicture(_), Some(picture)) = (&job, about) {
            self.shelf.borrow_mut().remove(picture);
            (self.on_event)(Event::Removed(picture));
        }
        let posted = wire::request(id, job, bodies).and_then(|(message, transfer)| match self.body.borrow().as_ref() {
            Some(body) => body.worker.post_message_with_transfer(&message, &transfer),
            None => Ok(()),
        });
        if let Err(refusal) = posted {
            self.settle(id, Err(Trouble::BadJob { detail: wire::words(&refusal) }));
        }
    }

    pub(super) fn settle(&self, id: u32, mut answer: Answer) {
        let Some(pending) = self.pending.borrow_mut().remove(&id) else {
            return;
        };
        if let Ok(outcome) = &mut answer {
            let mut picture = pending.picture;
            if let (Outcome::Picture(added), Some((job, body))) = (&*outcome, pending.adds) {
                picture = Some(self.shelf.borrow_mut().add(added.id, job, body));
            }
            let restored = matches!(outcome, Outcome::Picture(_)) && picture.is_none();
            Shelf::from_engine(outcome, picture);
            match outcome {
                Outcome::Station(station) => (self.on_event)(Event::Up(station.clone())),
                _ if restored => {}
                // Large, and of interest only to the one who asked.
                Outcome::Looked(_)
                | Outcome::Exported(_)
                | Outcome::Described(_)
                | Outcome::Optimised(_)
                | Outcome::Captioned(_)
                | Outcome::Fooled(_)
                | Outcome::Distilled(_)
                | Outcome::Timed(_) => {}
                outcome => (self.on_event)(Event::Done(outcome.clone())),
            }
        }
        if pending.trains {
            (self.on_event)(Event::TrainingEnded(answer.as_ref().err().cloned()));
        }
        // Whoever asked may have gone away meanwhile.
        let _ = pending.answer.send(answer);
    }

    fn next_id(&self) -> u32 {
        self.last_id.set(self.last_id.get() + 1);
        self.last_id.get()
    }
}

/// A file that the browser no longer lets us read: moved, changed, or a folder.
fn unreadable(job: &Job, detail: String) -> Trouble {
    match job {
        Job::DropWeights(drop) => Trouble::NotSafetensors { file: drop.name.clone(), detail },
        Job::ImportRun(file) => Trouble::NotSafetensors { file: file.name.clone(), detail },
        Job::AddPicture(AddPicture { name, source: PictureSource::Bytes(_) | PictureSource::Pixels(_) }) => {
            Trouble::DamagedPicture { file: name.clone(), detail }
        }
        _ => Trouble::BadJob { detail },
    }
}
