//! Language: models that learn a text beside n-grams and the entropy of its grammar, writing, memory, and the command.

use crate::host::{TestHost, assert_facts};
use neocog::lab::Perform;
use neocog::lab::language::{LanguageSession, Recall, RecallTask};
use neocog::protocol::{
    BackendChoice, HeatRun, LagRun, Language, LanguageAnswer, LanguageFact, LanguageModel, LanguageProgress,
    LanguageText, LanguageTrain, LanguageWrite, MapRun, TextFile, TextUnit, UnrollRun, WordPlacing,
};
use pollster::block_on;
use std::cell::RefCell;
use std::process::Command;

/// Jobs of one session.
struct Session {
    host: TestHost,
    kept: LanguageSession,
}

impl Session {
    fn new(host: TestHost) -> Self {
        Self { host, kept: LanguageSession::default() }
    }

    fn ask(&self, job: Language) -> Result<LanguageAnswer, String> {
        block_on(job.perform(&self.kept, &self.host, &|_| {})).map_err(|error| error.to_string())
    }

    fn learn(&self, job: LanguageTrain) -> LanguageProgress {
        match self.ask(Language::Learn(job)).unwrap() {
            LanguageAnswer::Learnt(found) => *found,
            other => panic!("{other:?}"),
        }
    }

    fn bring(&self, text: &[u8]) -> Result<LanguageAnswer, String> {
        self.ask(Language::Bring(TextFile { name: "own.txt".to_owned(), bytes: text.to_vec().into() }))
    }

    fn write(&self, job: LanguageWrite) -> (String, Vec<f32>) {
        let LanguageAnswer::Written(found) = self.ask(Language::Write(job)).unwrap() else { panic!("nothing") };
        let text = found.units.iter().map(|unit| unit.text.as_str()).collect();
        (text, found.units.iter().map(|unit| unit.probability).collect())
    }
}

/// Quickly.
fn short() -> LanguageTrain {
    LanguageTrain {
        models: vec![LanguageModel::Lstm],
        hidden: 24,
        window: 16,
        batch: 8,
        steps: 30,
        backend: BackendChoice::Cpu,
        ..LanguageTrain::default()
    }
}

#[test]
fn facts_hold() {
    let host = TestHost::without_gpu();
    let Ok(LanguageAnswer::Checked(found)) = host.answer(Language::Check(BackendChoice::Cpu)) else { panic!("none") };
    assert_facts::<LanguageFact>(&found, 1);
}

#[test]
fn devices_read_alike() {
    let (host, devices) = TestHost::on_all();
    let Ok(LanguageAnswer::Checked(found)) = host.answer(Language::Check(BackendChoice::Auto)) else { panic!("none") };
    let sums = found.iter().filter(|finding| finding.fact == LanguageFact::Sum);
    assert_eq!(sums.map(|finding| assert!(finding.holds(), "{finding:?}")).count(), devices);
}

#[test]
fn all_models_learn_and_can_be_asked() {
    let session = Session::new(TestHost::without_gpu());
    for (text, units) in [(LanguageText::English, TextUnit::Words), (LanguageText::Japanese, TextUnit::Characters)] {
        let found = session.learn(LanguageTrain { models: LanguageModel::ALL.to_vec(), text, units, ..short() });
        assert_eq!(found.models.len(), 4);
        let grams = &found.text.n_grams;
        assert!(grams.windows(2).take(2).all(|pair| pair[1] < pair[0]), "{grams:?}");
        let entropy = found.text.entropy.unwrap();
        assert!(entropy > 1.0 && entropy < grams[4], "{entropy} {grams:?}");
        for model in &found.models {
            let [first, last] = [model.perplexity.first(), model.perplexity.last()].map(|point| point.unwrap().1);
            assert!(last < first && model.is_done && model.step == 30, "{model:?}");
            // Where it began: no better than all alike.
            let start = model.losses.first().unwrap().1;
            assert!((start.exp() / found.text.vocabulary as f32 - 1.0).abs() < 0.5, "{start}");
        }
        let LanguageAnswer::Lagged(lags) = session.ask(Language::Lags(LagRun::default())).unwrap() else { panic!() };
        assert_eq!(lags.len(), 4);
        assert!(lags.iter().all(|lags| lags.norms[0] > 0.0));
        for model in LanguageModel::ALL {
            let heat = session.ask(Language::Heat(HeatRun { model, ..HeatRun::default() })).unwrap();
            let LanguageAnswer::Heated(heat) = heat else { panic!() };
            assert!(heat.rows.iter().all(|(_, values)| values.len() == heat.letters.len()));
            let (text, probabilities) =
                session.write(LanguageWrite { model, count: 40, restart: true, ..LanguageWrite::default() });
            assert!(!text.is_empty() && probabilities.iter().all(|p| *p > 0.0 && *p <= 1.0));
            let map = session.ask(Language::Map(MapRun { model, ..MapRun::default() })).unwrap();
            let LanguageAnswer::Mapped(map) = map else { panic!() };
            assert!(map.points.len() > 10 && map.explained > 0.0 && map.explained <= 1.0);
        }
    }
}

