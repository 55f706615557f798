//! Regions counted beside what is proved of them, and beside another way of counting.

use super::*;
use crate::lab::depth::{folding, tent};
use crate::lab::linear::unit;
use std::collections::BTreeSet;

const SQUARE: [f64; 4] = [0.0, 0.0, 1.0, 1.0];

fn random(widths: &[usize], salt: u32) -> ReluNet {
    let mut place = salt * 100_000;
    let mut next = || {
        place += 1;
        2.0 * f64::from(unit(place)) - 1.0
    };
    let mut layers = Vec::new();
    let mut inputs = 2;
    for &width in widths {
        let scale = (6.0 / inputs as f64).sqrt();
        let weight = (0..width).map(|_| (0..inputs).map(|_| scale * next()).collect()).collect();
        layers.push(DenseLayer { weight, bias: (0..width).map(|_| 0.5 * next()).collect() });
        inputs = width;
    }
    ReluNet::new(layers).unwrap()
}

fn all(net: &ReluNet, domain: [f64; 4]) -> Vec<LinearRegion> {
    net.regions(&rectangle(domain)).unwrap()
}

fn middle(polygon: &[[f64; 2]]) -> [f64; 2] {
    [0, 1].map(|axis| polygon.iter().map(|corner| corner[axis]).sum::<f64>() / polygon.len() as f64)
}

#[test]
fn lines_in_general_position_make_as_many_regions_as_they_can() {
    for (lines, regions) in [(3, 7), (4, 11), (8, 37)] {
        let net = folding(&[lines]).unwrap();
        assert_eq!((all(&net, SQUARE).len(), zaslavsky(lines as u64)), (regions, regions as u64));
        // Tilted at random, over a plane that is large enough for their crossings.
        let net = random(&[lines, 1], lines as u32);
        assert_eq!(all(&net, [-1e4, -1e4, 1e4, 1e4]).len(), regions);
    }
}

#[test]
fn folding_attains_the_bound() {
    assert_eq!(montufar(&[8, 8]), 592);
    for widths in [vec![8, 8], vec![4, 4, 4], vec![6, 5], vec![5, 6], vec![4, 4, 4, 4]] {
        let bound = montufar(&widths.iter().map(|width| *width as u64).collect::<Vec<_>>());
        assert_eq!(all(&folding(&widths).unwrap(), SQUARE).len() as u64, bound, "{widths:?}");
    }
}

#[test]
fn a_tent_has_twice_as_many_pieces_with_each_layer() {
    for depth in 1..=8 {
        let net = tent(depth).unwrap();
        assert_eq!(all(&net, SQUARE).len(), 1 << depth);
        let (pieces, at) = (f64::from(1 << depth), 0.37);
        let phase = (at * pieces / 2.0).fract();
        let wanted = if phase < 0.5 { 2.0 * phase } else { 2.0 - 2.0 * phase };
        assert!((net.said([at, 0.0])[0] - wanted).abs() < 1e-9, "{depth}");
    }
}

#[test]
fn regions_cover_the_plane_and_the_network_is_affine_in_each() {
    for salt in 1..4 {
        let net = random(&[9, 7, 6, 3], salt);
        let domain = [-1.5, -1.0, 2.0, 1.0];
        let regions = all(&net, domain);
        let whole: f64 = regions.iter().map(|region| area(&region.polygon)).sum();
        assert!((whole - 7.0).abs() < 1e-9 && regions.iter().all(|region| area(&region.polygon) > 0.0));
        let patterns: BTreeSet<&Vec<bool>> = regions.iter().map(|region| &region.pattern).collect();
        assert_eq!(patterns.len(), regions.len());
        for (at, region) in regions.iter().enumerate() {
            let centre = middle(&region.polygon);
            assert_eq!(net.pattern(centre, 3), region.pattern);
            // Any point: a corner, drawn towards the middle.
            let share = f64::from(unit(at as u32));
            let corner = region.polygon[at % region.polygon.len()];
            let point = [0, 1].map(|axis| corner[axis] + share * (centre[axis] - corner[axis]));
            for (map, said) in region.said.iter().zip(net.said(point)) {
                assert!((value(*map, point) - said).abs() < 1e-9);
            }
        }
    }
}

/// Counted another way: activation patterns on a fine grid. A grid misses small regions and no others.
#[test]
fn a_grid_sees_the_regions_but_the_small_ones() {
    let net = random(&[8, 8, 2], 9);
    let regions = all(&net, [-1.0, -1.0, 1.0, 1.0]);
    let side = 400;
    let at = |k: usize| -1.0 + (2.0 * k as f64 + 1.0) / side as f64;
    let seen: BTreeSet<Vec<bool>> = (0..side * side).map(|k| net.pattern([at(k % side), at(k / side)], 2)).collect();
    let known: BTreeSet<Vec<bool>> = regions.iter().map(|region| region.pattern.clone()).collect();
    assert!(seen.is_subset(&known));
    let cell = 4.0 / (side * side) as f64;
    for region in regions.iter().filter(|region| !seen.contains(&region.pattern)) {
        assert!(area(&region.polygon) < 30.0 * cell, "{}", area(&region.polygon));
    }
    assert!(seen.len() * 10 > known.len() * 9, "{} of {}", seen.len(), known.len());
}

#[test]
fn classes_divide_each_region_where_two_are_equal() {
    let net = random(&[6, 5, 3], 4);
    for region in all(&net, [-1.0, -1.0, 1.0, 1.0]) {
        let parts = classes_of(&region);
        let sum: f64 = parts.iter().map(|(_, part)| area(part)).sum();
        assert!((sum - area(&region.polygon)).abs() < 1e-9);
        for (class, part) in parts {
            let said = net.said(middle(&part));
            assert!(said.iter().all(|other| *other <= said[class] + 1e-9));
        }
    }
}

#[test]
fn what_is_no_network_of_a_plane_is_refused() {
    let wrong = |layers| ReluNet::new(layers).unwrap_err().to_string();
    let layer = |weight: Vec<Vec<f64>>| DenseLayer { bias: vec![0.0; weight.len()], weight };
    assert!(wrong(vec![]).contains("without layers"));
    assert!(wrong(vec![layer(vec![vec![1.0]])]).contains("layer 1 of 1 does not take the 2 numbers"));
    assert!(wrong(vec![layer(vec![vec![1.0, 2.0]])]).contains("one layer alone is affine everywhere"));
    assert!(wrong(vec![layer(vec![vec![f64::NAN, 1.0]])]).contains("no number"));
    let many = folding(&[40, 40, 40]).unwrap();
    assert!(many.regions(&rectangle(SQUARE)).unwrap_err().to_string().contains("more than 60000 regions"));
}
