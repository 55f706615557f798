//! What is asked of the engine, and what stays of its answers.

use super::settings::LanguageSettings;
use crate::protocol::{
    FeaturePlane, GradientLags, HeatReport, HeatRun, LagRun, Language, LanguageAnswer, LanguageModel, LanguageProgress,
    LanguageTrain, LanguageWrite, MapRun, ModelProgress, NextUnit, TextUnit, UnrollRun, UnrolledReport, WordPlacing,
    WrittenText,
};
use crate::ui::ask::{Ask, AskState};
use crate::ui::{PageSettings, app};
use leptos::prelude::*;
use std::time::Duration;

/// Between two pieces that are written.
const FRAME: Duration = Duration::from_millis(80);
/// Signs of what was written that stay.
const SHOWN: usize = 900;

#[derive(Clone, Copy)]
pub(super) struct LanguageState {
    pub(super) settings: Memo<LanguageSettings>,
    pub(super) learn: Ask<Language, Box<LanguageProgress>>,
    pub(super) progress: RwSignal<Option<LanguageProgress>>,
    pub(super) write: Ask<Language, WrittenText>,
    /// What was written.
    pub(super) written: RwSignal<String>,
    /// Units written since the page was opened.
    pub(super) count: RwSignal<u32>,
    /// After which step of learning, and what may come next.
    pub(super) next: RwSignal<(u32, Vec<NextUnit>)>,
    pub(super) is_playing: RwSignal<bool>,
    pub(super) prompt: RwSignal<String>,
    restart: RwSignal<bool>,
    pub(super) lags: Ask<Language, Vec<GradientLags>>,
    pub(super) heat: Ask<Language, Box<HeatReport>>,
    pub(super) heat_text: RwSignal<String>,
    pub(super) unroll: Ask<Language, Box<UnrolledReport>>,
    pub(super) unroll_text: RwSignal<String>,
    pub(super) map: Ask<Language, Box<FeaturePlane>>,
}

impl LanguageState {
    pub(super) fn new() -> Self {
        let still = window().match_media("(prefers-reduced-motion: reduce)").ok().flatten();
        let state = Self {
            settings: LanguageSettings::open(),
            learn: ask!(Language, Restart, LanguageAnswer::Learnt),
            progress: RwSignal::new(None),
            write: ask!(Language, Single, LanguageAnswer::Written),
            written: RwSignal::new(String::new()),
            count: RwSignal::new(0),
            next: RwSignal::new((0, Vec::new())),
            is_playing: RwSignal::new(!still.is_some_and(|query| query.matches())),
            prompt: RwSignal::new(String::new()),
            restart: RwSignal::new(true),
            lags: ask!(Language, Restart, LanguageAnswer::Lagged),
            heat: ask!(Language, Latest, LanguageAnswer::Heated),
            heat_text: RwSignal::new(String::new()),
            unroll: ask!(Language, Latest, LanguageAnswer::Unrolled),
            unroll_text: RwSignal::new(String::new()),
            map: ask!(Language, Latest, LanguageAnswer::Mapped),
        };
        let (brought, opened) = (app().own_text().count, app().own_text().opened);
        let seen = StoredValue::new(opened.get_untracked());
        let wanted = move || {
            let job = state.settings.with(LanguageSettings::train);
            app().is_up().then(|| (job, brought.get(), opened.get()))
        };
        state.learn.keep(wanted, move |(job, _, count)| {
            // One that was opened goes on.
            let resume = seen.get_value() != count;
            seen.set_value(count);
            if resume {
                state.forget();
            }
            state.learn_with(LanguageTrain { resume, ..job });
        });
        let placing = Memo::new(move |_| state.settings.with(|settings| settings.place));
        Effect::new(move |before: Option<WordPlacing>| {
            let now = placing.get();
            if before.is_some_and(|before| before != now) && state.map.answer.with_untracked(Option::is_some) {
                state.ask_map(state.near());
            }
            now
        });
        // Another one writes: it begins anew.
        let writer = Memo::new(move |_| state.settings.with(LanguageSettings::asked));
        Effect::new(move |before: Option<LanguageModel>| {
            let now = writer.get();
            if before.is_some_and(|before| before != now) {
                state.anew();
            }
            now
        });
        let clock = set_interval_with_handle(move || state.tick(), FRAME).ok();
        on_cleanup(move || clock.iter().for_each(|clock| clock.clear()));
        state
    }

    pub(super) fn start(self, resume: bool) {
        let job = self.settings.with_untracked(LanguageSettings::train);
        self.learn_with(LanguageTrain { resume, ..job });
    }