#[test]
fn a_run_goes_on_as_if_it_had_not_stopped() {
    let whole = Session::new(TestHost::without_gpu()).learn(short());
    let session = Session::new(TestHost::impatient(12));
    let stopped = session.ask(Language::Learn(short()));
    assert!(stopped.is_err_and(|error| error.contains("cancelled")));
    session.host.pauses_left.set(None);
    let rest = session.learn(LanguageTrain { resume: true, ..short() });
    assert_eq!(rest.models[0].perplexity.last(), whole.models[0].perplexity.last());
    // And not with another network.
    let other = session.ask(Language::Learn(LanguageTrain { resume: true, hidden: 20, ..short() }));
    assert!(other.is_err_and(|error| error.contains("another network")));
}

#[test]
fn writing_goes_on_where_it_was_and_follows_the_temperature() {
    let session = Session::new(TestHost::without_gpu());
    let nothing = session.ask(Language::Write(LanguageWrite::default()));
    assert!(nothing.is_err_and(|error| error.contains("no lstm has learnt here yet")));
    session.learn(short());
    let job = LanguageWrite { count: 30, restart: true, prompt: "The ".to_owned(), ..LanguageWrite::default() };
    let (whole, _) = session.write(LanguageWrite { count: 60, ..job.clone() });
    let (first, _) = session.write(job.clone());
    let (second, _) = session.write(LanguageWrite { restart: false, ..job.clone() });
    assert_eq!(whole, first + &second);
    // The likeliest each time, whatever the seed; and hot ones are less likely than cold ones.
    let cold = |seed| session.write(LanguageWrite { temperature: 0.0, seed, count: 60, ..job.clone() });
    assert_eq!(cold(1), cold(2));
    let hot = session.write(LanguageWrite { temperature: 3.0, count: 60, ..job.clone() });
    let mean = |of: &[f32]| of.iter().map(|p| p.ln()).sum::<f32>() / of.len() as f32;
    assert!(mean(&hot.1) < mean(&cold(1).1) - 0.5);
}

#[test]
fn texts_of_a_person_are_read_and_bad_ones_refused() {
    let session = Session::new(TestHost::without_gpu());
    let own = LanguageTrain { text: LanguageText::Own, ..short() };
    assert!(session.ask(Language::Learn(own.clone())).is_err_and(|error| error.contains("no text was brought yet")));
    session.bring("three short words".as_bytes()).unwrap();
    let said = session.ask(Language::Learn(own.clone())).unwrap_err();
    assert!(said.contains("the text has 17 characters, and at least 180 are needed"), "{said}");
    let words = session.ask(Language::Learn(LanguageTrain { units: TextUnit::Words, ..own.clone() })).unwrap_err();
    assert!(words.contains("the text has 3 words"), "{words}");
    // Shift_JIS, and a file of zeros.
    let said = session.bring(&[0x8c, 0xa2, 0x82, 0xcd]).unwrap_err();
    assert!(said.contains("is no text in UTF-8 or UTF-16 (byte 0 is 0x8c"), "{said}");
    assert!(session.bring(&[0; 40]).is_err_and(|said| said.contains("zero bytes")));
    assert!(session.bring(b" \n ").is_err_and(|said| said.contains("holds no text")));
    // UTF-16 with its mark reads as the same text in UTF-8.
    let text = "犬は静かに眠る。The dog sleeps.\n".repeat(40);
    let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let LanguageAnswer::Brought(report) = session.bring(&wide).unwrap() else { panic!() };
    assert_eq!(report.characters, text.chars().count() as u64);
    let found = session.learn(own);
    assert_eq!(found.text.entropy, None);
    assert!(found.text.vocabulary > 15);
    for (job, part) in [
        (LanguageTrain { hidden: 2, ..short() }, "2 hidden units cannot be trained here; choose 4 to 512"),
        (LanguageTrain { window: 500, ..short() }, "a window of 500 cannot be trained"),
        (LanguageTrain { models: Vec::new(), ..short() }, "no model was chosen"),
        (LanguageTrain { rate: 7.0, ..short() }, "a learning rate of 7 cannot train"),
        (LanguageTrain { batch: 0, ..short() }, "a batch of 0 windows cannot be trained"),
    ] {
        let said = session.ask(Language::Learn(job)).unwrap_err();
        assert!(said.contains(part), "{said}");
    }
    let said = session.ask(Language::Map(MapRun { near: "zebra".to_owned(), ..MapRun::default() })).unwrap_err();
    assert!(said.contains("“zebra” is not in the vocabulary"), "{said}");
}

