//! Parts that every page shares.

mod address;
mod badge;
mod bars;
mod camera;
mod check;
mod figured;
mod icon;
mod intake;
mod messages;
mod modal;
mod picture;
mod progress;
mod segments;
mod tray;
mod trouble;
mod weights;

pub(crate) use badge::Badge;
pub(crate) use bars::Bars;
pub(crate) use check::{Check, Verdict};
pub(crate) use figured::figured;
pub(crate) use icon::Icon;
pub(crate) use intake::listen_everywhere;
pub(crate) use messages::Messages;
pub(crate) use picture::{Enlarged, Framed, Thumbnail};
pub(crate) use progress::ProgressLine;
pub(crate) use segments::Segments;
pub(crate) use tray::Tray;
pub(crate) use trouble::TroubleBox;
pub(crate) use weights::{Offers, WeightsDrop};
