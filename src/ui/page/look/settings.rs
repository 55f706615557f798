//! What the page is set to: the jobs themselves, but for picture and network, which the pages have in common; and how they are shown.

use super::invariance::SimilarityMeasure;
use super::style::{layers_from, layers_text};
use crate::protocol::{
    Baseline, DataChoice, Dream, Evidence, EvidenceMethod, Excite, ExperimentId, Interval, Invariance, OptimalGoal,
    OptimalPicture, PictureSpace, SearchRule, StyleStart, StyleTransfer, Transformation, Trust,
};
use crate::ui::settings::real;
use crate::ui::{Choice, Field, PageId, PageSettings, app, choice, number};
use leptos::prelude::{Get, With};

#[derive(Clone, Debug, PartialEq)]
pub(super) struct LookSettings {
    pub(super) evidence: Evidence,
    /// Without the number of examples.
    pub(super) excite: Excite,
    /// Examples of a set that the program draws.
    pub(super) drawn: u32,
    pub(super) optimal: OptimalPicture,
    /// Around the thing that the class is of: left, top, right and bottom in per cent of what the network sees.
    pub(super) thing: Option<Frame>,
    /// What stands where the table's pixels were taken away.
    pub(super) emptied: Baseline,
    /// The first class or channel that gets a picture, and how many do.
    pub(super) first: u32,
    pub(super) count: u32,
    pub(super) dream: Dream,
    /// The address is from when a dream was a goal of the search for pictures.
    pub(super) leads_to_dream: bool,
    pub(super) style: StyleTransfer,
    pub(super) paint: Paint,
    pub(super) invariance: Invariance,
    pub(super) measure: SimilarityMeasure,
    /// The picture of the tray whose style is taken, by its name.
    pub(super) style_from: String,
    /// The layer whose texture is painted; without one, those of [`StyleTransfer::layers`] one after another.
    pub(super) texture: Option<String>,
    /// By what the map is multiplied to be seen.
    pub(super) gain: u32,
    /// Of the map's strongest colours, in percent.
    pub(super) opacity: u32,
    /// Between the middles of places the map is interpolated.
    pub(super) is_smooth: bool,
    /// The colour of a value is the same in every map: full where it is 1, by the gain.
    pub(super) is_absolute: bool,
}

/// What is painted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Paint {
    /// The content of one picture in the style of another.
    #[default]
    Style,
    /// What the Gram matrices of layers hold of a picture.
    Texture,
    /// At once, by a network that was trained for one style.
    Quick,
}

impl Default for LookSettings {
    fn default() -> Self {
        Self {
            evidence: Evidence::default(),
            excite: Excite::default(),
            drawn: 2000,
            optimal: OptimalPicture { rungs: 6, ..OptimalPicture::default() },
            thing: None,
            emptied: Trust::default().emptied,
            first: 0,
            count: 6,
            dream: Dream::default(),
            leads_to_dream: false,
            style: StyleTransfer::default(),
            paint: Paint::Style,
            invariance: Invariance::default(),
            measure: SimilarityMeasure::default(),
            style_from: STYLE_FROM.to_owned(),
            texture: None,
            gain: 1,
            opacity: 75,
            is_smooth: true,
            is_absolute: false,
        }
    }
}

/// Of a side or a stride; the engine knows the network's own limit.
const PIXELS: Interval = Interval::whole(1, 1024);
pub(super) const GAIN: Interval = Interval::whole(1, 64);
pub(super) const OPACITY: Interval = Interval::whole(10, 100);

/// Of a network's classes, or a layer's channels; the engine knows the limit.
const UNIT: Interval = Interval::whole(0, 99_999);
pub(super) const COUNT: Interval = Interval::whole(1, 16);
const STEPS: Interval = Interval::whole(1, 10_000);
const JITTER: Interval = Interval::whole(0, 1024);
const ZOOM: Interval = Interval::real(0.0, 0.5);
const WEIGHT: Interval = Interval::real(0.0, 1000.0);
const DREAM_STEPS: Interval = Interval::whole(1, 1000);
const TILE: Interval = Interval::whole(8, 1024);
const DREAM_SIDE: Interval = Interval::whole(16, 4096);
/// A goal in old addresses.
const OLD_DREAM: &str = "dream";
/// A drawing with a style of its own.
const STYLE_FROM: &str = "maple_tree";
/// Of the style picture.
const SCALE: Interval = Interval::real(0.1, 4.0);
const BLUR: Interval = Interval::real(0.0, 16.0);

