//! Surfaces of the coloured shapes and their background: plain, stripes, checks, dots, clouds.

use crate::data::{
    maths::{Colour, P, blended, clouds, p, sin, smooth},
    random::RandomStream,
};

/// Its brightness as grey.
pub(super) fn brightness([red, green, blue]: Colour) -> f32 {
    0.3 * red + 0.59 * green + 0.11 * blue
}

/// Any hue, from nearly grey to strong, dark to bright.
pub(super) fn colour(random: &mut RandomStream) -> Colour {
    let hue = random.between(0.0, 6.0);
    let (strength, value) = (random.between(0.15, 1.0), random.between(0.2, 1.0));
    // The hexcone model: each channel falls off with the distance of its hue.
    [0.0, 2.0, 4.0].map(|own| {
        let away = (hue - own).abs();
        let away = away.min(6.0 - away);
        value * (1.0 - strength * (away - 1.0).clamp(0.0, 1.0))
    })
}

#[derive(Clone, Copy)]
enum Pattern {
    Plain,
    Stripes,
    Checks,
    Dots,
    Clouds,
}

/// A pattern of two colours, turned, scaled and shifted at random.
pub(super) struct Texture {
    pattern: Pattern,
    light: Colour,
    dark: Colour,
    /// Turns and scales: x and y of the pattern's own axis.
    axis: P,
    shift: P,
}

impl Texture {
    /// Of `base` and a colour near it (`contrast` 0) or far from it (1).
    pub(super) fn new(random: &mut RandomStream, base: Colour, contrast: f32) -> Self {
        let pattern = *random.pick(&[
            Pattern::Plain,
            Pattern::Plain,
            Pattern::Stripes,
            Pattern::Checks,
            Pattern::Dots,
            Pattern::Clouds,
        ]);
        let scale = match pattern {
            Pattern::Clouds => random.between(1.5, 5.0),
            Pattern::Plain | Pattern::Stripes | Pattern::Checks | Pattern::Dots => random.between(2.5, 5.0),
        };
        let other = blended(base, colour(random), contrast * random.between(0.4, 1.0));
        let axis = P::at_angle(random.between(-3.1, 3.1), scale);
        let shift = p(random.between(0.0, 50.0), random.between(0.0, 50.0));
        Self { pattern, light: base, dark: other, axis, shift }
    }

    /// At a point of the picture, whose sides go from -1 to 1.
    pub(super) fn at(&self, at: P) -> Colour {
        let own = p(at.dot(self.axis), at.dot(p(-self.axis.y, self.axis.x))) + self.shift;
        let soft = |value: f32| smooth(-0.5, 0.5, value);
        let share = match self.pattern {
            Pattern::Plain => return self.light,
            Pattern::Stripes => soft(sin(own.x * 3.1)),
            Pattern::Checks => soft(2.0 * sin(own.x * 2.2) * sin(own.y * 2.2)),
            Pattern::Dots => {
                let cell = p(own.x - own.x.floor() - 0.5, own.y - own.y.floor() - 0.5);
                smooth(0.38, 0.2, cell.length())
            }
            Pattern::Clouds => smooth(0.2, 0.8, clouds(own, 3)),
        };
        blended(self.light, self.dark, share)
    }
}
