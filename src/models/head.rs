//! What a network that a file brings gives where it names no classes of whole pictures: boxes, or joints. Only what is needed to read its
//! numbers; the values of several outputs lie one behind the other.

use super::{Architecture, Network};

/// What comes out of such a network, for one picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutputHead {
    /// Boxes around things.
    Boxes(BoxHead),
    /// Joints of people.
    Joints(JointHead),
}

/// Boxes with scores of classes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoxHead {
    /// How the numbers lie.
    pub form: BoxForm,
    /// Classes that it tells apart; where [`BoxForm::Suppressed`] and [`BoxForm::Labelled`] do not say, 0.
    pub classes: usize,
    /// The picture keeps its proportions, in the middle of grey; else it is squashed to the size of the input.
    pub is_letterboxed: bool,
    /// The file would leave boxes out by itself; what it does so with is not run.
    pub is_cut: bool,
}

/// How the numbers of boxes lie. Centres, sizes and corners are in pixels of the input, or shares of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoxForm {
    /// `[places, 5 + classes]`: centre, size, whether there is a thing, the classes (YOLOv5, YOLOv7).
    Objectness,
    /// `[4 + classes + others, places]`: centre, size, the classes, numbers of no use here (YOLOv8 and YOLO11).
    Columns {
        /// As many rows behind the classes.
        others: usize,
    },
    /// `[places, 4 + classes]`: centre, size, the classes (RT-DETR).
    Rows,
    /// `[boxes, 6]`: corners, score, class: what is left after suppression (YOLOv10).
    Suppressed,
    /// Corners or centres and sizes `[places, 4]`, then scores (SSD).
    Apart {
        /// What the four numbers are.
        order: BoxOrder,
        /// Scores are `[classes, places]`, else `[places, classes]`.
        by_class: bool,
        /// The first score is that of nothing.
        background: bool,
    },
    /// Corners `[boxes, 4]`, then a score for each box, then a class for each box: what is left after suppression (torchvision).
    Labelled,
}

/// What four numbers of a box are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoxOrder {
    /// Left, top, right, bottom.
    Corners,
    /// Top, left, bottom, right.
    Down,
    /// The middle across and down, width, height.
    Centre,
}

/// Joints of one person, or of the best of several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JointHead {
    /// How the numbers lie.
    pub form: JointForm,
    /// As many.
    pub joints: usize,
}

/// How the numbers of joints lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JointForm {
    /// `[joints, height, width]`: the largest value is where the joint is.
    HeatMaps {
        /// Of a map.
        height: usize,
        /// Of a map.
        width: usize,
    },
    /// `[joints, 2 or 3]`: across, down and, where there are three, how sure it is; in pixels of the input or shares of it.
    Coordinates {
        /// 2 or 3.
        values: usize,
    },
    /// `[joints, across]`, then `[joints, down]`: the largest value of each is where the joint is (SimCC: Li et al. 2022).
    Axes {
        /// Bins from left to right.
        across: usize,
        /// Bins from top to bottom.
        down: usize,
    },
    /// `[5 + values · joints, places]`: centre, size, score, then the joints of that person (YOLOv8 and YOLO11).
    Columns {
        /// 2 or 3.
        values: usize,
    },
}

impl OutputHead {
    /// How many names of classes belong to it.
    pub fn classes(&self) -> usize {
        match self {
            Self::Boxes(head) => head.classes,
            Self::Joints(_) => 0,
        }
    }
}

impl Network {
    /// How its numbers are read, of a network from a file that gives boxes or joints.
    pub fn head(&self) -> Option<&OutputHead> {
        match &self.architecture {
            Architecture::Brought(brought) => brought.head(),
            Architecture::Family(..) | Architecture::Written(_) => None,
        }
    }

    /// Classes that have names: of whole pictures, or of boxes.
    pub fn named_classes(&self) -> usize {
        self.head().map_or(self.classes, OutputHead::classes)
    }
}
