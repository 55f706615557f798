//! Parts that every page shares.

mod address;
mod badge;
mod bars;
mod camera;
mod chart;
mod check;
mod figured;
mod icon;
mod intake;
mod messages;
mod modal;
mod number;
mod picture;
mod pixels;
mod progress;
mod segments;
mod tray;
mod trouble;
mod weights;

pub(crate) use badge::Badge;
pub(crate) use bars::Bars;
pub(crate) use chart::follow_width;
pub(crate) use chart::{Axes, Axis, Chart, Extent, Scaling, Stroke, dots_of, path_of, text_of};
pub(crate) use check::{Check, Verdict};
pub(crate) use figured::figured;
pub(crate) use icon::Icon;
pub(crate) use intake::{chosen_files, listen_everywhere};
pub(crate) use messages::Messages;
pub(crate) use number::NumberField;
pub(crate) use picture::{Framed, Thumbnail};
pub(crate) use pixels::PixelsView;
pub(crate) use progress::ProgressLine;
pub(crate) use segments::Segments;
pub(crate) use tray::Tray;
pub(crate) use trouble::TroubleBox;
pub(crate) use weights::{Offers, WeightsDrop};
