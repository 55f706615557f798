//! Represent: a machine that learns in a session, its chains and estimates, refusals, and the command.

mod autoencoder;
mod map;
mod stack;

use crate::host::{TestHost, assert_facts};
use neocog::data::dataset::{Dataset, Examples, Split};
use neocog::lab::Perform;
use neocog::lab::represent::RepresentSession;
use neocog::nn::checkpoint::Checkpoint;
use neocog::protocol::{
    BackendChoice, BoltzmannData, BoltzmannKind, BoltzmannProgress, BoltzmannRule, BoltzmannSweep, BoltzmannTrain,
    HopfieldRun, OpenedMachine, PartitionRun, Represent, RepresentFact, RepresentNews, Represented, SavedMachine,
};
use pollster::block_on;
use std::cell::RefCell;
use std::process::Command;
use std::rc::Rc;

fn learnt(setup: &BoltzmannTrain, host: &TestHost) -> BoltzmannProgress {
    match host.answer(Represent::Boltzmann(setup.clone())) {
        Ok(Represented::Learnt(found)) => found,
        other => panic!("{other:?}"),
    }
}

#[test]
fn facts_hold() {
    let Ok(Represented::Checked(found)) = TestHost::without_gpu().answer(Represent::Check(BackendChoice::Cpu)) else {
        panic!("no facts")
    };
    assert_facts::<RepresentFact>(&found, 1);
}

#[test]
fn a_session_learns_dreams_and_weighs() {
    let host = TestHost::without_gpu();
    let (session, news) = (RepresentSession::default(), RefCell::new(Vec::<RepresentNews>::new()));
    let run = |job: Represent| block_on(job.perform(&session, &host, &|heard| news.borrow_mut().push(heard)));
    let said = |job: Represent| run(job).unwrap_err().to_string();
    for job in
        [Represent::Sweep(BoltzmannSweep::default()), Represent::Partition(PartitionRun::default()), Represent::Save]
    {
        assert!(said(job).contains("no Boltzmann machine was made yet"));
    }
    let setup = BoltzmannTrain { steps: 600, ..BoltzmannTrain::default() };
    let Ok(Represented::Learnt(found)) = run(Represent::Boltzmann(setup.clone())) else { panic!("nothing was learnt") };
    let (patterns, divergence) = found.patterns.clone().unwrap();
    let all = found.enumerated.clone().unwrap();
    println!("KL {divergence:.3}, Σp {}, {} states, angles {:?}", all.total, all.states, all.angles);
    assert_eq!((patterns.len(), all.states, found.points.last().unwrap().step), (14, 1 << 17, 600));
    assert!(divergence < 0.3 && (all.total - 1.0).abs() < 1e-6);
    assert!(all.angles.windows(2).all(|pair| pair[1].1 <= pair[0].1 + 1e-9));
    // News are what the answer has, each point once.
    let points = |news: &RepresentNews| match news {
        RepresentNews::Boltzmann(news) => news.points.clone(),
        other => panic!("{other:?}"),
    };
    let told: Vec<u32> = news.borrow().iter().flat_map(points).map(|point| point.step).collect();
    assert!(!told.is_empty() && told.is_sorted_by(|a, b| a < b));

    let sweep = |job: BoltzmannSweep| match run(Represent::Sweep(job)) {
        Ok(Represented::Swept(found)) => found,
        other => panic!("{other:?}"),
    };
    let swept = sweep(BoltzmannSweep { sweeps: 50, chains: 64, ..BoltzmannSweep::default() });
    let is_pattern = |pixels: &[u8]| {
        let on: Vec<u8> = pixels.iter().map(|pixel| u8::from(*pixel == 255)).collect();
        found.shown.iter().any(|pattern| pattern.as_slice() == on)
    };
    let share = swept.chains.iter().filter(|chain| is_pattern(&chain.visible)).count();
    println!("{share} of 64 chains are at a pattern");
    assert!(share > 40);
    let again = sweep(BoltzmannSweep { sweeps: 3, chains: 64, ..BoltzmannSweep::default() });
    assert_eq!(again.sweeps, 53);
    let mut held = vec![0; 9];
    (held[0], held[1]) = (2, 1);
    let swept = sweep(BoltzmannSweep { sweeps: 500, chains: 64, held: held.into(), ..BoltzmannSweep::default() });
    assert!(swept.chains.iter().all(|chain| chain.visible[0] == 255 && chain.visible[1] == 0));
    // The first pixel on and its neighbour off is a column.
    let is_column =
        |pixels: &[u8]| [3, 6].iter().all(|at| pixels[*at] == 255) && [4, 7].iter().all(|at| pixels[*at] == 0);
    let share = swept.chains.iter().filter(|chain| is_column(&chain.visible)).count();
    println!("{share} of 64 are completed as a column");
    assert!(share > 40);

    let Ok(Represented::Estimated(found)) = run(Represent::Partition(PartitionRun::default())) else { panic!("no Z") };
    let off = (found.log_z - found.exact.unwrap()) / found.deviation;
    println!("ln Z {:.4} ± {:.4}, exactly {:.4}", found.log_z, found.deviation, found.exact.unwrap());
    assert!(off.abs() < 4.0 && (found.exact.unwrap() - all.log_z).abs() < 1e-9);
    let Ok(Represented::Saved(file)) = run(Represent::Save) else { panic!("no file") };
    let file = Checkpoint::parse(&file.name, file.bytes.into_vec()).unwrap();
    assert_eq!(file.shape("weight"), Some([9, 8].as_slice()));
    let card = file.metadata().get("neocog.boltzmann").unwrap();
    assert!(card.contains("boltzmann-machine") && card.contains("\"kind\":\"restricted\""), "{card}");
    // The same setup is the same run.
    assert_eq!(learnt(&setup, &host).points, learnt(&setup, &host).points);
    let Ok(Represented::Recalled(found)) = run(Represent::Recall(HopfieldRun { units: 225, ..HopfieldRun::default() }))
    else {
        panic!("no memory")
    };
    println!("{:?}", found.curve);
    assert!(found.curve[0][1] > 0.99 && found.curve.last().unwrap()[1] < 0.7);
    assert!(found.frames.last().unwrap().overlap > 0.9 && found.frames[0].overlap < 0.9);
    assert!(found.frames.windows(2).all(|pair| pair[1].energy <= pair[0].energy + 1e-6));
}

