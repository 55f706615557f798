//! Pose: where a person's joints are.
//!
//! Invariants:
//! - Joints are in pixels of the picture that was given, whatever size a network looked at; left and right are the person's own.
//! - What is said of accuracy is of figures that the cascade has not learnt from.

mod cascade;
mod crop;
mod joints;
mod measure;

pub use cascade::{
    CascadeFile, CascadeModel, CascadeSave, CascadeTrainer, CascadeTraining, PoseExample, cascade_config, judged_figures,
};
pub use joints::{Joints, KnownJoints, MIRRORED, PoseBox, diameter, distance, known, mirrored};
pub use measure::{JudgedPose, LIMBS, accuracy};
