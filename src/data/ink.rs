//! Handwriting as MNIST has it: white ink on black, the digit fitted into 20 × 20 pixels of 28 × 28, its mass in the middle
//! (LeCun, Bottou, Bengio & Haffner, Gradient-based learning applied to document recognition, 1998, section III.A).
//!
//! A network trained on MNIST has seen nothing else, so a picture of a digit is brought into this form first:
//! 1. grey (Rec. 601 luma), at most 512 pixels wide and high;
//! 2. the ground is the median of the outermost pixels; where it is light, the picture is inverted;
//! 3. ink and ground are told apart by Otsu's threshold (1979). The middle half of the way from the mean of the ground to
//!    the mean of the ink becomes the whole of 0 to 255: paper and shadows go black, strokes white, edges stay soft;
//! 4. the box around the ink is scaled, proportions kept, so that its longer side is 20 pixels;
//! 5. the box is moved by whole pixels so that its centre of mass is at pixel (14, 14), counted from 0: where it is in
//!    MNIST's own files. No ink is moved out of the picture.
//!
//! A picture of 28 × 28 pixels is one of MNIST's, or made to be: it is inverted where its ground is light, and else taken as
//! it is.

use super::preprocess::grey;
use super::resize::{Window, resize, resize_window};
use super::{DataError, Rgb};
use crate::nn::Interpolation;

/// Width and height of the result.
pub const SIDE: u32 = 28;
/// The longer side of the ink.
const BOX: u32 = 20;
/// Where the centre of mass goes, across and down.
const MIDDLE: f64 = 14.0;
/// Larger pictures are reduced first: 20 pixels show no more detail.
const LONGEST: u32 = 512;
/// Values from here on are light.
const LIGHT: u8 = 128;

/// The picture as 28 × 28 pixels in MNIST's form; black where there is no ink.
///
/// # Errors
/// None that a decoded picture can cause.
pub fn framed(picture: &Rgb) -> Result<Rgb, DataError> {
    if [picture.width(), picture.height()] == [SIDE; 2] {
        let grey = grey(picture)?;
        return if ground(&Plane::of(&grey)) < LIGHT { Ok(grey) } else { inverted(&grey) };
    }
    let small = grey(&reduced(picture, LONGEST)?)?;
    let mut plane = Plane::of(&small);
    if ground(&plane) >= LIGHT {
        plane.values.iter_mut().for_each(|value| *value = 255 - *value);
    }
    let Some(split) = Split::of(&plane) else { return rgb(SIDE, SIDE, &[0; (SIDE * SIDE) as usize]) };
    let table = split.stretch();
    plane.values.iter_mut().for_each(|value| *value = table[usize::from(*value)]);
    let ink = rgb(plane.width, plane.height, &plane.values)?;
    centred(&fitted(&ink, plane.ink_box())?)
}

/// Whether this looks like something written: one even ground up to the edges, little colour, and a small part of clearly
/// another brightness, with little between the two. A silhouette before a clear sky looks like that too.
pub fn is_ink(picture: &Rgb) -> bool {
    let Ok(small) = reduced(picture, 128) else { return false };
    let Ok(plain) = grey(&small) else { return false };
    let plane = Plane::of(&plain);
    let ground = ground(&plane);
    let near = |value: u8| value.abs_diff(ground) <= 32;
    let share = |count: usize, of: usize| count as f64 / of.max(1) as f64;
    let border: Vec<u8> = plane.border().collect();
    let pixels = plane.values.len();
    let colour: f64 = small.pixels().chunks_exact(3).map(spread).sum::<f64>() / pixels as f64;
    let Some(split) = Split::of(&plane) else { return false };
    let ink = plane.values.iter().filter(|&&value| (value > split.threshold) != (ground > split.threshold)).count();
    share(border.iter().filter(|&&value| near(value)).count(), border.len()) >= 0.9
        && share(plane.values.iter().filter(|&&value| near(value)).count(), pixels) >= 0.6
        && (0.004..0.35).contains(&share(ink, pixels))
        && split.means[1] - split.means[0] >= 64.0
        && split.separation >= 0.85
        && colour <= 40.0
}