#[test]
fn news_are_told_once_and_sum_to_all() {
    let heard = RefCell::new(Vec::new());
    let kept = LanguageSession::default();
    let host = TestHost { tick_millis: Some(15.0), ..TestHost::without_gpu() };
    let job = Language::Learn(short());
    let tell = |news: LanguageProgress| heard.borrow_mut().push(news);
    let Ok(LanguageAnswer::Learnt(all)) = block_on(job.perform(&kept, &host, &tell)) else { panic!() };
    let heard = heard.into_inner();
    assert!(heard.len() > 3, "{}", heard.len());
    let told: Vec<(u32, f32)> = heard.iter().flat_map(|news| news.models[0].losses.clone()).collect();
    let whole = &all.models[0].losses;
    assert!(whole.starts_with(&told) && whole.last().unwrap().0 == 30, "{told:?}");
}

/// The figures of docs/measured.md: minutes.
#[test]
#[ignore = "three minutes: cargo test --test experiments language -- --ignored"]
fn models_reach_the_grammar_and_an_lstm_remembers() {
    let session = Session::new(TestHost::without_gpu());
    let whole =
        LanguageTrain { models: LanguageModel::ALL.to_vec(), backend: BackendChoice::Cpu, ..LanguageTrain::default() };
    let found = session.learn(whole);
    let entropy = found.text.entropy.unwrap();
    for model in &found.models {
        let perplexity = model.perplexity.last().unwrap().1;
        println!("{:?}: {perplexity:.4}, the grammar {entropy:.4}", model.model);
        assert!(perplexity < 1.05 * entropy);
    }
    let LanguageAnswer::Lagged(lags) = session.ask(Language::Lags(LagRun::default())).unwrap() else { panic!() };
    let far = |model: LanguageModel| {
        let norms = &lags.iter().find(|lags| lags.model == model).unwrap().norms;
        norms[49] / norms[0]
    };
    println!(
        "gradient 50 back over 1 back: RNN {:.1e}, LSTM {:.1e}",
        far(LanguageModel::Rnn),
        far(LanguageModel::Lstm)
    );
    assert!(far(LanguageModel::Lstm) > 100.0 * far(LanguageModel::Rnn));

    let adding =
        |model| Recall { task: RecallTask::Adding, model, length: 50, hidden: 64, steps: 2500, rate: 2e-3, seed: 1 };
    let last = |model| *block_on(adding(model).learnt(&mut |_, _| {})).unwrap().last().unwrap();
    let [forgets, adds] = [last(LanguageModel::Rnn), last(LanguageModel::Lstm)];
    println!("adding: RNN {forgets:.4}, LSTM {adds:.4}, without memory {:.4}", adding(LanguageModel::Rnn).chance());
    assert!(forgets > 0.8 / 6.0 && adds < 0.01);
}

#[test]
fn a_short_row_is_added_and_copied_in_a_moment() {
    let run = |task, length, steps| {
        let of = Recall { task, model: LanguageModel::Lstm, length, hidden: 24, steps, rate: 1e-2, seed: 1 };
        (block_on(of.learnt(&mut |_, _| {})).unwrap(), of.chance())
    };
    let (adding, chance) = run(RecallTask::Adding, 6, 400);
    assert!(adding[0] > 0.1 * chance && *adding.last().unwrap() < 0.1 * chance, "{adding:?}");
    let (copying, chance) = run(RecallTask::Copying, 4, 400);
    assert!((copying[0] / chance - 1.0).abs() < 0.4 && *copying.last().unwrap() < 0.3 * chance, "{copying:?}");
}

