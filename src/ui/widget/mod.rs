//! Parts that every page shares.

mod badge;
mod brought;
mod camera;
mod card;
mod chart;
mod check;
mod copy;
mod dialogs;
mod fields;
mod icon;
mod layers;
mod legend;
mod messages;
mod picture;
mod pointer;
mod progress;
mod run;
mod table;
mod tray;
mod weights;

pub(crate) use badge::{badge, computed_on};
pub(crate) use brought::{BroughtFile, brought_files, file_among, file_choice};
pub(crate) use camera::{Camera, pause, watch_frames};
pub(crate) use card::{Button, Card, Figure, IconButton, PageFrame, figures, run_figures};
pub(crate) use chart::{
    Axes, Axis, Chart, ChartExtent, ChartFigure, Line, LineChart, Scaling, Stroke, dots_of, grid_columns, grid_rows,
    path_of, point_at, text_of,
};
pub(crate) use check::{Check, Verdict, check, check_card, fact_card};
pub(crate) use copy::{CopyButton, CopyLater};
pub(crate) use dialogs::{AddressForm, address_form, viewfinder};
pub(crate) use fields::{
    ClassSelect, FileButton, NumberField, RateSlider, Segments, SegmentsOf, Select, Slider, Tick, options_of,
};
pub(crate) use icon::Icon;
pub(crate) use layers::layer_select;
pub(crate) use legend::legend;
pub(crate) use messages::{messages, weights_words};
pub(crate) use picture::{BLUE, Enlarged, Framed, ORANGE, PixelsView, Thumbnail, no_pixels, painted, signed};
pub(crate) use pointer::{along, arrow, follow_width, share_at};
pub(crate) use progress::{ProgressLine, StartProgress, StartStop, TroubleBox, progress_of, track, trouble_box};
pub(crate) use run::{RunLines, RunPanel, heard_run, last_shares, run_card};
pub(crate) use table::figure_table;
pub(crate) use tray::{bring_into_sight, listen_everywhere, tray};
pub(crate) use weights::{NoWeights, Offers, Wanting, WeightsDrop, offers};
