//! Names for variables: dots between the parts, as in PyTorch's and candle's checkpoints. And all that training must know about
//! a network: its parameters in order, its running statistics, its random numbers.

use crate::graph::{DType, Graph, Init, ShapeError, Spec, Tensor};
use std::cell::{Cell, RefCell};
use std::fmt::Display;
use std::rc::Rc;

/// A variable as a layer asked for it.
type Named = (String, Tensor, Init);

/// Hands out the variables of a graph under a prefix. The symbolic twin of `candle_nn::VarBuilder`.
#[derive(Clone)]
pub struct VarBuilder {
    prefix: String,
    /// How the weights of layers below start.
    weight_init: Init,
    shared: Rc<Shared>,
}

/// The data that all builders of one network share.
struct Shared {
    graph: Graph,
    dtype: DType,
    parameters: RefCell<Vec<Named>>,
    statistics: RefCell<Vec<Named>>,
    training: Option<TrainingMode>,
    /// Variables that stay as they are.
    frozen: Rc<[String]>,
}

/// The statistics and random keys that layers record while a network is built for training.
pub struct TrainingMode {
    /// U32 `[2]`: the seed, and the number of the step.
    counter: Tensor,
    /// Each running statistic with its value after this batch.
    updates: RefCell<Vec<(Tensor, Tensor)>>,
    /// The number of random keys used so far.
    keys: Cell<u32>,
}

impl VarBuilder {
    /// For inference.
    pub fn new(graph: &Graph) -> Self {
        Self::build(graph, DType::F32, None, Rc::default())
    }

    /// For training: batch norm uses the batch's moments and dropout drops. `counter` is U32 `[2]`: seed and step.
    pub fn training(graph: &Graph, counter: Tensor) -> Self {
        Self::training_as(graph, counter, DType::F32)
    }

    /// [`VarBuilder::training`] of all but some variables: parameters of these names are not trained, but saved as statistics are, and
    /// a batch norm whose `running_mean` is one of them normalises by its statistics, as at inference.
    pub fn training_without(graph: &Graph, counter: Tensor, frozen: Rc<[String]>) -> Self {
        Self::build(graph, DType::F32, Some(TrainingMode::new(counter)), frozen)
    }

    /// [`VarBuilder::training`] with variables of another element type: F64 for central differences.
    pub fn training_as(graph: &Graph, counter: Tensor, dtype: DType) -> Self {
        Self::build(graph, dtype, Some(TrainingMode::new(counter)), Rc::default())
    }

    fn build(graph: &Graph, dtype: DType, training: Option<TrainingMode>, frozen: Rc<[String]>) -> Self {
        let (parameters, statistics) = (RefCell::default(), RefCell::default());
        let shared = Rc::new(Shared { graph: graph.clone(), dtype, parameters, statistics, training, frozen });
        Self { prefix: String::new(), weight_init: Init::HeNormal, shared }
    }

    /// One level deeper: `vb.pp("features").pp(3)` names `features.3.…`.
    pub fn pp(&self, part: impl Display) -> Self {
        Self { prefix: self.name(part), ..self.clone() }
    }

    /// The same place, where the weights of layers start like this.
    pub fn with_weight_init(&self, weight_init: Init) -> Self {
        Self { weight_init, ..self.clone() }
    }

    /// How the weights of layers here start; He's normal distribution unless said otherwise.
    pub fn weight_init(&self) -> Init {
        self.weight_init
    }

    /// The graph that the variables belong to.
    pub fn graph(&self) -> &Graph {
        &self.shared.graph
    }

    /// Says that the module of this place made `y`, and gives it back.
    pub fn made(&self, y: Tensor) -> Tensor {
        self.shared.graph.name_module(&self.prefix, &y);
        y
    }

    fn name(&self, part: impl Display) -> String {
        if self.prefix.is_empty() { part.to_string() } else { format!("{}.{part}", self.prefix) }
    }

    /// The parameter `prefix.name` of this shape. It is trained, unless it is frozen.
    pub fn get_with_hints(&self, shape: impl Into<Vec<usize>>, name: &str, init: Init) -> Result<Tensor, ShapeError> {
        let Shared { parameters, statistics, .. } = &*self.shared;
        let list = if self.is_frozen(name) { statistics } else { parameters };
        self.get(list, shape.into(), name, init)
    }

    /// Whether the variable `prefix.name` stays as it is.
    pub fn is_frozen(&self, name: &str) -> bool {
        let name = self.name(name);
        self.shared.frozen.contains(&name)
    }

    /// The running statistic `prefix.name` of this shape. It is saved with the parameters and not trained.
    pub fn get_statistic(&self, shape: impl Into<Vec<usize>>, name: &str, init: Init) -> Result<Tensor, ShapeError> {
        self.get(&self.shared.statistics, shape.into(), name, init)
    }

    fn get(&self, list: &RefCell<Vec<Named>>, shape: Vec<usize>, name: &str, init: Init) -> Result<Tensor, ShapeError> {
        let name = self.name(name);
        let variable = self.shared.graph.variable(&name, Spec::new(shape, self.shared.dtype), init)?;
        let mut list = list.borrow_mut();
        if !list.iter().any(|(known, ..)| *known == name) {
            list.push((name, variable.clone(), init));
        }
        Ok(variable)
    }

    /// The record of layers in training; `None` at inference.
    pub fn training_mode(&self) -> Option<&TrainingMode> {
        self.shared.training.as_ref()
    }

    /// All trained parameters, in order of creation, with their initial distribution. Every builder of the network has them.
    pub fn parameters(&self) -> Vec<(String, Tensor, Init)> {
        self.shared.parameters.borrow().clone()
    }

    /// All running statistics, in order of creation, with how they start.
    pub fn statistics(&self) -> Vec<(String, Tensor, Init)> {
        self.shared.statistics.borrow().clone()
    }
}

impl TrainingMode {
    fn new(counter: Tensor) -> Self {
        Self { counter, updates: RefCell::default(), keys: Cell::new(0) }
    }

    /// U32 `[2]`: the seed, and the number of the step.
    pub fn counter(&self) -> &Tensor {
        &self.counter
    }

    /// Records that `variable`, a running statistic, becomes `value` after this step.
    pub fn record(&self, variable: Tensor, value: Tensor) {
        self.updates.borrow_mut().push((variable, value));
    }

    /// Each running statistic with its value after this step, in the order of the layers.
    pub fn updates(&self) -> Vec<(Tensor, Tensor)> {
        self.updates.borrow().clone()
    }

    /// A key of random numbers that no other layer of this network has: 0, 1, 2, … in the order of the layers.
    pub fn next_key(&self) -> u32 {
        self.keys.replace(self.keys.get() + 1)
    }
}
