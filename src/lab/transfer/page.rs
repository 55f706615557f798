//! A classifier as one HTML page that works by itself, from a disk and without a network connection: the network as far as the layer, the
//! classifier behind it, and a small program that goes through their steps.
//!
//! Why a program of its own, and not this engine: a page from a disk may load no other file, so all must lie inside; the engine with its
//! parts is larger than most such networks, and would have to be built a third time as one piece. The program is plain JavaScript of a
//! few kilobytes that any browser runs, now and later, and that a person can read.

use super::file::TransferFile;
use super::whole::WholeNetwork;
use crate::graph::NodeId;
use crate::lab::{LabError, Weights};
use crate::models::code::{ScriptStep, ScriptWork, to_script};
use crate::nn::Interpolation;
use crate::protocol::Fit;
use half::f16;
use serde::Serialize;
use std::collections::BTreeMap;

const PAGE: &str = include_str!("page/page.html");
const SCRIPTS: [&str; 3] = [include_str!("page/run.js"), include_str!("page/prepare.js"), include_str!("page/page.js")];

/// Bytes in a line of base64.
const LINE: usize = 3 << 14;

/// What the program reads beside the values.
#[derive(Serialize)]
struct PageNetwork<'a> {
    title: &'a str,
    classes: &'a [String],
    /// Channels, height, width.
    input: [usize; 3],
    mean: [f32; 3],
    std: [f32; 3],
    fit: &'static str,
    shorter: Option<u32>,
    bicubic: bool,
    steps: Vec<ScriptStep>,
    /// The step that gives the logits, and the one that gives the features.
    output: NodeId,
    features: NodeId,
    /// Farther from all examples than this it is of none of the classes.
    limit: Option<f64>,
    values: Vec<PageValue>,
    bytes: usize,
    texts: BTreeMap<&'a str, &'a str>,
}

/// Where the values of a variable lie.
#[derive(Serialize)]
struct PageValue {
    name: String,
    at: usize,
    count: usize,
    /// 16 bits each, and not 32.
    half: bool,
}

#[derive(Default)]
struct Packed {
    bytes: Vec<u8>,
    values: Vec<PageValue>,
}

impl Packed {
    /// In 16 bits where that loses nothing.
    fn put(&mut self, name: &str, values: &[f32]) {
        let half = values.iter().all(|&x| f16::from_f32(x).to_f32().to_bits() == x.to_bits());
        self.values.push(PageValue { name: name.to_owned(), at: self.bytes.len(), count: values.len(), half });
        match half {
            true => self.bytes.extend(values.iter().flat_map(|&x| f16::from_f32(x).to_le_bytes())),
            false => self.bytes.extend(values.iter().flat_map(|x| x.to_le_bytes())),
        }
    }
}

