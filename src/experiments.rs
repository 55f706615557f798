//! The table of experiments, one row each. Everything between an experiment's own files follows from it: its id
//! ([`crate::protocol::ExperimentId`]), its part of the page and of the engine, its page and the navigation, the worker's
//! dispatch, and its place in `window.neocog.run`.
//!
//! It is a macro that holds no types, so that naming it reaches no code: what only one part needs stays out of the others
//! (`.ci/parts` cuts by reachability).

/// `experiments!(then)` calls the macro `then` with all rows. A part is a file of code that is fetched when it is first needed;
/// experiments that share much of their code share a part.
#[macro_export]
macro_rules! experiments {
    ($then:ident) => {
        $then! {
            // part => { module and path   type       navigation  first answers about }
            learn => {
                train     Train     Learn  Nothing,
                optimise  Optimise  Learn  Nothing,
                distil    Distil    Learn  Nothing,
            }
            fool => { fool Fool Use Pictures }
            look => { look LookInside Use Pictures }
            caption => { caption Caption Use Nothing }
            transfer => { transfer Transfer Use Pictures }
            compress => { compress Compress Use Nothing }
            detect => { detect Detect Use Pictures }
            pose => { pose Pose Use Pictures }
            depth => { depth Depth Learn Nothing }
            represent => { represent Represent Learn Nothing }
            language => { language Language Learn Nothing }
            brain => { brain Brain Learn Nothing }
            networks => { networks Networks Here Nothing }
            speed => { speed Speed Here Nothing }
        }
    };
}

/// Pages that became part of another: the path that a link may still have, the page's, and the settings with which it shows the same.
#[cfg(target_arch = "wasm32")]
pub(crate) const MOVED: [[&str; 3]; 1] = [["occlude", "look", "method=occlusion"]];
