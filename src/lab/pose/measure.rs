//! How near joints come: PCP (Ferrari, Marín-Jiménez & Zisserman 2008) and PDJ or PCK (Sapp & Taskar 2013; Yang & Ramanan 2013).

use super::joints::{Joints, KnownJoints, diameter, distance};
use crate::data::procedural::FIGURE_JOINTS;
use crate::protocol::StageAccuracy;

/// The two ends of the limbs of each kind: upper arms, lower arms, upper legs, lower legs.
pub const LIMBS: [[[usize; 2]; 2]; 4] = [[[8, 7], [9, 10]], [[7, 6], [10, 11]], [[2, 1], [3, 4]], [[1, 0], [4, 5]]];
/// At which PCP and PCK count.
const PCP: f32 = 0.5;
pub(super) const PCK: f32 = 0.2;
/// Of the curve: its last share of a diameter, and the parts up to there.
const LAST: f64 = 0.5;
const PARTS: u32 = 25;

/// A person, and what each stage says.
#[derive(Clone, Debug, PartialEq)]
pub struct JudgedPose {
    pub truth: KnownJoints,
    pub stages: Vec<Joints>,
}

fn share(hits: u32, of: u32) -> f64 {
    f64::from(hits) / f64::from(of.max(1))
}

/// Of each stage; nothing of nothing. Joints that are not annotated count nowhere, and people without a trunk only for PCP.
pub fn accuracy(judged: &[JudgedPose]) -> Vec<StageAccuracy> {
    let stages = judged.iter().map(|one| one.stages.len()).min().unwrap_or(0);
    (0..stages).map(|stage| of_stage(judged, stage)).collect()
}

fn of_stage(judged: &[JudgedPose], stage: usize) -> StageAccuracy {
    let (mut limbs, mut distances) = ([[0_u32; 2]; 4], vec![Vec::new(); FIGURE_JOINTS]);
    for JudgedPose { truth, stages } in judged {
        let said = &stages[stage];
        for (kind, ends) in LIMBS.iter().enumerate() {
            for &[from, to] in ends {
                let (Some(a), Some(b)) = (truth[from], truth[to]) else { continue };
                let reach = PCP * distance(a, b);
                limbs[kind][1] += 1;
                limbs[kind][0] += u32::from(distance(said[from], a) <= reach && distance(said[to], b) <= reach);
            }
        }
        let Some(diameter) = diameter(truth) else { continue };
        for ((distances, known), said) in distances.iter_mut().zip(truth).zip(said) {
            distances.extend(known.map(|known| distance(*said, known) / diameter));
        }
    }
    let pcp = limbs.map(|[hits, of]| share(hits, of));
    let within = |of: &[f32], reach: f32| of.iter().filter(|distance| **distance <= reach).count() as u32;
    let all: Vec<f32> = distances.iter().flatten().copied().collect();
    let point = |part: u32| {
        let reach = LAST * f64::from(part) / f64::from(PARTS);
        [reach, share(within(&all, reach as f32), all.len() as u32)]
    };
    let joint = |of: &Vec<f32>| {
        let mean = of.iter().map(|distance| f64::from(*distance)).sum::<f64>() / of.len().max(1) as f64;
        [share(within(of, PCK), of.len() as u32), mean]
    };
    StageAccuracy {
        pcp,
        pcp_mean: pcp.iter().sum::<f64>() / 4.0,
        curve: (0..=PARTS).map(point).collect(),
        pck: share(within(&all, PCK), all.len() as u32),
        joints: distances.iter().map(joint).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::dice::Dice;

    /// Joints at random, some of them not annotated, and what two stages say of them.
    fn people(count: usize) -> Vec<JudgedPose> {
        let mut dice = Dice::new(4);
        let mut place = |reach: f32| [0; FIGURE_JOINTS].map(|_| [dice.unit() * reach, dice.unit() * reach]);
        let mut all = Vec::new();
        for number in 0..count {
            let truth = place(100.0);
            let stages = [20.0, 5.0].map(|reach| {
                let off = place(reach);
                std::array::from_fn(|joint| [0, 1].map(|at| truth[joint][at] + off[joint][at]))
            });
            let truth = std::array::from_fn(|joint| ((joint + number) % 5 > 0).then_some(truth[joint]));
            all.push(JudgedPose { truth, stages: stages.to_vec() });
        }
        all
    }

    #[test]
    fn measures_equal_those_that_are_counted_one_by_one() {
        let people = people(40);
        for (stage, found) in accuracy(&people).iter().enumerate() {
            let arms_and_legs = [(8, 7), (9, 10), (7, 6), (10, 11), (2, 1), (3, 4), (1, 0), (4, 5)];
            let (mut hits, mut seen) = ([0.0; 4], [0.0; 4]);
            let (mut near, mut all, mut near_wrists, mut wrists) = (0.0, 0.0, 0.0, 0.0);
            for one in &people {
                for (k, (a, b)) in arms_and_legs.into_iter().enumerate() {
                    if let (Some(p), Some(q)) = (one.truth[a], one.truth[b]) {
                        let half = ((p[0] - q[0]).powi(2) + (p[1] - q[1]).powi(2)).sqrt() / 2.0;
                        let off = |joint: usize, place: [f32; 2]| {
                            let said = one.stages[stage][joint];
                            ((said[0] - place[0]).powi(2) + (said[1] - place[1]).powi(2)).sqrt()
                        };
                        seen[k / 2] += 1.0;
                        hits[k / 2] += if off(a, p) <= half && off(b, q) <= half { 1.0 } else { 0.0 };
                    }
                }
                let trunk = match (one.truth[9], one.truth[2], one.truth[8], one.truth[3]) {
                    (Some(a), Some(b), ..) | (_, _, Some(a), Some(b)) => {
                        ((a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2)).sqrt()
                    }
                    _ => continue,
                };
                for joint in 0..FIGURE_JOINTS {
                    if let Some(place) = one.truth[joint] {
                        let said = one.stages[stage][joint];
                        let off = ((said[0] - place[0]).powi(2) + (said[1] - place[1]).powi(2)).sqrt();
                        let hit = if off <= 0.2 * trunk { 1.0 } else { 0.0 };
                        (all, near) = (all + 1.0, near + hit);
                        if joint == 6 {
                            (wrists, near_wrists) = (wrists + 1.0, near_wrists + hit);
                        }
                    }
                }
            }
            for kind in 0..4 {
                assert!((found.pcp[kind] - hits[kind] / seen[kind]).abs() < 1e-9, "{stage} {kind}");
            }
            assert!((found.pck - near / all).abs() < 1e-9 && (found.joints[6][0] - near_wrists / wrists).abs() < 1e-9);
            let [reach, share] = found.curve[10];
            assert!((reach - 0.2).abs() < 1e-9 && (share - found.pck).abs() < 1e-9);
            assert!(found.curve.windows(2).all(|two| two[0][1] <= two[1][1]));
        }
        let [first, second] = [0, 1].map(|stage| accuracy(&people)[stage].pck);
        assert!(second > first, "{first} {second}");
    }

    #[test]
    fn exact_joints_are_all_right_and_nothing_is_nothing() {
        let mut people = people(3);
        people.iter_mut().for_each(|one| one.stages = vec![one.truth.map(Option::unwrap_or_default)]);
        let found = &accuracy(&people)[0];
        assert_eq!((found.pck, found.pcp_mean, found.curve[0]), (1.0, 1.0, [0.0, 1.0]));
        assert!(accuracy(&[]).is_empty());
    }
}
