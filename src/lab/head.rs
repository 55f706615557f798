//! The last layer of a network of the table that somebody trained for classes of their own: how many classes the file has, and their
//! names. Such a network is the person's, beside the published one.

use super::LabError;
use super::beside::{self, Beside};
use super::brought::names_in;
use super::weights::variables;
use super::written::{OWN, title_of};
use crate::models::{Architecture, Network};
use crate::nn::checkpoint::Checkpoint;

/// ImageNet has 21,841.
const MOST_CLASSES: usize = 100_000;

/// The network with as many classes as the file's last layer has, where that is all that differs there; `shape_of` knows the
/// file's tensors. The last layer is what takes another shape when the network is built for one class more.
pub(super) fn with_classes_of<'a>(
    network: Network,
    file: &str,
    shape_of: &dyn Fn(&str) -> Option<&'a [usize]>,
) -> Result<Network, LabError> {
    if !matches!(network.architecture, Architecture::Family(..)) {
        return Ok(network);
    }
    let wanted = variables(&network)?;
    if wanted.iter().all(|(name, shape)| shape_of(name).is_none_or(|found| found == shape)) {
        return Ok(network);
    }
    let wider = variables(&Network { classes: network.classes + 1, ..network.clone() })?;
    let mut classes = None;
    for ((name, shape), (_, wider)) in wanted.iter().zip(&wider) {
        let Some(axis) = shape.iter().zip(wider).position(|(a, b)| a != b) else { continue };
        let found = shape_of(name).filter(|found| found.len() == shape.len()).map(|found| found[axis]);
        if found.is_none() || classes.is_some_and(|classes| found != Some(classes)) {
            return Ok(network);
        }
        classes = found;
    }
    Ok(match classes.filter(|classes| (1..=MOST_CLASSES).contains(classes)) {
        Some(classes) if classes != network.classes => own(network, file, classes, None),
        _ => network,
    })
}

/// The network, where the file or one beside it names as many classes as it has: with these names.
pub(super) fn with_labels(network: Network, checkpoint: &Checkpoint, beside: Beside<'_>) -> Network {
    let classes = network.named_classes();
    let names = beside::labels(classes, beside).or_else(|| names_in(checkpoint, classes));
    match (names, &network.architecture) {
        (None, _) => network,
        (Some(names), Architecture::Family(..)) => own(network, checkpoint.name(), names.len(), Some(names)),
        (names, _) => Network { names, ..network },
    }
}

fn own(network: Network, file: &str, classes: usize, names: Option<Vec<String>>) -> Network {
    let title = title_of(file).to_owned();
    let numbered = || (0..classes).map(|class| format!("class {class}")).collect();
    let names = Some(names.unwrap_or_else(numbered));
    Network { id: format!("{OWN}{title}"), title, classes, names, ..network }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::networks;

    fn found(network: &Network, shapes: &[(String, Vec<usize>)]) -> Network {
        let shape_of = |name: &str| shapes.iter().find(|(known, _)| known == name).map(|(_, shape)| shape.as_slice());
        with_classes_of(network.clone(), "mine.pth", &shape_of).unwrap()
    }

    #[test]
    fn every_network_of_the_table_takes_other_classes() {
        for network in networks() {
            let id = network.id.clone();
            let shapes = variables(&Network { classes: 7, ..network.clone() }).unwrap();
            let mine = found(&network, &shapes);
            assert_eq!((mine.classes, mine.id.as_str()), (7, "own:mine"), "{id}");
            assert_eq!(variables(&mine).unwrap(), shapes, "{id}");
            assert_eq!(mine.names.unwrap()[6], "class 6", "{id}");
            let same = found(&network, &variables(&network).unwrap());
            assert_eq!((same.classes, same.names), (network.classes, None), "{id}");
            // Another fault is left for the message about it.
            let mut spoilt = shapes;
            spoilt.last_mut().unwrap().1.push(2);
            assert_eq!(found(&network, &spoilt).classes, network.classes, "{id}");
        }
    }
}