#[test]
fn an_lstm_is_soon_better_than_three_letters() {
    let session = Session::new(TestHost::without_gpu());
    let found = session.learn(LanguageTrain { hidden: 48, window: 32, batch: 16, steps: 300, rate: 1e-2, ..short() });
    let perplexity = found.models[0].perplexity.last().unwrap().1;
    assert!(perplexity < found.text.n_grams[2], "{perplexity} {:?}", found.text.n_grams);
    // Within rounding what the grammar says: its text has one derivation, and this is the exact entropy.
    let bits = found.text.entropy.unwrap().log2();
    assert!((bits / found.text.exact_bits.unwrap() - 1.0).abs() < 0.03, "{bits}");
}

#[test]
fn the_command_trains_samples_and_evaluates() {
    let file = std::env::temp_dir().join(format!("neocog-language-{}.safetensors", std::process::id()));
    let path = file.to_str().unwrap();
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_neocog")).arg("language").args(arguments).output().unwrap();
        let [out, err] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        (output.status.success(), out, err)
    };
    let small = ["--model", "gru", "--hidden", "16", "--window", "16", "--batch", "4", "--steps", "20", "--out", path];
    let (is_done, out, err) = run(&[&["train"], &small[..]].concat());
    assert!(is_done && out.contains("3-grams: perplexity") && out.contains("the grammar: perplexity"), "{out}{err}");
    let (is_done, out, err) = run(&["sample", path, "--count", "40", "--prompt", "The dog"]);
    assert!(is_done && out.starts_with("The dog") && out.trim_end().chars().count() >= 40, "{out}{err}");
    let (is_done, out, err) = run(&["evaluate", path, "--json"]);
    let found: serde_json::Value = serde_json::from_str(&out).unwrap_or_default();
    assert!(is_done && found["perplexity"].as_f64().unwrap() > 1.0 && found["lag_50_over_1"].is_number(), "{out}{err}");
    let (is_done, _, err) = run(&["evaluate", path, "--grammar", "japanese"]);
    assert!(!is_done && err.contains("text"), "{err}");
    std::fs::remove_file(&file).unwrap();
}

/// What a writer gives each letter, one after the other, is what the network gives it copy by copy.
#[test]
fn a_network_through_time_says_what_it_says_step_by_step() {
    let session = Session::new(TestHost::without_gpu());
    let models = vec![LanguageModel::Rnn, LanguageModel::Lstm, LanguageModel::Transformer];
    session.learn(LanguageTrain { models, steps: 60, ..short() });
    for model in [LanguageModel::Rnn, LanguageModel::Lstm] {
        let prompt = "The ".to_owned();
        let job = LanguageWrite { model, count: 16, prompt: prompt.clone(), restart: true, ..LanguageWrite::default() };
        let (text, probabilities) = session.write(job);
        let job = UnrollRun { model, text: format!("{prompt}{text}") };
        let LanguageAnswer::Unrolled(found) = session.ask(Language::Unroll(job)).unwrap() else { panic!() };
        assert_eq!(found.copies.len(), 19);
        let off = found.copies[3..].iter().zip(&probabilities).map(|(copy, p)| (copy.probability - p).abs());
        let off = off.fold(0.0, f32::max);
        let [first, last] = [found.copies[0].gradient, found.copies[18].gradient];
        println!(
            "{model:?}: probabilities off by {off:.1e}; gradient of the first copy {first:.2e}, of the last {last:.2e}"
        );
        assert!(off < 1e-4 && first < last && first > 0.0);
        assert!(found.copies.windows(2).all(|pair| pair[0].next == pair[1].text));
        assert!(found.copies.iter().all(|copy| copy.activity > 0.0 && copy.units.len() == 12));
    }
    let said = |job: UnrollRun| session.ask(Language::Unroll(job)).unwrap_err();
    assert!(said(UnrollRun { model: LanguageModel::Transformer, text: String::new() }).contains("no copies in time"));
    assert!(said(UnrollRun { text: "a".to_owned(), ..UnrollRun::default() }).contains("1 unit is too short"));
    assert!(said(UnrollRun { model: LanguageModel::Gru, ..UnrollRun::default() }).contains("no gru has learnt"));
}

