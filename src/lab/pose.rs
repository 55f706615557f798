//! Pose: where a person's joints are.
//!
//! Invariants:
//! - Joints are in pixels of the picture that was given, whatever size a network looked at; left and right are the person's own.
//! - What is said of accuracy is of figures that the cascade has not learnt from.

#[cfg(not(target_arch = "wasm32"))]
mod bench;
#[cfg(not(target_arch = "wasm32"))]
mod by_features;
mod cascade;
mod corrected;
mod crop;
mod facts;
mod found;
mod heads;
mod joints;
mod measure;
mod movenet;
mod session;
mod smooth;

#[cfg(not(target_arch = "wasm32"))]
pub use bench::PoseBench;
#[cfg(not(target_arch = "wasm32"))]
pub use by_features::{FeatureCascade, PoseFeatures};
pub use cascade::{
    CascadeCard, CascadeFile, CascadeModel, CascadeTrainer, CascadeTraining, PoseExample, judged_figures,
};
pub use found::PoseInput;
pub use heads::joints_from;
pub use joints::{Joints, KnownJoints, MIRRORED, PoseBox, as_lsp, diameter, distance, known, mirrored};
pub use measure::{JudgedPose, LIMBS, accuracy};
pub use movenet::keypoints;
pub use session::PoseSession;
pub use smooth::{JointFilter, JointScore};

use crate::protocol::ShippedReport;

/// The cascade that comes with the page, in `www/models`; `errors` are joints of 64 figures that it has not learnt from which are off by
/// more than a fifth of the trunk's diameter.
pub fn shipped_cascade() -> ShippedReport {
    ShippedReport {
        file: "figures.safetensors".to_owned(),
        bytes: 1_460_768,
        sha256: "e4021f8cd57ed1ff496b9b06bb52d6eb5d158f128e933eb908b170c45b726a98".to_owned(),
        data: "Figures".to_owned(),
        errors: 44,
        of: 64 * 14,
        how: "neocog pose train --out figures.safetensors --steps 8000 --batch 16 --half, stopped at step 1842"
            .to_owned(),
    }
}
