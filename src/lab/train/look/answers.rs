//! What the network answers: on a part of the data, on a picture that somebody drew, on the examples that it learns from.

use super::paint::bytes_of;
use crate::data::dataset::{Examples, Part};
use crate::data::{Fit, Rgb, ink, preprocess};
use crate::lab::Monitor;
use crate::lab::pixels_from_planes;
use crate::lab::train::score::Scores;
use crate::lab::train::{LabError, Tally, TrainingRun};
use crate::nn::Resizing;
use crate::protocol::{self, Looked, Mistake, Pixels};

/// A look is not to hold the run up for longer, whatever the size of the part.
const LOOK_MILLIS: f64 = 400.0;

impl TrainingRun {
    /// Counts by class and guess, and the surest of the wrong answers; on as many examples of the part as there is time for.
    pub(super) async fn confusion(
        &mut self,
        part: protocol::Part,
        mistakes: u32,
        watch: &impl Monitor,
    ) -> Result<Looked, LabError> {
        let of = match part {
            protocol::Part::Train => Part::Train,
            protocol::Part::Validation => Part::Validation,
            protocol::Part::Test => Part::Test,
        };
        let classes = self.data().classes.len();
        let mut counts = vec![0; classes * classes];
        let mut tally = Tally::new(self.setup().loss);
        let mut wrong: Vec<(f32, usize, u32, u32)> = Vec::new();
        let start = watch.now_millis();
        let trainer = self.trainer();
        let mut batch = 0;
        loop {
            let more = trainer
                .predict(of, batch, |example, truth, row| {
                    let guess = row.guess();
                    counts[truth as usize * classes + guess as usize] += 1;
                    tally.add(row, truth);
                    if guess != truth {
                        wrong.push((row.probabilities()[guess as usize], example, truth, guess));
                    }
                })
                .await?;
            batch += 1;
            if !more || watch.now_millis() - start > LOOK_MILLIS {
                break;
            }
        }
        let step = trainer.step();
        wrong.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
        wrong.truncate(mistakes as usize);
        let shape = self.data().shape;
        let mistakes = wrong.into_iter().map(|(probability, example, truth, guess)| {
            let picture = match &self.data().examples {
                Examples::Bytes(bytes) => {
                    let row = self.data().row_len();
                    pixels_from_planes(&bytes[example * row..][..row], shape)
                }
                Examples::Points(_) => Pixels { width: 0, height: 0, rgba: Default::default() },
            };
            Mistake { picture, truth, guess, probability }
        });
        let measured = tally.measured(step);
        let measured = measured.ok_or_else(|| bad_setup!("there are no examples in that part of the data"))?;
        Ok(Looked::Confusion { step, part, counts, measured, mistakes: mistakes.collect() })
    }

    /// The answer to one picture, made as large as the data's and normalised like them.
    pub(super) async fn attempt(&mut self, pixels: &Pixels) -> Result<Looked, LabError> {
        let shape = self.data().shape;
        let [channels, height, width] = shape;
        let are_pictures = matches!(self.data().examples, Examples::Bytes(_)) && height == width;
        let is_possible = are_pictures && matches!(channels, 1 | 3);
        ensure!(is_possible, "a picture cannot be tried on examples of {channels} × {height} × {width}");
        let given = Rgb::from_rgba_over_white(pixels.width, pixels.height, &pixels.rgba)?;
        // Digits are framed as MNIST's were, wherever on the sheet they were written.
        let fitted = match shape {
            [1, 28, 28] if ink::is_ink(&given) => ink::framed(&given)?,
            [1, ..] => preprocess::grey(&preprocess::fitted(&given, Fit::Crop, [height, width], Resizing::default())?)?,
            _ => preprocess::fitted(&given, Fit::Crop, [height, width], Resizing::default())?,
        };
        let bytes: Vec<u8> = (0..channels).flat_map(|c| fitted.pixels().iter().skip(c).step_by(3).copied()).collect();
        let logits = self.trainer().logits_of(&bytes).await?;
        let step = self.trainer().step();
        let scores = Scores::of(&logits)?;
        let probabilities = scores.rows().next().map(|row| row.probabilities()).unwrap_or_default();
        Ok(Looked::Try { step, probabilities, seen: pixels_from_planes(&bytes, shape) })
    }

    /// The first examples of the next batch, changed as they will be.
    pub(super) async fn examples(&mut self, count: u32) -> Result<Looked, LabError> {
        let shape = self.data().shape;
        let row = self.data().row_len();
        let (values, labels) = self.trainer().examples(count as usize).await?;
        let normalise = self.trainer().normalise();
        let values = values.flatten_all()?.to_vec1::<f32>()?;
        let pictures =
            values.chunks_exact(row).map(|values| pixels_from_planes(&bytes_of(values, shape[0], &normalise), shape));
        Ok(Looked::Examples { pictures: pictures.collect(), labels })
    }
}
