//! How others spell the names of the same networks. Their files are read unchanged: what is renamed is the table of contents.

use super::{Architecture, Network, convnext, densenet, efficientnet, mobilenet_v2, mobilenet_v3, vgg, vit};
use crate::nn::Normalise;

/// A module's or a tensor's path: theirs, ours.
pub type Pair = (String, String);

/// The names that one kind of file has for the tensors of a network.
pub struct Naming {
    /// The network that such a file has the weights of.
    pub network: &'static str,
    /// Every module or tensor whose name differs.
    pub pairs: fn() -> Vec<Pair>,
    /// What else differs from the network's row.
    adapt: fn(&mut Network),
}

/// All that are known.
pub const NAMINGS: &[Naming] = &[
    Naming { network: "densenet121", pairs: densenet::first_names, adapt: same },
    Naming { network: "vit_b_16", pairs: vit::first_names, adapt: same },
    Naming { network: "vgg11", pairs: vgg::names_of_timm, adapt: same },
    Naming { network: "vgg13", pairs: vgg::names_of_timm, adapt: same },
    Naming { network: "vgg16", pairs: vgg::names_of_timm, adapt: same },
    Naming { network: "vgg19", pairs: vgg::names_of_timm, adapt: same },
    Naming { network: "vgg11_bn", pairs: vgg::names_of_timm, adapt: same },
    Naming { network: "vgg13_bn", pairs: vgg::names_of_timm, adapt: same },
    Naming { network: "vgg16_bn", pairs: vgg::names_of_timm, adapt: same },
    Naming { network: "vgg19_bn", pairs: vgg::names_of_timm, adapt: same },
    Naming { network: "mobilenet_v2", pairs: mobilenet_v2::names_of_timm, adapt: same },
    Naming { network: "mobilenet_v3_small", pairs: || mobilenet_v3::names_of_timm(1024), adapt: as_timms_mobilenet },
    Naming { network: "mobilenet_v3_large", pairs: || mobilenet_v3::names_of_timm(1280), adapt: as_timms_mobilenet },
    Naming { network: "efficientnet_b0", pairs: efficientnet::names_of_timm, adapt: same },
    Naming { network: "convnext_tiny", pairs: convnext::names_of_timm, adapt: same },
    Naming { network: "vit_tiny_16", pairs: vit::names_of_timm, adapt: same },
    Naming { network: "vit_b_16", pairs: vit::names_of_timm, adapt: |network| network.normalise = Normalise::SIGNED },
];

fn same(_: &mut Network) {}

fn as_timms_mobilenet(network: &mut Network) {
    if let Architecture::Family(forward, _) = &mut network.architecture {
        *forward = mobilenet_v3::of_timm;
    }
}

impl Naming {
    /// The network for such a file.
    pub fn network(&self) -> Option<Network> {
        let mut network = Network::find(self.network)?;
        (self.adapt)(&mut network);
        Some(network)
    }
}

/// Our name for a tensor of theirs, by the longest path that it has in `pairs`; `None` where it is the same.
pub fn ours(pairs: &[Pair], name: &str) -> Option<String> {
    let rest = |theirs: &str| name.strip_prefix(theirs).filter(|rest| rest.is_empty() || rest.starts_with('.'));
    let known = pairs.iter().filter_map(|(theirs, ours)| Some((theirs.len(), ours, rest(theirs)?)));
    known.max_by_key(|(length, ..)| *length).map(|(_, ours, rest)| format!("{ours}{rest}"))
}

/// Pairs under a path of theirs and one of ours.
pub(super) fn under(theirs: &str, ours: &str, pairs: &[(&str, &str)]) -> Vec<Pair> {
    let path = |prefix: &str, name: &str| if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") };
    pairs.iter().map(|(a, b)| (path(theirs, a), path(ours, b))).collect()
}

