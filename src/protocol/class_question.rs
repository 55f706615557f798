//! What methods that look into a network's answer have in common: the class of a picture that they are about.

use super::{BackendChoice, Fit};

/// Which class of which picture a job is about.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassQuestion {
    pub picture: u32,
    pub network: String,
    pub fit: Fit,
    pub backend: BackendChoice,
    pub class: Option<u32>,
}

/// Settings of a job that is about a class.
pub trait AboutClass {
    fn about(&self) -> ClassQuestion;
    /// The same method for another question.
    fn with(self, question: ClassQuestion) -> Self;
    fn picture_mut(&mut self) -> &mut u32;
    fn class_mut(&mut self) -> &mut Option<u32>;
}
