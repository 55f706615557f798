//! A network as other programs know it: its graph as a list of steps for any number of pictures, where what a layer makes of several
//! ops is one step again. What writes files and source text reads this, and no graph.

mod links;
mod split;

pub use links::LinkedOutline;
pub use split::SplitOutline;

use super::{Network, rounding};
use crate::graph::op::pool2d::Pool2d;
use crate::graph::op::reduce::ReduceFn;
use crate::graph::op::unary::UnaryFn;
use crate::graph::op::{
    BatchNorm, Binary, Conv2d, Erf, Matmul, Move, Op, Reduce, Reshape, Rule, Unary, binary::BinaryFn, matmul::Order,
};
use crate::graph::{DType, Host, Kind, Node, NodeId, ShapeError, Tensor};
use std::collections::BTreeMap;

/// An extent of a shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Whatever the number of pictures.
    Fixed(usize),
    /// So many times the number of pictures.
    Batch(usize),
}

/// What a step computes of its inputs.
#[derive(Clone, Debug)]
pub enum OutlineWork {
    /// Nothing: the pictures.
    Picture,
    /// Nothing: a tensor of the checkpoint.
    Variable(String),
    /// Nothing: known values.
    Constant(Host),
    /// The pictures, the weights, perhaps a bias for each channel.
    Convolution(Conv2d),
    /// Rows, the weights `[out, in]`, perhaps a bias for each output.
    Linear,
    /// `x`, then mean, variance, weight and bias of each channel; ε.
    Normalisation(f64),
    /// `x`, then weight and bias of each place along a dimension; the dimension, ε.
    LayerNorm(usize, f64),
    /// `x Φ(x)` of one tensor.
    Gelu,
    /// `[batch, channels, height, width]` → `[batch, channels]`.
    SpatialMean,
    /// `scale (q - zero)` of the nearest whole `q` from 0 to `most`.
    Quantised {
        /// Between two of its values.
        scale: f32,
        /// The number that stands for 0.
        zero: u32,
        /// At most 255.
        most: u32,
    },
    /// Any other op.
    Op(Op),
}

/// One step.
#[derive(Clone, Debug)]
pub struct OutlineStep {
    /// Its node in the graph: inputs name it so.
    pub id: NodeId,
    /// What it computes.
    pub work: OutlineWork,
    /// Of earlier steps.
    pub inputs: Vec<NodeId>,
    /// Of its value.
    pub shape: Vec<Extent>,
    /// Of its value.
    pub dtype: DType,
    /// PyTorch's path of the module whose output it is.
    pub module: Option<String>,
}

/// All steps that the logits need, each after what it reads.
#[derive(Clone, Debug)]
pub struct Outline {
    /// The steps.
    pub steps: Vec<OutlineStep>,
    /// The step that computes the logits.
    pub output: NodeId,
}

impl Outline {
    /// # Errors
    /// Where the network cannot be built.
    pub fn of(network: &Network) -> Result<Self, ShapeError> {
        let ((_, output), (_, other)) = (network.graph(2)?, network.graph(3)?);
        if let Some(outline) = Self::of_pair(&output, &other) {
            return Ok(outline);
        }
        // Its shapes depend on the number of pictures in another way than by multiples: for one picture, then.
        let (x, output) = network.graph(1)?;
        let nodes = x.graph().nodes().clone();
        let same = Self::read(&output, &nodes);
        same.ok_or_else(|| ShapeError::bad("outline", "its graph is not the same when it is built again", x.dims()))
    }

    /// The steps behind a tensor, from its graphs for two pictures and for three; `None` where they are not the same otherwise.
    pub fn of_pair(two: &Tensor, three: &Tensor) -> Option<Self> {
        Self::read(two, &three.graph().nodes())
    }

    /// The steps behind `output`, a tensor of a graph alone.
    pub fn of_tensor(output: &Tensor) -> Option<Self> {
        let nodes = output.graph().nodes().clone();
        Self::read(output, &nodes)
    }

