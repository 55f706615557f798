//! Which outputs of a file are boxes or joints, and in which form: by their shapes, by the places that a picture of the input's size has
//! in a network of the YOLO family, and by what the exporter wrote into the file.

use super::array::Value;
use super::{Model, OnnxError, OnnxGraph, file};
use crate::graph::{Graph, Spec};
use crate::models::head::{BoxForm, BoxHead, BoxOrder, JointForm, JointHead, OutputHead};
use crate::nn::VarBuilder;
use std::collections::BTreeMap;

/// What a file says of itself in its metadata.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StatedHead {
    /// Names of its classes, counted.
    pub classes: Option<usize>,
    /// `detect`, `pose`, `segment`, `obb`.
    pub task: Option<String>,
    /// Joints, and numbers of each.
    pub joints: Option<[usize; 2]>,
    /// Height and width of its pictures.
    pub size: Option<[usize; 2]>,
}

/// The side of pictures of a detector that takes any.
const USUAL_SIDE: usize = 640;
/// What suppression is called.
const SUPPRESSION: &str = "NonMaxSuppression";
/// Strides of the maps in which networks of the YOLO family look for things.
const STRIDES: [&[usize]; 4] = [&[8, 16, 32], &[8, 16, 32, 64], &[16, 32], &[4, 8, 16, 32]];
/// After suppression no file keeps more boxes.
const MOST_KEPT: usize = 1000;
/// Of the Leeds Sports Pose set, of COCO.
const JOINTS: [usize; 2] = [14, 17];

/// Outputs by name in the order in which their numbers are read, and what they are.
type Found = (Vec<String>, OutputHead);
/// An output's name, and its shape for one picture.
type Output = (String, Vec<usize>);

impl OnnxGraph {
    /// Reads what [`super::to_checkpoint`] kept of a file that gives logits, boxes or joints.
    ///
    /// # Errors
    /// All of [`OnnxError`]; [`OnnxError::UnknownHead`] describes what a network gives that gives none of these.
    pub fn find(
        bytes: &[u8],
        shape_of: impl Fn(&str) -> Option<Vec<usize>>,
        stated: &StatedHead,
    ) -> Result<Self, OnnxError> {
        let model = Model::read(bytes, shape_of)?;
        let mut graph = Self::of(model)?;
        let checked = file::check_operators(&graph.model.graph.node, graph.model.opset);
        let outputs: Vec<String> = graph.model.graph.output.iter().filter_map(|output| output.name.clone()).collect();
        let logits = |graph: &Self| {
            checked.clone()?;
            graph.trial().map(drop)
        };
        // One number for each box would pass for one for each class.
        if outputs.len() == 1 && logits(&graph).is_ok() {
            return Ok(graph);
        }
        let closed = graph.shape;
        if graph.is_open {
            let [height, width] = stated.size.unwrap_or([USUAL_SIDE; 2]);
            graph.shape = [closed[0], height, width];
        }
        match graph.head(&outputs, checked.clone().err(), stated) {
            Ok((names, head)) => {
                graph.head = Some((names, head));
                Ok(graph)
            }
            Err(refused) => {
                graph.shape = closed;
                match logits(&graph) {
                    Ok(()) => Ok(graph),
                    Err(OnnxError::NotLogits { .. }) => Err(refused),
                    Err(other) => Err(other),
                }
            }
        }
    }

    fn head(&self, outputs: &[String], refused: Option<OnnxError>, stated: &StatedHead) -> Result<Found, OnnxError> {
        let size = [self.shape[1], self.shape[2]];
        let whole = match refused {
            None => self.shapes(outputs),
            Some(refused) => Err(refused),
        };
        if let Ok(shapes) = &whole
            && let Some(found) = recognised(shapes, size, stated)
        {
            return Ok(found);
        }
        if let Some(found) = self.before_suppression(size, stated) {
            return Ok(found);
        }
        match whole {
            Ok(shapes) => Err(OnnxError::UnknownHead { gives: described(&shapes), input: extents(&self.shape) }),
            Err(error) => Err(error),
        }
    }

    /// For one picture.
    fn shapes(&self, names: &[String]) -> Result<Vec<Output>, OnnxError> {
        let into = Graph::new();
        let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
        let values = self.model.values(self.picture_of(&into)?, &VarBuilder::new(&into), 1, &wanted)?;
        Ok(names.iter().cloned().zip(values.iter().map(|value| value.shape().to_vec())).collect())
    }

    fn picture_of(&self, into: &Graph) -> Result<[(String, Value); 1], OnnxError> {
        let [channels, height, width] = self.shape;
        self.given(&into.input("image", Spec::f32([1, channels, height, width])))
    }

