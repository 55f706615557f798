//! A graph made ready for a backend: optimised, its constants computed, its nodes grouped into steps.

use super::host::from_elements;
use super::op::{Cost, Form};
use super::pass::{Flat, Known, PassError, Step, Values, form_of, fuse, optimise, resolve};
use super::{Kind, KnownValue, Node, NodeId, Spec, Tensor, state};
use crate::sorted::SortedMap;

/// The input of a backend. Nodes are in topological order; every step writes one node, and all that it reads is an input,
/// frozen, or written by an earlier step.
pub struct Program {
    flat: Flat,
    frozen: SortedMap<NodeId, KnownValue>,
    /// After the run each of the first gets the value of the second.
    assigns: Vec<(NodeId, NodeId)>,
    /// The inputs that are left, by name, in the order in which a plan takes their values.
    pub inputs: Vec<(String, NodeId)>,
    /// The steps in the order in which they run.
    pub steps: Vec<Step>,
}

impl Program {
    /// For inference: variables have their `values` once and for all.
    pub fn inference(outputs: &[&Tensor], values: Values<'_>) -> Result<Program, PassError> {
        let nodes = outputs.first().map(|t| t.graph().nodes().clone()).unwrap_or_default();
        let flat = Flat::new(nodes, outputs.iter().map(|t| t.id()).collect());
        let (flat, frozen) = optimise(flat, Known::All(values))?;
        Ok(Self::new(flat, frozen))
    }

    /// Variables are state: they keep their values from run to run. After a run each target of `assigns` (a variable, or
    /// variables packed together) has the value that was computed for it; all that the run reads is from before.
    pub fn step(outputs: &[&Tensor], assigns: &[(&Tensor, &Tensor)]) -> Result<Program, PassError> {
        Self::step_where(outputs, assigns, Known::None)
    }

    /// [`Program::step`] where those variables that have a value keep it once and for all, as in [`Program::inference`].
    pub fn step_with(
        outputs: &[&Tensor],
        assigns: &[(&Tensor, &Tensor)],
        values: Values<'_>,
    ) -> Result<Program, PassError> {
        Self::step_where(outputs, assigns, Known::Some(values))
    }

    fn step_where(outputs: &[&Tensor], assigns: &[(&Tensor, &Tensor)], known: Known<'_>) -> Result<Program, PassError> {
        let all: Vec<&Tensor> =
            outputs.iter().copied().chain(assigns.iter().flat_map(|&(to, value)| [to, value])).collect();
        let nodes = all.first().map(|t| t.graph().nodes().clone()).unwrap_or_default();
        for (to, value) in assigns {
            if to.spec() != value.spec() {
                let (want, got) = (to.dims().to_vec(), value.dims().to_vec());
                return Err(super::ShapeError::Mismatch { op: "assign", a: want, b: got }.into());
            }
        }
        let flat = Flat::new(nodes, all.iter().map(|t| t.id()).collect());
        let (mut flat, frozen) = optimise(flat, known)?;
        let pairs = flat.outputs.split_off(outputs.len());
        let assigns = pairs.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
        Self::with_assigns(flat, frozen, assigns)
    }

    /// The same graph as it stands: nothing folded or merged, a step per node. For comparison in tests.
    pub fn unoptimised(outputs: &[&Tensor], values: Values<'_>) -> Result<Program, PassError> {
        let nodes = outputs.first().map(|t| t.graph().nodes().clone()).unwrap_or_default();
        // Every node is an output: nothing can disappear into a neighbour.
        let mut keep: Vec<NodeId> = outputs.iter().map(|t| t.id()).collect();
        keep.extend((0..nodes.len()).filter(|&id| matches!(nodes[id].kind, Kind::Op(_))));
        let mut frozen = SortedMap::new();
        for (id, node) in nodes.iter().enumerate() {
            match &node.kind {
                Kind::Constant(value) => _ = frozen.insert(id, value.clone().into()),
                Kind::Variable { name, .. } => {
                    _ = frozen.insert(id, values(name).ok_or_else(|| PassError::NoValue { name: name.clone() })?);
                }
                Kind::Input { .. } | Kind::Op(_) => {}
            }
        }
        let mut program = Self::new(Flat::new(nodes, keep), frozen);
        program.flat.outputs.truncate(outputs.len());
        Ok(program)
    }

    /// Steps that change state in place come last: everything else reads what was before.
    fn with_assigns(
        mut flat: Flat,
        frozen: SortedMap<NodeId, KnownValue>,
        assigns: Vec<(NodeId, NodeId)>,
    ) -> Result<Self, PassError> {
        let outputs = flat.outputs.clone();
        flat.outputs.extend(assigns.iter().flat_map(|&(to, value)| [to, value]));
        let mut program = Self::new(flat, frozen);
        program.flat.outputs = outputs;
        program.assigns = assigns;
        for &(to, _) in &program.assigns {
            let is_state =
                matches!(program.node(to).kind, Kind::Variable { .. }) || state::packed(&program, to).is_some();
            if !is_state {
                let name = program.name(to).to_owned();
                return Err(PassError::NotState { name });
            }
        }
        let in_place: Vec<bool> = (0..program.len()).map(|id| program.rewrites_state(id)).collect();
        let steps = std::mem::take(&mut program.steps);
        let (last, mut steps): (Vec<Step>, Vec<Step>) = steps.into_iter().partition(|s| in_place[s.output]);
        if let Some(step) = steps.iter().find(|step| program.reads(step).iter().any(|&id| in_place[id])) {
            return Err(PassError::ReadsNew { name: program.name(step.output).to_owned() });
        }
        steps.extend(last);
        program.steps = steps;
        Ok(program)
    }

