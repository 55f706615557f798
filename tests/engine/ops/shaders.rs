//! Every shader is valid as it stands and as it is launched, and binds what its op launches it with.

use super::label;
use naga::valid::Capabilities;
use naga::{AddressSpace, StorageAccess};
use neocog::backend::gpu::{halved, specialise};
use neocog::graph::launch::{Source, Target, Traits};
use neocog::graph::op::{Form, all_cases};
use neocog::graph::{DType, Spec};
use std::collections::BTreeSet;

/// Those that the backend itself launches.
const OF_THE_BACKEND: [&str; 3] = ["copy.wgsl", "elementwise.wgsl", "place.wgsl"];

fn files() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/shaders/op");
    let mut files: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(path).unwrap()))
        .collect();
    files.sort();
    files
}

fn valid(what: &str, wgsl: &str) -> naga::Module {
    let module = naga::front::wgsl::parse_str(wgsl).unwrap_or_else(|e| panic!("{what}: {}", e.emit_to_string(wgsl)));
    let flags = naga::valid::ValidationFlags::all();
    let capabilities = Capabilities::SUBGROUP | Capabilities::SHADER_FLOAT16_IN_FLOAT32;
    let mut validator = naga::valid::Validator::new(flags, capabilities);
    validator.validate(&module).unwrap_or_else(|e| panic!("{what}: {}", e.emit_to_string(wgsl)));
    module
}

/// Names of the bindings in order. The first is written, the others are read.
fn bindings(what: &str, module: &naga::Module) -> Vec<String> {
    let mut found: Vec<(u32, String)> = Vec::new();
    for (_, variable) in module.global_variables.iter() {
        let Some(binding) = variable.binding else { continue };
        // Sizes come behind all else.
        if variable.space == AddressSpace::Uniform {
            assert_eq!(variable.name.as_deref(), Some("p"), "{what}");
            continue;
        }
        let AddressSpace::Storage { access } = variable.space else { panic!("{what}: only storage is bound") };
        assert_eq!(binding.group, 0, "{what}");
        assert_eq!(access.contains(StorageAccess::STORE), binding.binding == 0, "{what}: binding {}", binding.binding);
        found.push((binding.binding, variable.name.clone().unwrap()));
    }
    // A kernel that reads in 16 bits is written by the names of what it binds.
    for (_, function) in module.functions.iter() {
        let named = function
            .named_expressions
            .values()
            .chain(function.local_variables.iter().filter_map(|(_, v)| v.name.as_ref()));
        for name in named.chain(function.arguments.iter().filter_map(|argument| argument.name.as_ref())) {
            assert!(
                found.iter().all(|(_, bound)| bound != name),
                "{what}: {name} is bound, and something else in a function"
            );
        }
    }
    found.sort();
    assert!(found.iter().map(|(k, _)| *k).eq(0..found.len() as u32), "{what}: bindings {found:?}");
    found.into_iter().map(|(_, name)| name).collect()
}

#[test]
fn shaders_write_their_first_binding() {
    for (name, wgsl) in files() {
        let bindings = bindings(&name, &valid(&name, &wgsl));
        assert_eq!(bindings[0], "y", "{name}");
    }
}

#[test]
fn launches_fit_their_shaders() {
    let mut launched = BTreeSet::new();
    for (name, case) in all_cases() {
        let (x, y) = case.graph().unwrap();
        let specs: Vec<&Spec> = x.iter().map(|x| x.spec()).collect();
        let (Form::Kernel(rule) | Form::Rewrite(rule)) = case.op.form(&specs, y.spec()) else { continue };
        for (software, subgroups) in [(true, true), (true, false), (false, true)] {
            let traits = Traits { software, subgroups, max_invocations: 256, max_storage_buffers: 8 };
            let launches = case.op.gpu().unwrap().gpu(&specs, y.spec(), &traits);
            assert!(launches.last().is_some_and(|last| last.target == Target::Output), "{}", label(name, &case));
            let mut written = BTreeSet::new();
            for launch in launches {
                let what = label(name, &case);
                if launch.target == Target::Output {
                    assert_eq!(rule.takes_epilogue(), launch.wgsl.contains("//:slot epilogue\n"), "{what}");
                }
                for operand in &launch.operands {
                    match operand.source {
                        Source::Input(input) => assert!(input < specs.len(), "{what}"),
                        Source::Scratch(buffer) => assert!(written.contains(&buffer), "{what} reads empty memory"),
                    }
                    if let Some(made) = operand.packed.as_ref().and_then(|packing| packing.made) {
                        assert_eq!(bindings(&what, &valid(&what, made.wgsl)).len(), 2, "{what}: {made:?}");
                        launched.insert(made.wgsl);
                    }
                }
                if let Target::Scratch { buffer, elements } = launch.target {
                    assert!(elements > 0, "{what}");
                    written.insert(buffer);
                }
                let plain = bindings(&what, &valid(&what, launch.wgsl));
                let specialised = specialise(&launch, 1 + launch.operands.len()).unwrap();
                let filled = bindings(&what, &valid(&what, &specialised));
                let mut all_halved = specialised.clone();
                for (binding, operand) in (1..).zip(&launch.operands) {
                    let Source::Input(input) = operand.source else { continue };
                    if specs[input].dtype == DType::F32 {
                        all_halved = halved(&all_halved, binding).unwrap();
                        assert_eq!(bindings(&what, &valid(&what, &all_halved)), filled, "{what}: 16 bits");
                    }
                }
                assert_eq!(plain, filled, "{what}: slots change no binding");
                assert_eq!(filled.len(), 1 + launch.operands.len(), "{what} binds {filled:?}");
                launched.insert(launch.wgsl);
            }
        }
    }
    for (name, wgsl) in files().into_iter().filter(|(name, _)| !OF_THE_BACKEND.contains(&name.as_str())) {
        assert!(launched.contains(wgsl.as_str()), "no case launches {name}");
    }
}
