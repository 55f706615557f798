//! Files of every format that is read, written here by the formats' own rules.

use std::io::Write;

use flate2::{
    Compression, Crc,
    write::{DeflateEncoder, GzEncoder},
};
use neocog::data::files::DataFile;

pub(crate) fn file(name: &str, bytes: Vec<u8>) -> DataFile {
    DataFile { name: name.into(), bytes }
}

/// Bytes that differ from place to place.
pub(crate) fn ramp(count: usize) -> Vec<u8> {
    (0..count).map(|at| (at * 7 + at / 251) as u8).collect()
}

/// 0, 1, …, `classes` - 1, 0, …
pub(crate) fn turns(count: usize, classes: usize) -> Vec<u8> {
    (0..count).map(|at| (at % classes) as u8).collect()
}

pub(crate) fn idx(dims: &[u32], values: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, dims.len() as u8];
    bytes.extend(dims.iter().flat_map(|dim| dim.to_be_bytes()));
    bytes.extend_from_slice(values);
    bytes
}

/// `count` images of 4 × 3 and their labels.
pub(crate) fn idx_pair(prefix: &str, count: u32, classes: usize) -> [DataFile; 2] {
    let images = idx(&[count, 3, 4], &ramp(count as usize * 12));
    let labels = idx(&[count], &turns(count as usize, classes));
    [file(&format!("{prefix}-images-idx3-ubyte"), images), file(&format!("{prefix}-labels-idx1-ubyte"), labels)]
}

pub(crate) fn cifar(count: usize) -> Vec<u8> {
    let pixels = ramp(3072);
    (0..count).flat_map(|at| std::iter::once((at % 10) as u8).chain(pixels.iter().map(move |p| p ^ at as u8))).collect()
}

/// A coarse and a fine label before each picture.
pub(crate) fn cifar100(count: usize) -> Vec<u8> {
    let pixels = ramp(3072);
    let row =
        |at: usize| [(at % 20) as u8, (at % 100) as u8].into_iter().chain(pixels.iter().map(move |p| p ^ at as u8));
    (0..count).flat_map(row).collect()
}

pub(crate) fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A version-1 array of NumPy.
pub(crate) fn npy(descr: &str, shape: &[usize], data: &[u8]) -> Vec<u8> {
    let dims: String = shape.iter().map(|dim| format!("{dim}, ")).collect();
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({dims}), }}");
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let length = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00", length.as_slice(), header.as_bytes(), data].concat()
}

/// A zip, its members deflated or stored.
pub(crate) fn zip(members: &[(&str, &[u8])], deflate: bool) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in members {
        let mut crc = Crc::new();
        crc.update(content);
        let packed = if deflate {
            let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(content).unwrap();
            encoder.finish().unwrap()
        } else {
            content.to_vec()
        };
        let local = bytes.len() as u32;
        let method: u16 = if deflate { 8 } else { 0 };
        let mut fields = [20_u16, 0, method, 0, 0x21].map(u16::to_le_bytes).concat();
        fields.extend([crc.sum(), packed.len() as u32, content.len() as u32].map(u32::to_le_bytes).concat());
        fields.extend([name.len() as u16, 0].map(u16::to_le_bytes).concat());
        bytes.extend([b"PK\x03\x04", fields.as_slice(), name.as_bytes(), &packed].concat());
        let tail = [[0_u16; 5].map(u16::to_le_bytes).concat(), local.to_le_bytes().to_vec()].concat();
        directory.extend([b"PK\x01\x02\x14\0", fields.as_slice(), &tail, name.as_bytes()].concat());
    }
    let counts = [0, 0, members.len() as u16, members.len() as u16].map(u16::to_le_bytes).concat();
    let place = [directory.len() as u32, bytes.len() as u32].map(u32::to_le_bytes).concat();
    [bytes.as_slice(), &directory, b"PK\x05\x06", &counts, &place, &[0, 0]].concat()
}

/// A ustar archive.
pub(crate) fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, content) in members {
        let mut header = [0_u8; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[100..108].copy_from_slice(b"0000644\0");
        header[124..136].copy_from_slice(format!("{:011o}\0", content.len()).as_bytes());
        header[156] = b'0';
        header[257..265].copy_from_slice(b"ustar\x0000");
        header[148..156].copy_from_slice(b"        ");
        let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        bytes.extend_from_slice(&header);
        bytes.extend_from_slice(content);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    }
    bytes.resize(bytes.len() + 1024, 0);
    bytes
}

/// An even picture.
pub(crate) fn png(width: u32, height: u32, colour: [u8; 3]) -> Vec<u8> {
    let picture = image::RgbImage::from_pixel(width, height, image::Rgb(colour));
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}
