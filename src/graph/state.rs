//! State: the variables that a program keeps from run to run, and how they lie in memory.

use super::op::Form;
use super::{Kind, NodeId, Program, Spec};

/// Variables in one stretch of memory, each `start` elements from its beginning.
#[derive(Clone, Debug, PartialEq)]
pub struct StateGroup {
    /// In the order in which they lie.
    pub variables: Vec<Stored>,
    /// Elements of the whole stretch.
    pub len: usize,
}

/// A variable in its group.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// Its name in the graph.
    pub name: String,
    /// Its shape and element type.
    pub spec: Spec,
    /// Its first element in the group.
    pub start: usize,
}

/// All state of a program. Programs that share variables share the state of one of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// Each is one buffer of a GPU.
    pub groups: Vec<StateGroup>,
}

impl Layout {
    /// The variables that a program packs together to assign to them are a group; every other one is alone.
    pub fn of(program: &Program) -> Layout {
        let mut layout = Layout::default();
        for &(target, _) in program.assigns() {
            if let Some(group) = packed(program, target) {
                layout.groups.push(group);
            }
        }
        for id in 0..program.len() {
            if let Kind::Variable { name, .. } = &program.node(id).kind
                && program.frozen(id).is_none()
                && layout.find(name).is_none()
            {
                let spec = program.node(id).spec.clone();
                let len = spec.elem_count();
                layout.groups.push(StateGroup { variables: vec![Stored { name: name.clone(), spec, start: 0 }], len });
            }
        }
        layout
    }

    /// Group and place of the variable of this name.
    pub fn find(&self, name: &str) -> Option<(usize, &Stored)> {
        self.groups.iter().enumerate().find_map(|(at, group)| {
            group.variables.iter().find(|stored| stored.name == name).map(|stored| (at, stored))
        })
    }

    /// Group and first element of a node that is state: a variable, or the variables of one group packed in their order.
    pub fn place(&self, program: &Program, id: NodeId) -> Option<(usize, usize)> {
        if program.frozen(id).is_some() {
            return None;
        }
        if let Kind::Variable { name, .. } = &program.node(id).kind {
            return self.find(name).map(|(group, stored)| (group, stored.start));
        }
        let wanted = packed(program, id)?;
        self.groups.iter().position(|group| *group == wanted).map(|group| (group, 0))
    }

    /// All variables.
    pub fn variables(&self) -> impl Iterator<Item = &Stored> {
        self.groups.iter().flat_map(|group| &group.variables)
    }

    /// Bytes of all variables.
    pub fn size_bytes(&self) -> usize {
        let bytes = |group: &StateGroup| group.len * group.variables.first().map_or(0, |v| v.spec.dtype.size_bytes());
        self.groups.iter().map(bytes).sum()
    }
}

/// The group that a row of variables makes, if `id` is one.
pub(super) fn packed(program: &Program, id: NodeId) -> Option<StateGroup> {
    let Some(Form::Join(join)) = program.form(id) else { return None };
    if join.outer != 1 {
        return None;
    }
    let mut variables = Vec::new();
    for (&part, &start) in program.node(id).inputs.iter().zip(&join.starts) {
        let node = program.node(part);
        match &node.kind {
            Kind::Variable { name, .. } => {
                variables.push(Stored { name: name.clone(), spec: node.spec.clone(), start });
            }
            _ => return None,
        }
    }
    Some(StateGroup { variables, len: join.row })
}