impl TransferFile {
    /// `texts` are what the page says, by their keys, in the person's language.
    ///
    /// # Errors
    /// [`LabError::Setup`] of nearest neighbours, of a network that reads digits or has an op that the program does not know.
    pub fn to_page(&self, weights: &Weights, texts: &[(String, String)]) -> Result<Vec<u8>, LabError> {
        let (whole, network) = (WholeNetwork::new(weights, self)?, weights.network());
        let title = &network.title;
        ensure!(
            !network.reads_digits(),
            "{title} reads digits in the form of MNIST, into which a page by itself does not bring pictures; choose another network"
        );
        let steps = to_script(&whole.outline()?)
            .map_err(|error| bad_setup!("{title} as a page by itself: {error}; choose another layer or network"))?;
        let last = steps.last().ok_or_else(|| bad_setup!("{title} has no layer"))?;
        let (output, features) = (last.id, last.reads.first().copied().unwrap_or_default());
        let mut packed = Packed::default();
        for step in &steps {
            if let ScriptWork::Variable { name } = &step.work {
                let value = whole.value(name).ok_or_else(|| bad_setup!("{title} has no {name}"))?;
                packed.put(name, &value.flatten_all()?.to_vec1::<f32>()?);
            }
        }
        if let Some(novelty) = &self.novelty {
            packed.put("learnt", &novelty.examples.iter().flatten().copied().collect::<Vec<_>>());
        }
        let Packed { bytes, values } = packed;
        let about = PageNetwork {
            title,
            classes: &self.classes,
            input: network.input,
            mean: network.normalise.mean,
            std: network.normalise.std,
            fit: match self.fit {
                Fit::Crop => "crop",
                Fit::Squash => "squash",
            },
            shorter: network.resizing.shorter,
            bicubic: network.resizing.interpolation == Interpolation::Bicubic,
            steps,
            output,
            features,
            limit: self.novelty.as_ref().map(|novelty| novelty.limit),
            values,
            bytes: bytes.len(),
            texts: texts.iter().map(|(key, text)| (key.as_str(), text.as_str())).collect(),
        };
        // No text in it ends the element that it lies in.
        let about = serde_json::to_string(&about).map_err(|error| bad_setup!("{error}"))?.replace('<', "\\u003c");
        let [head, rest] = halves(PAGE, "{{network}}")?;
        let [between, rest] = halves(rest, "{{values}}")?;
        let [before, tail] = halves(rest, "{{script}}")?;
        let mut page = Vec::with_capacity(bytes.len() / 3 * 4 + about.len() + (1 << 16));
        page.extend([head, &about, between].map(str::as_bytes).concat());
        base64(&bytes, &mut page);
        page.extend([before, &SCRIPTS.concat(), tail].map(str::as_bytes).concat());
        Ok(page)
    }
}

fn halves<'a>(text: &'a str, at: &str) -> Result<[&'a str; 2], LabError> {
    let (before, after) = text.split_once(at).ok_or_else(|| bad_setup!("the page has no place for {at}"))?;
    Ok([before, after])
}

