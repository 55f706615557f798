//! Parts that every page shares.

mod address;
mod badge;
mod bars;
mod camera;
mod card;
mod chart;
mod check;
mod copy;
mod figured;
mod files;
mod finding;
mod icon;
mod intake;
mod messages;
mod modal;
mod number;
mod picture;
mod pixels;
mod pointer;
mod progress;
mod segments;
mod select;
mod signed;
mod slider;
mod start;
mod tick;
mod tray;
mod trouble;
mod weights;

pub(crate) use address::AddressForm;
pub(crate) use badge::{Badge, computed_on};
pub(crate) use bars::Bars;
pub(crate) use card::{Button, Card, Figure, PageFrame, figures, run_figures};
pub(crate) use chart::{
    Axes, Axis, Chart, ChartExtent, ChartFigure, Line, LineChart, Scaling, Stroke, dots_of, follow_width, grid_columns,
    grid_rows, path_of, point_at, text_of,
};
pub(crate) use check::{Check, Verdict, check};
pub(crate) use copy::CopyButton;
pub(crate) use figured::figured;
pub(crate) use files::FileButton;
pub(crate) use finding::{check_card, fact_card};
pub(crate) use icon::Icon;
pub(crate) use intake::listen_everywhere;
pub(crate) use messages::Messages;
pub(crate) use number::NumberField;
pub(crate) use picture::{Enlarged, Framed, Thumbnail};
pub(crate) use pixels::PixelsView;
pub(crate) use pointer::{along, arrow, share_at};
pub(crate) use progress::{ProgressLine, track};
pub(crate) use segments::{Segments, SegmentsOf};
pub(crate) use select::{ClassSelect, Select, options_of};
pub(crate) use signed::{BLUE, ORANGE, no_pixels, painted, signed};
pub(crate) use slider::{RateSlider, Slider};
pub(crate) use start::{StartProgress, StartStop, progress_of};
pub(crate) use tick::Tick;
pub(crate) use tray::Tray;
pub(crate) use trouble::{TroubleBox, trouble_box};
pub(crate) use weights::{NoWeights, Offers, Wanting, WeightsDrop};