/// Of a set of this name; a drawn one with the seed that sets have.
pub(super) fn data_of(set: String) -> DataChoice {
    DataChoice { set, ..DataChoice::default() }
}

fn is_of_set(settings: &LookSettings) -> bool {
    settings.excite.data.is_some()
}

/// Of the input of the network.
fn shorter() -> usize {
    app().network().map_or(32, |network| network.input[1].min(network.input[2]))
}

fn dream_tile() -> u32 {
    let settings = app().route.with(|route| route.settings::<LookSettings>());
    let own = app().network().map_or([32, 32], |network| [network.input[1], network.input[2]]);
    settings.and_then(|settings| settings.dream.tile).unwrap_or_else(|| Dream::usual_tile(own))
}

fn dream_side() -> u32 {
    let settings = app().route.with(|route| route.settings::<LookSettings>()).unwrap_or_default();
    let item = app().chosen.get().and_then(|id| app().item(id));
    let size = item.map_or([320, 240], |item| [item.width, item.height]);
    settings.dream.usual_side(size, dream_tile())
}

fn is_film(settings: &LookSettings) -> bool {
    settings.dream.frames > 1
}

fn usual_pictures() -> u32 {
    let settings = app().route.with(|route| route.settings::<LookSettings>());
    let is_untrained = settings.is_some_and(|settings| settings.invariance.untrained.is_some());
    let macs = app().network().filter(|_| !is_untrained).map_or(0, |network| network.macs);
    Invariance::usual_pictures(macs)
}

fn has_square(settings: &LookSettings) -> bool {
    settings.evidence.method == EvidenceMethod::Occlusion
}

fn is_of_units(settings: &LookSettings) -> bool {
    settings.optimal.goal == OptimalGoal::Units
}

fn is_of_classes(settings: &LookSettings) -> bool {
    !settings.optimal.goal.has_picture() && settings.optimal.layer.is_none()
}

fn is_of_layers(settings: &LookSettings) -> bool {
    settings.optimal.goal == OptimalGoal::Inversion && settings.optimal.layer.is_none()
}

fn is_shifted(settings: &LookSettings) -> bool {
    settings.optimal.goal != OptimalGoal::Inversion
}

fn is_pixels(settings: &LookSettings) -> bool {
    settings.optimal.space == PictureSpace::Pixels
}

fn text_of_frame(frame: Frame) -> String {
    frame.map(|edge| edge.to_string()).join(",")
}

/// None of what has no area, or is no frame.
fn frame_of(text: &str) -> Option<Frame> {
    let edges: Vec<u32> = text.split(',').map(|edge| edge.trim().parse().ok()).collect::<Option<_>>()?;
    let frame @ [left, top, right, bottom] = Frame::try_from(edges).ok()?;
    (left < right && top < bottom && right <= 100 && bottom <= 100).then_some(frame)
}

fn is_transfer(settings: &LookSettings) -> bool {
    settings.paint == Paint::Style
}

fn has_noise(settings: &LookSettings) -> bool {
    settings.evidence.method == EvidenceMethod::SmoothGrad
}

fn has_way(settings: &LookSettings) -> bool {
    settings.evidence.method == EvidenceMethod::Integrated
}

fn has_masks(settings: &LookSettings) -> bool {
    settings.evidence.method == EvidenceMethod::Rise
}

fn draws(settings: &LookSettings) -> bool {
    has_noise(settings) || has_masks(settings)
}

/// Left, top, right and bottom, in per cent.
pub(super) type Frame = [u32; 4];

