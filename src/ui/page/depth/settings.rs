//! What the page is set to: which network, and how its regions are coloured.

use crate::protocol::{
    Construction, ConstructionKind, CurveFit, DataChoice, ExperimentId, FitActivation, FittedShape, Interval,
    PictureSlice, RegionRun,
};
use crate::ui::{Field, PageId, PageSettings};

/// Where the network comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum NetOrigin {
    Learns,
    ByHand,
}

/// Points that are learnt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum PointSet {
    Spirals,
    ThreeSpirals,
    Circles,
    Xor,
    Gaussians,
}

impl PointSet {
    /// The engine's name.
    fn name(self) -> &'static str {
        match self {
            PointSet::Spirals => "spirals",
            PointSet::ThreeSpirals => "spirals3",
            PointSet::Circles => "circles",
            PointSet::Xor => "xor",
            PointSet::Gaussians => "gaussians",
        }
    }
}

/// What the colour of a region says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum RegionView {
    Classes,
    Slope,
    Active,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct DepthSettings {
    pub(super) origin: NetOrigin,
    pub(super) set: PointSet,
    pub(super) view: RegionView,
    /// After so many layers; of more than there are, after all.
    pub(super) after: u32,
    /// But for the data and the backend.
    pub(super) run: RegionRun,
    pub(super) construction: Construction,
    /// But for what is drawn, and the backend.
    pub(super) fit: CurveFit,
    /// Through which the plane goes, by their names in the tray.
    pub(super) pictures: [String; 3],
    /// Of the part of the plane that is looked at; where the answer changes, where not given.
    pub(super) middle: Option<[f64; 2]>,
    /// About so many are looked at.
    pub(super) regions: u32,
}

impl Default for DepthSettings {
    fn default() -> Self {
        Self {
            origin: NetOrigin::Learns,
            set: PointSet::Spirals,
            view: RegionView::Classes,
            after: Self::AFTER.high as u32,
            run: RegionRun::default(),
            construction: Construction::default(),
            fit: CurveFit::default(),
            pictures: ["ship", "bus", "sunflower"].map(str::to_owned),
            middle: None,
            regions: PictureSlice::default().regions,
        }
    }
}

fn learns(settings: &DepthSettings) -> bool {
    settings.origin == NetOrigin::Learns
}

/// As the address has it.
fn middle_of(text: &str) -> Option<[f64; 2]> {
    let (x, y) = text.split_once(',')?;
    let known = |number: &str| number.parse().ok().filter(|number: &f64| PictureSlice::MIDDLE.holds(*number));
    Some([known(x)?, known(y)?])
}

impl DepthSettings {
    pub(super) const AFTER: Interval = Interval::whole(1, 10);

    /// The run of a network that learns, but for the backend.
    pub(super) fn run(&self) -> RegionRun {
        let set = self.set.name().to_owned();
        RegionRun { data: DataChoice { set, ..RegionRun::default().data }, ..self.run.clone() }
    }
}