    fn new(flat: Flat, frozen: SortedMap<NodeId, KnownValue>) -> Self {
        let steps = fuse(&flat, &|id| frozen.contains_key(&id));
        let inputs = flat.nodes.iter().enumerate().filter_map(|(id, node)| match &node.kind {
            Kind::Input { name } => Some((name.clone(), id)),
            _ => None,
        });
        let inputs = inputs.collect();
        Program { flat, frozen, assigns: Vec::new(), inputs, steps }
    }

    /// The node of this index.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.flat.nodes[id]
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.flat.nodes.len()
    }

    /// Whether there is no node.
    pub fn is_empty(&self) -> bool {
        self.flat.nodes.is_empty()
    }

    /// How a node is computed; none where nothing is.
    pub fn form(&self, id: NodeId) -> Option<Form<'_>> {
        // A frozen node has lost its inputs, and with them its form.
        if self.frozen.contains_key(&id) {
            return None;
        }
        form_of(&self.flat, id)
    }

    /// The node of the graph that this one computes.
    pub fn origin(&self, id: NodeId) -> NodeId {
        self.flat.origins[id]
    }

    /// The op's name, or what else the node is.
    pub fn name(&self, id: NodeId) -> &str {
        match &self.node(id).kind {
            Kind::Op(op) => op.name(),
            Kind::Input { name } | Kind::Variable { name, .. } => name,
            Kind::Constant(_) => "a constant",
        }
    }

    /// The assignments after a run: (target, value).
    pub fn assigns(&self) -> &[(NodeId, NodeId)] {
        &self.assigns
    }

    /// Whether this node is computed in the memory of the state that it is assigned to.
    pub fn rewrites_state(&self, id: NodeId) -> bool {
        let target = || self.sources(id).first().copied();
        matches!(self.form(id), Some(Form::Rewrite(_)))
            && self.assigns.iter().any(|&(to, value)| self.resolve(value) == id && target() == Some(to))
    }

    /// The specs of a node's inputs.
    pub fn input_specs(&self, id: NodeId) -> Vec<&Spec> {
        self.node(id).inputs.iter().map(|&i| &self.node(i).spec).collect()
    }

    /// The inputs of a node, each as the node whose memory it is.
    pub fn sources(&self, id: NodeId) -> Vec<NodeId> {
        self.node(id).inputs.iter().map(|&i| self.resolve(i)).collect()
    }

    /// The node whose memory `id` is: itself, or what it renames.
    pub fn resolve(&self, id: NodeId) -> NodeId {
        resolve(&self.flat, &|id| self.frozen.contains_key(&id), id)
    }

    /// The value of a node that is known beforehand.
    pub fn frozen(&self, id: NodeId) -> Option<&KnownValue> {
        self.frozen.get(&id)
    }

    /// Reads the known values that are kept elsewhere into memory, one after the other.
    ///
    /// # Errors
    /// As of [`KnownValue::host`]; the rest stays where it is kept.
    pub(crate) fn load(&mut self) -> candle_core::Result<()> {
        for value in self.frozen.values_mut() {
            *value = value.host()?.into();
        }
        Ok(())
    }

    /// Lets go of the elements of a known value that nobody will read.
    pub(crate) fn forget(&mut self, id: NodeId) {
        if let Some(value) = self.frozen.get_mut(&id)
            // Whoever reads it all the same shall see that.
            && let Ok(none) = from_elements(vec![f32::NAN], &Spec::f32([1])).and_then(|none| none.broadcast_as(value.dims()))
        {
            *value = none.into();
        }
    }

    /// How many bytes [`Self::load`] reads.
    pub(crate) fn kept_bytes(&self) -> usize {
        self.frozen.values().fold(0, |sum: usize, value| sum.saturating_add(value.kept_bytes()))
    }

    /// The outputs in order: the node with the shape, and the node with the memory.
    pub fn outputs(&self) -> impl Iterator<Item = (NodeId, NodeId)> {
        self.flat.outputs.iter().map(|&id| (id, self.resolve(id)))
    }

    /// All nodes that a step reads from memory.
    pub fn reads(&self, step: &Step) -> Vec<NodeId> {
        use super::pass::StepWork;
        match &step.work {
            StepWork::Fused { anchor, leaves, .. } => {
                let own = anchor.map(|a| self.sources(a)).unwrap_or_default();
                own.into_iter().chain(leaves.iter().map(|leaf| leaf.node)).collect()
            }
            StepWork::Copy { source, .. } => vec![*source],
            StepWork::Join => self.sources(step.output),
        }
    }

    /// Multiply-accumulates and bytes of all nodes that are computed at run time.
    pub fn cost(&self) -> Cost {
        let mut total = Cost::default();
        for (id, node) in self.flat.nodes.iter().enumerate() {
            if let (Kind::Op(op), false) = (&node.kind, self.frozen.contains_key(&id)) {
                let cost = op.cost(&self.input_specs(id), &node.spec);
                total.macs += cost.macs;
                total.bytes += cost.bytes;
            }
        }
        total
    }
}
