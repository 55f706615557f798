//! Language: a text is written while models learn; their perplexity beside that of n-grams and the grammar; a text of one's own.

use crate::exported::{catch_what_leaves, saved_by};
use crate::page::{Gpu, LONG, Page};

const CHECKS: [&str; 7] = [
    "language-sum",
    "language-total",
    "language-causal",
    "language-lag",
    "language-ngrams",
    "language-entropy",
    "language-derivations",
];

#[test]
fn a_text_is_written_while_models_learn() {
    let link = "#/language?backend=cpu&steps=60&hidden=16&gru=1&transformer=1";
    let Some(page) = Page::open_at(Gpu::Off, link) else { return };
    page.resize(1280, 900);
    // Letters come before learning ends, without a click.
    page.wait_for_number("language-written", "data-count", |count| count > 20.0);
    assert!(page.number("language-figures", "data-step") < 60.0);
    page.wait_for_number("language-verdict", "data-value", |perplexity| perplexity > 1.0);
    page.screenshot("language-learns");
    page.wait_until_ready("language");
    page.wait_for_number("language-figures", "data-step", |step| step == 60.0);
    let of = |row: &str| page.number(&format!("language-of-{row}"), "data-value");
    let grammar = of("grammar");
    assert!(grammar > 1.0 && of("5") > grammar && of("1") > of("3"), "{grammar} {} {}", of("5"), of("3"));
    for model in ["rnn", "lstm", "gru", "transformer"] {
        assert!(of(model) > grammar && of(model) < 1.5 * of("1"), "{model}: {}", of(model));
    }
    // How far back they remember, and what units do.
    page.wait_until_ready("language-lags");
    assert!(page.number("language-lag-lstm", "data-value") > 0.0);
    page.wait_until_ready("language-heat");
    let unit = page.number("language-unit", "data-value");
    page.click("language-unit-after");
    page.wait_for_number("language-unit", "data-value", |now| now == (unit + 1.0) % 16.0);
    page.wait_until_ready("language-map");
    assert!(!page.all("language-neighbours")[0].text.is_empty());
    page.set("language-near-field", "e");
    page.wait_for("language-near", LONG, |near| near.attribute("data-value") == "e");
    page.wait_until_ready("language-unroll");
    assert_eq!(page.number("language-unroll-drawing", "data-copies"), 28.0);
    page.set("language-unroll-text", "The dog sleeps");
    page.wait_for_number("language-unroll-drawing", "data-copies", |copies| copies == 13.0);
    assert!(page.number("language-unrolled", "data-ratio") > 0.0);
    page.click("language-place-tsne");
    page.wait_for("language-plane", LONG, |plane| plane.attribute("data-by") == "tsne");
    assert!(page.hash().contains("place=tsne"), "{}", page.hash());
    page.resize(1280, 3900);
    page.screenshot("language");
    // The likeliest, after a beginning that a person typed.
    page.set("language-temperature", "0");
    page.set("language-prompt", "The dog");
    page.wait_for("language-written", LONG, |text| text.text.starts_with("The dog"));
    assert!(page.hash().contains("t=0"), "{}", page.hash());
    page.click("language-play");
    page.wait_for("language-play", LONG, |button| button.attribute("data-state") == "idle");
    catch_what_leaves(&page);
    let saved = saved_by(&page, "language-save");
    assert!(saved.len() > 4_000);
    page.wait_for_checks(&CHECKS);
    page.assert_narrow(740);
    for card in ["language", "language-learn", "language-lags", "language-unroll", "language-heat", "language-map"] {
        page.js("document.querySelector(`[data-testid=${args[0]}]`).scrollIntoView()", &[card.into()]);
        page.screenshot(&format!("{card}-narrow"));
    }
    // What was saved is opened again, and goes on learning where it stopped.
    page.resize(1280, 900);
    let file = std::env::temp_dir().join(format!("neocog-language-{}.safetensors", std::process::id()));
    std::fs::write(&file, &saved).unwrap();
    page.drop_file(&file, "drop-zone");
    page.wait("the model's own settings", LONG, || page.hash().contains("steps=1060").then_some(()));
    page.wait_for_number("language-figures", "data-step", |step| step > 60.0);
    page.wait_for_number("language-written", "data-count", |count| count > 20.0);
    std::fs::remove_file(&file).unwrap();
    page.assert_quiet();
}

#[test]
fn a_text_of_ones_own_is_learnt_and_bad_ones_are_one_sentence() {
    let link = "#/language?backend=cpu&text=own&rnn=0&steps=20&hidden=16&window=16&batch=4";
    let Some(page) = Page::open_at(Gpu::Off, link) else { return };
    page.wait_for("trouble", LONG, |trouble| trouble.text.contains("no text was brought yet"));
    page.set("language-own-text", "three short words");
    page.click("language-paste");
    page.wait_for("trouble", LONG, |trouble| trouble.text.contains("17 characters"));
    page.set("language-own-text", &"犬は静かに眠る。The dog sleeps (as ever).\n".repeat(60));
    page.click("language-paste");
    page.wait_for_number("language-figures", "data-step", |step| step == 20.0);
    assert!(page.all("language-of-grammar").is_empty());
    assert!(page.number("language-of-3", "data-value") > 1.0);
    // A file that is dropped; one in Shift_JIS is one sentence.
    let file = std::env::temp_dir().join(format!("neocog-language-{}.txt", std::process::id()));
    std::fs::write(&file, "A cat sat on a mat, and a rat ran.\n".repeat(50)).unwrap();
    page.drop_file(&file, "drop-zone");
    page.wait_for("language-brought", LONG, |told| told.text.contains("1,750"));
    std::fs::write(&file, [0x8c, 0xa2, 0x82, 0xcd, 0x96, 0xb0, 0x82, 0xe9]).unwrap();
    page.drop_file(&file, "drop-zone");
    page.wait("a refusal", LONG, || {
        let said = page.js("return document.body.innerText", &[]);
        said.as_str().is_some_and(|said| said.contains("UTF-8")).then_some(())
    });
    std::fs::remove_file(&file).unwrap();
    page.assert_quiet();
}