/// How far a pixel is from grey.
fn spread(pixel: &[u8]) -> f64 {
    let (low, high) = pixel.iter().fold((255, 0), |(low, high), &value| (value.min(low), value.max(high)));
    f64::from(high.saturating_sub(low))
}

/// With its proportions, where a side is longer than this.
fn reduced(picture: &Rgb, longest: u32) -> Result<Rgb, DataError> {
    let longer = picture.width().max(picture.height());
    if longer <= longest {
        return Ok(picture.clone());
    }
    let scaled = |side: u32| (u64::from(side) * u64::from(longest) / u64::from(longer)).max(1) as u32;
    resize(picture, scaled(picture.width()), scaled(picture.height()))
}

fn rgb(width: u32, height: u32, values: &[u8]) -> Result<Rgb, DataError> {
    Rgb::new(width, height, values.iter().flat_map(|&value| [value; 3]).collect())
}

fn inverted(grey: &Rgb) -> Result<Rgb, DataError> {
    Rgb::new(grey.width(), grey.height(), grey.pixels().iter().map(|value| 255 - value).collect())
}

/// One value per pixel.
struct Plane {
    width: u32,
    height: u32,
    values: Vec<u8>,
}

impl Plane {
    fn of(grey: &Rgb) -> Self {
        let values = grey.pixels().iter().step_by(3).copied().collect();
        Self { width: grey.width(), height: grey.height(), values }
    }

    /// With its place: across, down.
    fn placed(&self) -> impl Iterator<Item = (u32, u32, u8)> {
        let width = self.width;
        self.values.iter().enumerate().map(move |(at, &value)| (at as u32 % width, at as u32 / width, value))
    }

    /// The outermost pixels.
    fn border(&self) -> impl Iterator<Item = u8> {
        let (right, bottom) = (self.width - 1, self.height - 1);
        let outside = move |&(x, y, _): &(u32, u32, u8)| x == 0 || y == 0 || x == right || y == bottom;
        self.placed().filter(outside).map(|(_, _, value)| value)
    }

    /// Around everything in the upper half of the range.
    fn ink_box(&self) -> Window {
        let ink = self.placed().filter(|&(_, _, value)| value >= LIGHT);
        let none = ([u32::MAX; 2], [0; 2]);
        let (low, high) =
            ink.fold(none, |(low, high), (x, y, _)| ([low[0].min(x), low[1].min(y)], [high[0].max(x), high[1].max(y)]));
        if low[0] > high[0] {
            return Window { left: 0, top: 0, width: self.width, height: self.height };
        }
        Window { left: low[0], top: low[1], width: high[0] - low[0] + 1, height: high[1] - low[1] + 1 }
    }
}

/// The median of the outermost pixels.
fn ground(plane: &Plane) -> u8 {
    // Counted: a selection from a row is two kilobytes of code.
    let mut counts = [0_usize; 256];
    plane.border().for_each(|value| counts[usize::from(value)] += 1);
    let middle = counts.iter().sum::<usize>() / 2;
    let mut below = 0;
    let reaches_it = |count: &usize| {
        below += count;
        below > middle
    };
    counts.iter().position(reaches_it).unwrap_or_default() as u8
}

/// Two kinds of pixels, told apart by brightness.
struct Split {
    /// The brightest of the darker ones.
    threshold: u8,
    /// Of the darker and of the brighter ones.
    means: [f64; 2],
    /// The part of the variance that lies between the two, 0 to 1.
    separation: f64,
}