impl PageSettings for LookSettings {
    const PAGE: PageId = PageId::Experiment(ExperimentId::LookInside);
    const FIELDS: &'static [Field<Self>] = &[
        choice!(EvidenceMethod, "method", words!(look.method), evidence.method).id("look-method"),
        Field::open("class", words!(look.class), None, |s| &mut s.evidence.class),
        Field::open("against", words!(look.against), None, |s| &mut s.evidence.against),
        Field::text(
            "layer",
            |s| s.evidence.layer.clone(),
            |s, text| s.evidence.layer = Some(text.to_owned()).filter(|path| !path.is_empty()),
        ),
        Field::text(
            "block",
            |s| s.evidence.block.clone(),
            |s, text| s.evidence.block = Some(text.to_owned()).filter(|path| !path.is_empty()),
        ),
        Field::open("head", words!(look.head), None, |s| &mut s.evidence.head),
        Field::byte("grey", words!(look.grey), |s: &mut Self| &mut s.evidence.grey).when(has_square).brief(),
        Field::open("side", words!(look.side), Some((PIXELS, || Evidence::usual_side(shorter()))), |s: &mut Self| {
            &mut s.evidence.side
        })
        .when(has_square),
        Field::open(
            "stride",
            words!(look.stride),
            Some((PIXELS, || Evidence::usual_stride(shorter()))),
            |s: &mut Self| &mut s.evidence.stride,
        )
        .when(has_square),
        Field::whole("samples", words!(look.samples), Interval::whole(1, 1024), |s: &mut Self| &mut s.evidence.samples)
            .when(has_noise)
            .brief(),
        Field::single("noise", words!(look.noise), Interval::real(0.0, 1.0), |s: &mut Self| &mut s.evidence.noise)
            .when(has_noise)
            .brief(),
        choice!(Baseline, "baseline", words!(look.baseline), evidence.baseline).when(has_way).brief(),
        choice!(Baseline, "emptied", words!(look.emptied), emptied).brief(),
        Field::whole("waysteps", words!(look.steps), Interval::whole(1, 1024), |s: &mut Self| &mut s.evidence.steps)
            .when(has_way)
            .brief(),
        Field::whole("masks", words!(look.masks), Interval::whole(16, 10_000), |s: &mut Self| &mut s.evidence.masks)
            .when(has_masks)
            .brief(),
        Field::whole("cells", words!(look.cells), Interval::whole(2, 64), |s: &mut Self| &mut s.evidence.cells)
            .when(has_masks)
            .brief(),
        Field::whole("mapseed", words!(train.seed), Interval::SEED, |s: &mut Self| &mut s.evidence.seed)
            .when(draws)
            .brief(),
        Field::whole("gain", || "", GAIN, |s| &mut s.gain),
        Field::whole("opacity", || "", OPACITY, |s| &mut s.opacity),
        switch!("smooth", words!(look.smooth), is_smooth),
        switch!("absolute", words!(look.absolute), is_absolute).brief(),
        Field::text(
            "from",
            |s| s.excite.data.as_ref().map(|data| data.set.clone()),
            |s, text| s.excite.data = Some(text.to_owned()).filter(|set| !set.is_empty()).map(data_of),
        ),
        Field::whole("drawn", words!(look.excite_drawn), Interval::whole(1, 100_000), |s: &mut Self| &mut s.drawn)
            .when(is_of_set)
            .brief(),
        Field::text(
            "unitlayer",
            |s| s.excite.layer.clone(),
            |s, text| s.excite.layer = Some(text.to_owned()).filter(|path| !path.is_empty()),
        ),
        Field::open("unit", words!(look.excite_channel), None, |s| &mut s.excite.channel),
        Field::text("thing", |s| s.thing.map(text_of_frame), |s, text| s.thing = frame_of(text)),
        Field::choice::<OptimalGoal>(
            "goal",
            words!(look.goal),
            |s: &Self| s.optimal.goal.key(),
            |s: &mut Self, key| {
                s.leads_to_dream = key == OLD_DREAM;
                choice::pick(&mut s.optimal.goal, key);
            },
        )
        .id("optimal-goal")
        .brief(),
        Field::text(
            "of",
            |s| s.optimal.layer.clone(),
            |s, text| s.optimal.layer = Some(text.to_owned()).filter(|path| !path.is_empty()),
        ),
        Field::whole("first", words!(look.first), UNIT, |s: &mut Self| &mut s.first).when(is_of_units).brief(),
        Field::whole("count", words!(look.count), COUNT, |s: &mut Self| &mut s.count).when(is_of_units).brief(),
        Field::real("diverse", words!(look.diversity), Interval::real(0.0, 100.0), |s: &mut Self| {
            &mut s.optimal.diversity
        })
        .when(is_of_units)
        .brief(),
        switch!("alone", words!(look.alone), optimal.is_alone).when(is_of_classes).brief(),
        Field::whole("rungs", words!(look.rungs), COUNT, |s: &mut Self| &mut s.optimal.rungs)
            .when(is_of_layers)
            .brief(),
        choice!(PictureSpace, "space", words!(look.space), optimal.space).brief(),
        Field::whole("steps", words!(train.steps), STEPS, |s: &mut Self| &mut s.optimal.steps).brief(),
        Field::open(
            "jitter",
            words!(look.jitter),
            Some((JITTER, || OptimalPicture::usual_jitter(shorter()))),
            |s: &mut Self| &mut s.optimal.jitter,
        )
        .when(is_shifted),
        Field::real("zoom", words!(look.zoom), ZOOM, |s: &mut Self| &mut s.optimal.zoom).when(is_shifted).brief(),
        Field::real("l2", words!(look.l2), WEIGHT, |s: &mut Self| &mut s.optimal.l2).brief(),
        Field::real("tv", words!(look.variation), WEIGHT, |s: &mut Self| &mut s.optimal.variation).brief(),
        Field::real("blur", words!(look.blur), BLUR, |s: &mut Self| &mut s.optimal.blur).when(is_pixels).brief(),
        Field::whole("seed", words!(train.seed), Interval::SEED, |s: &mut Self| &mut s.optimal.seed).brief(),
        Field::text(
            "dreamlayer",
            |s| s.dream.layer.clone(),
            |s, text| s.dream.layer = Some(text.to_owned()).filter(|path| !path.is_empty()),
        ),
        Field::open("dreamchannel", words!(look.excite_channel), None, |s| &mut s.dream.channel),
        Field::whole("octaves", words!(look.octaves), Interval::whole(1, 10), |s: &mut Self| &mut s.dream.octaves)
            .brief(),
        Field::real("ratio", words!(look.octave_ratio), Interval::real(1.1, 4.0), |s: &mut Self| &mut s.dream.ratio)
            .brief(),
        Field::whole("dreamsteps", words!(look.dream_steps), DREAM_STEPS, |s: &mut Self| &mut s.dream.steps).brief(),
        Field::open("dreamside", words!(look.style_side), Some((DREAM_SIDE, dream_side)), |s: &mut Self| {
            &mut s.dream.side
        }),
        Field::open("tile", words!(look.tile), Some((TILE, dream_tile)), |s: &mut Self| &mut s.dream.tile),
        Field::open("dreamjitter", words!(look.dream_jitter), Some((JITTER, || dream_tile() / 2)), |s: &mut Self| {
            &mut s.dream.jitter
        }),
        Field::real("dreamrate", words!(look.dream_rate), Interval::real(0.01, 64.0), |s: &mut Self| &mut s.dream.rate)
            .brief(),
        Field::whole("frames", words!(look.frames), Interval::whole(1, 240), |s: &mut Self| &mut s.dream.frames)
            .brief(),
        Field::real("dreamzoom", words!(look.dream_zoom), Interval::real(1.0, 2.0), |s: &mut Self| &mut s.dream.zoom)
            .when(is_film)
            .brief(),
        Field::whole("framesteps", words!(look.frame_steps), DREAM_STEPS, |s: &mut Self| &mut s.dream.frame_steps)
            .when(is_film)
            .brief(),
        Field::whole("dreamseed", words!(train.seed), Interval::SEED, |s: &mut Self| &mut s.dream.seed).brief(),
        choice!(Paint, "paint", words!(look.paint), paint).id("style-paint").in_sight().brief(),
        Field::text(
            "stylefrom",
            |s| Some(s.style_from.clone()).filter(|name| *name != STYLE_FROM),
            |s, text| text.clone_into(&mut s.style_from),
        ),
        Field::text(
            "texture",
            |s| s.texture.clone(),
            |s, text| s.texture = Some(text.to_owned()).filter(|path| !path.is_empty()),
        ),
        Field::text("stylelayers", |s| layers_text(&s.style.layers), |s, text| s.style.layers = layers_from(text)),
        Field::text(
            "contentlayer",
            |s| s.style.content_layer.clone(),
            |s, text| s.style.content_layer = Some(text.to_owned()).filter(|path| !path.is_empty()),
        ),
        Field::real("keep", words!(look.keep), WEIGHT, |s: &mut Self| &mut s.style.content).when(is_transfer).brief(),
        choice!(StyleStart, "begin", words!(look.style_start), style.start).when(is_transfer).brief(),
        Field::whole("stylesteps", words!(train.steps), STEPS, |s: &mut Self| &mut s.style.steps).brief(),
        Field::open(
            "styleside",
            words!(look.style_side),
            Some((Interval::whole(32, 512), || StyleTransfer::usual_side(shorter()))),
            |s: &mut Self| &mut s.style.side,
        ),
        Field::real("stylescale", words!(look.style_scale), SCALE, |s: &mut Self| &mut s.style.scale).brief(),
        Field::real("styletv", words!(look.variation), WEIGHT, |s: &mut Self| &mut s.style.variation).brief(),
        choice!(SearchRule, "stylerule", words!(look.rule), style.rule).brief(),
        choice!(PictureSpace, "stylespace", words!(look.space), style.space).brief(),
        Field::whole("styleseed", words!(train.seed), Interval::SEED, |s: &mut Self| &mut s.style.seed).brief(),
        Field::choice::<Transformation>(
            "transform",
            words!(look.same_transform),
            |s: &Self| s.invariance.transformation.key(),
            |s: &mut Self, key| {
                choice::pick(&mut s.invariance.transformation, key);
                s.invariance.range = None;
            },
        )
        .id("invariance-transform")
        .in_sight()
        .brief(),
        Field::text(
            "reach",
            |s| s.invariance.range.map(number::exact),
            |s, text| s.invariance.range = real(text).or(s.invariance.range),
        ),
        Field::text(
            "untrained",
            |s| s.invariance.untrained.clone(),
            |s, text| s.invariance.untrained = Some(text.to_owned()).filter(|id| !id.is_empty()),
        ),
        Field::whole("transforms", words!(look.same_values), Invariance::VALUES, |s: &mut Self| {
            &mut s.invariance.values
        })
        .brief(),
        Field::text(
            "tellset",
            |s| s.invariance.data.as_ref().map(|data| data.set.clone()),
            |s, text| s.invariance.data = Some(text.to_owned()).filter(|set| !set.is_empty()).map(data_of),
        ),
        Field::open(
            "tellcount",
            words!(look.same_count),
            Some((Invariance::PICTURES, usual_pictures)),
            |s: &mut Self| &mut s.invariance.pictures,
        ),
        Field::text(
            "comparelayers",
            |s| Some(s.invariance.layers.join(",")).filter(|text| !text.is_empty()),
            |s, text| {
                s.invariance.layers = text.split(',').filter(|path| !path.is_empty()).map(str::to_owned).collect();
            },
        ),
        choice!(SimilarityMeasure, "measure", words!(look.same_measure), measure).brief(),
    ];
}

