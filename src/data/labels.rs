//! What the classes are called, in English and Japanese.

use std::sync::OnceLock;

/// One class in each of the page's languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label {
    pub en: &'static str,
    pub ja: &'static str,
}

/// The classes of CIFAR-10, in its order.
pub const CIFAR10: [Label; 10] = [
    Label { en: "airplane", ja: "飛行機" },
    Label { en: "automobile", ja: "自動車" },
    Label { en: "bird", ja: "鳥" },
    Label { en: "cat", ja: "猫" },
    Label { en: "deer", ja: "鹿" },
    Label { en: "dog", ja: "犬" },
    Label { en: "frog", ja: "カエル" },
    Label { en: "horse", ja: "馬" },
    Label { en: "ship", ja: "船" },
    Label { en: "truck", ja: "トラック" },
];

/// The ImageNet class of this index, 0 to 999 in the usual order (of the WordNet ids).
pub fn imagenet(index: usize) -> Option<Label> {
    static LABELS: OnceLock<Vec<Label>> = OnceLock::new();
    LABELS.get_or_init(|| table().collect()).get(index).copied()
}

/// Lines of index, English, Japanese; the index is the line's number.
fn table() -> impl Iterator<Item = Label> {
    include_str!("labels/imagenet.tsv").lines().map(|line| {
        let mut fields = line.split('\t').skip(1);
        Label { en: fields.next().unwrap_or_default(), ja: fields.next().unwrap_or_default() }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole_and_in_order() {
        let lines: Vec<_> = include_str!("labels/imagenet.tsv").lines().collect();
        assert_eq!(lines.len(), 1000);
        for (index, line) in lines.iter().enumerate() {
            let fields: Vec<_> = line.split('\t').collect();
            assert_eq!(fields.len(), 3, "line {index}");
            assert_eq!(fields[0].parse(), Ok(index));
            assert!(fields[1..].iter().all(|name| !name.is_empty() && *name == name.trim()), "line {index}");
        }
        assert_eq!(imagenet(1).map(|label| label.en), Some("goldfish"));
        assert_eq!(imagenet(1000), None);
    }
}