/// In lines (RFC 4648).
fn base64(bytes: &[u8], to: &mut Vec<u8>) {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for line in bytes.chunks(LINE) {
        for three in line.chunks(3) {
            let [a, b, c] = [0, 1, 2].map(|at| u32::from(three.get(at).copied().unwrap_or_default()));
            let bits = a << 16 | b << 8 | c;
            for at in 0..4 {
                let letter = LETTERS[(bits >> (18 - 6 * at)) as usize & 63];
                to.push(if at <= three.len() { letter } else { b'=' });
            }
        }
        to.push(b'\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::cpu::CpuPlan;
    use crate::graph::{Graph, Host, Program, Spec, Tensor};
    use crate::models::outline::Outline;
    use crate::models::rounding::quantised;
    use candle_core::Device as HostDevice;
    use std::path::PathBuf;
    use std::process::Command;

    /// Reads a folder: steps and where values lie, the values, a picture.
    const READ: &str = r#"
const fs = require("fs"), at = (name) => `${process.argv[2]}/${name}`;
const about = JSON.parse(fs.readFileSync(at("about.json"), "utf8")), bytes = fs.readFileSync(at("values"));
const floats = (from, count) => new Float32Array(bytes.buffer.slice(bytes.byteOffset + from, bytes.byteOffset + from + 4 * count));
const values = new Map(about.values.map(([name, from, count]) => [name, floats(from, count)]));
const [found] = run(about.steps, [about.output], Float32Array.from(about.picture), (name) => values.get(name));
console.log(JSON.stringify(Array.from(found)));
"#;

    struct Folder(PathBuf);

    impl Drop for Folder {
        fn drop(&mut self) {
            _ = std::fs::remove_dir_all(&self.0);
        }
    }

    /// What Node.js computes by the page's script; `None` where there is no such program.
    fn by_page(outline: &Outline, picture: &[f32], value: &dyn Fn(&str) -> Vec<f32>) -> Option<Vec<f32>> {
        let folder = Folder(std::env::temp_dir().join(format!("neocog-page-{}", std::process::id())));
        std::fs::create_dir_all(&folder.0).unwrap();
        let steps = to_script(outline).unwrap();
        let (mut bytes, mut values): (Vec<u8>, Vec<(String, usize, usize)>) = (Vec::new(), Vec::new());
        for step in &steps {
            if let ScriptWork::Variable { name } = &step.work {
                let numbers = value(name);
                values.push((name.clone(), bytes.len(), numbers.len()));
                bytes.extend(numbers.iter().flat_map(|x| x.to_le_bytes()));
            }
        }
        let output = steps.last().unwrap().id;
        let about = serde_json::json!({ "steps": steps, "output": output, "picture": picture, "values": values });
        std::fs::write(folder.0.join("about.json"), about.to_string()).unwrap();
        std::fs::write(folder.0.join("values"), bytes).unwrap();
        let script = folder.0.join("page.js");
        std::fs::write(&script, [SCRIPTS[0], READ].concat()).unwrap();
        let done = Command::new("node").arg(&script).arg(&folder.0).output().ok()?;
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        Some(serde_json::from_slice(&done.stdout).unwrap())
    }

    fn by_engine(output: &Tensor, picture: &[f32], shape: [usize; 4], weights: Option<&Weights>) -> Vec<f32> {
        let program = Program::inference(&[output], &|name| weights?.value(name)).unwrap();
        let x = Host::from_vec(picture.to_vec(), &shape, &HostDevice::Cpu).unwrap();
        CpuPlan::new(program).run_now(&[x]).unwrap()[0].flatten_all().unwrap().to_vec1().unwrap()
    }

    fn assert_near(what: &str, found: &[f32], wanted: &[f32]) {
        let largest = wanted.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
        let off = found.iter().zip(wanted).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        println!("{what}: off by {off} of {largest}");
        assert!(found.len() == wanted.len() && largest > 1e-3 && off <= 1e-4 * largest, "{what}: {off} of {largest}");
    }

    #[test]
    fn the_page_by_itself_computes_what_the_engine_does() {
        let picture: Vec<f32> = (0..3 * 64 * 64).map(|at| (at as f32 * 0.61).sin()).collect();
        for id in ["vit_tiny_16", "convnext_tiny", "mobilenet_v3_small"] {
            let network = crate::models::Network::find(id).unwrap();
            let network = crate::models::Network { input: [3, 64, 64], classes: 7, names: None, ..network };
            let weights = Weights::initial(network, 5).unwrap();
            let value =
                |name: &str| weights.value(name).unwrap().host().unwrap().flatten_all().unwrap().to_vec1().unwrap();
            let outline = Outline::of(weights.network()).unwrap();
            let Some(found) = by_page(&outline, &picture, &value) else { return };
            let (_, logits) = weights.network().graph(1).unwrap();
            assert_near(id, &found, &by_engine(&logits, &picture, [1, 3, 64, 64], Some(&weights)));
        }
        // Activations of few bits.
        let x = Graph::new().input("image", Spec::f32([1, 3, 64, 64]));
        let y = quantised(&x, [0.125, 3.0], 15).unwrap();
        let found = by_page(&Outline::of_tensor(&y).unwrap(), &picture, &|_| Vec::new()).unwrap();
        let wanted = by_engine(&y, &picture, [1, 3, 64, 64], None);
        assert_near("rounded", &found, &wanted);
        assert!(wanted.iter().zip(&picture).any(|(a, b)| (a - b).abs() > 0.05));
    }

    #[test]
    fn base64_is_that_of_rfc_4648() {
        for (plain, coded) in [("", ""), ("f", "Zg==\n"), ("fo", "Zm8=\n"), ("foo", "Zm9v\n"), ("foobar", "Zm9vYmFy\n")]
        {
            let mut found = Vec::new();
            base64(plain.as_bytes(), &mut found);
            assert_eq!(String::from_utf8(found).unwrap(), coded);
        }
    }
}
