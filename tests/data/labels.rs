//! The table of ImageNet's names agrees with the list of classes in `../shared/data`.

use crate::shared;
use std::collections::BTreeSet;

use neocog::data::labels;

/// In lower case, without the plural's ending (`jeans` is `jean` in the list).
fn words(name: &str) -> BTreeSet<String> {
    let words = name.split(|letter: char| !letter.is_alphanumeric()).map(str::to_lowercase);
    words.map(|word| word.trim_end_matches('s').to_owned()).filter(|word| !word.is_empty()).collect()
}

#[test]
fn every_english_name_shares_a_word_with_the_list() {
    let Some(list) = shared::shared("data/imagenet_classes.tsv") else { return };
    let list = std::fs::read_to_string(list).unwrap();
    let mut classes = 0;
    for line in list.lines().skip(1) {
        let fields: Vec<_> = line.split('\t').collect();
        let label = labels::imagenet(fields[0].parse().unwrap()).unwrap();
        assert!(!words(label.en).is_disjoint(&words(fields[2])), "{line}: {}", label.en);
        classes += 1;
    }
    assert_eq!(classes, 1000);
}
