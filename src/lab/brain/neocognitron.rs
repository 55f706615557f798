//! The neocognitron (Fukushima, *Neocognitron: a self-organizing neural network model for a mechanism of pattern recognition unaffected by
//! shift in position*, 1980; *Neocognitron for handwritten digit recognition*, 2003).

mod complex;
mod deform;
mod digits;
mod facts;
mod network;
mod planes;
mod rivals;
mod session;
mod simple;
#[cfg(test)]
mod tests;

pub use digits::DigitPictures;
pub(super) use facts::neocognitron_facts;
pub use planes::CellPlanes;
pub use rivals::RivalLessons;
pub use session::{GrownNeocognitron, NeocognitronSession};
