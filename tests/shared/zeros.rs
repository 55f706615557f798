//! Checkpoints as large as anyone's, which take no room on the disk.

use neocog::graph::Kind;
use neocog::models::Network;
use std::fs::File;
use std::io::Write;
use std::path::Path;

/// Weights of nothing but zeros, which take no room on the disk; their bytes.
pub(crate) fn zeros(path: &Path, network: &Network) -> u64 {
    let (x, _) = network.graph(1).unwrap();
    let (mut header, mut end) = (Vec::new(), 0_u64);
    for node in x.graph().nodes().iter() {
        if let Kind::Variable { name, .. } = &node.kind {
            let start = end;
            end += node.spec.size_bytes() as u64;
            let shape = &node.spec.shape;
            header.push(format!(r#""{name}":{{"dtype":"F32","shape":{shape:?},"data_offsets":[{start},{end}]}}"#));
        }
    }
    let header = format!("{{{}}}", header.join(","));
    let mut file = File::create(path).unwrap();
    file.write_all(&(header.len() as u64).to_le_bytes()).unwrap();
    file.write_all(header.as_bytes()).unwrap();
    let bytes = 8 + header.len() as u64 + end;
    file.set_len(bytes).unwrap();
    bytes
}
