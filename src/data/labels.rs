//! The names of the classes, in English and Japanese.

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

static CIFAR: OnceLock<Vec<Label>> = OnceLock::new();

/// The classes of CIFAR-10 and the hundred fine ones of CIFAR-100, in their order.
pub fn cifar() -> &'static [Label] {
    CIFAR.get_or_init(|| {
        let hundred = include_str!("labels/cifar100.tsv").lines().map(|line| {
            let (en, ja) = line.split_once('\t').unwrap_or((line, line));
            Label { en, ja }
        });
        CIFAR10.into_iter().chain(hundred).collect()
    })
}

/// The hundred fine classes of CIFAR-100, in its order.
pub fn cifar100() -> &'static [Label] {
    &cifar()[CIFAR10.len()..]
}

/// The 80 classes of COCO's detection, in its order.
pub fn coco() -> impl ExactSizeIterator<Item = Label> {
    let lines: Vec<&str> = include_str!("labels/coco.tsv").lines().collect();
    lines.into_iter().map(|line| {
        let (en, ja) = line.split_once('\t').unwrap_or((line, line));
        Label { en, ja }
    })
}

static IMAGENET: OnceLock<Vec<Label>> = OnceLock::new();

/// The ImageNet class of this index, 0 to 999 in the usual order (of the WordNet ids). The engine of a page knows it only once
/// it was given the [`table`].
pub fn imagenet(index: usize) -> Option<Label> {
    #[cfg(not(target_arch = "wasm32"))]
    learn_imagenet(table());
    IMAGENET.get()?.get(index).copied()
}

/// Lines of index, English, Japanese; the index is the line's number. 32 kilobytes that most visits do not need, so
/// it is in a part that is fetched with the first network that wants it.
pub fn table() -> &'static str {
    include_str!("labels/imagenet.tsv")
}

pub fn learn_imagenet(table: &'static str) {
    IMAGENET.get_or_init(|| {
        let label = |line: &'static str| {
            let mut fields = line.split('\t').skip(1);
            Label { en: fields.next().unwrap_or_default(), ja: fields.next().unwrap_or_default() }
        };
        table.lines().map(label).collect()
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole_and_in_order() {
        let lines: Vec<_> = table().lines().collect();
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
