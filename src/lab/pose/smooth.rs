//! Joints that move from frame to frame without trembling: the one-euro filter (Casiez, Roussel & Vogel, CHI 2012). Each coordinate is a mean
//! of what was and what is; the faster it moves, the less the past counts.

use crate::protocol::JointPlace;

/// A joint, and how sure the network is of it.
pub type JointScore = (JointPlace, f32);

/// Of the speed, in hertz: the paper's own.
const SPEED_CUTOFF: f32 = 1.0;
/// By how many hertz the cutoff rises for a joint that crosses the picture's longer side in a second.
const RISE: f32 = 6.0;
/// Cutoffs of a joint that rests, in hertz, with the least smoothing and with the most.
const CUTOFFS: [f32; 2] = [8.0, 0.25];
/// After a longer break the past does not count.
const LONGEST_BREAK_MS: f64 = 1000.0;

/// What is known of the frames before.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JointFilter {
    at_ms: f64,
    places: Vec<JointPlace>,
    /// In sides of the picture per second.
    speeds: Vec<JointPlace>,
}

/// The weight of what is in a mean of the first order, for a cutoff in hertz.
fn weight(cutoff: f32, seconds: f32) -> f32 {
    let r = std::f32::consts::TAU * cutoff * seconds;
    r / (r + 1.0)
}

impl JointFilter {
    /// The joints of the frame that was taken at `at_ms`, in pixels of a picture whose longer side is `side`; `smoothing` is from 0, none, to 1.
    pub fn smoothed(&mut self, joints: &[JointPlace], side: f32, at_ms: f64, smoothing: f32) -> Vec<JointPlace> {
        let passed = at_ms - self.at_ms;
        let is_new = self.places.len() != joints.len() || passed <= 0.0 || passed > LONGEST_BREAK_MS;
        self.at_ms = at_ms;
        if is_new || smoothing <= 0.0 {
            self.places = joints.to_vec();
            self.speeds = vec![[0.0; 2]; joints.len()];
            return joints.to_vec();
        }
        let seconds = (passed / 1000.0) as f32;
        // Equal steps of the slider are equal factors.
        let rest = CUTOFFS[0] * (CUTOFFS[1] / CUTOFFS[0]).powf(smoothing);
        for (at, joint) in joints.iter().enumerate() {
            for (axis, seen) in joint.iter().enumerate() {
                let before = self.places[at][axis];
                let now = (seen - before) / side.max(1.0) / seconds;
                let speed = &mut self.speeds[at][axis];
                *speed += weight(SPEED_CUTOFF, seconds) * (now - *speed);
                let cutoff = rest + RISE * speed.abs();
                self.places[at][axis] = before + weight(cutoff, seconds) * (seen - before);
            }
        }
        self.places.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: f32 = 400.0;

    /// The mean distance of what is shown from where the joint is, over a second of 25 frames, from the fifth on.
    fn off(smoothing: f32, place: impl Fn(f32) -> f32, tremble: f32) -> f32 {
        let mut filter = JointFilter::default();
        let mut sum = 0.0;
        for frame in 0..25_u32 {
            let seconds = frame as f32 / 25.0;
            let noise = if frame % 2 == 0 { tremble } else { -tremble };
            let seen = [place(seconds) + noise, 100.0];
            let shown = filter.smoothed(&[seen], SIDE, 40.0 * f64::from(frame), smoothing)[0];
            assert_eq!(shown[1], 100.0);
            sum += if frame < 5 { 0.0 } else { (shown[0] - place(seconds)).abs() };
        }
        sum / 20.0
    }

    #[test]
    fn what_rests_does_not_tremble_and_what_moves_is_followed() {
        let rests = |_: f32| 200.0;
        let [none, some, most] = [0.0, 0.5, 1.0].map(|smoothing| off(smoothing, rests, 4.0));
        assert!((none - 4.0).abs() < 1e-3 && some < 0.4 * none && most < some, "{none} {some} {most}");
        // A hand that crosses the picture in a second lags by less than a tenth of the picture's side, and with less smoothing by less.
        let crosses = |seconds: f32| SIDE * seconds;
        let [some, most] = [0.5, 1.0].map(|smoothing| off(smoothing, crosses, 0.0));
        assert!(some < 0.1 * SIDE && most < 0.15 * SIDE && some < most, "{some} {most}");
    }

    #[test]
    fn one_step_is_as_by_hand() {
        let mut filter = JointFilter::default();
        filter.smoothed(&[[100.0, 0.0]], 100.0, 0.0, 1.0);
        let shown = filter.smoothed(&[[110.0, 0.0]], 100.0, 100.0, 1.0)[0][0];
        // Speed: 1 side per second, of which τ·1·0.1 / (τ·1·0.1 + 1) counts.
        let speed = 0.628_318_5_f32 / 1.628_318_5;
        let r = std::f32::consts::TAU * (0.25 + 6.0 * speed) * 0.1;
        assert!((shown - (100.0 + 10.0 * r / (r + 1.0))).abs() < 1e-3, "{shown}");
    }

    #[test]
    fn a_break_and_other_joints_begin_anew() {
        let mut filter = JointFilter::default();
        filter.smoothed(&[[0.0, 0.0]], SIDE, 0.0, 1.0);
        assert_eq!(filter.smoothed(&[[50.0, 0.0]], SIDE, 1500.0, 1.0), [[50.0, 0.0]]);
        assert_eq!(filter.smoothed(&[[0.0, 0.0]; 2], SIDE, 1540.0, 1.0), [[0.0, 0.0]; 2]);
    }
}