#[test]
fn what_cannot_be_done_is_refused_by_its_figures() {
    let host = TestHost::without_gpu();
    let usual = BoltzmannTrain::default();
    let job = |setup: BoltzmannTrain| Represent::Boltzmann(setup);
    host.refuses([
        (job(BoltzmannTrain { hidden: 12, ..usual.clone() }), "2^21"),
        (
            job(BoltzmannTrain {
                hidden: 12,
                kind: BoltzmannKind::General,
                rule: BoltzmannRule::Contrastive,
                ..usual.clone()
            }),
            "at most 20 units",
        ),
        (job(BoltzmannTrain { hidden: 0, ..usual.clone() }), "0 hidden units"),
        (job(BoltzmannTrain { rate: f64::NAN, ..usual.clone() }), "a rate of NaN"),
        (job(BoltzmannTrain { data: BoltzmannData::Own, ..usual.clone() }), "no examples were brought"),
        (Represent::Recall(HopfieldRun { units: 5, ..HopfieldRun::default() }), "16 to 900"),
    ]);
    let set = |shape: [usize; 3], count: usize| {
        let examples = Examples::Bytes(vec![7; shape.iter().product::<usize>() * count]);
        let labels = (0..count as u32).map(|at| at % 2).collect();
        let split = Split { train: 0..count, validation: count..count, test: count..count };
        Rc::new(Dataset::new("mine", shape, vec!["a".to_owned(), "b".to_owned()], examples, labels, split).unwrap())
    };
    let large = TestHost { examples: Some(set([3, 64, 64], 4)), ..TestHost::without_gpu() };
    let own = BoltzmannTrain { steps: 3, ..BoltzmannTrain::usual(BoltzmannData::Own) };
    large.refuses([(job(own.clone()), "4096 visible units")]);
    let small = TestHost { examples: Some(set([3, 8, 8], 4)), ..TestHost::without_gpu() };
    assert_eq!(learnt(&own, &small).height, 8);
    let impatient = TestHost::impatient(3);
    assert!(impatient.answer(job(BoltzmannTrain { steps: 1_000_000, ..usual })).is_err());
}

