//! Transfer: classes of a person's own, told apart by what a trained network makes of a few pictures (Donahue et al., "DeCAF", 2014;
//! Razavian et al., "CNN Features off-the-shelf", 2014).

mod classes;
mod tune;

pub use classes::{ClassChange, ClassPicture, OwnClass, OwnClasses};
pub use tune::{FineTune, LearningCurve, LearningRow, TuneEpoch};

use super::{
    AccuracyShare, BackendChoice, BackendUsed, Content, Experiment, ExperimentId, ExportForm, Exported, Finding, Fit,
    Interval, Pixels, Spelling,
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transfer {
    /// Bring pictures, sort them, take them out. Answer: [`Transferred::Classes`].
    Change(ClassChange),
    /// Learn the classes. Answer: [`Transferred::Learnt`].
    Learn(TransferTask),
    /// The same classifier on layers from the first to the last; reports with each row. Answer: [`Transferred::Swept`].
    Sweep(TransferTask),
    /// The classifier and the network fine-tuned, over the number of pictures of each class; reports with each number and each epoch.
    /// Answer: [`Transferred::Compared`].
    Compare(TransferTask),
    /// The same, from where it was stopped, closed or lost, by an earlier visit too; the classes, the network and what is set must be the
    /// same. Answer: [`Transferred::Compared`].
    GoOn(TransferTask),
    /// Where each picture's features lie on a plane. Answer: [`Transferred::Mapped`].
    Map(TransferTask),
    /// What the classifier that was learnt last says of a picture. Answer: [`Transferred::Predicted`].
    Predict(PredictTransfer),
    /// The same of a frame of the webcam. Answer: [`Transferred::Seen`].
    See(Pixels),
    /// The classifier that was learnt last, as a file. Answer: [`Transferred::Saved`].
    Save(TransferForm),
    /// All classes with their pictures, and what is set. Answer: [`Transferred::Saved`].
    SaveProject(TransferTask),
    /// The network that was fine-tuned last, as a file.
    SaveTuned(ExportForm),
    /// What must hold whatever the pictures.
    Check(BackendChoice),
}

impl Experiment for Transfer {
    const ID: ExperimentId = ExperimentId::Transfer;
    const SPELLING: Spelling = Spelling { jobs: &["transfer"], answer: Some("transferred"), steer: None };
    type Answer = Transferred;
    type News = TransferNews;
    type Steer = ();
}

impl Content for Transfer {
    fn bodies_mut(&mut self) -> Vec<&mut ByteBuf> {
        match self {
            Transfer::Change(change) => change.bodies_mut(),
            Transfer::See(frame) => vec![&mut frame.rgba],
            Transfer::Learn(_)
            | Transfer::Sweep(_)
            | Transfer::Compare(_)
            | Transfer::GoOn(_)
            | Transfer::Map(_)
            | Transfer::Predict(_)
            | Transfer::Save(_)
            | Transfer::SaveProject(_)
            | Transfer::SaveTuned(_)
            | Transfer::Check(_) => Vec::new(),
        }
    }

    fn pictures_mut(&mut self) -> Vec<&mut u32> {
        match self {
            Transfer::Change(change) => change.pictures_mut(),
            Transfer::Predict(question) => vec![&mut question.picture],
            Transfer::Learn(_)
            | Transfer::Sweep(_)
            | Transfer::Compare(_)
            | Transfer::GoOn(_)
            | Transfer::Map(_)
            | Transfer::See(_)
            | Transfer::Save(_)
            | Transfer::SaveProject(_)
            | Transfer::SaveTuned(_)
            | Transfer::Check(_) => Vec::new(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transferred {
    Classes(OwnClasses),
    Learnt(Box<TransferFound>),
    Swept(Vec<SweepRow>),
    Compared(LearningCurve),
    Mapped(FeaturePlaces),
    Predicted(TransferPrediction),
    /// Its picture is of no meaning.
    Seen(TransferPrediction),
    Saved(Exported),
    Checked(Vec<Finding<TransferFact>>),
}

impl Content for Transferred {
    fn bodies_mut(&mut self) -> Vec<&mut ByteBuf> {
        match self {
            Transferred::Classes(own) => own.thumbnails.iter_mut().map(|one| &mut one.thumbnail.rgba).collect(),
            Transferred::Saved(file) => vec![&mut file.bytes],
            Transferred::Learnt(_)
            | Transferred::Swept(_)
            | Transferred::Compared(_)
            | Transferred::Mapped(_)
            | Transferred::Predicted(_)
            | Transferred::Seen(_)
            | Transferred::Checked(_) => Vec::new(),
        }
    }

    fn pictures_mut(&mut self) -> Vec<&mut u32> {
        match self {
            Transferred::Predicted(found) => vec![&mut found.picture],
            Transferred::Classes(_)
            | Transferred::Learnt(_)
            | Transferred::Swept(_)
            | Transferred::Compared(_)
            | Transferred::Mapped(_)
            | Transferred::Seen(_)
            | Transferred::Saved(_)
            | Transferred::Checked(_) => Vec::new(),
        }
    }
}

/// What is told of a job under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferNews {
    Swept(SweepRow),
    Learnt(LearningRow),
    Tuned(TuneEpoch),
}

impl Content for TransferNews {}

/// What a classifier is saved as.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferForm {
    /// The classifier alone, which wants the network whose features it knows.
    Classifier,
    /// The network as far as the layer and the classifier behind it, as one ONNX file.
    Onnx,
    /// The same as an HTML page that works by itself; what it says, by the keys of [`Self::TEXTS`].
    Page(Vec<(String, String)>),
}

impl TransferForm {
    /// Keys of what a page says.
    pub const TEXTS: [&str; 9] = [
        "language",
        "none",
        "webcam",
        "webcam_off",
        "page_told",
        "page_choose",
        "page_made",
        "page_unread",
        "page_no_webcam",
    ];
}

/// Ask the classifier that was learnt last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PredictTransfer {
    /// Of the tray.
    pub picture: u32,
}

/// What a classifier says of a picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransferPrediction {
    pub picture: u32,
    pub classes: Vec<String>,
    /// Of each class.
    pub probabilities: Vec<f32>,
    /// Of its features from the nearest picture that was learnt from, 0 to 2.
    pub distance: f64,
    /// Farther than this it is probably of none of the classes: 95 % of the pictures that were held out are nearer.
    pub none_beyond: f64,
    pub elapsed_ms: f64,
    pub backend: BackendUsed,
}

choices! {
    /// What learns from features.
    pub enum ClassifierKind {
        /// A linear support vector machine for each class against all others (Hsieh et al. 2008).
        Svm,
        /// Multinomial logistic regression.
        Logistic,
        /// The class whose mean is nearest.
        Mean,
        /// Votes of the nearest pictures.
        Neighbours,
    }
}

settings! {
    /// What learns from which features.
    pub struct TransferTask {
        pub network: String = String::new(),
        pub backend: BackendChoice = BackendChoice::Auto,
        pub fit: Fit = Fit::Crop,
        /// Path of the layer; what the last layer with weights reads where not given.
        pub layer: Option<String> = None,
        pub classifier: ClassifierKind = ClassifierKind::Svm,
        /// Of the support vector machine and of logistic regression: what losses weigh beside the squares of the weights.
        pub c: f64 = 1.0,
        /// How many neighbours vote.
        pub neighbours: u32 = 5,
        /// Of the split into folds.
        pub seed: u32 = 1,
        pub tune: FineTune = FineTune::default(),
    }
}

impl TransferPrediction {
    pub fn is_none(&self) -> bool {
        self.distance > self.none_beyond
    }
}

impl TransferTask {
    pub const C: Interval = Interval::real(1e-4, 1e4);
    pub const NEIGHBOURS: Interval = Interval::whole(1, 100);
}

/// A layer whose answers can be features: the mean over its places of each channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeatureLayer {
    pub path: String,
    /// Of one picture, without the batch.
    pub shape: Vec<usize>,
    /// How many.
    pub features: u32,
}

