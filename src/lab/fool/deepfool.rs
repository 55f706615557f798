//! DeepFool (Moosavi-Dezfooli, Fawzi & Frossard, DeepFool: a simple and accurate method to fool deep neural networks, 2016):
//! takes the network for linear where the picture is, goes to the nearest border of its class, and again from there.

use super::super::device::Pace;
use super::super::softmax::argmax;
use super::super::{LabError, Monitor};
use super::method::Done;
use super::model_runner::{GraphKind, ModelRunner};
use super::schedule::Aim;
use crate::graph::Host;

/// Borders that are looked at, the paper's number: those to the likeliest classes.
const BORDERS: usize = 9;
/// The paper's: so much of the way further, to be beyond the border.
pub(super) const OVERSHOOT: f64 = 0.02;
/// The authors' code adds this to the distance in logits, lest a step of rounding's size is none.
const BEYOND: f64 = 1e-4;

/// What to cross: from `own` out, or into `class`.
#[derive(Clone, Copy)]
pub(super) struct Border {
    pub(super) own: usize,
    pub(super) class: usize,
    pub(super) aim: Aim,
}

/// Leaves `own`, or reaches `class`. At each step each border `f = zₖ - z_own = 0` has the distance `|f| / ‖∇f‖₂`; the step leads
/// over the nearest. One run of the plan gives the gradients of all: the batch is the same picture again and again.
pub(super) async fn run(
    runner: &mut ModelRunner,
    x: &[f32],
    Border { own, class, aim }: Border,
    steps: u32,
    watch: &impl Monitor,
    hear: &mut impl FnMut(u32, &[Vec<f32>]),
) -> Result<Done, LabError> {
    let first = runner.look_at(x).await?;
    let others = match aim {
        Aim::Reach => vec![class],
        Aim::Leave => likeliest(&first, own),
    };
    if others.is_empty() {
        return Ok(Done { x: x.to_vec(), form: (GraphKind::Look, 1) });
    }
    let classes = runner.classes();
    let mut cotangent = vec![0.0; others.len() * classes];
    for (row, &other) in cotangent.chunks_exact_mut(classes).zip(&others) {
        row[other] += 1.0;
        row[own] -= 1.0;
    }
    let cotangent = runner.rows(cotangent)?;
    let goal: Host = cotangent.zeros_like()?;
    let mut total = vec![0.0_f64; x.len()];
    let mut now = x.to_vec();
    let mut pace = Pace::new(watch);
    for step in 0..steps {
        let found = runner.vjp(&vec![&now; others.len()], &goal, &cotangent).await?;
        let logits = &found.logits[0];
        if pace.is_time_to_tell(watch) {
            hear(step, &found.logits[..1]);
        }
        pace.rest(watch).await?;
        let best = argmax(logits);
        if (aim == Aim::Leave && best != own) || (aim == Aim::Reach && best == class) {
            break;
        }
        let border = others.iter().zip(&found.gradients).map(|(&other, gradient)| {
            let square: f64 = gradient.iter().map(|&g| f64::from(g) * f64::from(g)).sum();
            let f = (f64::from(logits[own]) - f64::from(logits[other])).abs() + BEYOND;
            (f / square.sqrt(), f / square, gradient)
        });
        let nearest = border.filter(|(distance, ..)| distance.is_finite()).min_by(|a, b| a.0.total_cmp(&b.0));
        // No border has a gradient: there is no way from here.
        let Some((_, scale, gradient)) = nearest else { break };
        for ((total, &g), (now, &x)) in total.iter_mut().zip(gradient).zip(now.iter_mut().zip(x)) {
            *total += scale * f64::from(g);
            *now = (f64::from(x) + (1.0 + OVERSHOOT) * *total).clamp(0.0, 1.0) as f32;
        }
    }
    Ok(Done { x: now, form: (GraphKind::Vjp, others.len()) })
}

/// All but one, the largest first, at most [`BORDERS`].
fn likeliest(logits: &[f32], but: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..logits.len()).filter(|&class| class != but).collect();
    order.sort_by(|&a, &b| logits[b].total_cmp(&logits[a]));
    order.truncate(BORDERS);
    order
}