impl PageSettings for DepthSettings {
    const PAGE: PageId = PageId::Experiment(ExperimentId::Depth);
    const FIELDS: &'static [Field<Self>] = &[
        choice!(NetOrigin, "from", words!(depth.origin), origin).id("depth-from").in_sight(),
        choice!(PointSet, "set", words!(depth.set), set).id("depth-set").when(learns),
        Field::whole("layers", words!(depth.layers), RegionRun::LAYERS, |s: &mut Self| &mut s.run.layers).when(learns),
        Field::whole("width", words!(depth.width), RegionRun::WIDTH, |s: &mut Self| &mut s.run.width).when(learns),
        Field::whole("steps", words!(train.steps), RegionRun::STEPS, |s: &mut Self| &mut s.run.steps).when(learns),
        Field::real("rate", words!(train.rate), RegionRun::RATE, |s: &mut Self| &mut s.run.rate).when(learns),
        Field::whole("seed", words!(train.seed), Interval::SEED, |s: &mut Self| &mut s.run.seed).when(learns),
        choice!(ConstructionKind, "fold", words!(depth.construction), construction.kind)
            .id("depth-fold")
            .in_sight()
            .when(|s| !learns(s)),
        Field::whole("folds", words!(depth.layers), Construction::LAYERS, |s: &mut Self| &mut s.construction.layers)
            .when(|s| !learns(s)),
        Field::whole("units", words!(depth.width), Construction::WIDTH, |s: &mut Self| &mut s.construction.width)
            .when(|s| !learns(s) && s.construction.kind == ConstructionKind::Folding),
        choice!(RegionView, "show", words!(depth.show), view).id("depth-show").in_sight(),
        choice!(FittedShape, "curve", words!(depth.fit_curve), fit.shape).id("depth-curve").brief(),
        Field::whole("fitunits", words!(depth.fit_units), CurveFit::UNITS, |s: &mut Self| &mut s.fit.units).brief(),
        Field::whole("fitlayers", words!(depth.layers), CurveFit::LAYERS, |s: &mut Self| &mut s.fit.layers).brief(),
        choice!(FitActivation, "bent", words!(depth.fit_activation), fit.activation).id("depth-bent").brief(),
        Field::whole("fitsteps", words!(train.steps), CurveFit::STEPS, |s: &mut Self| &mut s.fit.steps).brief(),
        Field::real("fitrate", words!(train.rate), CurveFit::RATE, |s: &mut Self| &mut s.fit.rate).brief(),
        Field::whole("fitseed", words!(train.seed), Interval::SEED, |s: &mut Self| &mut s.fit.seed).brief(),
        Field::text("first", |s: &Self| Some(s.pictures[0].clone()), |s, name| s.pictures[0] = name.to_owned()).brief(),
        Field::text("second", |s: &Self| Some(s.pictures[1].clone()), |s, name| s.pictures[1] = name.to_owned())
            .brief(),
        Field::text("third", |s: &Self| Some(s.pictures[2].clone()), |s, name| s.pictures[2] = name.to_owned()).brief(),
        Field::text("at", |s: &Self| s.middle.map(|[x, y]| format!("{x},{y}")), |s, text| s.middle = middle_of(text))
            .brief(),
        Field::whole("parts", words!(depth.slice_regions), PictureSlice::REGIONS, |s: &mut Self| &mut s.regions)
            .brief(),
        Field::whole("after", words!(depth.after), Self::AFTER, |s: &mut Self| &mut s.after).brief(),
    ];
}

choices! {
    NetOrigin {
        Learns = ("learns", words!(depth.origin_learns)),
        ByHand = ("hand", words!(depth.origin_hand)),
    }
    PointSet {
        Spirals = ("spirals", words!(depth.set_spirals)),
        ThreeSpirals = ("spirals3", words!(depth.set_spirals3)),
        Circles = ("circles", words!(depth.set_circles)),
        Xor = ("xor", words!(depth.set_xor)),
        Gaussians = ("gaussians", words!(depth.set_gaussians)),
    }
    ConstructionKind {
        Folding = ("square", words!(depth.fold_square)),
        Tent = ("tent", words!(depth.fold_tent)),
    }
    FittedShape {
        Sine = ("sine", words!(depth.fit_sine)),
        Bump = ("bump", words!(depth.fit_bump)),
        Zigzag = ("zigzag", words!(depth.fit_zigzag)),
        Steps = ("steps", words!(depth.fit_stairs)),
        Drawn = ("drawn", words!(depth.fit_own)),
    }
    FitActivation {
        Relu = ("relu", words!(depth.fit_relu)),
        Sigmoid = ("sigmoid", words!(depth.fit_sigmoid)),
    }
    RegionView {
        Classes = ("classes", words!(depth.show_classes)),
        Slope = ("slope", words!(depth.show_slope)),
        Active = ("active", words!(depth.show_active)),
    }
}
