//! Frames that each show a part of the one before, made into a film that begins anew without a jump: it goes on for some frames beyond
//! its end, and these fade into its beginning.

use crate::data::Rgb;
use crate::lab::LabError;

/// How many frames of a film of so many are made beyond its end.
pub(super) fn fade(frames: u32) -> u32 {
    if frames > 1 { frames.div_ceil(3) } else { 0 }
}

/// The frames of the film, of those that were made.
pub(super) fn looped(mut made: Vec<Rgb>, frames: u32) -> Result<Vec<Rgb>, LabError> {
    let beyond = made.split_off(frames as usize);
    let count = beyond.len() as f64 + 1.0;
    for (at, (frame, beyond)) in made.iter_mut().zip(&beyond).enumerate() {
        let share = (at as f64 + 1.0) / count;
        let mixed =
            |(&own, &other): (&u8, &u8)| (share * f64::from(own) + (1.0 - share) * f64::from(other)).round() as u8;
        let pixels = frame.pixels().iter().zip(beyond.pixels()).map(mixed).collect();
        *frame = Rgb::new(frame.width(), frame.height(), pixels)?;
    }
    Ok(made)
}

/// What changes from the last frame to the first, over the most that changes between two others; none where there are no others.
pub(super) fn jump(frames: &[Rgb]) -> Option<f64> {
    let apart = |a: &Rgb, b: &Rgb| {
        let sum: u64 = a.pixels().iter().zip(b.pixels()).map(|(&a, &b)| u64::from(a.abs_diff(b))).sum();
        sum as f64 / a.pixels().len() as f64
    };
    let (first, last) = (frames.first()?, frames.last()?);
    let most = frames.windows(2).map(|pair| apart(&pair[0], &pair[1])).reduce(f64::max)?;
    (most > 0.0).then(|| apart(last, first) / most)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Grey from frame to frame: on a slope that would fall back at its end.
    #[test]
    fn a_film_that_goes_on_fades_into_its_beginning() {
        for frames in [3_u32, 6, 12] {
            let grey = |at: u32| Rgb::new(2, 2, vec![(10 * at) as u8; 12]).unwrap();
            let made = frames + fade(frames);
            let film = looped((0..made).map(grey).collect(), frames).unwrap();
            assert_eq!(film.len(), frames as usize);
            let plain: Vec<Rgb> = (0..frames).map(grey).collect();
            println!("{frames}: {:?} instead of {:?}", jump(&film), jump(&plain));
            assert!(jump(&film).unwrap() < 1.1, "{frames}: {:?}", jump(&film));
            assert!(jump(&film).unwrap() <= jump(&plain).unwrap());
            // What fades is the last frame that was made, first.
            assert!(film[0].pixels()[0] >= 5 * frames as u8);
        }
        assert_eq!(jump(&[Rgb::new(1, 1, vec![3; 3]).unwrap()]), None);
    }
}
