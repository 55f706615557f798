//! The Distil page in the address: teacher, student, transfer set, temperature and weight.

use crate::protocol::{DataChoice, DistilRun, ExperimentId, Mix, Optimiser, Teacher};
use crate::ui::page::PageId;
use crate::ui::place::{Sheet, real, whole};
use web_sys::UrlSearchParams;

impl Sheet for DistilRun {
    const PAGE: PageId = PageId::Experiment(ExperimentId::Distil);

    /// `None` where the address says nothing of a student.
    fn read(params: &UrlSearchParams) -> Option<DistilRun> {
        let student = params.get("student").filter(|text| !text.trim().is_empty())?;
        let usual = DistilRun::default();
        let teacher = match (params.get("teacher"), Teacher::default()) {
            (Some(network), _) if !network.is_empty() => Teacher::Loaded { network },
            (_, Teacher::Trained { network, epochs, shift }) => Teacher::Trained {
                network: params.get("teach").filter(|text| !text.trim().is_empty()).unwrap_or(network),
                epochs: whole(params, "tepochs", epochs),
                shift: whole(params, "shift", shift),
            },
            (_, loaded) => loaded,
        };
        Some(DistilRun {
            data: DataChoice {
                set: params.get("data").filter(|set| !set.is_empty()).unwrap_or(usual.data.set),
                seed: whole(params, "dseed", usual.data.seed),
                count: whole(params, "count", usual.data.count),
                noise: real(params, "noise", f64::from(usual.data.noise)) as f32,
            },
            teacher,
            student,
            optimiser: Optimiser { rate: real(params, "rate", usual.optimiser.rate), ..usual.optimiser },
            batch: whole(params, "batch", usual.batch),
            epochs: whole(params, "epochs", usual.epochs),
            examples: whole(params, "examples", usual.examples),
            omit: params.get("omit").and_then(|class| class.parse().ok()),
            mix: Mix {
                temperature: real(params, "temperature", usual.mix.temperature),
                weight: real(params, "weight", usual.mix.weight),
            },
            seed: whole(params, "seed", usual.seed),
            backend: usual.backend,
        })
    }

    fn write(&self, params: &UrlSearchParams) {
        let DistilRun { data, teacher, student, optimiser, batch, epochs, examples, omit, mix, seed, backend: _ } =
            self;
        let write = |name: &str, value: String| params.append(name, &value);
        write("student", student.clone());
        match teacher {
            Teacher::Loaded { network } => write("teacher", network.clone()),
            Teacher::Trained { network, epochs, shift } => {
                write("teach", network.clone());
                write("tepochs", epochs.to_string());
                write("shift", shift.to_string());
            }
        }
        write("data", data.set.clone());
        write("dseed", data.seed.to_string());
        write("count", data.count.to_string());
        write("noise", data.noise.to_string());
        write("rate", optimiser.rate.to_string());
        write("batch", batch.to_string());
        write("epochs", epochs.to_string());
        write("examples", examples.to_string());
        if let Some(omit) = omit {
            write("omit", omit.to_string());
        }
        write("temperature", mix.temperature.to_string());
        write("weight", mix.weight.to_string());
        write("seed", seed.to_string());
    }
}
