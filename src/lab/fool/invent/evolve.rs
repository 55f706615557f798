//! Evolution with a champion for each class (MAP-Elites: Cully et al. 2015; Mouret & Clune 2015; as in Nguyen et al. 2015): each
//! generation is shown to the network as one batch, and a child of any parent takes the place of the champion of any class that
//! it is better at.

use super::super::super::device::Pace;
use super::super::super::softmax::probabilities;
use super::super::super::{LabError, Monitor};
use super::GenerateContext;
use crate::data::{Rgb, png};
use crate::lab::dice::Dice;
use crate::protocol::{InventNews, Invented};

pub(super) trait Genome: Clone {
    fn first(shape: [usize; 3], dice: &mut Dice) -> Self;

    fn child(&self, generation: u32, dice: &mut Dice) -> Self;

    /// Values in [0, 1], planes of channels.
    fn paint(&self, shape: [usize; 3]) -> Vec<f32>;
}

struct Champion<G> {
    genome: G,
    picture: Rgb,
    logits: Vec<f32>,
    /// Of its class.
    probability: f32,
}

/// Children in a generation, of small pictures and of larger ones.
const CHILDREN: usize = 24;
const CHILDREN_OF_LARGE: usize = 8;
const LARGE_VALUES: usize = 20_000;
/// The champion of the wanted class is a parent that often; all others share the rest.
const WANTED: f32 = 0.5;
const SHOWN: usize = 16;

pub(super) async fn evolve<G: Genome>(
    context: GenerateContext<'_>,
    watch: &impl Monitor,
    tell: &impl Fn(InventNews),
) -> Result<InventNews, LabError> {
    let (job, shape) = (context.job.clone(), context.runner.victim.network.input);
    let mut evolution = Evolution {
        champions: (0..context.runner.classes()).map(|_| None).collect(),
        dice: Dice::new(job.seed),
        shown: 0,
        context,
    };
    let count = if shape.iter().product::<usize>() > LARGE_VALUES { CHILDREN_OF_LARGE } else { CHILDREN };
    let target = job.target as usize;
    let mut pace = Pace::new(watch);
    let first: Vec<G> = (0..count).map(|_| G::first(shape, &mut evolution.dice)).collect();
    evolution.judge(first).await?;
    let mut generation = 0;
    while generation < job.steps && evolution.probability(target) < job.confidence {
        let children = (0..count).filter_map(|_| evolution.child(generation, target)).collect();
        evolution.judge(children).await?;
        generation += 1;
        pace.rest(watch).await?;
        if pace.is_time_to_tell(watch) {
            tell(evolution.news(generation, pace.per_second(watch, generation), false)?);
        }
    }
    evolution.news(generation, pace.per_second(watch, generation), true)
}

struct Evolution<'a, G> {
    /// By class.
    champions: Vec<Option<Champion<G>>>,
    dice: Dice,
    /// Pictures that the network saw.
    shown: u64,
    context: GenerateContext<'a>,
}

impl<G: Genome> Evolution<'_, G> {
    fn probability(&self, class: usize) -> f64 {
        self.champions.get(class).and_then(Option::as_ref).map_or(0.0, |champion| f64::from(champion.probability))
    }

    fn child(&mut self, generation: u32, target: usize) -> Option<G> {
        let class = if self.dice.is(WANTED) { target } else { self.dice.below(self.champions.len()) };
        Some(self.champions.get(class)?.as_ref()?.genome.child(generation, &mut self.dice))
    }

    /// Shows them to the network, in 8 bits.
    async fn judge(&mut self, children: Vec<G>) -> Result<(), LabError> {
        let shape = self.context.runner.victim.network.input;
        let painted = children.iter().map(|child| self.context.rounded(&child.paint(shape)));
        let painted: Vec<(Rgb, Vec<f32>)> = painted.collect::<Result<_, _>>()?;
        let values: Vec<&Vec<f32>> = painted.iter().map(|(_, values)| values).collect();
        let found = self.context.runner.look(&values).await?;
        self.shown += children.len() as u64;
        for ((genome, (picture, _)), logits) in children.iter().zip(&painted).zip(&found) {
            let chances = probabilities(logits);
            for (champion, &probability) in self.champions.iter_mut().zip(&chances) {
                if champion.as_ref().is_none_or(|before| probability > before.probability) {
                    let (genome, picture, logits) = (genome.clone(), picture.clone(), logits.clone());
                    *champion = Some(Champion { genome, picture, logits, probability });
                }
            }
        }
        Ok(())
    }

    fn news(&self, step: u32, steps_per_second: f32, is_done: bool) -> Result<InventNews, LabError> {
        let GenerateContext { job, used, .. } = &self.context;
        let target = job.target as usize;
        let mut classes: Vec<usize> = (0..self.champions.len()).filter(|&class| class != target).collect();
        classes.sort_by(|&a, &b| self.probability(b).total_cmp(&self.probability(a)));
        let shown = std::iter::once(target).chain(classes).take(SHOWN);
        let shown = shown.filter_map(|class| Some((class, self.champions[class].as_ref()?)));
        let shown = shown.map(|(class, champion)| -> Result<Invented, LabError> {
            GenerateContext::shown(&champion.picture, self.context.said(&champion.logits, class)?)
        });
        let wanted = self.champions[target].as_ref().filter(|_| is_done);
        Ok(InventNews {
            step,
            of: job.steps,
            shown: self.shown,
            confidence: job.confidence,
            population: shown.collect::<Result<_, _>>()?,
            steps_per_second,
            backend: used.clone(),
            png: wanted.map(|champion| png::encode(&champion.picture).into()),
        })
    }
}
