//! How we know: what is proved of regions, reckoned here.

use super::state::DepthState;
use crate::protocol::{Depth, DepthFact, Depths};
use crate::ui::Words;
use crate::ui::widget::fact_card;
use leptos::prelude::*;

/// Above them stands what is held of the slice.
pub(super) fn checks(state: DepthState, above: AnyView) -> AnyView {
    let checked = ask!(Depth, Restart, Depths::Checked);
    let job = Depth::Check;
    fact_card(checked, job, words, move || state.run.is_fresh(), [above, ().into_any()])
}

fn words(fact: DepthFact) -> [Words; 2] {
    match fact {
        DepthFact::Lines => [words!(depth.fact_lines), words!(depth.fact_lines_how)],
        DepthFact::Folding => [words!(depth.fact_folding), words!(depth.fact_folding_how)],
        DepthFact::Tent => [words!(depth.fact_tent), words!(depth.fact_tent_how)],
        DepthFact::Areas => [words!(depth.fact_areas), words!(depth.fact_areas_how)],
        DepthFact::Affine => [words!(depth.fact_affine), words!(depth.fact_affine_how)],
        DepthFact::Interpolant => [words!(depth.fact_interpolant), words!(depth.fact_interpolant_how)],
        DepthFact::Grid => [words!(depth.fact_grid), words!(depth.fact_grid_how)],
    }
}
