//! Each file under `shaders/` is WGSL that naga accepts as it stands.

use crate::source::{files_under, relative};
use naga::valid::{Capabilities, ValidationFlags, Validator};
use std::path::Path;

/// Paths and texts of all shaders.
pub(crate) fn all(root: &Path) -> Vec<(String, String)> {
    files_under(&root.join("shaders"), "wgsl")
        .iter()
        .map(|file| (relative(root, file), std::fs::read_to_string(file).unwrap()))
        .collect()
}

pub(crate) fn breach(path: &str, wgsl: &str) -> Option<String> {
    let module = match naga::front::wgsl::parse_str(wgsl) {
        Ok(module) => module,
        Err(error) => return Some(error.emit_to_string_with_path(wgsl, path)),
    };
    // Only what a shader asks for by name: the rest has to run on every adapter.
    let mut capabilities = Capabilities::empty();
    capabilities.set(Capabilities::SHADER_FLOAT16, wgsl.contains("enable f16;"));
    capabilities.set(Capabilities::SUBGROUP, wgsl.contains("quadBroadcast("));
    let error = Validator::new(ValidationFlags::all(), capabilities).validate(&module).err()?;
    Some(error.emit_to_string_with_path(wgsl, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "@group(0) @binding(0) var<storage, read_write> y: array<f32>;
        @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) { y[id.x] = f32(id.x); }";

    #[test]
    fn good_wgsl_passes_and_bad_wgsl_fails() {
        assert_eq!(breach("good.wgsl", GOOD), None);
        for bad in [
            GOOD.replace("f32(id.x)", "id.x"),
            GOOD.replace("var<storage, read_write>", "var<storage, read>"),
            GOOD.replace("f32(id.x);", "missing(id.x);"),
            GOOD.replace("array<f32>", "array<f16>"),
            "fn".into(),
        ] {
            let fault = breach("bad.wgsl", &bad).unwrap_or_else(|| panic!("passed: {bad}"));
            assert!(fault.contains("bad.wgsl"), "{fault}");
        }
    }
}
