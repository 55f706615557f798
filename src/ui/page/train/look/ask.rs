//! Whose turn it is to ask: one question at a time over all panels, each about once a second while the run goes on, and
//! never so often that looking takes more time than training.

use crate::protocol::{Experiment, Look, Looked, Train, TrainAnswer, Trouble, TroubleKind};
use crate::ui::client::unexpected;
use crate::ui::{Life, app};
use leptos::html::Details;
use leptos::leptos_dom::helpers::IntervalHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::sync::Arc;
use std::time::Duration;

const TURN: Duration = Duration::from_millis(120);
const REFRESH_MILLIS: f64 = 1000.0;
/// A look that takes long is taken seldom: at most a quarter of the time goes into looks.
const REST: f64 = 3.0;

#[derive(Clone, Copy)]
pub(super) struct Panel {
    pub(super) answer: RwSignal<Option<Looked>>,
    pub(super) trouble: RwSignal<Option<Trouble>>,
}

impl Panel {
    pub(super) fn new() -> Panel {
        Panel { answer: RwSignal::new(None), trouble: RwSignal::new(None) }
    }
}

struct PanelQuery {
    panel: Panel,
    frame: NodeRef<Details>,
    look: Arc<dyn Fn() -> Option<Look> + Send + Sync>,
    /// The last question, with the run and its step at that time.
    asked: Option<(Look, (u32, u32))>,
    answered_at: f64,
    took_millis: f64,
}

#[derive(Clone, Copy)]
pub(super) struct LookScheduler {
    panels: StoredValue<Vec<PanelQuery>>,
    is_asking: StoredValue<bool>,
}

impl LookScheduler {
    pub(super) fn open() -> LookScheduler {
        let scheduler = LookScheduler { panels: StoredValue::new(Vec::new()), is_asking: StoredValue::new(false) };
        let clock = set_interval_with_handle(move || scheduler.turn(), TURN).ok();
        on_cleanup(move || clock.iter().for_each(IntervalHandle::clear));
        scheduler
    }

    /// The panel asks as long as it stands.
    pub(super) fn admit(
        self,
        panel: Panel,
        frame: NodeRef<Details>,
        look: impl Fn() -> Option<Look> + Send + Sync + 'static,
    ) {
        let look = Arc::new(look);
        let asking = PanelQuery { panel, frame, look, asked: None, answered_at: 0.0, took_millis: 0.0 };
        self.panels.update_value(|panels| panels.push(asking));
        on_cleanup(move || {
            let _ = self.panels.try_update_value(|panels| panels.retain(|other| other.panel.answer != panel.answer));
        });
    }

    fn turn(self) {
        let training = app().training();
        let idle = self.is_asking.try_get_value() == Some(false)
            && !document().hidden()
            && training.in_memory.get_untracked()
            && untrack(|| app().life.get()) == Life::Up;
        // Before the first step there is nothing to look at.
        let Some(now) = untrack(|| training.current(|run| (run.key, run.step))).filter(|(_, step)| idle && *step > 0)
        else {
            return;
        };
        let Some((panel, look)) = self.choose(now) else {
            return;
        };
        self.is_asking.set_value(true);
        let started = millis();
        spawn_local(async move {
            let answer = app().client.answer(Train::Look(look)).await;
            let _ = self.is_asking.try_set_value(false);
            let _ = self.panels.try_update_value(|panels| {
                for asking in panels.iter_mut().filter(|asking| asking.panel.answer == panel.answer) {
                    asking.answered_at = millis();
                    asking.took_millis = asking.answered_at - started;
                }
            });
            let looked = answer.and_then(|answer| match answer {
                TrainAnswer::Looked(looked) => Ok(looked),
                _ => Err(unexpected(Train::ID.name())),
            });
            match looked {
                Ok(looked) => {
                    panel.answer.try_set(Some(looked));
                    panel.trouble.try_set(None);
                }
                // The run has gone meanwhile, or the engine has; whoever took it says so.
                Err(trouble)
                    if matches!(trouble.kind(), TroubleKind::NoRun | TroubleKind::Cancelled | TroubleKind::Bug) => {}
                Err(trouble) => drop(panel.trouble.try_set(Some(trouble))),
            }
        });
    }

    /// Of the panels in sight that have something new to ask, a changed question first, then the one that waits longest.
    fn choose(self, now: (u32, u32)) -> Option<(Panel, Look)> {
        let at = millis();
        self.panels
            .try_update_value(|panels| {
                let ready = panels.iter_mut().filter_map(|asking| {
                    let frame = asking.frame.get_untracked()?;
                    let bounds = frame.get_bounding_client_rect();
                    let height = window().inner_height().ok()?.as_f64()?;
                    if !frame.open() || bounds.bottom() < 0.0 || bounds.top() > height {
                        return None;
                    }
                    let look = untrack(|| (asking.look)())?;
                    let waited = at - asking.answered_at;
                    let is_changed = asking.asked.as_ref().is_none_or(|(asked, _)| *asked != look);
                    let is_older = asking.asked.as_ref().is_none_or(|(_, then)| *then != now);
                    let is_due = is_changed || is_older && waited > REFRESH_MILLIS.max(REST * asking.took_millis);
                    is_due.then_some((if is_changed { f64::INFINITY } else { waited }, asking, look))
                });
                let (_, asking, look) = ready.max_by(|(one, ..), (other, ..)| one.total_cmp(other))?;
                asking.asked = Some((look.clone(), now));
                Some((asking.panel, look))
            })
            .flatten()
    }
}

fn millis() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}
