//! How pixels become the numbers that a network was trained on.

/// Per channel `(value / 255 - mean) / std`, red first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normalise {
    pub mean: [f32; 3],
    pub std: [f32; 3],
}

impl Normalise {
    /// torchvision's figures of the training set.
    pub const IMAGENET: Self = Self { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
    /// `value / 127.5 - 1`: TensorFlow's for the Inception and MobileNet families.
    pub const SIGNED: Self = Self { mean: [0.5; 3], std: [0.5; 3] };
    /// `value / 255`.
    pub const UNIT: Self = Self { mean: [0.0; 3], std: [1.0; 3] };
}
