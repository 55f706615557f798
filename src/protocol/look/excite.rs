//! What excites the channels of a layer, among many pictures.

use crate::protocol::{BackendChoice, BackendUsed, Content, DataChoice, Finding, Fit, LayerGrid, Pixels};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

settings! {
    /// Look for the places that excite a layer's channels the most (Zeiler & Fergus 2014).
    pub struct Excite {
        pub network: String = String::new(),
        pub backend: BackendChoice = BackendChoice::Auto,
        pub fit: Fit = Fit::Crop,
        /// Of the tray; not looked at where `data` names a set.
        pub pictures: Vec<u32> = Vec::new(),
        /// All examples of a set that the program draws, or that the person brought.
        pub data: Option<DataChoice> = None,
        /// Path of the layer; the last one whose places see at most half of the picture's side where not given.
        pub layer: Option<String> = None,
        /// The channel whose places are told; the one with the strongest place where not given.
        pub channel: Option<u32> = None,
    }
}

impl Excite {
    /// Places that are told of a channel.
    pub const PLACES: usize = 9;
}

/// How a search stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExciteFound {
    pub layer: String,
    /// Channels, height, width.
    pub shape: [usize; 3],
    /// The layers that can be asked, from the first on.
    pub layers: Vec<LayerGrid>,
    /// Height and width in pixels of what one place sees; `None` where that is all of the picture.
    pub field: Option<[u32; 2]>,
    /// Height and width of what the network reads.
    pub input: [u32; 2],
    /// Pictures so far, and all there are.
    pub seen: u32,
    pub of: u32,
    pub wall: ExciteWall,
    /// Channels that answer with more than zero somewhere.
    pub live: u32,
    /// The one whose places these are.
    pub channel: u32,
    /// At most nine, each of another picture, the strongest first.
    pub places: Vec<ExcitedPlace>,
    /// The channel's strongest answer to a picture, as a mean over the pictures of a class; the largest first.
    pub classes: Vec<ClassMean>,
    /// The classes are those of the data; else those that the network takes the pictures for.
    pub is_labelled: bool,
    /// Name of the set that the person brought, where there is one.
    pub brought: Option<String>,
    /// The network has rectifiers, so that the two pictures of a place are no plain gradients.
    pub is_rectified: bool,
    /// Pictures, deconvnet's and guided backpropagation's in one PNG file; when all is done.
    pub sheet: Option<ByteBuf>,
    /// Deconvnet's picture of each place and guided backpropagation's, as they are, as a NumPy array `[places, 2, channels, height,
    /// width]` in the size that the network reads; when all is done.
    pub npy: Option<ByteBuf>,
    /// What must hold of these places; when all is done.
    pub findings: Vec<Finding<ExciteFact>>,
    pub elapsed_ms: f64,
    pub backend: BackendUsed,
}

/// The strongest place of every channel, in rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExciteWall {
    pub pixels: Pixels,
    /// Of a tile, in pixels.
    pub side: u32,
    pub columns: u32,
    /// Of each channel's strongest place.
    pub values: Vec<f32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExcitedPlace {
    pub value: f32,
    /// Its place among the pictures.
    pub picture: u32,
    /// What it is of, in English and Japanese: by the data, else by the network.
    pub label: [String; 2],
    /// Of the layer: row and column.
    pub place: [u32; 2],
    /// What the place sees, in pixels of what the network reads: left, top, width, height.
    pub field: [u32; 4],
    /// What the network reads of the picture.
    pub seen: Pixels,
    /// The part that the place sees.
    pub patch: Pixels,
    /// What of it excites the place, by deconvnet and by guided backpropagation; grey is nothing. When that is known.
    pub deconvnet: Option<Pixels>,
    pub guided: Option<Pixels>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassMean {
    /// In English and Japanese.
    pub label: [String; 2],
    pub mean: f32,
    /// Pictures of the class.
    pub count: u32,
}

impl ExcitedPlace {
    fn bodies_mut(&mut self) -> impl Iterator<Item = &mut ByteBuf> {
        let Self { seen, patch, deconvnet, guided, .. } = self;
        let both = deconvnet.iter_mut().chain(guided);
        [seen, patch].into_iter().chain(both).map(|pixels| &mut pixels.rgba)
    }
}

impl Content for ExciteFound {
    fn bodies_mut(&mut self) -> Vec<&mut ByteBuf> {
        let places = self.places.iter_mut().flat_map(ExcitedPlace::bodies_mut);
        let files = self.sheet.as_mut().into_iter().chain(self.npy.as_mut());
        std::iter::once(&mut self.wall.pixels.rgba).chain(places).chain(files).collect()
    }
}

facts! {
    pub enum ExciteFact {
        /// The value of each place, of its picture alone and every operation by itself: the largest difference, over the largest value.
        Alone = "excite-alone",
        /// All pixels that a place does not see are turned round: the largest change of its value.
        Outside = "excite-outside",
        /// All pixels that a place sees are turned round: how many places change.
        Inside = "excite-inside",
        /// The largest value of a place's gradient where it sees nothing, over its largest value.
        Dark = "excite-dark",
    }
}
