//! What the page is set to: the text, the models and how they learn, who writes and how.

use crate::protocol::{
    ExperimentId, Interval, LanguageModel, LanguageText, LanguageTrain, LanguageWrite, OpenedModel, RunPlan, TextUnit,
    WordPlacing,
};
use crate::ui::{Field, PageId, PageSettings};

#[derive(Clone, Debug, PartialEq)]
pub(super) struct LanguageSettings {
    /// But for the models and the backend.
    pub(super) train: LanguageTrain,
    pub(super) rnn: bool,
    pub(super) lstm: bool,
    pub(super) gru: bool,
    pub(super) transformer: bool,
    pub(super) writer: LanguageModel,
    pub(super) temperature: f64,
    pub(super) place: WordPlacing,
}

impl Default for LanguageSettings {
    fn default() -> Self {
        Self {
            train: LanguageTrain::default(),
            rnn: true,
            lstm: true,
            gru: false,
            transformer: false,
            writer: LanguageModel::Lstm,
            temperature: 1.0,
            place: WordPlacing::Components,
        }
    }
}

impl LanguageSettings {
    /// Those that are chosen, in their order.
    pub(super) fn models(&self) -> Vec<LanguageModel> {
        let is_chosen = |model: &LanguageModel| match model {
            LanguageModel::Rnn => self.rnn,
            LanguageModel::Lstm => self.lstm,
            LanguageModel::Gru => self.gru,
            LanguageModel::Transformer => self.transformer,
        };
        LanguageModel::ALL.into_iter().filter(is_chosen).collect()
    }

    pub(super) fn train(&self) -> LanguageTrain {
        LanguageTrain { models: self.models(), ..self.train.clone() }
    }

    /// As a saved model learnt; it has as many steps before it as are usual.
    pub(super) fn be_as(&mut self, found: &OpenedModel) {
        let OpenedModel { model, units, hidden, blocks, window, batch, seed, step, steps, .. } = *found;
        let steps = if step < steps { steps } else { step.saturating_add(LanguageTrain::default().steps) };
        self.train = LanguageTrain { units, hidden, blocks, window, batch, seed, steps, ..self.train.clone() };
        self.rnn = model == LanguageModel::Rnn;
        self.lstm = model == LanguageModel::Lstm;
        self.gru = model == LanguageModel::Gru;
        self.transformer = model == LanguageModel::Transformer;
        self.writer = model;
    }

    /// The model that is asked: of those that are chosen.
    pub(super) fn asked(&self) -> LanguageModel {
        let models = self.models();
        if models.contains(&self.writer) { self.writer } else { models.last().copied().unwrap_or(self.writer) }
    }
}

impl PageSettings for LanguageSettings {
    const PAGE: PageId = PageId::Experiment(ExperimentId::Language);
    const FIELDS: &'static [Field<Self>] = &[
        choice!(LanguageText, "text", words!(language.text), train.text).id("language-text").in_sight(),
        choice!(TextUnit, "of", words!(language.units), train.units).id("language-units").in_sight(),
        switch!("rnn", words!(language.rnn), rnn),
        switch!("lstm", words!(language.lstm), lstm),
        switch!("gru", words!(language.gru), gru),
        switch!("transformer", words!(language.transformer), transformer),
        Field::<Self>::whole("hidden", words!(language.hidden), LanguageTrain::HIDDEN, |s| &mut s.train.hidden),
        Field::<Self>::whole("blocks", words!(language.blocks), LanguageTrain::BLOCKS, |s| &mut s.train.blocks)
            .when(|s| s.transformer)
            .brief(),
        Field::<Self>::whole("window", words!(language.window), LanguageTrain::WINDOW, |s| &mut s.train.window),
        Field::<Self>::whole("batch", words!(train.batch), LanguageTrain::BATCH, |s| &mut s.train.batch).brief(),
        Field::<Self>::whole("steps", words!(train.steps), RunPlan::STEPS, |s| &mut s.train.steps),
        Field::<Self>::real("rate", words!(train.rate), RunPlan::RATE, |s| &mut s.train.rate),
        Field::<Self>::whole("seed", words!(train.seed), Interval::SEED, |s| &mut s.train.seed),
        choice!(LanguageModel, "writer", words!(language.writer), writer).id("language-writer").brief(),
        Field::<Self>::real("t", words!(language.temperature), LanguageWrite::TEMPERATURE, |s| &mut s.temperature)
            .brief(),
        choice!(WordPlacing, "place", words!(represent.place), place).id("language-place").in_sight().brief(),
    ];
}

choices! {
    WordPlacing {
        Components = ("components", words!(represent.place_components)),
        Tsne = ("tsne", words!(represent.place_tsne)),
    }
    LanguageText {
        English = ("english", words!(language.text_english)),
        Japanese = ("japanese", words!(language.text_japanese)),
        Own = ("own", words!(language.text_own)),
    }
    TextUnit {
        Characters = ("characters", words!(language.units_characters)),
        Words = ("words", words!(language.units_words)),
    }
    LanguageModel {
        Rnn = ("rnn", words!(language.rnn)),
        Lstm = ("lstm", words!(language.lstm)),
        Gru = ("gru", words!(language.gru)),
        Transformer = ("transformer", words!(language.transformer)),
    }
}
