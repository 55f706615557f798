//! Data sets from files: read right, or refused with the figures that explain it, whatever the bytes.

mod good;
mod made;
mod mutated;
mod real;
mod refused;
