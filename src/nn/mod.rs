//! Networks from layers: so far, where their weights come from.

pub mod checkpoint;
