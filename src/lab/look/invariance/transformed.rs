//! A picture that is transformed, in 8 bits. Beyond an edge its last pixels go on.

use crate::data::Rgb;
use crate::lab::LabError;
use crate::protocol::Transformation;

/// What covers a part, as Zeiler & Fergus 2014 have it.
const GREY: f64 = 128.0;

pub(super) fn transformed(picture: &Rgb, by: Transformation, value: f64) -> Result<Rgb, LabError> {
    let plane = Plane::of(picture);
    let [middle_x, middle_y] = [plane.width, plane.height].map(|side| (side as f64 - 1.0) / 2.0);
    let around = |x: f64, y: f64| (x - middle_x, y - middle_y);
    match by {
        Transformation::Shift => plane.drawn(1, |x, y| [x - value, y]),
        // A smaller picture has several of its pixels in each.
        Transformation::Scale => plane.drawn((1.0 / value).ceil().max(1.0) as usize, |x, y| {
            let (across, down) = around(x, y);
            [across / value + middle_x, down / value + middle_y]
        }),
        Transformation::Turn => {
            let (sin, cos) = value.to_radians().sin_cos();
            plane.drawn(1, |x, y| {
                let (across, down) = around(x, y);
                [cos * across + sin * down + middle_x, cos * down - sin * across + middle_y]
            })
        }
        Transformation::Light => plane.each(|_, _, byte| byte * value),
        Transformation::Contrast => {
            let sum: f64 = picture.pixels().iter().map(|&byte| f64::from(byte)).sum();
            let mean = sum / picture.pixels().len() as f64;
            plane.each(|_, _, byte| mean + (byte - mean) * value)
        }
        Transformation::Blur => plane.blurred(value),
        Transformation::Occlude => {
            let covered = |of: usize| {
                let count = (of as f64 * value.sqrt()).round() as usize;
                let start = (of - count.min(of)) / 2;
                start..start + count
            };
            let (columns, rows) = (covered(plane.width), covered(plane.height));
            plane.each(|x, y, byte| if columns.contains(&x) && rows.contains(&y) { GREY } else { byte })
        }
    }
}

struct Plane<'a> {
    width: usize,
    height: usize,
    pixels: &'a [u8],
}

impl<'a> Plane<'a> {
    fn of(picture: &'a Rgb) -> Self {
        Self { width: picture.width() as usize, height: picture.height() as usize, pixels: picture.pixels() }
    }

    fn made(&self, bytes: impl Iterator<Item = f64>) -> Result<Rgb, LabError> {
        let bytes = bytes.map(|value| value.round().clamp(0.0, 255.0) as u8).collect();
        Ok(Rgb::new(self.width as u32, self.height as u32, bytes)?)
    }

    fn places(&self) -> impl Iterator<Item = (usize, usize)> {
        let width = self.width;
        (0..self.height).flat_map(move |y| (0..width).map(move |x| (x, y)))
    }

    fn at(&self, x: i64, y: i64, channel: usize) -> f64 {
        let within = |at: i64, extent: usize| at.clamp(0, extent as i64 - 1) as usize;
        f64::from(self.pixels[3 * (within(y, self.height) * self.width + within(x, self.width)) + channel])
    }

    fn each(&self, of: impl Fn(usize, usize, f64) -> f64) -> Result<Rgb, LabError> {
        let pixel = |(x, y): (usize, usize)| [0, 1, 2].map(|channel| of(x, y, self.at(x as i64, y as i64, channel)));
        self.made(self.places().flat_map(pixel))
    }

    /// Each pixel from the place that `from` says, in pixels, interpolated; the mean of `fine` × `fine` places of it.
    fn drawn(&self, fine: usize, from: impl Fn(f64, f64) -> [f64; 2]) -> Result<Rgb, LabError> {
        let within = |at: usize| (at as f64 + 0.5) / fine as f64 - 0.5;
        let pixel = |(x, y): (usize, usize)| {
            let mut sums = [0.0; 3];
            for (down, across) in (0..fine).flat_map(|down| (0..fine).map(move |across| (down, across))) {
                let found = self.between(from(x as f64 + within(across), y as f64 + within(down)));
                sums.iter_mut().zip(found).for_each(|(sum, value)| *sum += value);
            }
            sums.map(|sum| sum / (fine * fine) as f64)
        };
        self.made(self.places().flat_map(pixel))
    }

    fn between(&self, [x, y]: [f64; 2]) -> [f64; 3] {
        let (left, top) = (x.floor(), y.floor());
        let (right_share, low_share) = (x - left, y - top);
        let (left, top) = (left as i64, top as i64);
        [0, 1, 2].map(|channel| {
            let row =
                |y: i64| self.at(left, y, channel) * (1.0 - right_share) + self.at(left + 1, y, channel) * right_share;
            row(top) * (1.0 - low_share) + row(top + 1) * low_share
        })
    }