impl Split {
    /// Where the variance between the two is largest (Otsu, A threshold selection method from gray-level histograms, 1979);
    /// `None` for one even brightness.
    fn of(plane: &Plane) -> Option<Self> {
        let mut counts = [0.0_f64; 256];
        plane.values.iter().for_each(|&value| counts[usize::from(value)] += 1.0);
        let (of, sum) = counts
            .iter()
            .zip(0..=255_u8)
            .fold((0.0, 0.0), |(of, sum), (count, value)| (of + count, sum + count * f64::from(value)));
        let mean = sum / of;
        let total: f64 =
            counts.iter().zip(0..=255_u8).map(|(count, value)| count * (f64::from(value) - mean).powi(2)).sum();
        let (mut below, mut sum_below) = (0.0, 0.0);
        let mut best: Option<Self> = None;
        for (count, threshold) in counts.iter().zip(0..=255_u8) {
            below += count;
            sum_below += count * f64::from(threshold);
            if below == 0.0 || below == of {
                continue;
            }
            let means = [sum_below / below, (sum - sum_below) / (of - below)];
            let separation = below * (of - below) / of * (means[1] - means[0]).powi(2) / total;
            if best.as_ref().is_none_or(|best| separation > best.separation) {
                best = Some(Self { threshold, means, separation });
            }
        }
        best
    }

    /// The middle half of the way between the means, as the whole range.
    fn stretch(&self) -> [u8; 256] {
        let [dark, bright] = self.means;
        let (from, length) = (dark + (bright - dark) / 4.0, (bright - dark) / 2.0);
        std::array::from_fn(|value| ((value as f64 - from) / length * 255.0).round().clamp(0.0, 255.0) as u8)
    }
}

/// The content of the box, its longer side [`BOX`] pixels.
fn fitted(ink: &Rgb, inside: Window) -> Result<Rgb, DataError> {
    let cut = resize_window(ink, ink.width(), ink.height(), inside, Interpolation::Bilinear)?;
    let longer = inside.width.max(inside.height);
    let scaled = |side: u32| ((side * BOX + longer / 2) / longer).max(1);
    resize(&cut, scaled(inside.width), scaled(inside.height))
}

