//! Resizing: how a picture is brought to the size of a network's input.

/// The rule that a network was trained with, where it differs from what is usual.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resizing {
    /// To how many pixels the shorter side is scaled before the middle is cut out, by torchvision's rule. Without it, as is usual for
    /// the size of the input: 256 for 224.
    pub shorter: Option<u32>,
    /// What lies between the pixels.
    pub interpolation: Interpolation,
}

/// Both are antialiased where they reduce.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Interpolation {
    /// A triangle, over 2 × 2 pixels.
    #[default]
    Bilinear,
    /// Keys' cubic with a = -0.5, over 4 × 4 pixels (Keys 1981).
    Bicubic,
}