    /// `others` is the graph for another number of pictures, 3 to 2; or the same, where there is one number alone.
    fn read(output: &Tensor, others: &[Node]) -> Option<Self> {
        let graph = output.graph();
        let nodes = graph.nodes();
        let pairs = (nodes.len() == others.len()).then(|| nodes.iter().zip(others))?;
        let shapes = pairs.map(|(a, b)| paired(a, b)).collect::<Option<Vec<_>>>()?;
        let mut modules: BTreeMap<NodeId, String> = BTreeMap::new();
        for (path, id) in graph.modules().iter().filter(|(path, _)| !path.is_empty()) {
            modules.entry(*id).or_insert_with(|| path.clone());
        }
        let found = Found { nodes: &nodes, uses: uses(&nodes) };
        let mut needed = vec![false; nodes.len()];
        needed[output.id()] = true;
        let mut steps = Vec::new();
        for (id, node) in nodes.iter().enumerate().rev().filter(|(id, _)| *id <= output.id()) {
            if !needed[id] {
                continue;
            }
            let (work, inputs) = found.step(id);
            inputs.iter().for_each(|&input| needed[input] = true);
            let (shape, dtype) = (shapes[id].clone(), node.spec.dtype);
            steps.push(OutlineStep { id, work, inputs, shape, dtype, module: modules.get(&id).cloned() });
        }
        steps.reverse();
        Some(Self { steps, output: output.id() })
    }

    /// The step of this node.
    pub fn step(&self, id: NodeId) -> Option<&OutlineStep> {
        self.steps.binary_search_by_key(&id, |step| step.id).ok().map(|at| &self.steps[at])
    }
}

/// How often each node is read.
fn uses(nodes: &[Node]) -> Vec<usize> {
    let mut uses = vec![0; nodes.len()];
    nodes.iter().flat_map(|node| &node.inputs).for_each(|&input| uses[input] += 1);
    uses
}

/// The shape of a node for any number of pictures, from those for two and for three; `None` where they are no such pair.
fn paired(a: &Node, b: &Node) -> Option<Vec<Extent>> {
    let is_same = match (&a.kind, &b.kind) {
        (Kind::Input { name: a }, Kind::Input { name: b }) => a == b,
        (Kind::Variable { name: a, .. }, Kind::Variable { name: b, .. }) => a == b,
        (Kind::Constant(a), Kind::Constant(b)) => is_equal(a, b),
        (Kind::Op(a), Kind::Op(b)) => match (a.get::<Move>(), b.get::<Move>()) {
            // Their extents are those of the shapes.
            (Some(Move::Narrow { dim: a, start: from, .. }), Some(Move::Narrow { dim: b, start: to, .. })) => {
                (a, from) == (b, to)
            }
            (Some(Move::BroadcastAs(_)), Some(Move::BroadcastAs(_))) => true,
            _ => a.get::<Reshape>().is_some() && b.get::<Reshape>().is_some() || format!("{a:?}") == format!("{b:?}"),
        },
        _ => false,
    };
    let extent = |(&a, &b): (&usize, &usize)| match (a, b) {
        _ if a == b => Some(Extent::Fixed(a)),
        _ if a % 2 == 0 && b == a / 2 * 3 => Some(Extent::Batch(a / 2)),
        _ => None,
    };
    let is_same = is_same && a.inputs == b.inputs && a.spec.rank() == b.spec.rank();
    is_same.then(|| a.spec.shape.iter().zip(&b.spec.shape).map(extent).collect())?
}

fn is_equal(a: &Host, b: &Host) -> bool {
    let bits =
        |t: &Host| -> candle_core::Result<Vec<f64>> { t.flatten_all()?.to_dtype(candle_core::DType::F64)?.to_vec1() };
    a.dims() == b.dims() && bits(a).ok() == bits(b).ok()
}

/// Nodes, looked at from the last one of a layer.
struct Found<'a> {
    nodes: &'a [Node],
    uses: Vec<usize>,
}

type Matched = Option<(OutlineWork, Vec<NodeId>)>;

