//! The arithmetic of the page's charts. The page itself builds for wasm alone; these two files know nothing of it.
#![allow(unreachable_pub, dead_code, reason = "the files are the page's, where all of it is used")]

#[path = "../../src/ui/widget/chart/scale.rs"]
mod scale;
#[path = "../../src/ui/widget/chart/thin.rs"]
mod thin;

use scale::{Axis, Scaling, text_of};
use thin::path_of;

fn texts(low: f64, high: f64, scaling: Scaling) -> Vec<String> {
    Axis::new(low, high, 100.0, scaling).ticks(5).into_iter().map(|tick| tick.text).collect()
}

#[test]
fn ticks_are_round() {
    assert_eq!(texts(0.0, 1.0, Scaling::Linear), ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
    assert_eq!(texts(0.0, 2.31, Scaling::Linear), ["0", "0.5", "1", "1.5", "2"]);
    assert_eq!(texts(0.0, 46_800.0, Scaling::Linear), ["0", "10k", "20k", "30k", "40k"]);
    assert_eq!(texts(-1.0, 1.0, Scaling::Linear), ["-1", "-0.5", "0", "0.5", "1"]);
    assert_eq!(texts(0.001, 10.0, Scaling::Log), ["0.001", "0.01", "0.1", "1", "10"]);
    assert_eq!(texts(0.2, 6.0, Scaling::Log), ["0.2", "0.5", "1", "2", "5"]);
    assert_eq!(texts(1.0, 1e12, Scaling::Log).len(), 5, "every third decade");
    assert_eq!(text_of(1e-5), "1e-5");
}

#[test]
fn any_two_numbers_make_an_axis() {
    for (low, high) in [(0.0, 0.0), (1.0, -1.0), (f64::NAN, 1.0), (0.0, f64::INFINITY), (-3.0, 0.0), (1e300, 1e300)] {
        for scaling in [Scaling::Linear, Scaling::Log] {
            let axis = Axis::new(low, high, 0.0, scaling);
            let ticks = axis.ticks(5);
            assert!(ticks.len() < 50 && ticks.iter().all(|tick| tick.at.is_finite()), "{low} {high} {scaling:?}");
            assert!(axis.place(0.0).is_finite() && axis.value(0.5).is_finite(), "{low} {high} {scaling:?}");
        }
    }
}

#[test]
fn value_and_place_are_inverse() {
    for scaling in [Scaling::Linear, Scaling::Log] {
        let axis = Axis::new(0.01, 7.0, 300.0, scaling);
        for value in [0.01, 0.5, 3.0, 7.0] {
            assert!((axis.value(axis.place(value)) - value).abs() < 1e-9);
        }
    }
}

/// The lowest and highest `y` of a path's corners.
fn extremes(path: &str) -> (i32, i32) {
    let corners = path.split(['M', 'L']).skip(1).map(|corner| corner.split_once(' ').unwrap().1.parse().unwrap());
    corners.fold((i32::MAX, i32::MIN), |(low, high), y: i32| (low.min(y), high.max(y)))
}

#[test]
fn thinning_keeps_every_spike() {
    let many = 100_000;
    let spikes = [(12_345, -7.0), (67_890, 9.5)];
    let point = |at: usize| {
        let spike = spikes.iter().find(|(place, _)| *place == at).map(|(_, y)| *y);
        [at as f64 * 600.0 / f64::from(many as u32), spike.unwrap_or((at % 7) as f64 / 7.0)]
    };
    let path = path_of((0..many).map(point));
    assert_eq!(extremes(&path), (-70, 95));
    assert!(path.matches(['M', 'L']).count() <= 4 * 600);
    assert_eq!(path.matches('M').count(), 1);
}

#[test]
fn few_points_stay_as_they_are() {
    assert_eq!(path_of([[0.0, 1.0], [1.5, 2.0], [30.0, 0.25]].into_iter()), "M0 10L15 20L300 3");
    assert_eq!(path_of([[0.1, 1.0], [0.2, 3.0], [0.3, 2.0]].into_iter()), "M1 10L2 30L3 20");
    assert_eq!(path_of(std::iter::empty()), "");
}
