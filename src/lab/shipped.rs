//! The networks whose weights come with the page: this engine trained them, `www/models` holds them.
//!
//! To add one: the file and its line in `www/models/README.md` · a row in [`shipped`].
//! `tests/experiments/shipped.rs` holds each row against its file.

use super::LabError;
use crate::data::labels;
use crate::models::spec::{NetworkSpec, preset};
use crate::models::{LISTED, Network};
use crate::nn::Normalise;
use crate::protocol::ShippedReport;

/// One of the files under `www/models`.
#[derive(Clone, Debug)]
pub struct Shipped {
    /// Of the network, and of the preset that it was trained from.
    pub id: &'static str,
    pub title: &'static str,
    pub report: ShippedReport,
    /// The preset's text. It is named here, so that the first answer needs no other preset.
    pub text: fn() -> String,
    /// Channels, height, width.
    pub data: [usize; 3],
    /// Of its pixels; the file says the same.
    normalise: Normalise,
}

/// The table of shipped networks.
pub fn shipped() -> Vec<Shipped> {
    let digits = ShippedReport {
        file: "digits.safetensors".to_owned(),
        bytes: 155_380,
        sha256: "ebeb71a8de2e7978d642e2a3ef73c6e8206807460a21a7babe8c2759374070dc".to_owned(),
        data: MNIST.to_owned(),
        errors: 39,
        of: 10_000,
        how: "neocog train digits --data MNIST --epochs 8 --batch 64 --optimiser adamw --rate 0.003 \
              --weight-decay 0.02 --shift 2 --warmup 200 --half"
            .to_owned(),
    };
    let photos = ShippedReport {
        file: "photos.safetensors".to_owned(),
        bytes: 1_353_180,
        sha256: "2ec86c188e6b4a23b9591bb260f506d2d4081f78ad4e0f671c1545eeb47b9ee1".to_owned(),
        data: "CIFAR-10".to_owned(),
        errors: 1447,
        of: 10_000,
        how: "neocog train photos --data CIFAR-10 --epochs 26 --batch 64 --optimiser nesterov --rate 0.08 \
              --weight-decay 0.0005 --label-smoothing 0.1 --shift 4 --flip --warmup 280 --half, begun with --epochs 36 and taken up with 26 at step 5021"
            .to_owned(),
    };
    let things = ShippedReport {
        file: "things.safetensors".to_owned(),
        bytes: 1_246_844,
        sha256: "5a823dad7770fe945fb0beb32587a931492e54850f02290f36a3b88c727cbc73".to_owned(),
        data: CIFAR_110.to_owned(),
        errors: 6004,
        of: 20_000,
        how: "neocog train things --data CIFAR-10 CIFAR-100 --epochs 23 --batch 64 --optimiser nesterov --rate 0.06 \
              --weight-decay 0.0005 --label-smoothing 0.1 --shift 4 --flip --warmup 1000 --half, begun with --epochs 60 \
              and taken up with 28 at step 13368, 25 at 18014 and 23 at 18446"
            .to_owned(),
    };
    let grey = Normalise { mean: [0.13071676; 3], std: [0.30819663; 3] };
    let colour = Normalise { mean: [0.49281436, 0.48286396, 0.44666424], std: [0.24741249, 0.24411295, 0.26195133] };
    let both = Normalise { mean: [0.50253904, 0.48541677, 0.44254866], std: [0.26140577, 0.2527559, 0.27182338] };
    vec![
        Shipped {
            id: "digits",
            title: "Digits",
            report: digits,
            text: preset::digits,
            data: preset::GRAY_28,
            normalise: grey,
        },
        Shipped {
            id: "things",
            title: "A hundred and ten things",
            report: things,
            text: preset::things,
            data: preset::COLOUR_32,
            normalise: both,
        },
        Shipped {
            id: "photos",
            title: "Photographs",
            report: photos,
            text: preset::photos,
            data: preset::COLOUR_32,
            normalise: colour,
        },
    ]
}

const MNIST: &str = "MNIST";
/// The classes of both, CIFAR-10's first.
const CIFAR_110: &str = "CIFAR-10 and CIFAR-100";

impl Shipped {
    pub fn find(id: &str) -> Option<Shipped> {
        shipped().into_iter().find(|row| row.id == id)
    }

    /// What there is to know before the file is read.
    pub fn network(&self) -> Result<Network, LabError> {
        let unknown = || LabError::UnknownNetwork { network: self.id.to_owned() };
        let classes = classes_of(&self.report.data);
        let spec = NetworkSpec::parse(&(self.text)(), self.data, classes.len()).map_err(|_| unknown())?;
        Ok(Network::written(self.id, self.title, spec, classes, self.normalise))
    }
}

/// What the classes of a data set are called; CIFAR-10's where it is no other.
fn classes_of(data: &str) -> Vec<String> {
    match data {
        MNIST => (0..10).map(|digit| digit.to_string()).collect(),
        CIFAR_110 => labels::cifar().iter().map(|label| label.en.to_owned()).collect(),
        _ => labels::CIFAR10.iter().map(|label| label.en.to_owned()).collect(),
    }
}

/// Any network that has a name of its own: of the table of networks, or shipped.
pub fn find_network(id: &str) -> Option<Network> {
    let shipped = || Shipped::find(id)?.network().ok();
    Network::find(id).or_else(shipped)
}

/// For whoever asked for another one.
pub(super) fn known_ids() -> Vec<String> {
    LISTED.iter().map(|known| known.id.to_owned()).chain(shipped().iter().map(|row| row.id.to_owned())).collect()
}
