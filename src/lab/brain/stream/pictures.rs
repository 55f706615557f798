//! Pictures that are shown to networks.

use crate::data::Rgb;
use crate::data::objects::{OBJECTS, VARIATIONS, object_picture};
use crate::lab::{Host, LabError};
use crate::protocol::{Stage, StreamTask};

/// Between two turns of others on this thread.
const AT_ONCE: usize = 8;

pub(super) struct DrawnObject {
    pub(super) rgb: Rgb,
    pub(super) kind: u32,
    pub(super) level: u32,
}

/// All things at the first level, then at the second, and so on.
pub(super) async fn drawn(task: &StreamTask, host: &impl Host) -> Result<Vec<DrawnObject>, LabError> {
    let StreamTask { each, seed, .. } = *task;
    let known = StreamTask::EACH;
    ensure!(known.holds(each), "{each} pictures of each thing are not shown here; choose {known}");
    let mut all = Vec::new();
    let of = (VARIATIONS as usize * OBJECTS.len()) as u64 * u64::from(each);
    for level in 0..VARIATIONS {
        for kind in 0..OBJECTS.len() {
            for number in 0..each {
                if all.len() % AT_ONCE == 0 {
                    host.step(Stage::Run, all.len() as u64, of).await?;
                }
                let rgb = object_picture(kind, level as usize, seed, number)?;
                all.push(DrawnObject { rgb, kind: kind as u32, level });
            }
        }
    }
    Ok(all)
}