/// On black, the mass at the middle.
fn centred(digit: &Rgb) -> Result<Rgb, DataError> {
    let plane = Plane::of(digit);
    let (mut mass, mut moments) = (0.0, [0.0; 2]);
    for (x, y, value) in plane.placed() {
        let value = f64::from(value);
        mass += value;
        moments[0] += value * f64::from(x);
        moments[1] += value * f64::from(y);
    }
    let place = |moment: f64, length: u32| {
        let wanted = MIDDLE - if mass > 0.0 { moment / mass } else { f64::from(length) / 2.0 };
        wanted.round().clamp(0.0, f64::from(SIDE - length)) as u32
    };
    let (left, top) = (place(moments[0], plane.width), place(moments[1], plane.height));
    let mut values = vec![0; (SIDE * SIDE) as usize];
    for (x, y, value) in plane.placed() {
        values[((top + y) * SIDE + left + x) as usize] = value;
    }
    rgb(SIDE, SIDE, &values)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bar of ink on a ground, with an edge of every side in view.
    fn bar(size: [u32; 2], [left, top, width, height]: [u32; 4], ground: [u8; 3], ink: [u8; 3]) -> Rgb {
        let inside = |at: u32, from: u32, length: u32| (from..from + length).contains(&at);
        let pixels = (0..size[0] * size[1]).flat_map(|at| {
            let (x, y) = (at % size[0], at / size[0]);
            if inside(x, left, width) && inside(y, top, height) { ink } else { ground }
        });
        Rgb::new(size[0], size[1], pixels.collect()).unwrap()
    }

    fn at(picture: &Rgb, x: u32, y: u32) -> u8 {
        picture.pixels()[((y * picture.width() + x) * 3) as usize]
    }

    /// Centre of mass, across and down, in pixels from 0.
    fn mass(picture: &Rgb) -> [f64; 2] {
        let plane = Plane::of(picture);
        let total: f64 = plane.values.iter().map(|&v| f64::from(v)).sum();
        let moment =
            |of: fn((u32, u32, u8)) -> u32| plane.placed().map(|p| f64::from(of(p)) * f64::from(p.2)).sum::<f64>();
        [moment(|p| p.0) / total, moment(|p| p.1) / total]
    }

    #[test]
    fn dark_ink_on_paper_and_chalk_on_a_board_become_the_same() {
        let place = [150, 20, 40, 200];
        let paper = framed(&bar([300, 400], place, [240, 232, 214], [30, 34, 70])).unwrap();
        let board = framed(&bar([300, 400], place, [28, 40, 33], [224, 226, 220])).unwrap();
        assert_eq!(paper, board);
        // 40 × 200 becomes 4 × 20, in the middle and white.
        let white: Vec<_> = Plane::of(&paper).placed().filter(|p| p.2 == 255).map(|(x, y, _)| (x, y)).collect();
        assert_eq!((white.len(), white.first(), white.last()), (80, Some(&(13, 5)), Some(&(16, 24))));
        assert!(Plane::of(&paper).values.iter().all(|&value| value == 0 || value == 255));
    }

    #[test]
    fn the_mass_comes_to_the_middle_and_no_ink_leaves() {
        // A T upside down: the middle of its box is not its mass.
        let mut pixels = bar([200, 200], [70, 20, 20, 160], [255; 3], [0; 3]).into_pixels();
        for y in 160..180 {
            pixels[(y * 200 + 20) * 3..(y * 200 + 180) * 3].fill(0);
        }
        let letter = framed(&Rgb::new(200, 200, pixels).unwrap()).unwrap();
        let found = mass(&letter);
        assert!(found.iter().all(|middle| (middle - MIDDLE).abs() <= 0.5), "{found:?}");
        let inside = Plane::of(&letter).ink_box();
        assert_eq!((inside.width, inside.height), (20, 20));
        assert!(inside.left + inside.width <= SIDE && inside.top + inside.height <= SIDE);
    }

    #[test]
    fn a_picture_of_mnists_size_is_inverted_at_most() {
        let white_on_black = bar([28, 28], [9, 3, 5, 21], [0; 3], [200; 3]);
        assert_eq!(framed(&white_on_black).unwrap(), white_on_black);
        let black_on_white = bar([28, 28], [9, 3, 5, 21], [255; 3], [55; 3]);
        assert_eq!(framed(&black_on_white).unwrap(), white_on_black);
    }

    #[test]
    fn shadows_on_paper_are_no_ink() {
        let mut pixels = bar([280, 280], [100, 60, 30, 160], [230; 3], [40; 3]).into_pixels();
        for (at, value) in pixels.iter_mut().enumerate() {
            // Darker to the right, by a fifth.
            *value -= (u32::from(*value) * (at as u32 / 3 % 280) / 1400) as u8;
        }
        let found = framed(&Rgb::new(280, 280, pixels).unwrap()).unwrap();
        let inside = Plane::of(&found).ink_box();
        assert_eq!((inside.width, inside.height), (4, 20));
        assert_eq!((at(&found, 0, 0), at(&found, 27, 27)), (0, 0));
    }

    #[test]
    fn extreme_pictures_are_no_trouble() {
        for size in [[1, 1], [1, 900], [900, 1], [28, 28], [600, 3]] {
            for value in [0, 90, 255] {
                let even = Rgb::new(size[0], size[1], vec![value; (size[0] * size[1] * 3) as usize]).unwrap();
                assert!(!is_ink(&even));
                let found = framed(&even).unwrap();
                assert_eq!((found.width(), found.height()), (28, 28));
            }
        }
        let dot = framed(&bar([300, 300], [299, 0, 1, 1], [0; 3], [255; 3])).unwrap();
        assert_eq!(Plane::of(&dot).ink_box(), Window { left: 5, top: 5, width: 20, height: 20 });
    }

    #[test]
    fn ink_is_known_from_pictures() {
        assert!(is_ink(&bar([300, 400], [150, 60, 40, 200], [240, 232, 214], [30, 34, 70])));
        assert!(is_ink(&bar([28, 28], [9, 3, 5, 21], [0; 3], [255; 3])));
        // Most of it ink, hardly any contrast, a colour.
        assert!(!is_ink(&bar([300, 300], [20, 20, 250, 250], [255; 3], [0; 3])));
        assert!(!is_ink(&bar([300, 300], [100, 100, 50, 150], [200; 3], [180; 3])));
        assert!(!is_ink(&bar([300, 300], [100, 100, 50, 150], [250, 220, 20], [0; 3])));
    }
}
