//! An engine's life: made, given its start and its pictures, and made again when it dies.

use super::Event;
use super::engine::{Body, EngineConnection, EnginePhase};
use super::wire;
use crate::protocol::{Job, Outcome, Start, Trouble, TroubleKind, trouble};
use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};

/// What starts the engine; beside the page.
const SCRIPT: &str = "./engine.js";
/// A slow device compiles the engine's wasm in a few seconds.
const BOOT_LIMIT_MILLIS: u32 = 60_000;
/// A worker that dies this often without answering anything is not started again by itself.
const DEATHS_IN_A_ROW: u32 = 3;

impl EngineConnection {
    pub(super) fn renew(&self, start: Start) {
        *self.start.borrow_mut() = start;
        self.end(&trouble::Cancelled {}.into());
        self.boot();
    }

    pub(super) fn boot(&self) {
        let life = self.life.get() + 1;
        self.life.set(life);
        *self.phase.borrow_mut() = EnginePhase::Booting;
        let module = WorkerOptions::new();
        module.set_type(WorkerType::Module);
        let worker = match Worker::new_with_options(SCRIPT, &module) {
            Ok(worker) => worker,
            Err(refusal) => return self.give_up(trouble::Bug { detail: wire::words(&refusal) }.into()),
        };
        let hear = |what: &'static str, act: fn(&EngineConnection, &web_sys::Event)| {
            let me = self.me.clone();
            EventListener::new(&worker, what, move |event| {
                if let Some(engine) = me.upgrade().filter(|engine| engine.life.get() == life) {
                    act(&engine, event);
                }
            })
        };
        let listeners = [
            hear("message", |engine, event| {
                if let Some(message) = event.dyn_ref::<MessageEvent>() {
                    engine.hear(message);
                }
            }),
            hear("error", |engine, event| {
                let words = event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message).unwrap_or_default();
                let detail = if words.is_empty() { format!("{SCRIPT} could not be loaded") } else { words };
                engine.die(trouble::Bug { detail }.into());
            }),
            hear("messageerror", |engine, _| {
                engine.die(trouble::Bug { detail: "a message of the engine could not be read".to_owned() }.into());
            }),
        ];
        let me = self.me.clone();
        let watchdog = Timeout::new(BOOT_LIMIT_MILLIS, move || {
            if let Some(engine) = me.upgrade().filter(|engine| engine.life.get() == life)
                && matches!(*engine.phase.borrow(), EnginePhase::Booting)
            {
                let detail = format!("the engine did not start within {} s", BOOT_LIMIT_MILLIS / 1000);
                spawn_local(async move { engine.give_up(trouble::Bug { detail }.into()) });
            }
        });
        *self.body.borrow_mut() = Some(Body { worker, _listeners: listeners, _watchdog: watchdog });
    }

    /// Gives a new worker its start and every picture, then what has waited.
    pub(super) async fn restore(self: Rc<Self>) {
        let life = self.life.get();
        *self.phase.borrow_mut() = EnginePhase::Restoring;
        let start = Job::Start(self.start.borrow().clone());
        let station = self.ask_now(start, None);
        let engine = self.clone();
        spawn_local(async move {
            match station.await {
                // `settle` has told about the station.
                Ok(Ok(_)) | Err(_) => {}
                // The death of the worker has been told already.
                Ok(Err(trouble)) if matches!(trouble.kind(), TroubleKind::Bug | TroubleKind::Cancelled) => {}
                Ok(Err(trouble)) => engine.give_up(trouble),
            }
        });
        let pictures = self.pictures.borrow().ids();
        for picture in pictures {
            let kept = self.pictures.borrow().get(picture).map(|kept| (kept.job.clone(), kept.body.clone()));
            let Some((job, body)) = kept else {
                continue;
            };
            let name = job.name.clone();
            let again = self.ask_now(Job::AddPicture(job), body).await;
            match again {
                Ok(Ok(Outcome::Picture(found))) => self.pictures.borrow_mut().moved(picture, found.id),
                Err(_) => {}
                Ok(Err(trouble)) if trouble.is(TroubleKind::Cancelled) => {}
                // One that kills the worker must not kill the next one.
                Ok(_) => {
                    self.pictures.borrow_mut().remove(picture);
                    (self.on_event)(Event::Lost { picture, name });
                }
            }
            if self.life.get() != life {
                return;
            }
        }
        *self.phase.borrow_mut() = EnginePhase::Up;
        loop {
            let next = self.queue.borrow_mut().pop_front();
            match next {
                Some(waiting) => self.send(waiting),
                None => return,
            }
        }
    }

    /// The worker is gone or not to be trusted: fail what it was doing, and make a new one.
    pub(super) fn die(&self, trouble: Trouble) {
        self.deaths.set(self.deaths.get() + 1);
        if matches!(*self.phase.borrow(), EnginePhase::Booting) || self.deaths.get() >= DEATHS_IN_A_ROW {
            return self.give_up(trouble);
        }
        self.end(&trouble);
        (self.on_event)(Event::Restarting(trouble));
        self.boot();
    }

    fn give_up(&self, trouble: Trouble) {
        self.end(&trouble);
        self.deaths.set(0);
        *self.phase.borrow_mut() = EnginePhase::Down;
        self.queue.borrow_mut().clear();
        let waiting: Vec<u32> = self.pending.borrow().keys().copied().collect();
        for id in waiting {
            self.settle(id, Err(trouble.clone()));
        }
        (self.on_event)(Event::Down(trouble));
    }

    /// Ends this worker's life; what it had been given fails, what waits goes on waiting.
    fn end(&self, trouble: &Trouble) {
        self.life.set(self.life.get() + 1);
        if let Some(body) = self.body.borrow_mut().take() {
            body.worker.terminate();
        }
        let given: Vec<u32> =
            self.pending.borrow().iter().filter(|(_, pending)| pending.sent).map(|(id, _)| *id).collect();
        self.parked.borrow_mut().clear();
        for id in given {
            self.settle(id, Err(trouble.clone()));
        }
    }
}