    /// Along the rows, then along the columns.
    fn blurred(&self, sigma: f64) -> Result<Rgb, LabError> {
        let reach = (3.0 * sigma).ceil() as i64;
        let gauss = |by: i64| if sigma > 0.0 { (-0.5 * (by as f64 / sigma).powi(2)).exp() } else { 1.0 };
        let whole: f64 = (-reach..=reach).map(gauss).sum();
        let weights: Vec<f64> = (-reach..=reach).map(|by| gauss(by) / whole).collect();
        let (width, height) = (self.width, self.height);
        let mut across = vec![0.0; 3 * width * height];
        for (x, y) in self.places() {
            for channel in 0..3 {
                let near = weights.iter().zip(-reach..);
                across[3 * (y * width + x) + channel] =
                    near.map(|(weight, by)| weight * self.at(x as i64 + by, y as i64, channel)).sum();
            }
        }
        let line = |at: i64| at.clamp(0, height as i64 - 1) as usize;
        let pixel = |(x, y): (usize, usize)| {
            [0, 1, 2].map(|channel| {
                let near = weights.iter().zip(-reach..);
                near.map(|(weight, by)| weight * across[3 * (line(y as i64 + by) * width + x) + channel]).sum()
            })
        };
        let found: Vec<f64> = self.places().flat_map(pixel).collect();
        self.made(found.into_iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn() -> Rgb {
        Rgb::new(7, 5, (0..105_u32).map(|at| (at * 53 % 256) as u8).collect()).unwrap()
    }

    fn pixel(of: &Rgb, x: u32, y: u32) -> &[u8] {
        &of.pixels()[3 * (y * of.width() + x) as usize..][..3]
    }

    #[test]
    fn the_untouched_value_leaves_a_picture_as_it_is() {
        for by in Transformation::ALL {
            assert_eq!(transformed(&drawn(), by, by.untouched()).unwrap(), drawn(), "{by:?}");
        }
    }

    #[test]
    fn pixels_go_where_they_should() {
        let picture = drawn();
        let right = transformed(&picture, Transformation::Shift, 2.0).unwrap();
        let left = transformed(&picture, Transformation::Shift, -2.0).unwrap();
        for y in 0..5 {
            for x in 2..7 {
                assert_eq!(pixel(&right, x, y), pixel(&picture, x - 2, y));
                assert_eq!(pixel(&left, x - 2, y), pixel(&picture, x, y));
            }
            assert_eq!(pixel(&right, 0, y), pixel(&picture, 0, y));
        }
        let half = transformed(&picture, Transformation::Turn, 180.0).unwrap();
        assert!((0..35).all(|at| pixel(&half, at % 7, at / 7) == pixel(&picture, 6 - at % 7, 4 - at / 7)));
        // A quarter to the right takes what is above the middle to its right.
        let quarter = transformed(&picture, Transformation::Turn, 90.0).unwrap();
        assert_eq!(pixel(&quarter, 5, 2), pixel(&picture, 3, 0));
        let twice = transformed(&picture, Transformation::Scale, 2.0).unwrap();
        assert_eq!([pixel(&twice, 5, 2), pixel(&twice, 3, 0)], [pixel(&picture, 4, 2), pixel(&picture, 3, 1)]);
        let covered = transformed(&picture, Transformation::Occlude, 1.0).unwrap();
        assert!(covered.pixels().iter().all(|byte| *byte == 128));
        let bright = transformed(&picture, Transformation::Light, 2.0).unwrap();
        assert!(bright.pixels().iter().zip(picture.pixels()).all(|(bright, byte)| *bright == byte.saturating_mul(2)));
    }

    #[test]
    fn what_has_no_edges_stays_as_it_is() {
        let even = Rgb::new(6, 4, [9, 80, 200].repeat(24)).unwrap();
        let all = [(Transformation::Blur, 3.0), (Transformation::Scale, 0.3), (Transformation::Turn, 33.0)];
        for (by, value) in all {
            assert_eq!(transformed(&even, by, value).unwrap(), even);
        }
        // A blur keeps the mean where nothing is near an edge.
        let mut pixels = vec![0; 3 * 81];
        pixels[3 * 40..3 * 41].fill(255);
        let dot = transformed(&Rgb::new(9, 9, pixels).unwrap(), Transformation::Blur, 1.0).unwrap();
        let sum: u32 = dot.pixels().iter().step_by(3).map(|&byte| u32::from(byte)).sum();
        assert!(sum.abs_diff(255) < 8 && pixel(&dot, 4, 4)[0] == 41, "{sum} {:?}", pixel(&dot, 4, 4));
    }
}
