//! The beginning of an elementwise chain that the kernel before it does itself, as it stores its results.

use crate::graph::Host;
use crate::graph::launch::Movement;
use crate::graph::op::{Around, Pointwise, Prepared, Simple};
use crate::graph::pass::Term;

/// The same for every run; the values are read with the chain's leaves.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Ahead {
    /// The leaf with one element for each channel.
    bias: Option<usize>,
    bounds: Option<[f64; 2]>,
}

impl Ahead {
    /// Takes what it can from the front of a chain: a bias for each channel, then bounds. The rest of the chain reads the
    /// result as its anchor.
    pub(crate) fn take(links: &mut Vec<(Pointwise, Vec<Term>)>, leaves: &[Movement]) -> Self {
        let mut ahead = Self::default();
        while let Some(at) = only_reader(links) {
            let (pointwise, terms) = &links[at];
            let leaf = terms.iter().find_map(|term| match *term {
                Term::Leaf(leaf) if is_per_channel(&leaves[leaf]) => Some(leaf),
                _ => None,
            });
            match (pointwise.simple, leaf) {
                (Some(Simple::Add), Some(leaf)) if ahead == Self::default() => ahead.bias = Some(leaf),
                (Some(Simple::Bounds(bounds)), _) if ahead.bounds.is_none() => ahead.bounds = Some(bounds),
                _ => break,
            }
            links.remove(at);
            for term in links.iter_mut().flat_map(|(_, terms)| terms) {
                match *term {
                    Term::Link(link) if link == at => *term = Term::Anchor,
                    Term::Link(link) if link > at => *term = Term::Link(link - 1),
                    _ => {}
                }
            }
        }
        ahead
    }

    pub(crate) fn around<'a>(&self, leaves: &[Host], prepared: Option<&'a Prepared>) -> Around<'a> {
        Around { prepared, bias: self.bias.map(|leaf| leaves[leaf].clone()), bounds: self.bounds }
    }
}

/// The link that reads the anchor, if there is one and it reads it once.
fn only_reader(links: &[(Pointwise, Vec<Term>)]) -> Option<usize> {
    let mut readers = links
        .iter()
        .enumerate()
        .flat_map(|(at, (_, terms))| terms.iter().filter(|term| **term == Term::Anchor).map(move |_| at));
    match (readers.next(), readers.next()) {
        (Some(at), None) => Some(at),
        _ => None,
    }
}

/// Whether a leaf has one element for each channel of pictures, `[batch, channels, height, width]`.
fn is_per_channel(movement: &Movement) -> bool {
    let dims = movement.shape.iter().zip(&movement.strides).enumerate();
    movement.shape.len() == 4
        && movement.offset == 0
        && dims.into_iter().all(|(d, (&extent, &stride))| extent == 1 || stride == isize::from(d == 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Spec;
    use crate::graph::op::binary::{Binary, BinaryFn};
    use crate::graph::op::unary::{Unary, UnaryFn};
    use crate::graph::op::{Form, Rule};

    fn pointwise(op: &impl Rule) -> Pointwise {
        let spec = Spec::f32([1, 2, 3, 3]);
        match op.form(&[&spec, &spec], &spec) {
            Form::Pointwise(pointwise) => pointwise,
            _ => panic!("an elementwise op"),
        }
    }

    #[test]
    fn a_bias_and_bounds_are_taken_and_what_follows_reads_the_result() {
        use Term::{Anchor, Leaf, Link};
        let leaves = [[1, 2, 3, 3], [1, 2, 1, 1], [1, 1, 3, 3]]
            .map(|from: [usize; 4]| Movement::broadcast(&from, &[1, 2, 3, 3]));
        let (add, relu) = (|| pointwise(&Binary(BinaryFn::Add)), || pointwise(&Unary(UnaryFn::Relu)));
        let taken = |links: Vec<(Pointwise, Vec<Term>)>| {
            let mut links = links;
            let ahead = Ahead::take(&mut links, &leaves);
            (ahead, links.into_iter().map(|(_, terms)| terms).collect::<Vec<_>>())
        };
        let (bias, bounds) = (Some(1), Some([0.0, f64::INFINITY]));

        let whole = taken(vec![(add(), vec![Leaf(1), Anchor]), (relu(), vec![Link(0)])]);
        assert_eq!(whole, (Ahead { bias, bounds }, vec![]));
        let residual =
            taken(vec![(add(), vec![Anchor, Leaf(1)]), (add(), vec![Leaf(0), Link(0)]), (relu(), vec![Link(1)])]);
        assert_eq!(residual, (Ahead { bias, bounds: None }, vec![vec![Leaf(0), Anchor], vec![Link(0)]]));
        // A bias after the bounds, one for each pixel, and a result that is read twice are none of the kernel's business.
        let late = taken(vec![(relu(), vec![Anchor]), (add(), vec![Link(0), Leaf(1)])]);
        assert_eq!(late, (Ahead { bias: None, bounds }, vec![vec![Anchor, Leaf(1)]]));
        let pixels = taken(vec![(add(), vec![Anchor, Leaf(2)])]);
        assert_eq!(pixels, (Ahead::default(), vec![vec![Anchor, Leaf(2)]]));
        let twice = taken(vec![(relu(), vec![Anchor]), (add(), vec![Link(0), Anchor])]);
        assert_eq!(twice, (Ahead::default(), vec![vec![Anchor], vec![Link(0), Anchor]]));
    }
}