choices! {
    /// As its authors call it, where they have a name for it.
    EvidenceMethod {
        GradCam = ("gradcam", || "Grad-CAM"),
        HiresCam = ("hirescam", || "HiResCAM"),
        Cam = ("cam", || "CAM"),
        Gradient = ("gradient", words!(look.method_gradient)),
        SmoothGrad = ("smoothgrad", || "SmoothGrad"),
        Integrated = ("integrated", words!(look.method_integrated)),
        InputGradient = ("input-gradient", words!(look.method_input_gradient)),
        Guided = ("guided", words!(look.method_guided)),
        Deconvnet = ("deconvnet", || "deconvnet"),
        Occlusion = ("occlusion", words!(look.method_occlusion)),
        Rise = ("rise", || "RISE"),
        Attention = ("attention", words!(look.method_attention)),
        Rollout = ("rollout", words!(look.method_rollout)),
    }
    Baseline {
        Black = ("black", words!(look.baseline_black)),
        Mean = ("mean", words!(look.baseline_mean)),
        Blurred = ("blurred", words!(look.baseline_blurred)),
    }
    OptimalGoal {
        Units = ("best", words!(look.goal_units)),
        Caricature = ("caricature", words!(look.goal_caricature)),
        Inversion = ("inversion", words!(look.goal_inversion)),
        Wall = ("wall", words!(look.goal_wall)),
    }
    Paint {
        Style = ("style", words!(look.paint_style)),
        Texture = ("texture", words!(look.paint_texture)),
        Quick = ("quick", words!(look.paint_quick)),
    }
    SearchRule {
        Adam = ("adam", || "Adam"),
        Lbfgs = ("lbfgs", || "L-BFGS"),
    }
    Transformation {
        Shift = ("shift", words!(look.same_shift)),
        Scale = ("scale", words!(look.same_scale)),
        Turn = ("turn", words!(look.same_turn)),
        Light = ("light", words!(look.same_light)),
        Contrast = ("contrast", words!(look.same_contrast)),
        Blur = ("blur", words!(look.same_blur)),
        Occlude = ("occlude", words!(look.same_occlude)),
    }
    SimilarityMeasure {
        Cosine = ("cosine", words!(look.same_cosine)),
        Correlation = ("correlation", words!(look.same_correlation)),
        Distance = ("distance", words!(look.same_distance)),
        Pooled = ("pooled", words!(look.same_pooled)),
    }
    StyleStart {
        Content = ("content", words!(look.start_content)),
        Noise = ("noise", words!(look.start_noise)),
    }
    PictureSpace {
        Frequencies = ("waves", words!(look.space_waves)),
        Pixels = ("pixels", words!(look.space_pixels)),
        Phases = ("phases", words!(look.space_phases)),
    }
}
