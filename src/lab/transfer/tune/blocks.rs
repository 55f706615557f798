//! The blocks of a network, so that the last few of them can learn and the others stay.

/// Variables in the order in which the network uses them, those of one block together: a numbered module of a sequence, or a module
/// that is in none. One of vectors alone, as a batch norm is, belongs to the block before it.
pub(super) fn blocks_of(variables: &[(String, Vec<usize>)]) -> Vec<Vec<String>> {
    let mut blocks: Vec<(&str, Vec<String>)> = Vec::new();
    for (name, _) in variables {
        let key = key(name);
        match blocks.iter_mut().find(|(known, _)| *known == key) {
            Some((_, names)) => names.push(name.clone()),
            None => blocks.push((key, vec![name.clone()])),
        }
    }
    let has_matrix = |names: &[String]| variables.iter().any(|(name, shape)| shape.len() > 1 && names.contains(name));
    let mut merged: Vec<Vec<String>> = Vec::new();
    for (_, names) in blocks {
        match merged.last_mut() {
            Some(before) if !has_matrix(&names) => before.extend(names),
            _ => merged.push(names),
        }
    }
    merged
}

/// The path as far as its first number; without one, without its last part.
fn key(name: &str) -> &str {
    let mut end = 0;
    for part in name.split('.') {
        end += part.len();
        if part.bytes().all(|byte| byte.is_ascii_digit()) {
            return &name[..end];
        }
        end += 1;
    }
    name.rsplit_once('.').map_or(name, |(path, _)| path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::weights::variables;
    use crate::models::{Network, networks};

    #[test]
    fn norms_are_with_their_convolutions() {
        let named = |names: &[(&str, usize)]| {
            names.iter().map(|&(name, rank)| (name.to_owned(), vec![2; rank])).collect::<Vec<_>>()
        };
        let sequence =
            named(&[("0.weight", 4), ("1.weight", 1), ("1.running_mean", 1), ("6.0.weight", 4), ("6.1.bias", 1)]);
        let sizes: Vec<usize> = blocks_of(&sequence).iter().map(Vec::len).collect();
        assert_eq!(sizes, [3, 2]);
        let resnet = named(&[
            ("conv1.weight", 4),
            ("bn1.weight", 1),
            ("layer1.0.conv1.weight", 4),
            ("layer1.0.bn1.bias", 1),
            ("fc.weight", 2),
            ("fc.bias", 1),
        ]);
        let blocks = blocks_of(&resnet);
        assert_eq!(blocks[0], ["conv1.weight", "bn1.weight"]);
        assert_eq!(blocks[2], ["fc.weight", "fc.bias"]);
    }

    #[test]
    fn every_network_has_several_and_its_classes_in_the_last() {
        for network in networks() {
            let all = variables(&network).unwrap();
            let blocks = blocks_of(&all);
            let wider = variables(&Network { classes: network.classes + 1, ..network.clone() }).unwrap();
            let changed: Vec<&String> = all.iter().zip(&wider).filter(|(a, b)| a.1 != b.1).map(|(a, _)| &a.0).collect();
            let last = blocks.last().unwrap();
            assert!(blocks.len() > 2 && changed.iter().all(|name| last.contains(name)), "{} {changed:?}", network.id);
            assert_eq!(blocks.iter().map(Vec::len).sum::<usize>(), all.len(), "{}", network.id);
        }
    }
}
