//! Channels of a network's layers that stay or go together, whatever the network was made of: a text or a graph.

/// An axis of a tensor along which channels lie.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelAxis {
    /// Name of the tensor.
    pub tensor: String,
    /// 0 of what a layer makes, 1 of what it reads.
    pub axis: usize,
    /// What its layer is.
    pub role: AxisRole,
    /// The group of each place along the axis; none where it must stay.
    pub groups: Vec<Option<usize>>,
}

/// What an axis belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AxisRole {
    /// Filters of a convolution, or units of a fully connected layer.
    Filters,
    /// Biases of such.
    Biases,
    /// What such a layer reads.
    Inputs,
    /// Factors of a batch norm.
    Scales,
    /// What else a batch norm or an activation has.
    Others,
}

/// Groups of channels, each of which stays or goes as a whole, and where they lie.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LinkedChannels {
    /// How many groups there are.
    pub groups: usize,
    /// In the order of the layers.
    pub axes: Vec<ChannelAxis>,
}

/// Union-find over channels.
#[derive(Default)]
pub(super) struct ChannelWalk {
    above: Vec<usize>,
    held: Vec<bool>,
    axes: Vec<(String, usize, AxisRole, Vec<usize>)>,
}

impl ChannelWalk {
    pub(super) fn fresh(&mut self, count: usize) -> Vec<usize> {
        let from = self.above.len();
        self.above.extend(from..from + count);
        self.held.extend(std::iter::repeat_n(false, count));
        (from..from + count).collect()
    }

    pub(super) fn root(&mut self, mut id: usize) -> usize {
        while self.above[id] != id {
            self.above[id] = self.above[self.above[id]];
            id = self.above[id];
        }
        id
    }

    pub(super) fn link(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        if one != other {
            self.above[other] = one;
            self.held[one] |= self.held[other];
        }
    }

    pub(super) fn hold(&mut self, id: usize) {
        let root = self.root(id);
        self.held[root] = true;
    }

    pub(super) fn axis(&mut self, tensor: String, axis: usize, role: AxisRole, ids: &[usize]) {
        self.axes.push((tensor, axis, role, ids.to_vec()));
    }

    /// Whether this axis of a tensor was named before.
    pub(super) fn is_known(&self, tensor: &str, axis: usize) -> bool {
        self.axes.iter().any(|(name, own, ..)| name == tensor && *own == axis)
    }

    /// Its channels stay.
    pub(super) fn hold_axis(&mut self, tensor: &str, axis: usize) {
        let known = self.axes.iter().filter(|(name, own, ..)| name == tensor && *own == axis);
        let ids: Vec<usize> = known.flat_map(|(.., ids)| ids.clone()).collect();
        ids.into_iter().for_each(|id| self.hold(id));
    }

    /// What was found, and the group of each channel, where it has one.
    pub(super) fn finished(mut self) -> (LinkedChannels, Vec<Option<usize>>) {
        let mut known = vec![None; self.above.len()];
        let (mut groups, mut axes) = (0, Vec::new());
        for (tensor, axis, role, ids) in std::mem::take(&mut self.axes) {
            let mut of = |id: usize| {
                let root = self.root(id);
                if self.held[root] {
                    return None;
                }
                let group = *known[root].get_or_insert_with(|| {
                    groups += 1;
                    groups - 1
                });
                Some(group)
            };
            axes.push(ChannelAxis { tensor, axis, role, groups: ids.into_iter().map(&mut of).collect() });
        }
        let all = (0..self.above.len()).map(|id| {
            let root = self.root(id);
            known[root]
        });
        let all = all.collect();
        (LinkedChannels { groups, axes }, all)
    }
}
