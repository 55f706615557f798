//! How much memory a large network takes while it is loaded and asked, by the command itself.
#![cfg(target_os = "linux")]

use crate::command::Folder;
use crate::zeros::zeros;
use neocog::data::{Rgb, png};
use neocog::models::Network;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// The most that the process ever held, as the system counts it; 0 where it has ended.
fn most_bytes(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")).and_then(|count| count.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}

/// The most that a command holds while it answers for a grey picture.
fn most_while_classifying(weights: &Path, picture: &Path) -> u64 {
    let mut command = Command::new(env!("CARGO_BIN_EXE_neocog"));
    command.args(["classify", "--device", "cpu", "--weights"]).arg(weights).arg(picture);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        most = most.max(most_bytes(child.id()));
        std::thread::sleep(Duration::from_millis(5));
    }
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    most
}

/// Neither the file nor a tensor as the file has it stays in memory beside what the network computes with.
#[test]
fn a_network_of_half_a_gigabyte_takes_its_own_size() {
    let folder = std::env::temp_dir().join(format!("neocog-memory-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let folder = Folder(folder);
    let [weights, onnx, picture] = ["vgg16.safetensors", "vgg16.onnx", "grey.png"].map(|name| folder.0.join(name));
    let bytes = zeros(&weights, &Network::find("vgg16").unwrap());
    assert!(bytes > 550_000_000, "{bytes}");
    std::fs::write(&picture, png::encode(&Rgb::new(8, 8, vec![128; 8 * 8 * 3]).unwrap())).unwrap();
    let written =
        Command::new(env!("CARGO_BIN_EXE_neocog")).arg("export").arg(&weights).arg("--onnx").arg(&onnx).output();
    assert!(written.as_ref().is_ok_and(|written| written.status.success()), "{written:?}");
    for file in [weights, onnx] {
        let most = most_while_classifying(&file, &picture);
        let times = most as f64 / bytes as f64;
        let name = file.file_name().unwrap_or_default().display();
        println!("{name}: {bytes} bytes of weights, at most {most} in memory, {times:.2} times as much");
        // All of its weights are read, and stay.
        assert!((0.95..1.2).contains(&times), "{name}: {times}");
    }
}
