//! How we know: what must hold whatever the picture.

use super::state::PoseState;
use crate::protocol::{Pose, PoseFact, Posed};
use crate::ui::Words;
use crate::ui::widget::fact_card;
use leptos::prelude::*;

pub(super) fn checks(state: PoseState) -> AnyView {
    let checked = ask!(Pose, Restart, Posed::Checked);
    fact_card(checked, Pose::Check, words, move || state.run.is_fresh(), [().into_any(), ().into_any()])
}

fn words(fact: PoseFact) -> [Words; 2] {
    match fact {
        PoseFact::Normalise => [words!(pose.fact_normalise), words!(pose.fact_normalise_how)],
        PoseFact::Mirror => [words!(pose.fact_mirror), words!(pose.fact_mirror_how)],
        PoseFact::Measures => [words!(pose.fact_measures), words!(pose.fact_measures_how)],
        PoseFact::Devices => [words!(pose.fact_devices), words!(pose.fact_devices_how)],
        PoseFact::SecondStage => [words!(pose.fact_second), words!(pose.fact_second_how)],
        PoseFact::ThirdStage => [words!(pose.fact_third), words!(pose.fact_third_how)],
    }
}