impl Found<'_> {
    fn step(&self, id: NodeId) -> (OutlineWork, Vec<NodeId>) {
        let node = &self.nodes[id];
        let layers = [Self::normalisation, Self::layer_norm, Self::biased, Self::gelu, Self::mean, Self::quantised];
        match &node.kind {
            Kind::Input { .. } => (OutlineWork::Picture, Vec::new()),
            Kind::Variable { name, .. } => (OutlineWork::Variable(name.clone()), Vec::new()),
            Kind::Constant(value) => (OutlineWork::Constant(value.clone()), Vec::new()),
            Kind::Op(op) => layers.iter().find_map(|layer| layer(self, id)).unwrap_or_else(|| {
                let work = match op.get::<Conv2d>() {
                    Some(conv) => OutlineWork::Convolution(conv.clone()),
                    None if self.is_linear(id) => OutlineWork::Linear,
                    None => OutlineWork::Op(op.clone()),
                };
                (work, node.inputs.clone())
            }),
        }
    }

    fn op<R: Rule + 'static>(&self, id: NodeId) -> Option<&R> {
        match &self.nodes[id].kind {
            Kind::Op(op) => op.get(),
            _ => None,
        }
    }

    fn dims(&self, id: NodeId) -> &[usize] {
        &self.nodes[id].spec.shape
    }

    /// What this function of two reads.
    fn two(&self, id: NodeId, function: BinaryFn) -> Option<[NodeId; 2]> {
        let Binary(found) = self.op(id)?;
        (*found == function).then(|| self.nodes[id].inputs.clone().try_into().ok())?
    }

    /// What this function of one reads.
    fn one(&self, id: NodeId, function: UnaryFn) -> Option<NodeId> {
        let Unary(found) = self.op(id)?;
        (*found == function).then(|| self.nodes[id].inputs[0])
    }

    /// What an `x + add` reads, and `add`.
    fn plus(&self, id: NodeId) -> Option<(NodeId, f64)> {
        match self.op::<Unary>(id)? {
            Unary(UnaryFn::Affine(mul, add)) if *mul == 1.0 => Some((self.nodes[id].inputs[0], *add)),
            _ => None,
        }
    }

    /// The numbers that lie along one dimension of a tensor of this rank, from the tensor that is broadcast there.
    fn row(&self, id: NodeId, dim: usize, rank: usize) -> Option<NodeId> {
        self.op::<Reshape>(id)?;
        let (from, shape) = (self.nodes[id].inputs[0], self.dims(id));
        let is_row = shape.len() == rank && (0..rank).all(|d| d == dim || shape[d] == 1);
        (is_row && self.dims(from) == [shape[dim]]).then_some(from)
    }

    fn mean_over(&self, id: NodeId, dim: usize) -> Option<NodeId> {
        let reduce = self.op::<Reduce>(id)?;
        let is_mean = reduce.reduce == ReduceFn::Mean && (reduce.start, reduce.end) == (dim, dim + 1);
        is_mean.then(|| self.nodes[id].inputs[0])
    }

    /// `x · scale + shift` of each channel by running statistics, or the op that says the same.
    fn normalisation(&self, id: NodeId) -> Matched {
        let rank = self.dims(id).len();
        if let Some(norm) = self.op::<BatchNorm>(id) {
            let inputs = &self.nodes[id].inputs;
            let rows = inputs[1..].iter().map(|&input| self.row(input, 1, rank)).collect::<Option<Vec<_>>>()?;
            return Some((OutlineWork::Normalisation(norm.eps), [vec![inputs[0]], rows].concat()));
        }
        let [product, shift] = self.two(id, BinaryFn::Add)?;
        let [x, scale] = self.two(product, BinaryFn::Mul)?;
        let (scale, shift) = (self.row(scale, 1, rank)?, self.row(shift, 1, rank)?);
        let [weight, std] = self.two(scale, BinaryFn::Div)?;
        let (var, eps) = self.plus(self.one(std, UnaryFn::Sqrt)?)?;
        let [bias, moved] = self.two(shift, BinaryFn::Sub)?;
        let [mean, again] = self.two(moved, BinaryFn::Mul)?;
        (again == scale).then(|| (OutlineWork::Normalisation(eps), vec![x, mean, var, weight, bias]))
    }

    fn layer_norm(&self, id: NodeId) -> Matched {
        let rank = self.dims(id).len();
        let [product, bias] = self.two(id, BinaryFn::Add)?;
        let [unit, weight] = self.two(product, BinaryFn::Mul)?;
        let dim = (0..rank).find(|&dim| self.row(bias, dim, rank).is_some())?;
        let (weight, bias) = (self.row(weight, dim, rank)?, self.row(bias, dim, rank)?);
        let [centred, scale] = self.two(unit, BinaryFn::Mul)?;
        let [x, mean] = self.two(centred, BinaryFn::Sub)?;
        let (var, eps) = self.plus(self.one(self.one(scale, UnaryFn::Recip)?, UnaryFn::Sqrt)?)?;
        let is_norm = self.mean_over(mean, dim)? == x
            && self.one(self.mean_over(var, dim)?, UnaryFn::Sqr)? == centred
            && self.dims(weight) == [self.dims(x)[dim]];
        is_norm.then(|| (OutlineWork::LayerNorm(dim, eps), vec![x, weight, bias]))
    }

    /// A convolution or a product with a bias behind it that nothing else reads.
    fn biased(&self, id: NodeId) -> Matched {
        let [y, bias] = self.two(id, BinaryFn::Add)?;
        if self.uses[y] != 1 {
            return None;
        }
        let inputs = &self.nodes[y].inputs;
        if let Some(conv) = self.op::<Conv2d>(y) {
            let bias = self.row(bias, 1, 4)?;
            return (self.dims(bias) == [self.dims(y)[1]])
                .then(|| (OutlineWork::Convolution(conv.clone()), vec![inputs[0], inputs[1], bias]));
        }
        let fits = self.is_linear(y) && self.dims(bias) == [self.dims(y)[1]];
        fits.then(|| (OutlineWork::Linear, vec![inputs[0], inputs[1], bias]))
    }

    fn is_linear(&self, id: NodeId) -> bool {
        let is_turned = self.op::<Matmul>(id).is_some_and(|of| [of.a, of.b] == [Order::Rows, Order::Columns]);
        is_turned && self.dims(id).len() == 2
    }

    fn gelu(&self, id: NodeId) -> Matched {
        let [x, share] = self.two(id, BinaryFn::Mul)?;
        let half = self.one(share, UnaryFn::Affine(0.5, 0.5))?;
        self.op::<Erf>(half)?;
        let root = self.one(self.nodes[half].inputs[0], UnaryFn::Affine(std::f64::consts::FRAC_1_SQRT_2, 0.0))?;
        (root == x).then(|| (OutlineWork::Gelu, vec![x]))
    }

    fn mean(&self, id: NodeId) -> Matched {
        self.op::<Reshape>(id)?;
        let flat = self.mean_over(self.nodes[id].inputs[0], 2)?;
        self.op::<Reshape>(flat)?;
        let x = self.nodes[flat].inputs[0];
        let (from, to) = (self.dims(x), self.dims(id));
        (from.len() == 4 && self.dims(flat).len() == 3 && self.dims(flat)[..2] == from[..2] && *to == from[..2])
            .then(|| (OutlineWork::SpatialMean, vec![x]))
    }
}

