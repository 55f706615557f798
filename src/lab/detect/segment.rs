//! Parts of one colour: Felzenszwalb & Huttenlocher, "Efficient graph-based image segmentation", 2004. And the colour spaces that selective
//! search looks at them in.

use crate::data::Rgb;

/// Standard deviation of the smoothing beforehand, in pixels, as published.
const SIGMA: f32 = 0.8;

/// Three values of each pixel, each from 0 to 255.
#[derive(Clone, Debug)]
pub struct ColourPlanes {
    pub width: usize,
    pub height: usize,
    pub planes: [Vec<f32>; 3],
}

/// How colours are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColourSpace {
    /// Hue, saturation, value (Smith 1978).
    Hsv,
    /// CIE 1976 L*a*b* of sRGB under D65.
    Lab,
}

impl ColourPlanes {
    pub fn of(picture: &Rgb, space: ColourSpace) -> Self {
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let mut planes = [0; 3].map(|_| Vec::with_capacity(width * height));
        // Colours of neighbours are often the same.
        let (mut last, mut found) = ([0, 0, 0], [0.0; 3]);
        for (at, pixel) in picture.pixels().chunks_exact(3).enumerate() {
            if at == 0 || pixel != last {
                last = [pixel[0], pixel[1], pixel[2]];
                found = match space {
                    ColourSpace::Hsv => hsv(last),
                    ColourSpace::Lab => lab(last),
                };
            }
            planes.iter_mut().zip(found).for_each(|(plane, value)| plane.push(value));
        }
        Self { width, height, planes }
    }

    /// Convolved along the rows, then along the columns; places beyond the edge are as the nearest within.
    pub(super) fn filtered(&self, plane: &[f32], [across, down]: [&[f32]; 2]) -> Vec<f32> {
        let Self { width, height, .. } = *self;
        let place =
            |at: usize, tap: usize, taps: usize, length: usize| (at + tap).saturating_sub(taps / 2).min(length - 1);
        let mut rows = vec![0.0; plane.len()];
        for (from, to) in plane.chunks_exact(width).zip(rows.chunks_exact_mut(width)) {
            for (x, to) in to.iter_mut().enumerate() {
                let taps = across.iter().enumerate();
                *to = taps.map(|(tap, weight)| weight * from[place(x, tap, across.len(), width)]).sum();
            }
        }
        let mut found = vec![0.0; plane.len()];
        for (y, to) in found.chunks_exact_mut(width).enumerate() {
            for (tap, weight) in down.iter().enumerate() {
                let from = &rows[place(y, tap, down.len(), height) * width..][..width];
                to.iter_mut().zip(from).for_each(|(to, from)| *to += weight * from);
            }
        }
        found
    }
}

fn hsv(rgb: [u8; 3]) -> [f32; 3] {
    let [red, green, blue] = rgb.map(f32::from);
    let (most, least) = (red.max(green).max(blue), red.min(green).min(blue));
    let range = most - least;
    let sixths = if range == 0.0 {
        0.0
    } else if most == red {
        ((green - blue) / range).rem_euclid(6.0)
    } else if most == green {
        (blue - red) / range + 2.0
    } else {
        (red - green) / range + 4.0
    };
    let saturation = if most == 0.0 { 0.0 } else { range / most };
    [sixths * 255.0 / 6.0, saturation * 255.0, most]
}

fn lab(rgb: [u8; 3]) -> [f32; 3] {
    let linear = rgb.map(|value| {
        let value = f32::from(value) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    });
    let sum = |by: [f32; 3]| by.iter().zip(linear).map(|(by, value)| by * value).sum::<f32>();
    // Over D65's white.
    let x = sum([0.412_453, 0.357_58, 0.180_423]) / 0.950_456;
    let y = sum([0.212_671, 0.715_16, 0.072_169]);
    let z = sum([0.019_334, 0.119_193, 0.950_227]) / 1.088_754;
    let [x, y, z] = [x, y, z].map(|value| if value > 0.008_856 { value.cbrt() } else { 7.787 * value + 16.0 / 116.0 });
    [(116.0 * y - 16.0) * 2.55, 500.0 * (x - y) + 128.0, 200.0 * (y - z) + 128.0]
}

/// Values of a normal distribution at whole places, their sum 1.
pub(super) fn gaussian(sigma: f32) -> Vec<f32> {
    let half = (4.0 * sigma).ceil() as i32;
    let values: Vec<f32> = (-half..=half).map(|at| (-0.5 * (at as f32 / sigma).powi(2)).exp()).collect();
    let sum: f32 = values.iter().sum();
    values.iter().map(|value| value / sum).collect()
}

/// Which part each pixel belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct Segmentation {
    pub width: usize,
    /// Of each pixel, from 0 on, in the order in which the parts are met.
    pub labels: Vec<u32>,
    pub count: usize,
}

/// Right, down, and both diagonals downwards: each pair of neighbours once.
const STEPS: [[isize; 2]; 4] = [[1, 0], [0, 1], [1, 1], [-1, 1]];

/// Disjoint sets of pixels, each with its size and the largest difference within it that joined two of its parts.
struct Forest {
    parent: Vec<u32>,
    size: Vec<u32>,
    limit: Vec<f32>,
}

impl Forest {
    fn root(&mut self, mut at: u32) -> u32 {
        while self.parent[at as usize] != at {
            let up = self.parent[self.parent[at as usize] as usize];
            self.parent[at as usize] = up;
            at = up;
        }
        at
    }

    /// The one root of both.
    fn join(&mut self, a: u32, b: u32) -> u32 {
        let [large, small] = if self.size[a as usize] >= self.size[b as usize] { [a, b] } else { [b, a] };
        self.parent[small as usize] = large;
        self.size[large as usize] += self.size[small as usize];
        large
    }
}

