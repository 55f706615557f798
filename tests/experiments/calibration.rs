//! The metrics of how far probabilities can be trusted, against what they are by hand.

use neocog::lab::calibration::{Calibration, Confidence, Judged};

fn judged(rows: &[(&[f32], u32)]) -> Judged {
    let mut judged = Judged::default();
    rows.iter().for_each(|(logits, label)| judged.add(logits, *label));
    judged
}

#[test]
fn shares_are_counted_as_by_hand() {
    let all = judged(&[(&[3.0, 2.0, 1.0], 0), (&[3.0, 2.0, 1.0], 1), (&[3.0, 2.0, 1.0], 2), (&[1.0, 1.0, 0.0], 1)]);
    assert_eq!([all.top(1), all.top(2), all.top(3)], [0.25, 0.75, 1.0]);
    // Without class 0 the second and the last are right; the first example is of class 0.
    let (of, right) = all.among(&[1, 2]);
    assert_eq!((of, right), (3, 2.0 / 3.0));
    assert_eq!(Judged::default().top(1), 0.0);
}

#[test]
fn confidence_that_is_never_right_is_all_error() {
    // Two of three right with a confidence of 0.75 each: one bin, |0.75 - 2/3|.
    let sure = 3.0_f32.ln();
    let all = judged(&[(&[sure, 0.0], 0), (&[sure, 0.0], 0), (&[sure, 0.0], 1)]);
    assert!((all.calibration_error(1.0) - (0.75 - 2.0 / 3.0)).abs() < 1e-7);
    // The best temperature gives them 2/3: ln 3 / T = ln 2.
    let temperature = all.temperature();
    assert!((temperature - 3.0_f64.ln() / 2.0_f64.ln()).abs() < 1e-6, "{temperature}");
    assert!(all.calibration_error(temperature) < 1e-6);
    assert!(all.loss(temperature) < all.loss(1.0) && all.loss(temperature) < all.loss(2.0));
    // (2 ln(1 + 1/3) + ln 4) / 3
    assert!((all.loss(1.0) - (2.0 * (4.0_f64 / 3.0).ln() + 4.0_f64.ln()) / 3.0).abs() < 1e-6);
}

#[test]
fn a_limit_refuses_no_more_than_its_share() {
    let rows: Vec<[f32; 2]> = (0..100).map(|at| [at as f32 / 10.0, 0.0]).collect();
    let all = judged(&rows.iter().map(|row| (row.as_slice(), 0)).collect::<Vec<_>>());
    for confidence in Confidence::ALL {
        let below = all.unknown_below(confidence, 1.0);
        let calibration = Calibration { unknown_below: Some(below), ..Calibration::default() };
        assert!((all.refused(&calibration) - 0.05).abs() < 1e-9, "{below:?}");
        assert!(calibration.is_unknown(&[0.1, 0.0]) && !calibration.is_unknown(&[9.0, 0.0]));
    }
    let energy = Confidence::Energy.of(&[1.0, 2.0], 7.0);
    assert!((energy - (1.0_f64.exp() + 2.0_f64.exp()).ln()).abs() < 1e-12);
    assert!(!Calibration::default().is_unknown(&[0.0, 0.0]));
}
