//! The ventral stream: how unlike each two pictures are.

mod matrix;
mod state;

pub(super) use matrix::matrix_card;
pub(super) use state::StreamState;
