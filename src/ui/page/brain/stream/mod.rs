//! The ventral stream: layers of networks beside populations of neurons.

mod between;
mod matrix;
mod scores;
mod state;

pub(super) use between::between_card;
pub(super) use matrix::matrix_card;
pub(super) use scores::stream_card;
pub(super) use state::StreamState;

use crate::protocol::{RowSource, StreamRow};

/// As a person reads it.
fn name_of(row: &StreamRow) -> String {
    match row.source {
        RowSource::Pixels => say!(brain.row_pixels).to_owned(),
        RowSource::Gabor => say!(brain.row_gabor).to_owned(),
        RowSource::Network => row.path.clone(),
        RowSource::Untrained => say!(brain.row_untrained, layer = row.path),
        RowSource::Beside => say!(brain.row_beside, layer = row.path),
    }
}
