//! The worker: messages in, jobs, messages out.
//!
//! Jobs are tasks on the worker's event loop. What uses the engine waits in line for it; everything else, and [`Job::Cancel`]
//! above all, goes on meanwhile.
//!
//! Invariant: every request that arrives is answered by exactly one `Done` or `Failed`, a panic included.

mod context;
mod download;
mod folder;
mod keeping;
mod kept_blob;
mod parts;
mod picture;
mod session;
mod store;
mod wire;

pub use keeping::{Keeping, keeping};
pub use parts::{Draw, Export, FindGpu, Onnx, Parts, Works, experiments, export, gallery, gpu, names, onnx};

use crate::protocol::{Job, Outcome, READY, Request, Response, Update, trouble};
use crate::sorted::SortedMap;
use context::JobContext;
use session::Session;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

thread_local! {
    /// The job that is being polled: whose fault a panic is.
    static POLLED: Cell<Option<u32>> = const { Cell::new(None) };
}

struct Worker {
    session: Session,
    /// Jobs under way.
    contexts: RefCell<SortedMap<u32, Rc<JobContext>>>,
}

/// Listens for requests until the page ends the worker. The main function of the worker's binary.
pub fn run(parts: Parts) {
    std::panic::set_hook(Box::new(|panic| {
        let detail = panic.to_string();
        web_sys::console::error_1(&detail.as_str().into());
        let id = POLLED.get().unwrap_or(0);
        post(Response { id, update: Update::Failed(trouble::Bug { detail }.into()) });
    }));
    // It lives as long as its page wants it: nothing is ever taken down.
    let worker: &'static Worker =
        Box::leak(Box::new(Worker { session: Session::new(parts), contexts: RefCell::default() }));
    let listen = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| receive(worker, event.data()));
    scope().set_onmessage(Some(listen.as_ref().unchecked_ref()));
    // It listens as long as the worker lives.
    listen.forget();
    // Fails only for values that cannot be cloned.
    let _ = scope().post_message(&READY.into());
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

fn receive(worker: &'static Worker, message: JsValue) {
    let Request { id, job } = match wire::request_from(&message) {
        Ok(request) => request,
        Err((id, detail)) => {
            return post(Response { id, update: Update::Failed(trouble::BadJob { detail }.into()) });
        }
    };
    if let Job::Cancel(other) = job {
        // A job that has ended meanwhile is not there to be cancelled, which is as well.
        let context = worker.contexts.borrow().get(&other).cloned();
        context.iter().for_each(|context| context.cancel());
        return post(Response { id, update: Update::Done(Box::new(Outcome::Removed(other))) });
    }
    let context = Rc::new(JobContext::new(id, &worker.session));
    worker.contexts.borrow_mut().insert(id, context.clone());
    spawn_local(async move {
        let outcome = marked(id, worker.session.run(job, &context)).await;
        worker.contexts.borrow_mut().remove(&id);
        let update = match outcome {
            Ok(outcome) => Update::Done(Box::new(outcome)),
            Err(trouble) => Update::Failed(trouble),
        };
        post(Response { id, update });
    });
}

/// `work`, with its job known to the panic hook.
async fn marked<T>(id: u32, work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    std::future::poll_fn(|context| {
        POLLED.set(Some(id));
        let polled = work.as_mut().poll(context);
        POLLED.set(None);
        polled
    })
    .await
}

fn post(response: Response) {
    let posted = wire::message_from(&response)
        .and_then(|(message, transfer)| scope().post_message_with_transfer(&message, &transfer));
    if let Err(refusal) = posted {
        web_sys::console::error_2(&"an answer could not be posted".into(), &refusal);
    }
}