    fn learn_with(self, job: LanguageTrain) {
        let backend = app().route.with_untracked(|route| route.backend);
        if !job.resume {
            self.forget();
        }
        let measured = move || {
            let of = |known: &LanguageProgress| known.models.iter().map(|model| model.perplexity.len()).max();
            self.progress.try_with_untracked(|known| known.as_ref().and_then(of)).flatten().unwrap_or_default()
        };
        self.learn.stream(
            Language::Learn(LanguageTrain { backend, ..job }),
            |news| Some(Box::new(news)),
            move |heard, is_whole| {
                app().computed_on(&heard.backend);
                let before = measured();
                let is_first = self.progress.try_with_untracked(Option::is_none).unwrap_or(false);
                self.progress
                    .try_update(|known| *known = Some(if is_whole { *heard } else { appended(known.take(), *heard) }));
                // The map forms while the model learns.
                if measured() > before && !is_whole {
                    self.ask_map(self.near());
                }
                if is_whole {
                    self.look();
                }
                // Without movement there is something to read at least.
                if is_first || is_whole {
                    self.go_on(40);
                }
            },
        );
    }

    /// What is known of other models.
    fn forget(self) {
        self.progress.set(None);
        self.next.set((0, Vec::new()));
        self.lags.answer.set(None);
        self.heat.answer.set(None);
        self.unroll.answer.set(None);
        self.map.answer.set(None);
        self.anew();
    }

    /// All that is asked of models that have learnt.
    fn look(self) {
        self.ask_lags();
        self.ask_heat(None);
        self.ask_unroll();
        self.ask_map(self.near());
    }

    /// Of the model that is asked, where it has copies in time.
    pub(super) fn ask_unroll(self) {
        let model = self.settings.with_untracked(LanguageSettings::asked);
        if model == LanguageModel::Transformer {
            return self.unroll.answer.set(None);
        }
        self.unroll.ask(Language::Unroll(UnrollRun { model, text: self.unroll_text.get_untracked() }));
    }

    pub(super) fn ask_lags(self) {
        self.lags.ask(Language::Lags(LagRun { models: self.settings.with_untracked(LanguageSettings::models) }));
    }

    pub(super) fn ask_heat(self, unit: Option<u32>) {
        let model = self.settings.with_untracked(LanguageSettings::asked);
        self.heat.ask(Language::Heat(HeatRun { model, text: self.heat_text.get_untracked(), unit }));
    }

    /// About the one that was asked about last.
    fn near(self) -> MapRun {
        let near = self.map.answer.try_with_untracked(|found| found.as_ref().map(|found| found.near.clone()));
        MapRun { near: near.flatten().unwrap_or_default(), ..MapRun::default() }
    }

    pub(super) fn ask_map(self, map: MapRun) {
        let (model, by) = self.settings.with_untracked(|settings| (settings.asked(), settings.place));
        self.map.ask(Language::Map(MapRun { model, by, ..map }));
    }

    /// Writing begins anew, after the prompt.
    pub(super) fn anew(self) {
        self.written.set(String::new());
        self.restart.set(true);
    }

    fn tick(self) {
        if self.is_playing.try_get_untracked() == Some(true) && !document().hidden() && app().is_up() {
            let is_words = self.settings.with_untracked(|settings| settings.train.units == TextUnit::Words);
            self.go_on(if is_words { 1 } else { 2 });
        }
    }

    /// So many units, unless some are being written.
    pub(super) fn go_on(self, count: u32) {
        let is_there = self.progress.with_untracked(Option::is_some);
        if !is_there || self.write.state_untracked() == AskState::Working {
            return;
        }
        let (model, temperature, seed) =
            self.settings.with_untracked(|settings| (settings.asked(), settings.temperature, settings.train.seed));
        let (prompt, restart) = (self.prompt.get_untracked(), self.restart.get_untracked());
        self.restart.set(false);
        let job = LanguageWrite { model, count, temperature, prompt: prompt.clone(), restart, seed };
        self.write.start(
            Language::Write(job),
            |_| {},
            move |found: WrittenText| {
                self.count.try_update(|all| *all += found.units.len() as u32);
                self.written.try_update(|written| {
                    if restart {
                        *written = prompt;
                    }
                    found.units.iter().for_each(|unit| written.push_str(&unit.text));
                    let surplus = written.chars().count().saturating_sub(SHOWN);
                    if let Some((at, _)) = written.char_indices().nth(surplus).filter(|_| surplus > 0) {
                        written.drain(..at);
                    }
                });
                self.next.try_set((found.step, found.next));
            },
        );
    }
}

/// Points are told once each.
fn appended(before: Option<LanguageProgress>, heard: LanguageProgress) -> LanguageProgress {
    let Some(before) = before else { return heard };
    let joined = |model: ModelProgress| {
        let Some(known) = before.models.iter().find(|known| known.model == model.model) else { return model };
        let (mut losses, mut perplexity) = (known.losses.clone(), known.perplexity.clone());
        let is_new = |points: Option<u32>, at: u32| points.is_none_or(|last| at > last);
        let [last_loss, last_perplexity] = [losses.last().map(|(at, _)| *at), perplexity.last().map(|(at, _)| *at)];
        losses.extend(model.losses.iter().filter(|(at, _)| is_new(last_loss, *at)));
        perplexity.extend(model.perplexity.iter().filter(|(at, _)| is_new(last_perplexity, *at)));
        ModelProgress { losses, perplexity, ..model }
    };
    let models = heard.models.into_iter().map(joined).collect();
    LanguageProgress { models, ..heard }
}
