//! What the page is set to: teacher, student, transfer set, temperature and weight.

use crate::protocol::{DataChoice, DistilRun, ExperimentId, Interval, Teacher};
use crate::ui::settings::fill;
use crate::ui::{Field, PageId, PageSettings};

/// The demonstration's size.
const DRAWN: u32 = 4000;
/// Examples, 0 for all of them.
const COUNT: Interval = Interval::whole(0, 1_000_000);
const NOISE: Interval = Interval::real(0.0, 2.0);
const RATE: Interval = Interval::real(1e-6, 10.0);
const BATCH: Interval = Interval::whole(1, 100_000);
const EPOCHS: Interval = Interval::whole(1, 10_000);
const TEMPERATURE: Interval = Interval::real(1e-3, 1e3);
const WEIGHT: Interval = Interval::real(0.0, 1.0);

impl PageSettings for DistilRun {
    const PAGE: PageId = PageId::Experiment(ExperimentId::Distil);
    const FIELDS: &'static [Field<Self>] = &[
        Field::text("student", |s| Some(s.student.clone()), |s, text| fill(&mut s.student, text)),
        Field::text("teacher", |s| loaded(&s.teacher), load_teacher),
        Field::text(
            "teach",
            |s| trained(s, |network, _, _| network.clone()),
            |s, text| train(s, |network, _, _| fill(network, text)),
        ),
        Field::text(
            "tepochs",
            |s| trained(s, |_, epochs, _| epochs.to_string()),
            |s, text| train(s, |_, epochs, _| read(epochs, text)),
        ),
        Field::text(
            "shift",
            |s| trained(s, |_, _, shift| shift.to_string()),
            |s, text| train(s, |_, _, shift| read(shift, text)),
        ),
        Field::text("data", |s| Some(s.data.set.clone()), choose_data),
        Field::whole("dseed", words!(train.data_seed), Interval::SEED, |s| &mut s.data.seed),
        Field::whole("count", words!(train.count), COUNT, |s| &mut s.data.count),
        Field::single("noise", words!(train.noise), NOISE, |s| &mut s.data.noise),
        Field::real("rate", words!(train.rate), RATE, |s| &mut s.optimiser.rate),
        Field::whole("batch", words!(train.batch), BATCH, |s| &mut s.batch),
        Field::whole("epochs", words!(train.epochs), EPOCHS, |s| &mut s.epochs),
        Field::whole("examples", words!(distil.examples), COUNT, |s| &mut s.examples),
        Field::open("omit", words!(distil.omit), None, |s| &mut s.omit),
        Field::real("temperature", words!(distil.temperature), TEMPERATURE, |s| &mut s.mix.temperature),
        Field::real("weight", words!(distil.weight), WEIGHT, |s| &mut s.mix.weight),
        Field::whole("seed", words!(train.seed), Interval::SEED, |s| &mut s.seed),
    ];
}

/// As much of a set as is drawn where nothing else is said.
pub(super) fn data_of(set: String) -> DataChoice {
    DataChoice { set, count: DRAWN, ..DataChoice::default() }
}

fn loaded(teacher: &Teacher) -> Option<String> {
    if let Teacher::Loaded { network } = teacher { Some(network.clone()) } else { None }
}

fn load_teacher(run: &mut DistilRun, id: &str) {
    if !id.is_empty() {
        run.teacher = Teacher::Loaded { network: id.to_owned() };
    }
}

fn choose_data(run: &mut DistilRun, set: &str) {
    if !set.is_empty() {
        run.data = data_of(set.to_owned());
    }
}

/// Network, epochs and shift of a teacher that is trained here.
fn trained(run: &DistilRun, read: fn(&String, u32, u32) -> String) -> Option<String> {
    if let Teacher::Trained { network, epochs, shift } = &run.teacher {
        Some(read(network, *epochs, *shift))
    } else {
        None
    }
}

fn train(run: &mut DistilRun, write: impl FnOnce(&mut String, &mut u32, &mut u32)) {
    if let Teacher::Trained { network, epochs, shift } = &mut run.teacher {
        write(network, epochs, shift);
    }
}

fn read(number: &mut u32, text: &str) {
    *number = text.parse().unwrap_or(*number);
}