    /// What a file suppresses by itself, before it does: what its suppression reads, else the last value in a form that only heads of
    /// the YOLO family have.
    fn before_suppression(&self, size: [usize; 2], stated: &StatedHead) -> Option<Found> {
        let nodes = &self.model.graph.node;
        let suppression = nodes.iter().find(|node| node.op_type.as_deref() == Some(SUPPRESSION));
        let read = suppression.and_then(|node| {
            let names: Vec<String> = node.input.iter().take(2).cloned().collect();
            let shapes = self.shapes(&names).ok()?;
            let [(_, boxes), (_, scores)] = &shapes[..] else { return None };
            let (&[1, places, 4], &[1, classes, other]) = (&boxes[..], &scores[..]) else { return None };
            if places != other {
                return None;
            }
            let centre = node.attribute.iter().find(|attribute| attribute.name.as_deref() == Some("center_point_box"));
            let order = match centre.and_then(|attribute| attribute.i) {
                Some(1) => BoxOrder::Centre,
                _ => BoxOrder::Down,
            };
            let background = stated.classes.map_or(classes == 21 || classes == 81, |named| named + 1 == classes);
            let form = BoxForm::Apart { order, by_class: true, background };
            let is_letterboxed = grids(size).any(|grid| grid == places || 3 * grid == places);
            let classes = classes - usize::from(background);
            let head = BoxHead { form, classes, is_letterboxed, is_cut: true };
            Some((names, OutputHead::Boxes(head)))
        });
        read.or_else(|| self.raw_head(size, stated))
    }

    fn raw_head(&self, size: [usize; 2], stated: &StatedHead) -> Option<Found> {
        let into = Graph::new();
        let shapes = self.model.all_shapes(self.picture_of(&into).ok()?, &VarBuilder::new(&into));
        shapes.into_iter().rev().find_map(|output| {
            let (names, head) = of_grid(&output, size, stated)?;
            match head {
                OutputHead::Boxes(head) => Some((names, OutputHead::Boxes(BoxHead { is_cut: true, ..head }))),
                OutputHead::Joints(_) => Some((names, head)),
            }
        })
    }
}

impl Model {
    /// Of all values that can be built, in the order of the nodes; what cannot is left out with all that reads it.
    fn all_shapes(&self, inputs: [(String, Value); 1], vb: &VarBuilder) -> Vec<Output> {
        let known = self.known.iter().map(|(name, array)| (name.clone(), Value::Known(array.clone())));
        let mut values: BTreeMap<String, Value> = known.chain(inputs).collect();
        let run = super::Run { of: self, vb, batch: 1 };
        let mut shapes = Vec::new();
        for node in &self.graph.node {
            if run.nodes(std::iter::once(node), &mut values).is_ok() {
                let live = node.output.iter().filter_map(|name| match values.get(name)? {
                    Value::Live(tensor, _) => Some((name.clone(), tensor.dims().to_vec())),
                    Value::Known(_) => None,
                });
                shapes.extend(live);
            }
        }
        shapes
    }
}

/// Numbers of places that a network of the YOLO family may look at in a picture of this size.
fn grids([height, width]: [usize; 2]) -> impl Iterator<Item = usize> {
    STRIDES.iter().map(move |strides| strides.iter().map(|stride| (height / stride) * (width / stride)).sum())
}

fn recognised(outputs: &[Output], size: [usize; 2], stated: &StatedHead) -> Option<Found> {
    let first = outputs.first()?;
    // Masks of things, which stand behind their boxes.
    let with_masks = outputs.len() == 2 && outputs[1].1.len() == 4;
    let one = || if outputs.len() == 1 || with_masks { of_one(first, outputs, size, stated) } else { None };
    one().or_else(|| of_axes(outputs, size)).or_else(|| apart(outputs)).or_else(|| labelled(outputs))
}

fn of_one(output: &Output, outputs: &[Output], size: [usize; 2], stated: &StatedHead) -> Option<Found> {
    let masks = outputs.get(1).map_or(0, |(_, shape)| shape[1]);
    if let Some((names, head)) = of_grid(output, size, stated) {
        let head = match head {
            OutputHead::Boxes(BoxHead { form: BoxForm::Columns { others: 0 }, classes, is_letterboxed, is_cut })
                if masks > 0 && classes > masks =>
            {
                let form = BoxForm::Columns { others: masks };
                OutputHead::Boxes(BoxHead { form, classes: classes - masks, is_letterboxed, is_cut })
            }
            OutputHead::Boxes(BoxHead { form: BoxForm::Objectness, classes, .. }) if masks > 0 && classes > masks => {
                return None;
            }
            other => other,
        };
        return Some((names, head));
    }
    let names = vec![output.0.clone()];
    let joints = |form, joints| Some((names.clone(), OutputHead::Joints(JointHead { form, joints })));
    match output.1[..] {
        [1, boxes, 6] if (1..=MOST_KEPT).contains(&boxes) => {
            let classes = stated.classes.unwrap_or(0);
            let head = BoxHead { form: BoxForm::Suppressed, classes, is_letterboxed: true, is_cut: false };
            Some((names, OutputHead::Boxes(head)))
        }
        [1, places, wide] if stated.classes.is_some_and(|classes| wide == 4 + classes) && places <= MOST_KEPT => {
            let head = BoxHead { form: BoxForm::Rows, classes: wide - 4, is_letterboxed: false, is_cut: false };
            Some((names, OutputHead::Boxes(head)))
        }
        [1, count, values @ (2 | 3)] if JOINTS.contains(&count) => joints(JointForm::Coordinates { values }, count),
        [1, count, height, width] if JOINTS.contains(&count) && 2 * height <= size[0] && 2 * width <= size[1] => {
            joints(JointForm::HeatMaps { height, width }, count)
        }
        _ => None,
    }
}