/// Of words' eight nearest by all numbers, half as many again as by chance are among the eight nearest on either map.
#[test]
fn words_keep_their_neighbours_on_the_map() {
    let session = Session::new(TestHost::without_gpu());
    session.learn(LanguageTrain { units: TextUnit::Words, steps: 120, ..short() });
    let plane = |by: WordPlacing, near: &str| {
        let job = MapRun { by, near: near.to_owned(), ..MapRun::default() };
        let LanguageAnswer::Mapped(map) = session.ask(Language::Map(job)).unwrap() else { panic!() };
        map
    };
    let kept = |by: WordPlacing| {
        let words: Vec<String> = plane(by, "").points.iter().take(20).map(|point| point.text.clone()).collect();
        let shared = |word: &String| {
            let map = plane(by, word);
            let [x, y] = map.points.iter().find(|point| point.text == *word).unwrap().at;
            let mut order: Vec<_> = map.points.iter().filter(|point| point.text != *word).collect();
            order.sort_by(|a, b| (a.at[0] - x).hypot(a.at[1] - y).total_cmp(&(b.at[0] - x).hypot(b.at[1] - y)));
            let near = |text: &String| map.neighbours.iter().any(|(other, _)| other == text);
            order.iter().take(8).filter(|point| near(&point.text)).count()
        };
        words.iter().map(shared).sum::<usize>()
    };
    let [components, tsne] = [WordPlacing::Components, WordPlacing::Tsne].map(kept);
    println!("of 160 neighbours {components} are kept by two components, {tsne} by t-SNE");
    let by_chance = 20 * 8 * 8 / plane(WordPlacing::Components, "").points.len();
    assert!(2 * tsne.min(components) >= 3 * by_chance, "{by_chance} by chance");
}

#[test]
fn a_saved_model_is_opened_and_goes_on() {
    let first = Session::new(TestHost::without_gpu());
    let before = first.learn(LanguageTrain { steps: 60, ..short() }).models.remove(0);
    let LanguageAnswer::Saved(file) = first.ask(Language::Save(LanguageModel::Lstm)).unwrap() else { panic!() };
    let file = TextFile { name: file.name, bytes: file.bytes };
    let second = Session::new(TestHost::without_gpu());
    let LanguageAnswer::Opened(found) = second.ask(Language::Open(file.clone())).unwrap() else { panic!() };
    assert_eq!((found.model, found.hidden, found.window, found.step), (LanguageModel::Lstm, 24, 16, 60));
    let rest = second.learn(LanguageTrain { steps: 120, resume: true, ..short() }).models.remove(0);
    let [was, is] = [before.perplexity.last().unwrap().1, rest.perplexity.last().unwrap().1];
    println!("perplexity {was:.3} when it was saved, {is:.3} after as many steps more");
    assert!(rest.step == 120 && is < was && rest.losses.first().unwrap().0 > 60);
    // It goes on once more, and writes.
    assert_eq!(second.learn(LanguageTrain { steps: 130, resume: true, ..short() }).models[0].step, 130);
    assert!(!second.write(LanguageWrite { count: 20, restart: true, ..LanguageWrite::default() }).0.is_empty());
    // Another text is read by the names that the model knows.
    let third = Session::new(TestHost::without_gpu());
    third.ask(Language::Open(file.clone())).unwrap();
    third.bring("The dog sees a cat, and the cat sees ☃.\n".repeat(40).as_bytes()).unwrap();
    let own = LanguageTrain { text: LanguageText::Own, steps: 80, resume: true, ..short() };
    let found = third.learn(own);
    assert_eq!((found.models[0].step, found.text.vocabulary), (80, before_vocabulary(&first)));
    assert!(found.text.unknown > 0.0);
    third.ask(Language::Open(file.clone())).unwrap();
    let words = third.ask(Language::Learn(LanguageTrain { units: TextUnit::Words, resume: true, ..short() }));
    assert!(words.unwrap_err().contains("reads characters"));
    let bad = third.ask(Language::Open(TextFile { name: "x.safetensors".to_owned(), bytes: vec![1; 40].into() }));
    assert!(bad.unwrap_err().contains("x.safetensors"));
}

fn before_vocabulary(session: &Session) -> u32 {
    session.learn(LanguageTrain { steps: 1, ..short() }).text.vocabulary
}
