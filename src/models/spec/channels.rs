//! Which channels of a network's layers stay or go together: those that a residual block adds, those that a depthwise convolution or a
//! batch norm passes on, and those of every layer that reads them (Li et al., "Pruning filters for efficient convnets", 2017).

use super::NetworkSpec;
use super::layer::{Activation, Bias, Bypass, Conv, Dims, Layer, PlacedLayer, Shortcut};
use crate::models::channels::{AxisRole, ChannelWalk, LinkedChannels};

impl NetworkSpec {
    /// Channels of the picture and logits must stay, and those that convolutions in groups read or make.
    pub fn linked_channels(&self) -> LinkedChannels {
        let mut walk = ChannelWalk::default();
        let input = walk.fresh(self.input[0]);
        input.iter().for_each(|&id| walk.hold(id));
        let x = Flow { ids: input, dims: Dims::Map(self.input) };
        let y = walk.list(&self.layers, x, "");
        y.ids.iter().for_each(|&id| walk.hold(id));
        walk.finished().0
    }
}

/// Between two layers: who makes each channel of a map, or each value of a row.
#[derive(Clone)]
struct Flow {
    ids: Vec<usize>,
    dims: Dims,
}

impl Flow {
    /// Value by value, as a fully connected layer reads it.
    fn flat(self) -> Self {
        let ids = match self.dims {
            Dims::Map([_, height, width]) => {
                self.ids.iter().flat_map(|&id| std::iter::repeat_n(id, height * width)).collect()
            }
            Dims::Flat(_) => self.ids,
        };
        Self { dims: Dims::Flat(ids.len()), ids }
    }
}

impl ChannelWalk {
    fn list(&mut self, layers: &[PlacedLayer], mut x: Flow, prefix: &str) -> Flow {
        for (index, placed) in layers.iter().enumerate() {
            let name = if prefix.is_empty() { index.to_string() } else { format!("{prefix}.{index}") };
            x = self.layer(&placed.layer, x, &name);
        }
        x
    }

    fn layer(&mut self, layer: &Layer, x: Flow, name: &str) -> Flow {
        let y_dims = |inside: Dims| super::measure::output(layer, x.dims, inside).unwrap_or(x.dims);
        match layer {
            Layer::Conv(conv) => {
                let dims = y_dims(x.dims);
                self.convolution(conv, x, dims, name)
            }
            Layer::Linear { units, bias } => {
                let x = x.flat();
                self.axis(format!("{name}.weight"), 1, AxisRole::Inputs, &x.ids);
                let ids = self.fresh(*units);
                self.axis(format!("{name}.weight"), 0, AxisRole::Filters, &ids);
                if *bias {
                    self.axis(format!("{name}.bias"), 0, AxisRole::Biases, &ids);
                }
                Flow { ids, dims: Dims::Flat(*units) }
            }
            Layer::Flatten => x.flat(),
            Layer::GlobalPool => Flow { dims: Dims::Flat(x.ids.len()), ids: x.ids },
            Layer::BatchNorm => {
                self.batch_norm(name, &x.ids);
                x
            }
            Layer::Activation(Activation::Prelu) => {
                self.axis(format!("{name}.weight"), 0, AxisRole::Others, &x.ids);
                x
            }
            Layer::Pool { .. } => Flow { dims: y_dims(x.dims), ids: x.ids },
            Layer::Dropout(_) | Layer::Activation(_) | Layer::Broken => x,
            Layer::Residual { shortcut, body } => {
                let y = self.list(body, x.clone(), name);
                self.residual(*shortcut, &x, &y, name);
                y
            }
        }
    }

    fn batch_norm(&mut self, name: &str, ids: &[usize]) {
        self.axis(format!("{name}.weight"), 0, AxisRole::Scales, ids);
        for of in ["bias", "running_mean", "running_var"] {
            self.axis(format!("{name}.{of}"), 0, AxisRole::Others, ids);
        }
    }

    fn convolution(&mut self, conv: &Conv, x: Flow, dims: Dims, name: &str) -> Flow {
        let channels = x.ids.len();
        let is_depthwise = conv.groups > 1 && conv.groups == channels && conv.out == channels && conv.reads.is_none();
        let ids = if is_depthwise { x.ids.clone() } else { self.fresh(conv.out) };
        if conv.groups == 1 && conv.reads.is_none() {
            self.axis(format!("{name}.weight"), 1, AxisRole::Inputs, &x.ids);
        } else if !is_depthwise {
            x.ids.iter().chain(&ids).for_each(|&id| self.hold(id));
        }
        self.axis(format!("{name}.weight"), 0, AxisRole::Filters, &ids);
        if conv.bias != Bias::None {
            self.axis(format!("{name}.bias"), 0, AxisRole::Biases, &ids);
        }
        Flow { ids, dims }
    }