impl Found<'_> {
    /// A number that is known.
    fn number(&self, id: NodeId) -> Option<f32> {
        match &self.nodes[id].kind {
            Kind::Constant(value) if value.elem_count() == 1 => value.flatten_all().ok()?.to_vec1().ok()?.pop(),
            Kind::Op(op) if op.get::<Reshape>().is_some() => self.number(self.nodes[id].inputs[0]),
            _ => None,
        }
    }

    fn quantised(&self, id: NodeId) -> Matched {
        let [centred, scale] = self.two(id, BinaryFn::Mul)?;
        let [whole, zero] = self.two(centred, BinaryFn::Sub)?;
        let [rounded, again] = self.two(whole, BinaryFn::Add)?;
        let is_rounded = matches!(&self.nodes[rounded].kind, Kind::Op(op) if op.name() == rounding::NAME);
        let held = *self.nodes[rounded].inputs.first().filter(|_| is_rounded)?;
        let Unary(UnaryFn::Clamp(low, high)) = *self.op::<Unary>(held)? else { return None };
        let [x, divisor] = self.two(self.nodes[held].inputs[0], BinaryFn::Div)?;
        let [scale, divisor, zero, again] =
            [self.number(scale)?, self.number(divisor)?, self.number(zero)?, self.number(again)?];
        let most = (high - low).floor();
        let is_same = scale == divisor
            && zero == again
            && zero.fract() == 0.0
            && (0.0..=255.0).contains(&most)
            && (0.0..=most).contains(&f64::from(zero))
            && rounding::around([0.0, most], f64::from(zero)) == [low, high];
        is_same.then(|| (OutlineWork::Quantised { scale, zero: zero as u32, most: most as u32 }, vec![x]))
    }
}

/// For pooling, which programs cut off at the last edge in different ways: rows and columns that its last windows reach beyond the padding.
pub fn overhang(pool: &Pool2d, from: [usize; 2], to: [usize; 2]) -> [usize; 2] {
    [0, 1].map(|d| {
        let reach = (to[d] - 1) * pool.stride[d] + pool.kernel[d];
        reach.saturating_sub(from[d] + 2 * pool.padding[d])
    })
}