/// Saved after 300 of 600 steps by the exact gradient, opened in another session, and learnt to the end: as if nothing had happened.
#[test]
fn a_saved_machine_goes_on_where_it_stopped() {
    let host = TestHost::without_gpu();
    let run = |session: &RepresentSession, job: Represent| block_on(job.perform(session, &host, &|_| {}));
    let learn = |session: &RepresentSession, setup: BoltzmannTrain| match run(session, Represent::Boltzmann(setup)) {
        Ok(Represented::Learnt(found)) => found,
        other => panic!("{other:?}"),
    };
    let saved = |session: &RepresentSession| match run(session, Represent::Save) {
        Ok(Represented::Saved(file)) => SavedMachine { name: file.name, bytes: file.bytes },
        other => panic!("{other:?}"),
    };
    let whole = BoltzmannTrain { steps: 600, ..BoltzmannTrain::default() };
    let once = learn(&RepresentSession::default(), whole.clone()).patterns.unwrap().1;
    let (first, second) = (RepresentSession::default(), RepresentSession::default());
    let half = learn(&first, BoltzmannTrain { steps: 300, ..whole.clone() }).patterns.unwrap().1;
    let file = saved(&first);
    let Ok(Represented::Opened(found)) = run(&second, Represent::Open(file.clone())) else { panic!("not opened") };
    assert_eq!(found, OpenedMachine { setup: BoltzmannTrain { steps: 300, ..whole.clone() }, step: 300 });
    let found = learn(&second, BoltzmannTrain { resume: true, ..whole.clone() });
    let twice = found.patterns.unwrap().1;
    println!("KL after 600 steps {once:.6}, after 300 {half:.6}, after 300 and 300 {twice:.6}");
    assert_eq!((found.points[0].step, found.step), (300, 600));
    assert!(half > 1.2 * once && (twice / once - 1.0).abs() < 1e-4);
    // So does the one that learnt last, without a file.
    let found = learn(&second, BoltzmannTrain { steps: 650, resume: true, ..whole.clone() });
    // A point every seven steps.
    assert_eq!((found.points[0].step, found.step), (602, 650));

    let said = |job: BoltzmannTrain| {
        let session = RepresentSession::default();
        run(&session, Represent::Open(file.clone())).unwrap();
        run(&session, Represent::Boltzmann(BoltzmannTrain { resume: true, ..job })).unwrap_err().to_string()
    };
    for (job, what) in [
        (BoltzmannTrain { hidden: 7, ..whole.clone() }, "another machine"),
        (BoltzmannTrain { seed: 2, ..whole.clone() }, "another seed"),
        (BoltzmannTrain { batch: 7, ..whole.clone() }, "another batch size"),
        (
            BoltzmannTrain { data: BoltzmannData::Digits, rule: BoltzmannRule::Contrastive, ..whole.clone() },
            "another machine",
        ),
    ] {
        let said = said(job);
        assert!(said.contains(what), "{said}");
    }
    let nothing = run(&RepresentSession::default(), Represent::Boltzmann(BoltzmannTrain { resume: true, ..whole }));
    assert!(nothing.unwrap_err().to_string().contains("no training was stopped here"));
    let mut cut = file.clone();
    cut.bytes.truncate(300);
    assert!(run(&second, Represent::Open(cut)).is_err());
    let tensor = neocog::nn::checkpoint::Checkpoint::parse(&file.name, file.bytes.to_vec()).unwrap();
    assert_eq!(tensor.shape("velocity"), Some([9 * 8 + 9 + 8].as_slice()));
}

#[test]
fn the_command_learns_bars_and_stripes() {
    let run = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_neocog")).args(["represent", "boltzmann"]).args(arguments).output().unwrap()
    };
    let folder = std::env::temp_dir().join(format!("neocog-represent-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let out = folder.join("bars.safetensors");
    let found = run(&["--steps", "1500", "--json", "--out", out.to_str().unwrap()]);
    let text = String::from_utf8(found.stdout).unwrap();
    println!("{text}");
    let last: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert!(last["divergence"].as_f64().unwrap() < 0.1);
    let off = last["annealed_log_z"].as_f64().unwrap() - last["log_z"].as_f64().unwrap();
    assert!(off.abs() < 4.0 * last["annealed_deviation"].as_f64().unwrap());
    assert!(std::fs::read(&out).unwrap().len() > 200);
    // The file goes on.
    let found = run(&["--from", out.to_str().unwrap(), "--steps", "1600"]);
    let text = String::from_utf8(found.stdout).unwrap();
    assert!(text.contains("going on after step 1500 of 1600"), "{text}");
    let refused = run(&["--from", out.to_str().unwrap(), "--data", "bars4", "--rule", "persistent"]);
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && said.contains("another machine") && said.lines().count() == 1, "{said}");
    std::fs::remove_dir_all(&folder).unwrap();
    let refused = run(&["--data", "bars4", "--rule", "exact"]);
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && said.contains("2^32") && said.lines().count() == 1, "{said}");
}
