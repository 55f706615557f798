//! What the page is set to: the jobs themselves, but for picture and network, which the pages have in common; and how they are shown.

use crate::protocol::{Evidence, EvidenceMethod, ExperimentId, Interval};
use crate::ui::{Field, PageId, PageSettings, app};

#[derive(Clone, Debug, PartialEq)]
pub(super) struct LookSettings {
    pub(super) evidence: Evidence,
    /// By what the map is multiplied to be seen.
    pub(super) gain: u32,
    /// Of the map's strongest colours, in percent.
    pub(super) opacity: u32,
    /// Between the middles of places the map is interpolated.
    pub(super) is_smooth: bool,
}

impl Default for LookSettings {
    fn default() -> Self {
        Self { evidence: Evidence::default(), gain: 1, opacity: 75, is_smooth: true }
    }
}

/// Of a side or a stride; the engine knows the network's own limit.
const PIXELS: Interval = Interval::whole(1, 1024);
pub(super) const GAIN: Interval = Interval::whole(1, 64);
pub(super) const OPACITY: Interval = Interval::whole(10, 100);

/// Of the input of the network.
fn shorter() -> usize {
    app().network().map_or(32, |network| network.input[1].min(network.input[2]))
}

fn has_square(settings: &LookSettings) -> bool {
    settings.evidence.method == EvidenceMethod::Occlusion
}

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
        Field::whole("gain", || "", GAIN, |s| &mut s.gain),
        Field::whole("opacity", || "", OPACITY, |s| &mut s.opacity),
        switch!("smooth", words!(look.smooth), is_smooth),
    ];
}

choices! {
    /// As its authors call it, where they have a name for it.
    EvidenceMethod {
        GradCam = ("gradcam", || "Grad-CAM"),
        HiresCam = ("hirescam", || "HiResCAM"),
        Cam = ("cam", || "CAM"),
        Gradient = ("gradient", words!(look.method_gradient)),
        InputGradient = ("input-gradient", words!(look.method_input_gradient)),
        Occlusion = ("occlusion", words!(look.method_occlusion)),
    }
}