    /// What is added is one channel. Channels that a shortcut fills with zeros go in pairs, one before and one behind: so the others stay
    /// in the middle.
    fn residual(&mut self, shortcut: Shortcut, x: &Flow, y: &Flow, name: &str) {
        match shortcut.way(x.dims, y.dims) {
            Ok(Bypass::Identity) => x.ids.iter().zip(&y.ids).for_each(|(&one, &other)| self.link(one, other)),
            Ok(Bypass::Pad { before, after, .. }) => {
                let behind = before + x.ids.len();
                x.ids.iter().zip(&y.ids[before..]).for_each(|(&one, &other)| self.link(one, other));
                (0..before).for_each(|at| self.link(y.ids[at], y.ids[behind + at]));
                (before..after).for_each(|at| self.hold(y.ids[behind + at]));
            }
            Ok(Bypass::ProjectMap { .. } | Bypass::ProjectFlat) => {
                self.axis(format!("{name}.shortcut.0.weight"), 1, AxisRole::Inputs, &x.ids);
                self.axis(format!("{name}.shortcut.0.weight"), 0, AxisRole::Filters, &y.ids);
                self.batch_norm(&format!("{name}.shortcut.1"), &y.ids);
            }
            // No network that was parsed has one.
            Err(_) => x.ids.iter().chain(&y.ids).for_each(|&id| self.hold(id)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linked(text: &str, data: [usize; 3]) -> LinkedChannels {
        NetworkSpec::parse(text, data, 3).unwrap().linked_channels()
    }

    fn groups<'a>(all: &'a LinkedChannels, tensor: &str, axis: usize) -> &'a [Option<usize>] {
        &all.axes.iter().find(|of| of.tensor == tensor && of.axis == axis).unwrap().groups
    }

    #[test]
    fn a_shortcut_links_what_it_adds_and_pairs_what_it_fills() {
        let text =
            "conv 2 3 pad 1\nresidual\n conv 5 3 pad 1\n conv 5 3 stride 2 pad 1\nend\nflatten\nlinear classes\n";
        let all = linked(text, [1, 4, 4]);
        let (first, inside, last) =
            (groups(&all, "0.weight", 0), groups(&all, "1.0.weight", 0), groups(&all, "1.1.weight", 0));
        // One channel of zeros before, two behind.
        assert_eq!(first, &last[1..3]);
        assert!(last[0].is_some() && last[0] == last[3] && last[4].is_none());
        assert!(inside.iter().all(|of| of.is_some() && !first.contains(of) && !last.contains(of)));
        // The fully connected layer reads four values of each channel.
        let read = groups(&all, "3.weight", 1);
        assert!(read.len() == 20 && read.chunks(4).zip(last).all(|(four, of)| four.iter().all(|one| one == of)));
        // Pictures and logits stay.
        assert!(groups(&all, "0.weight", 1).iter().chain(groups(&all, "3.weight", 0)).all(Option::is_none));
        assert_eq!(all.groups, 8);
    }

    #[test]
    fn depthwise_filters_go_with_what_they_read_and_groups_stay() {
        let text = "conv 4 1\nconv 4 3 pad 1 groups 4\nconv 4 1\nconv 4 3 groups 2\nflatten\nlinear classes\n";
        let all = linked(text, [1, 4, 4]);
        assert_eq!(groups(&all, "0.weight", 0), groups(&all, "1.weight", 0));
        assert_eq!(groups(&all, "1.weight", 0), groups(&all, "2.weight", 1));
        assert!(groups(&all, "2.weight", 0).iter().chain(groups(&all, "3.weight", 0)).all(Option::is_none));
        assert_eq!(all.groups, 4);
    }

    #[test]
    fn a_projection_follows_its_block() {
        let text = "conv 2 1\nresidual project\n conv 4 1\n batchnorm\nend\nglobalpool\nlinear classes\n";
        let all = linked(text, [1, 4, 4]);
        assert_eq!(groups(&all, "1.shortcut.0.weight", 0), groups(&all, "1.0.weight", 0));
        assert_eq!(groups(&all, "1.shortcut.0.weight", 1), groups(&all, "0.weight", 0));
        assert_eq!(groups(&all, "1.shortcut.1.running_var", 0), groups(&all, "1.1.bias", 0));
    }
}
