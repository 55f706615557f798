//! Made-up files: a checkpoint of the CIFAR ResNet-20 with random weights from a seed, and a picture. With these the whole
//! path runs on a machine that has nothing but the repository.

use serde_json::json;
use std::path::PathBuf;

/// Splitmix64 (Steele, Lea & Flood 2014): small, seeded, the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in -scale..scale.
    fn symmetric(&mut self, scale: f32) -> f32 {
        ((self.next() >> 40) as f32 / (1 << 23) as f32 - 1.0) * scale
    }
}

/// Names and shapes as in the public checkpoints of the network.
fn resnet20() -> Vec<(String, Vec<usize>)> {
    let mut tensors = Vec::new();
    let mut conv_bn = |prefix: &str, number: usize, c_out: usize, c_in: usize| {
        tensors.push((format!("{prefix}conv{number}.weight"), vec![c_out, c_in, 3, 3]));
        for part in ["weight", "bias", "running_mean", "running_var"] {
            tensors.push((format!("{prefix}bn{number}.{part}"), vec![c_out]));
        }
    };
    conv_bn("", 1, 16, 3);
    let mut c_in = 16;
    for (stage, c_out) in [(1, 16), (2, 32), (3, 64)] {
        for block in 0..3 {
            let prefix = format!("layer{stage}.{block}.");
            conv_bn(&prefix, 1, c_out, c_in);
            conv_bn(&prefix, 2, c_out, c_out);
            c_in = c_out;
        }
    }
    tensors.push(("linear.weight".into(), vec![10, 64]));
    tensors.push(("linear.bias".into(), vec![10]));
    tensors
}

/// A safetensors file of ResNet-20: convolutions of He's scale, batch norms near the identity.
pub(crate) fn random_resnet20(seed: u64) -> Vec<u8> {
    let mut random = Random(seed);
    let (mut header, mut data) = (serde_json::Map::new(), Vec::new());
    for (name, shape) in resnet20() {
        let start = data.len();
        let fan_in: usize = shape[1..].iter().product();
        for _ in 0..shape.iter().product() {
            let value = match name.rsplit('.').next() {
                Some("running_var") => 1.0 + random.symmetric(0.3),
                Some("weight") if shape.len() == 1 => 1.0 + random.symmetric(0.3),
                Some("weight") => random.symmetric((6.0 / fan_in as f32).sqrt()),
                _ => random.symmetric(0.1),
            };
            data.extend(value.to_le_bytes());
        }
        header.insert(name, json!({ "dtype": "F32", "shape": shape, "data_offsets": [start, data.len()] }));
    }
    let mut header = serde_json::Value::from(header).to_string();
    // The data begin at a multiple of eight.
    header.push_str(&" ".repeat(header.len().next_multiple_of(8) - header.len()));
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &data].concat()
}

/// A BMP of 64 × 64 pixels: a disc of one colour on a gradient.
pub(crate) fn picture(seed: u64) -> Vec<u8> {
    picture_of(seed, 64)
}

/// The same with another side, a multiple of four.
pub(crate) fn picture_of(seed: u64, side: usize) -> Vec<u8> {
    let mut random = Random(seed);
    let [b, g, r] = random.next().to_le_bytes()[..3].try_into().unwrap_or([0; 3]);
    let mut pixels = Vec::with_capacity(side * side * 3);
    for y in 0..side {
        for x in 0..side {
            let inside = x.abs_diff(side / 2).pow(2) + y.abs_diff(side / 2).pow(2) < (side / 3).pow(2);
            pixels.extend(if inside { [b, g, r] } else { [(x * 4) as u8, (y * 4) as u8, 128] });
        }
    }
    let mut file = b"BM".to_vec();
    // Sizes and offsets; then width, height, planes and bits, no compression.
    let fields = [54 + pixels.len(), 0, 54, 40, side, side, 1 | 24 << 16, 0, pixels.len(), 2835, 2835, 0, 0];
    file.extend(fields.into_iter().flat_map(|field| (field as u32).to_le_bytes()));
    file.extend(pixels);
    file
}

/// The bytes as a file of this name, in a folder of this test.
pub(crate) fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let test = std::thread::current().name().unwrap_or("test").replace("::", "-");
    let folder = std::env::temp_dir().join(format!("neocog-e2e-files-{}-{test}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn the_files_are_what_they_say() {
    let numbers: usize = resnet20().iter().map(|(_, shape)| shape.iter().product::<usize>()).sum();
    // 0.27 million parameters, as the paper says, and 1,376 running statistics.
    assert_eq!(numbers, 269_722 + 1376);
    let weights = random_resnet20(1);
    assert_eq!(weights, random_resnet20(1));
    assert_ne!(weights, random_resnet20(2));
    assert!(safetensors::SafeTensors::deserialize(&weights).unwrap().tensor("layer3.2.bn2.running_var").is_ok());
    let image = image::load_from_memory(&picture(1)).unwrap();
    assert_eq!((image.width(), image.height()), (64, 64));
}