/// What was answered about a picture by a classifier that has not learnt from it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeldOutAnswer {
    /// Its place among the pictures; on the page its number.
    pub picture: u32,
    pub class: u32,
    pub answer: u32,
    /// Of the answer.
    pub probability: f32,
}

/// A classifier, and how often it is right.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransferFound {
    pub classes: Vec<String>,
    pub pictures: u32,
    pub layer: FeatureLayer,
    /// All that can be asked, from the first on.
    pub layers: Vec<FeatureLayer>,
    /// Of cross-validation. One: a class is a single recording, so that nothing was held out, and no accuracy was measured.
    pub folds: u32,
    /// Pictures that are nearly the same as another one; they are on one side of every split.
    pub near: u32,
    /// Pictures that were asked about though nearly the same one, of another recording, was learnt from: without these nothing could have
    /// been held out.
    pub across: u32,
    pub accuracy: AccuracyShare,
    /// The same classifier on the pixels of 32 × 32 pictures.
    pub raw: AccuracyShare,
    /// Of each class's pictures, how many are taken for which: row by row.
    pub confusion: Vec<Vec<u32>>,
    /// In the order of the pictures.
    pub answers: Vec<HeldOutAnswer>,
    /// By which scores are divided before the softmax: the one of the least loss on pictures that were held out (Guo et al. 2017).
    pub temperature: f64,
    pub findings: Vec<Finding<TransferProblemFact>>,
    /// Of the features that were not known yet, and of all classifiers.
    pub features_ms: f64,
    pub classifiers_ms: f64,
    pub backend: BackendUsed,
}