/// An inverted residual of timm's; ours has its parts in a row, and those that a block has not leave no gap.
pub(super) fn inverted_residual_of_timm(theirs: &str, ours: &str, widens: bool, weighs: bool) -> Vec<Pair> {
    let (widened, weighed) = (usize::from(widens), usize::from(weighs));
    // The names of the parts count the batch norms.
    let wide: &[&str] = if widens { &["conv_pw", "bn1"] } else { &[] };
    let (deep, narrow) =
        if widens { (["conv_dw", "bn2"], ["conv_pwl", "bn3"]) } else { (["conv_dw", "bn1"], ["conv_pw", "bn2"]) };
    let place = |part: usize, k: usize| format!("{ours}.{part}.{k}");
    let mut pairs = Vec::new();
    let mut add = |name: &str, ours: String| pairs.push((format!("{theirs}.{name}"), ours));
    wide.iter().enumerate().for_each(|(k, name)| add(name, place(0, k)));
    deep.iter().enumerate().for_each(|(k, name)| add(name, place(widened, k)));
    if weighs {
        add("se.conv_reduce", format!("{ours}.{}.fc1", widened + 1));
        add("se.conv_expand", format!("{ours}.{}.fc2", widened + 1));
    }
    narrow.iter().enumerate().for_each(|(k, name)| add(name, place(widened + weighed + 1, k)));
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Kind;
    use std::collections::BTreeSet;

    fn variables(network: &Network) -> Vec<String> {
        let (x, _) = network.graph(1).unwrap();
        let nodes = x.graph().nodes();
        let name = |kind: &Kind| if let Kind::Variable { name, .. } = kind { Some(name.clone()) } else { None };
        nodes.iter().filter_map(|node| name(&node.kind)).collect()
    }

    /// Their names of all tensors of a network.
    fn theirs(naming: &Naming) -> Vec<String> {
        let inverse: Vec<Pair> = (naming.pairs)().into_iter().map(|(theirs, ours)| (ours, theirs)).collect();
        let name = |name: String| ours(&inverse, &name).unwrap_or(name);
        variables(&naming.network().unwrap()).into_iter().map(name).collect()
    }

    #[test]
    fn every_name_goes_there_and_back() {
        for naming in NAMINGS {
            let (pairs, ours_all) = ((naming.pairs)(), variables(&naming.network().unwrap()));
            let theirs = theirs(naming);
            let back: Vec<String> =
                theirs.iter().map(|name| ours(&pairs, name).unwrap_or_else(|| name.clone())).collect();
            assert_eq!(back, ours_all, "{}", naming.network);
            assert_eq!(theirs.iter().collect::<BTreeSet<_>>().len(), ours_all.len(), "{}", naming.network);
            for (a, b) in &pairs {
                assert!(theirs.iter().any(|name| name.starts_with(a)), "{}: {a} → {b} names nothing", naming.network);
            }
        }
    }

    /// Names that published files have, as their authors' code spells them.
    #[test]
    fn published_names_are_known() {
        let known = |network: &str, names: &[&str]| {
            let all: Vec<Vec<String>> = NAMINGS.iter().filter(|n| n.network == network).map(theirs).collect();
            for name in names {
                assert!(all.iter().any(|theirs| theirs.iter().any(|their| their == name)), "{network}: {name}");
            }
        };
        known("vgg16", &["features.28.weight", "pre_logits.fc1.weight", "pre_logits.fc2.bias", "head.fc.weight"]);
        known("densenet121", &["features.denseblock4.denselayer16.norm.1.running_var", "features.norm5.weight"]);
        known(
            "mobilenet_v2",
            &["conv_stem.weight", "blocks.0.0.conv_pw.weight", "blocks.6.0.bn3.bias", "conv_head.weight"],
        );
        known(
            "mobilenet_v3_small",
            &["blocks.0.0.se.conv_reduce.weight", "blocks.1.0.conv_pwl.weight", "blocks.5.0.conv.weight"],
        );
        known("mobilenet_v3_large", &["blocks.2.0.se.conv_expand.bias", "blocks.6.0.bn1.weight", "conv_head.bias"]);
        known("efficientnet_b0", &["blocks.0.0.conv_pw.weight", "blocks.6.0.se.conv_reduce.bias", "bn2.running_mean"]);
        known(
            "convnext_tiny",
            &["stem.1.bias", "stages.2.blocks.8.gamma", "stages.3.downsample.1.weight", "head.norm.weight"],
        );
        known(
            "vit_tiny_16",
            &["cls_token", "pos_embed", "blocks.11.attn.qkv.weight", "blocks.0.mlp.fc2.bias", "norm.weight"],
        );
        known(
            "vit_b_16",
            &["encoder.layers.encoder_layer_3.mlp.linear_2.weight", "patch_embed.proj.weight", "head.bias"],
        );
    }
}
