//! The table of ImageNet's names agrees with the list of classes in `../shared/data`; CIFAR-100's classes have names.

use crate::shared;
use neocog::data::labels;

/// What the table calls otherwise than the list, in which two names occur twice and a few are no longer usual.
const OTHERWISE: [(usize, &str); 10] = [
    (4, "hammerhead"),
    (134, "crane"),
    (241, "EntleBucher"),
    (264, "Cardigan"),
    (474, "cardigan"),
    (517, "crane"),
    (608, "jean"),
    (630, "Loafer"),
    (639, "maillot"),
    (999, "toilet tissue"),
];

#[test]
fn every_english_name_is_the_lists() {
    let Some(list) = shared::shared("data/imagenet_classes.tsv") else { return };
    let list = std::fs::read_to_string(list).unwrap();
    let names: Vec<&str> = list.lines().skip(1).map(|line| line.rsplit('\t').next().unwrap()).collect();
    assert_eq!(names.len(), 1000);
    for (index, name) in names.into_iter().enumerate() {
        let ours = labels::imagenet(index).unwrap().en;
        let otherwise = OTHERWISE.iter().find(|(at, _)| *at == index);
        assert_eq!(name, otherwise.map_or(ours, |(_, listed)| listed), "{index}: {ours}");
        assert_eq!(ours == name, otherwise.is_none(), "{index}: {ours}");
    }
}

/// Classes that everybody knows by their number stand where they belong, and no name is given twice.
#[test]
fn well_known_classes_have_their_numbers() {
    let known = [
        (0, "tench"),
        (1, "goldfish"),
        (150, "sea lion"),
        (65, "sea snake"),
        (207, "golden retriever"),
        (281, "tabby"),
        (388, "giant panda"),
        (504, "coffee mug"),
        (817, "sports car"),
        (954, "banana"),
    ];
    for (index, name) in known {
        assert_eq!(labels::imagenet(index).unwrap().en, name);
    }
    let names: std::collections::BTreeSet<_> = (0..1000).map(|index| labels::imagenet(index).unwrap().en).collect();
    assert_eq!((names.len(), labels::imagenet(1000).is_none()), (1000, true));
}

#[test]
fn a_hundred_classes_have_names_of_their_own() {
    let all = labels::cifar100();
    assert_eq!((all.len(), all[0].en, all[99].en, all[1].en), (100, "apple", "worm", "aquarium fish"));
    for (at, label) in all.iter().enumerate() {
        assert!(!label.ja.is_empty() && label.ja != label.en, "{label:?}");
        assert!(all[..at].iter().all(|other| other.en != label.en && other.ja != label.ja), "{label:?}");
    }
}
