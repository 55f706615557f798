//! Joints that people put right, and files of them.

use crate::protocol::{DataFile, JointPlace, Skeleton};
use serde::{Deserialize, Serialize};

/// The joints of a picture as a person wants them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CorrectedPose {
    /// Of the tray; without one, the drawn figure with this number.
    pub picture: Option<u32>,
    pub figure: u32,
    /// As a file names the picture.
    pub name: String,
    pub skeleton: Skeleton,
    /// None of one that is not to be seen.
    pub joints: Vec<Option<JointPlace>>,
}

/// A file of COCO's keypoints, and the pictures of the tray to which it may belong: each with its name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImportPose {
    pub file: DataFile,
    pub pictures: Vec<(u32, String)>,
}

/// What came of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImportedPose {
    /// Pictures that are in the tray and have joints now, by their names in the file.
    pub found: Vec<CorrectedPose>,
    /// People in the file whose picture is not in the tray.
    pub elsewhere: u32,
}