/// Two parts become one where the smallest difference between them is no larger than the largest within either, plus `scale` over its number
/// of pixels; afterwards parts of fewer than `least` pixels join a neighbour. A larger scale makes larger parts.
pub fn segmented(colours: &ColourPlanes, scale: f32, least: u32) -> Segmentation {
    let (width, height) = (colours.width, colours.height);
    let kernel = gaussian(SIGMA);
    let smooth = colours.planes.each_ref().map(|plane| colours.filtered(plane, [&kernel, &kernel]));
    let pixels = width * height;
    let neighbour = |pixel: usize, step: usize| {
        let [across, down] = STEPS[step];
        let x = (pixel % width).checked_add_signed(across).filter(|x| *x < width)?;
        let y = (pixel / width).checked_add_signed(down).filter(|y| *y < height)?;
        Some(y * width + x)
    };
    // The difference, and then which pair: the bits of numbers that are not negative are in their order.
    let mut pairs: Vec<u64> = Vec::with_capacity(pixels * STEPS.len());
    for pixel in 0..pixels {
        for step in 0..STEPS.len() {
            if let Some(other) = neighbour(pixel, step) {
                let square = smooth.iter().map(|plane| (plane[pixel] - plane[other]).powi(2)).sum::<f32>();
                pairs.push(u64::from(square.sqrt().to_bits()) << 32 | (pixel * STEPS.len() + step) as u64);
            }
        }
    }
    pairs.sort_unstable();
    let ends = |pair: u64| {
        let which = (pair & u64::from(u32::MAX)) as usize;
        let pixel = which / STEPS.len();
        (pixel as u32, neighbour(pixel, which % STEPS.len()).unwrap_or(pixel) as u32)
    };
    let all = 0..pixels as u32;
    let mut forest = Forest { parent: all.collect(), size: vec![1; pixels], limit: vec![scale; pixels] };
    for &pair in &pairs {
        let (from, to) = ends(pair);
        let (a, b) = (forest.root(from), forest.root(to));
        let difference = f32::from_bits((pair >> 32) as u32);
        if a != b && difference <= forest.limit[a as usize].min(forest.limit[b as usize]) {
            let root = forest.join(a, b) as usize;
            forest.limit[root] = difference + scale / forest.size[root] as f32;
        }
    }
    for &pair in &pairs {
        let (from, to) = ends(pair);
        let (a, b) = (forest.root(from), forest.root(to));
        if a != b && forest.size[a as usize].min(forest.size[b as usize]) < least {
            forest.join(a, b);
        }
    }
    let mut number = vec![u32::MAX; pixels];
    let mut count = 0;
    let labels = (0..pixels as u32).map(|pixel| {
        let label = &mut number[forest.root(pixel) as usize];
        if *label == u32::MAX {
            *label = count;
            count += 1;
        }
        *label
    });
    let labels = labels.collect();
    Segmentation { width, labels, count: count as usize }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn painted(width: u32, height: u32, colour: impl Fn(u32, u32) -> [u8; 3]) -> Rgb {
        let pixels = (0..width * height).flat_map(|at| colour(at % width, at / width)).collect();
        Rgb::new(width, height, pixels).unwrap()
    }

    #[test]
    fn a_disc_and_a_bar_are_parts() {
        let picture = painted(120, 80, |x, y| match (x, y) {
            (x, y) if (x as i32 - 30).pow(2) + (y as i32 - 40).pow(2) < 400 => [220, 30, 30],
            (80..=101, 10..=69) => [20, 40, 200],
            _ => [240, 240, 240],
        });
        for space in [ColourSpace::Hsv, ColourSpace::Lab] {
            // More than the pixels of a smoothed edge, whose colours are parts of their own otherwise.
            let found = segmented(&ColourPlanes::of(&picture, space), 100.0, 500);
            assert_eq!(found.count, 3, "{space:?}");
            let at = |x: usize, y: usize| found.labels[y * 120 + x];
            assert_eq!(at(0, 0), at(119, 79));
            assert_eq!([at(30, 26), at(90, 16)], [at(30, 54), at(90, 64)]);
            assert!(at(30, 40) != at(90, 40) && at(30, 40) != at(0, 0) && at(90, 40) != at(0, 0));
        }
    }

    #[test]
    fn small_parts_join_others_and_one_pixel_is_a_part() {
        let speck = painted(30, 30, |x, y| if (x, y) == (7, 9) { [0; 3] } else { [200; 3] });
        let planes = ColourPlanes::of(&speck, ColourSpace::Lab);
        // Smoothing has made the speck 9 pixels wide.
        assert_eq!(segmented(&planes, 1.0, 82).count, 1);
        assert!(segmented(&planes, 1.0, 1).count > 1);
        let one = ColourPlanes::of(&painted(1, 1, |_, _| [3; 3]), ColourSpace::Hsv);
        assert_eq!(segmented(&one, 100.0, 50), Segmentation { width: 1, labels: vec![0], count: 1 });
    }

    #[test]
    fn colours_are_as_published() {
        let near = |a: [f32; 3], b: [f32; 3]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 0.2);
        // Hue a third of a turn; L* 53.24, a* 80.09, b* 67.20 of sRGB's red.
        assert!(near(hsv([0, 255, 0]), [85.0, 255.0, 255.0]));
        assert!(near(hsv([10, 10, 10]), [0.0, 0.0, 10.0]));
        assert!(near(lab([255, 0, 0]), [53.24 * 2.55, 208.09, 195.20]), "{:?}", lab([255, 0, 0]));
        assert!(near(lab([255; 3]), [255.0, 128.0, 128.0]));
    }
}
