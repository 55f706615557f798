//! Regions beside the published algorithms written out point by point, and gradients beside central differences in f64.

use super::*;
use crate::backend::cpu::CpuPlan;
use crate::graph::op::Given;
use crate::graph::{DType, Graph, Host, Program, Wide, grad};
use candle_core::Device;

const SHAPE: [usize; 4] = [2, 3, 7, 9];
const GRID: RoiGrid = RoiGrid { bins: 3, scale: 0.25 };

/// Two pictures of 28 × 36 pixels: regions inside, partly and wholly outside, smaller than a place, and of no size.
const BOXES: [[f64; 4]; 10] = [
    [2.0, 3.0, 21.0, 17.0],
    [0.0, 0.0, 36.0, 28.0],
    [-9.0, -5.0, 12.0, 11.0],
    [22.5, 13.0, 47.0, 39.0],
    [11.0, 9.0, 12.0, 10.0],
    [5.2, 6.4, 30.9, 9.1],
    [16.0, 2.0, 19.0, 26.0],
    [60.0, 50.0, 80.0, 70.0],
    [8.0, 8.0, 8.0, 8.0],
    [1.0, 20.0, 35.0, 27.9],
];

type Pool = fn(&Tensor, &Tensor, RoiGrid) -> Result<Tensor, ShapeError>;

fn features(dtype: DType) -> Host {
    Given::signed(SHAPE).of(dtype).value(5).unwrap()
}

fn boxes(dtype: candle_core::DType) -> Host {
    let values: Vec<f64> = BOXES.concat();
    Host::from_vec(values, (2, 5, 4), &Device::Cpu).unwrap().to_dtype(dtype).unwrap()
}

fn pooled(pool: Pool) -> Vec<f32> {
    let graph = Graph::new();
    let x = graph.input("x", Spec::f32(SHAPE));
    let y = pool(&x, &graph.input("boxes", Spec::f32([2, 5, 4])), GRID).unwrap();
    assert_eq!(y.dims(), [10, 3, 3, 3]);
    let program = Program::inference(&[&y], &|_| None).unwrap();
    let inputs = [features(DType::F32), boxes(candle_core::DType::F32)];
    let found = CpuPlan::new(program).run_now(&inputs).unwrap().remove(0);
    found.flatten_all().unwrap().to_vec1().unwrap()
}

/// `bin` gives one bin of a region: its plane of features, its box, its row and its column.
fn by_loops(bin: impl Fn(&dyn Fn(usize, usize) -> f32, [f32; 4], usize, usize) -> f32) -> Vec<f32> {
    let x = features(DType::F32).flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let [_, channels, height, width] = SHAPE;
    let mut all = Vec::new();
    for (region, corners) in BOXES.iter().enumerate() {
        for channel in 0..channels {
            let plane = (region / 5 * channels + channel) * height * width;
            for (row, column) in (0..9).map(|at| (at / 3, at % 3)) {
                all.push(bin(&|h, w| x[plane + h * width + w], corners.map(|at| at as f32), row, column));
            }
        }
    }
    all
}

#[test]
fn align_is_the_mean_of_four_bilinear_points() {
    let [_, _, height, width] = SHAPE;
    let point = |plane: &dyn Fn(usize, usize) -> f32, mut y: f32, mut x: f32| {
        if y < -1.0 || y > height as f32 || x < -1.0 || x > width as f32 {
            return 0.0;
        }
        (y, x) = (y.max(0.0), x.max(0.0));
        let (mut top, mut left) = (y as usize, x as usize);
        let (bottom, right);
        if top >= height - 1 {
            (top, bottom, y) = (height - 1, height - 1, (height - 1) as f32);
        } else {
            bottom = top + 1;
        }
        if left >= width - 1 {
            (left, right, x) = (width - 1, width - 1, (width - 1) as f32);
        } else {
            right = left + 1;
        }
        let (down, across) = (y - top as f32, x - left as f32);
        (1.0 - down) * (1.0 - across) * plane(top, left)
            + (1.0 - down) * across * plane(top, right)
            + down * (1.0 - across) * plane(bottom, left)
            + down * across * plane(bottom, right)
    };
    let want = by_loops(|plane, corners, row, column| {
        let [left, top, right, bottom] = corners.map(|at| at * 0.25 - 0.5);
        let (tall, wide) = ((bottom - top) / 3.0, (right - left) / 3.0);
        let mut sum = 0.0;
        for (i, j) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let y = top + row as f32 * tall + (i as f32 + 0.5) * tall / 2.0;
            let x = left + column as f32 * wide + (j as f32 + 0.5) * wide / 2.0;
            sum += point(plane, y, x);
        }
        sum / 4.0
    });
    for (at, (got, want)) in pooled(roi_align).into_iter().zip(want).enumerate() {
        assert!((got - want).abs() < 1e-5, "{at}: {got} for {want}");
    }
}

#[test]
fn pooling_is_the_largest_of_whole_places() {
    let [_, _, height, width] = SHAPE;
    let span = |low: f32, high: f32, at: usize, extent: usize| {
        let (from, to) = ((low * 0.25).round(), (high * 0.25).round());
        let bin = (to - from + 1.0).max(1.0) / 3.0;
        let first = ((at as f32 * bin).floor() + from).clamp(0.0, extent as f32);
        let last = (((at + 1) as f32 * bin).ceil() + from).clamp(0.0, extent as f32);
        first as usize..last as usize
    };
    let want = by_loops(|plane, [left, top, right, bottom], row, column| {
        let mut most: Option<f32> = None;
        for h in span(top, bottom, row, height) {
            for w in span(left, right, column, width) {
                most = Some(most.map_or(plane(h, w), |most| most.max(plane(h, w))));
            }
        }
        most.unwrap_or(0.0)
    });
    assert_eq!(pooled(roi_max_pool), want);
    assert!(want.contains(&0.0), "a region outside has nothing");
}

#[test]
fn gradients_are_slopes() {
    const STEP: f64 = 1e-6;
    for pool in [roi_align as Pool, roi_max_pool] {
        let wide = DType::F64(Wide);
        let graph = Graph::new();
        let x = graph.input("x", Spec::new(SHAPE, wide));
        let y = pool(&x, &graph.input("boxes", Spec::new([2, 5, 4], wide)), GRID).unwrap();
        let weights = Given::signed([10, 3, 3, 3]).of(wide).value(8).unwrap();
        let loss = y.mul(&graph.constant(&weights).unwrap()).unwrap().sum_all().unwrap();
        let slope = grad(&loss, &[&x]).unwrap().remove(0);
        let program = Program::inference(&[&loss, &slope], &|_| None).unwrap();
        let plan = CpuPlan::new(program);
        let at = features(wide).flatten_all().unwrap().to_vec1::<f64>().unwrap();
        let call = |x: Vec<f64>| {
            let x = Host::from_vec(x, &SHAPE, &Device::Cpu).unwrap();
            let found = plan.run_now(&[x, boxes(candle_core::DType::F64)]).unwrap();
            found.iter().map(|host| host.flatten_all().unwrap().to_vec1::<f64>().unwrap()).collect::<Vec<_>>()
        };
        let slopes = call(at.clone()).remove(1);
        assert!(slopes.iter().filter(|slope| slope.abs() > 1e-3).count() > 20);
        for i in (0..at.len()).step_by(5) {
            let moved = |by: f64| {
                let mut x = at.clone();
                x[i] += by;
                call(x)[0][0]
            };
            let want = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
            assert!((slopes[i] - want).abs() < 1e-6, "{i}: {} for {want}", slopes[i]);
        }
    }
}
