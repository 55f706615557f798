//! Pictures that are shown to networks.

use crate::data::Rgb;
use crate::data::objects::{OBJECTS, VARIATIONS, object_picture};
use crate::lab::{Host, LabError, Monitor};
use crate::protocol::{Stage, StreamSource, StreamTask};

/// Between two turns of others on this thread.
const AT_ONCE: usize = 8;

pub(super) struct Shown {
    pub(super) pictures: Vec<Rgb>,
    /// Of each, by its place among the kinds; and its level of variation.
    pub(super) kinds: Vec<u32>,
    pub(super) levels: Vec<u32>,
    pub(super) names: Vec<String>,
}

pub(super) async fn shown(task: &StreamTask, host: &impl Host) -> Result<Shown, LabError> {
    let found = match task.pictures {
        StreamSource::Drawn => drawn(task, host).await?,
        StreamSource::Tray => {
            let pictures = task.tray.iter().map(|&id| Ok((*host.picture(id)?).clone()));
            let pictures = pictures.collect::<Result<Vec<Rgb>, LabError>>()?;
            numbered(pictures)
        }
        StreamSource::Own => {
            let own = host.examples();
            let own = own.ok_or_else(|| {
                bad_setup!("no examples were brought; drop a data set on Train first, or choose drawn things")
            })?;
            let count = own.len().min(StreamTask::MOST_PICTURES);
            let unknown = || bad_setup!("“{}” has points and no pictures", own.name);
            let pictures = (0..count).map(|at| own.picture(at).ok_or_else(unknown)).collect::<Result<Vec<_>, _>>()?;
            let kinds = own.labels[..count].to_vec();
            Shown { pictures, kinds, levels: vec![0; count], names: own.classes.clone() }
        }
    };
    check_count(found.pictures.len(), task.folds)?;
    Ok(found)
}

/// Each of a kind of its own.
pub(super) fn numbered(pictures: Vec<Rgb>) -> Shown {
    let count = pictures.len() as u32;
    let names = (1..=count).map(|number| number.to_string()).collect();
    Shown { levels: vec![0; pictures.len()], kinds: (0..count).collect(), names, pictures }
}

/// # Errors
/// [`LabError::Setup`] of more pictures than can be compared, and of fewer than two in a fold.
pub(super) fn check_count(pictures: usize, folds: u32) -> Result<(), LabError> {
    let most = StreamTask::MOST_PICTURES;
    ensure!(pictures <= most, "{pictures} pictures are too many to compare with each other; show at most {most}");
    let least = (2 * folds as usize).max(4);
    ensure!(pictures >= least, "{pictures} pictures are too few for {folds} folds; show at least {least}");
    Ok(())
}

/// All things at the first level, then at the second, and so on.
pub(super) async fn drawn(task: &StreamTask, host: &impl Monitor) -> Result<Shown, LabError> {
    let StreamTask { each, seed, .. } = *task;
    let names = OBJECTS.iter().map(|&kind| kind.to_owned()).collect();
    let mut all = Shown { pictures: Vec::new(), kinds: Vec::new(), levels: Vec::new(), names };
    let of = (VARIATIONS as usize * OBJECTS.len()) as u64 * u64::from(each);
    for level in 0..VARIATIONS {
        for kind in 0..OBJECTS.len() {
            for number in 0..each {
                if all.pictures.len().is_multiple_of(AT_ONCE) {
                    host.step(Stage::Run, all.pictures.len() as u64, of).await?;
                }
                all.pictures.push(object_picture(kind, level as usize, seed, number)?);
                all.kinds.push(kind as u32);
                all.levels.push(level);
            }
        }
    }
    Ok(all)
}
