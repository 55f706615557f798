//! A sentence as words.

/// Lower case, punctuation away, split at white space: as Karpathy's splits of Flickr8k and COCO were made ("a dog's T-shirt!"
/// becomes `a dogs tshirt`). Letters and digits of any script stay.
pub fn words(sentence: &str) -> Vec<String> {
    let kept =
        |word: &str| word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    sentence.split_whitespace().map(kept).filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn punctuation_goes_and_letters_stay() {
        for (sentence, wanted) in [
            ("A child in a pink dress .", "a child in a pink dress"),
            ("  A dog's T-shirt,\tnumber 7!  ", "a dogs tshirt number 7"),
            ("Ein MÄDCHEN …", "ein mädchen"),
            ("赤い 円。", "赤い 円"),
            (" . , ! ", ""),
        ] {
            assert_eq!(words(sentence).join(" "), wanted);
        }
    }
}
