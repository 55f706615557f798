//! Distil: a teacher, and the same student twice, with the teacher's softened answers and without (Hinton, Vinyals & Dean 2015).

mod answers;
pub mod paper;
mod transfer;

pub use answers::{Answers, best};
pub use transfer::{Transfer, with_validation};