/// A head of the YOLO family, which has as many places as the grids of its strides.
fn of_grid((name, shape): &Output, size: [usize; 2], stated: &StatedHead) -> Option<Found> {
    let &[1, first, second] = &shape[..] else { return None };
    let is_grid = |count: usize| grids(size).any(|grid| grid == count);
    let is_anchored = |count: usize| grids(size).any(|grid| 3 * grid == count);
    let boxes = |form, classes| {
        let head = BoxHead { form, classes, is_letterboxed: true, is_cut: false };
        Some((vec![name.clone()], OutputHead::Boxes(head)))
    };
    let task = stated.task.as_deref();
    if is_anchored(first) && second > 5 && task != Some("segment") {
        return boxes(BoxForm::Objectness, second - 5);
    }
    if !is_grid(second) || task == Some("obb") {
        return None;
    }
    let usual = (task.is_none() && stated.classes.is_none() && first == 5 + 3 * 17).then_some([17, 3]);
    let said = stated.joints.filter(|[joints, values]| first == 5 + joints * values && [2, 3].contains(values));
    if let Some([joints, values]) = said.or(usual) {
        let head = JointHead { form: JointForm::Columns { values }, joints };
        return Some((vec![name.clone()], OutputHead::Joints(head)));
    }
    let classes = stated.classes.unwrap_or(first.checked_sub(4)?);
    let others = first.checked_sub(4 + classes)?;
    // What is behind the classes is for masks, or for joints of a kind that is not said.
    (classes > 0 && (others == 0 || task == Some("segment"))).then(|| boxes(BoxForm::Columns { others }, classes))?
}

/// SimCC: bins of two axes.
fn of_axes(outputs: &[Output], [height, width]: [usize; 2]) -> Option<Found> {
    let [(x, across), (y, down)] = outputs else { return None };
    let (&[1, joints, across], &[1, other, down]) = (&across[..], &down[..]) else { return None };
    let fits = joints == other && JOINTS.contains(&joints) && across * height == down * width && across >= width;
    let form = JointForm::Axes { across, down };
    fits.then(|| (vec![x.clone(), y.clone()], OutputHead::Joints(JointHead { form, joints })))
}

/// SSD's boxes and scores, in either order.
fn apart(outputs: &[Output]) -> Option<Found> {
    let [first, second] = outputs else { return None };
    let is_boxes = |output: &Output| matches!(output.1[..], [1, places, 4] | [1, places, 1, 4] if places > 4);
    let is_named = |output: &Output| ["box", "loc"].iter().any(|word| output.0.to_ascii_lowercase().contains(word));
    let (boxes, scores) = match (is_boxes(first), is_boxes(second)) {
        (true, false) => (first, second),
        (false, true) => (second, first),
        // Nothing and three classes are four numbers too.
        (true, true) if is_named(first) && !is_named(second) => (first, second),
        (true, true) if is_named(second) && !is_named(first) => (second, first),
        _ => return None,
    };
    let (places, &[1, other, classes]) = (boxes.1[1], &scores.1[..]) else { return None };
    if places != other || classes < 2 {
        return None;
    }
    let form = BoxForm::Apart { order: BoxOrder::Corners, by_class: false, background: true };
    let head = BoxHead { form, classes: classes - 1, is_letterboxed: false, is_cut: false };
    Some((vec![boxes.0.clone(), scores.0.clone()], OutputHead::Boxes(head)))
}

/// Boxes, classes and scores of what is left after suppression, in the order that their names say.
fn labelled(outputs: &[Output]) -> Option<Found> {
    let boxes = outputs.iter().find(|(_, shape)| matches!(shape[..], [1, _, 4] | [_, 4]))?;
    let count = boxes.1[boxes.1.len() - 2];
    let is_single = |shape: &[usize]| shape.iter().product::<usize>() == count && shape.last() == Some(&count);
    let singles: Vec<&Output> = outputs.iter().filter(|output| is_single(&output.1)).collect();
    let named = |words: [&str; 2]| {
        let of = |name: &str| words.iter().any(|word| name.to_ascii_lowercase().contains(word));
        singles.iter().find(|(name, _)| of(name)).map(|(name, _)| name.clone())
    };
    let (scores, classes) = (named(["score", "conf"])?, named(["label", "class"])?);
    let head = BoxHead { form: BoxForm::Labelled, classes: 0, is_letterboxed: false, is_cut: false };
    (scores != classes).then(|| (vec![boxes.0.clone(), scores, classes], OutputHead::Boxes(head)))
}

fn extents(shape: &[usize]) -> String {
    shape.iter().map(usize::to_string).collect::<Vec<_>>().join(" × ")
}

fn described(outputs: &[Output]) -> String {
    let each = outputs.iter().map(|(name, shape)| format!("{name} ({})", extents(shape)));
    each.collect::<Vec<_>>().join(", ")
}