impl TransferFound {
    /// Whether pictures were held out.
    pub fn is_measured(&self) -> bool {
        self.folds > 1
    }

    /// The wrong answers, the surest first.
    pub fn mistakes(&self) -> Vec<HeldOutAnswer> {
        let mut wrong: Vec<_> = self.answers.iter().copied().filter(|held| held.answer != held.class).collect();
        wrong.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        wrong
    }
}

/// Pictures on a plane, each at a place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeaturePlaces {
    /// On the page their numbers.
    pub pictures: Vec<u32>,
    pub labels: Vec<u32>,
    /// Along the two directions in which features vary most.
    pub pca: Vec<[f64; 2]>,
    /// Near pictures near (van der Maaten & Hinton 2008).
    pub tsne: Vec<[f64; 2]>,
    /// Of the second: how much of who is near is lost, in nats.
    pub divergence: f64,
    pub elapsed_ms: f64,
}

/// The same classifier on one layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweepRow {
    /// None: the pixels themselves.
    pub layer: Option<FeatureLayer>,
    /// Where the layer lies, from 0, the picture, to 1, the logits.
    pub depth: f64,
    pub accuracy: AccuracyShare,
    /// Of a network of the same form with the weights that it would begin to learn with. Of pixels none, nor where it has no such
    /// weights.
    pub untrained: Option<AccuracyShare>,
}

facts! {
    /// What must hold of every problem.
    pub enum TransferProblemFact {
        /// Of the support vector machines for the classes: the largest duality gap over the objective.
        Gap = "transfer-gap",
        /// Features of a picture beside the means of the layer's answers to it alone, every operation by itself: the largest
        /// difference, over the largest.
        Features = "transfer-features",
    }
}

facts! {
    /// What must hold whatever the pictures.
    pub enum TransferFact {
        /// Of pairs of points on axes of their own a support vector machine's weights are known: `4 C a / (1 + 4 C a²)`. The largest
        /// difference.
        Optimum = "transfer-optimum",
        /// At the least value of logistic regression no weight changes it: the largest slope, over `C` and the examples.
        Slope = "transfer-slope",
    }
}
