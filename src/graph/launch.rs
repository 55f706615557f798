//! Work as data: what one GPU dispatch needs, said without naming a device.

use std::borrow::Cow;
use std::fmt;

/// The properties of a device by which its kernels are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traits {
    /// A software adapter: workgroup barriers cost more there than the memory traffic they save.
    pub software: bool,
    /// Invocations can show each other values without workgroup memory: at least by quads, four neighbours of one row.
    pub subgroups: bool,
    /// Largest product of a workgroup's extents.
    pub max_invocations: u32,
    /// Storage buffers that one kernel may bind.
    pub max_storage_buffers: u32,
}

/// Reads through strides: element `i` of the result, at coordinates `c`, is `x[offset + Σ c_d · strides_d]`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Movement {
    /// Extents of the result.
    pub shape: Vec<usize>,
    /// Where its first element is read, in elements.
    pub offset: usize,
    /// From one index of each dimension to the next, in elements of the source.
    pub strides: Vec<isize>,
}

impl Movement {
    /// The source element of result element `i`.
    pub fn source(&self, mut i: usize) -> usize {
        let mut at = self.offset as isize;
        for d in (0..self.shape.len()).rev() {
            at += (i % self.shape[d]) as isize * self.strides[d];
            i /= self.shape[d];
        }
        at as usize
    }

    /// Reads a tensor of shape `from` as if it had the shape `to`, as NumPy broadcasts.
    pub fn broadcast(from: &[usize], to: &[usize]) -> Self {
        let lead = to.len() - from.len();
        let strides = super::strides_of(from);
        let repeated = |d: usize| d < lead || (from[d - lead] == 1 && to[d] != 1);
        Movement {
            shape: to.to_vec(),
            offset: 0,
            strides: (0..to.len()).map(|d| if repeated(d) { 0 } else { strides[d - lead] as isize }).collect(),
        }
    }

    /// The same reads with as few dimensions as possible: neighbours that one stride can walk become one.
    pub fn collapsed(&self) -> Movement {
        let mut shape: Vec<usize> = Vec::new();
        let mut strides: Vec<isize> = Vec::new();
        for (&extent, &stride) in self.shape.iter().zip(&self.strides).filter(|(extent, _)| **extent != 1) {
            match (shape.last_mut(), strides.last_mut()) {
                (Some(last), Some(step)) if *step == stride * extent as isize => {
                    *last *= extent;
                    *step = stride;
                }
                _ => {
                    shape.push(extent);
                    strides.push(stride);
                }
            }
        }
        if shape.is_empty() {
            shape.push(1);
            strides.push(1);
        }
        Movement { shape, offset: self.offset, strides }
    }

    /// Copies elements `start..start + to.len()` of the result into `to`. Quickest when collapsed.
    pub fn read<T: Copy>(&self, x: &[T], start: usize, to: &mut [T]) {
        let last = self.shape.len() - 1;
        let (extent, stride) = (self.shape[last], self.strides[last]);
        let mut done = 0;
        while done < to.len() {
            let i = start + done;
            let run = (extent - i % extent).min(to.len() - done);
            let from = self.source(i);
            let to = &mut to[done..done + run];
            match stride {
                1 => to.copy_from_slice(&x[from..from + run]),
                0 => to.fill(x[from]),
                _ => to
                    .iter_mut()
                    .enumerate()
                    .for_each(|(k, to)| *to = x[(from as isize + k as isize * stride) as usize]),
            }
            done += run;
        }
    }

    /// Where it reads every element of a tensor of so many once, each dimension along one of the tensor's own: copies `x`, the
    /// tensor's elements from `start` on, to their places in the result.
    pub(crate) fn scatter(&self, x: &[f32], start: usize, to: &mut [f32]) {
        let places = super::strides_of(&self.shape);
        let axes = || self.shape.iter().zip(&self.strides).zip(&places).filter(|((extent, _), _)| **extent != 1);
        // Along this one the tensor's elements lie side by side.
        let (run, step) =
            axes().find(|((_, stride), _)| **stride == 1).map_or((1, 1), |((run, _), step)| (*run, *step));
        let (mut i, mut rest) = (start, x);
        while !rest.is_empty() {
            let (part, after) = rest.split_at((run - i % run).min(rest.len()));
            let at: usize = axes().map(|((extent, stride), place)| i / *stride as usize % extent * place).sum();
            part.iter().enumerate().for_each(|(k, &x)| to[at + k * step] = x);
            i += part.len();
            rest = after;
        }
    }

    /// Whether it reads every element of a tensor of so many once, each dimension along one of the tensor's own.
    pub(crate) fn is_permutation(&self, count: usize) -> bool {
        let long = || self.shape.iter().zip(&self.strides).filter(|(extent, _)| **extent != 1);
        let last: isize = long().map(|(&extent, &stride)| (extent as isize - 1) * stride).sum();
        let is_apart =
            |(at, (_, stride)): (usize, (&usize, &isize))| *stride > 0 && long().take(at).all(|(_, s)| s != stride);
        self.offset == 0
            && count > 0
            && self.shape.iter().product::<usize>() == count
            && last == count as isize - 1
            && long().enumerate().all(is_apart)
    }

    /// Reads every element in order.
    pub fn is_identity(&self) -> bool {
        let mut expected = 1;
        self.offset == 0
            && self.shape.iter().zip(&self.strides).rev().all(|(&extent, &stride)| {
                let fits = extent == 1 || stride == expected;
                expected *= extent as isize;
                fits
            })
    }
}

/// A tensor that a kernel reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// An input of the op.
    Input(usize),
    /// The result of an earlier launch of the same op in this scratch buffer.
    Scratch(usize),
}

/// One tensor that a kernel reads, perhaps not as the graph has it: weights that a kernel wants transposed. Where that input
/// never changes it is packed once, on the host; otherwise by a dispatch of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Operand {
    /// Which tensor.
    pub source: Source,
    /// How it is wanted, where that is not as it lies.
    pub packed: Option<Packing>,
}

/// How a kernel wants an operand: in another order of elements, and perhaps computed from them.
#[derive(Clone, Debug, PartialEq)]
pub struct Packing {
    /// The order of the elements.
    pub movement: Movement,
    /// The computation on them once they are in order.
    pub made: Option<Made>,
}

/// A computation on an operand whose elements are in order.
#[derive(Clone, Copy)]
pub struct Made {
    /// Those of one name are the same.
    pub name: &'static str,
    /// All of it on the CPU.
    pub host: fn(&[f32]) -> Vec<f32>,
    /// The same as a dispatch of `COUNT` invocations; where element `i` is to be read, its slot `source` says.
    pub wgsl: &'static str,
    /// Elements that one invocation reads, and those it writes.
    pub each: [usize; 2],
}

impl PartialEq for Made {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl fmt::Debug for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Packing {
    /// Invocations of the dispatch that packs, and the elements it makes.
    pub fn extents(&self) -> [usize; 2] {
        let [reads, writes] = self.made.map_or([1, 1], |made| made.each);
        let count = self.movement.shape.iter().product::<usize>() / reads;
        [count, count * writes]
    }
}

impl From<Movement> for Packing {
    fn from(movement: Movement) -> Self {
        Self { movement, made: None }
    }
}

impl Operand {
    /// Input `input` as it lies.
    pub fn plain(input: usize) -> Self {
        Self { source: Source::Input(input), packed: None }
    }

    /// Input `input`, packed.
    pub fn packed(input: usize, packing: impl Into<Packing>) -> Self {
        Self { source: Source::Input(input), packed: Some(packing.into()) }
    }

    /// The result of an earlier launch in scratch buffer `buffer`.
    pub fn scratch(buffer: usize) -> Self {
        Self { source: Source::Scratch(buffer), packed: None }
    }
}

/// The target of a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The op's output or a part of it.
    Output,
    /// So many elements of 4 bytes in a scratch buffer, for a later launch of the same op. Other ops use the same memory.
    Scratch {
        /// Which one.
        buffer: usize,
        /// How many.
        elements: usize,
    },
}

/// One dispatch.
///
/// `wgsl` is a whole file of `shaders/`. Binding 0 is the `target`, called `y`, bindings 1… are `operands` in order. Every
/// `const NAME: u32 = …;` named in `constants` gets its value; every region `//:slot NAME` … `//:end` named in `slots` gets
/// that text. A kernel with a slot `epilogue` takes fused elementwise operations there when it writes the output. A region
/// `//:lib NAME` … `//:lib end` is a copy of the one in `shaders/lib`, and stays as it is.
///
/// Constants named in `sizes` are read from a uniform instead: launches that differ in sizes alone share a pipeline. They are
/// for kernels that take long to compile, and for numbers that are added or compared; to divide by one is slow. Such a kernel
/// tells its epilogue where it stores: in which of its `rows` and which column, which need then not be divided for.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The text of the kernel.
    pub wgsl: &'static str,
    /// The tensor of binding 0.
    pub target: Target,
    /// The tensors of bindings 1….
    pub operands: Vec<Operand>,
    /// Values of constants, compiled in.
    pub constants: Vec<(&'static str, u32)>,
    /// Values of constants that a uniform holds.
    pub sizes: Vec<(Cow<'static, str>, u32)>,
    /// Elements of one row of the output, where the epilogue takes `row` and `column` too.
    pub rows: Option<usize>,
    /// Texts of slots.
    pub slots: Vec<(&'static str, Cow<'static, str>)>,
    /// Workgroups along x, y and z.
    pub groups: [u32; 3],
}

impl Launch {
    /// A launch of these workgroups.
    pub fn new(wgsl: &'static str, operands: Vec<Operand>, groups: [u32; 3]) -> Self {
        Self {
            wgsl,
            target: Target::Output,
            operands,
            constants: Vec::new(),
            sizes: Vec::new(),
            rows: None,
            slots: Vec::new(),
            groups,
        }
    }

    /// A launch over `count` invocations in workgroups of `width`, laid out in rows of at most 65535 groups. Kernels find
    /// their index as `id.x + id.y * groups.x * width`.
    pub fn flat(wgsl: &'static str, inputs: usize, count: usize, width: usize) -> Self {
        Self::new(wgsl, (0..inputs).map(Operand::plain).collect(), flat_groups(count, width))
    }

    /// One invocation for each of `COUNT` elements.
    pub fn each(wgsl: &'static str, inputs: usize, count: usize) -> Self {
        Self::flat(wgsl, inputs, count, 64).constants([("COUNT", count)])
    }

    /// With these constants compiled in.
    pub fn constants<const N: usize>(mut self, constants: [(&'static str, usize); N]) -> Self {
        self.constants.extend(constants.map(|(name, value)| (name, value as u32)));
        self
    }

    /// With these constants read from a uniform.
    pub fn sizes<const N: usize>(mut self, sizes: [(&'static str, usize); N]) -> Self {
        self.sizes.extend(sizes.map(|(name, value)| (name.into(), value as u32)));
        self
    }

    /// An epilogue that is told row and column.
    pub fn rows(mut self, length: usize) -> Self {
        self.rows = Some(length);
        self
    }

    /// Writing to a scratch buffer instead of the output.
    pub fn to_scratch(mut self, buffer: usize, elements: usize) -> Self {
        self.target = Target::Scratch { buffer, elements };
        self
    }
}

/// Workgroups for `count` invocations: one row, or several rows of equal length where one would be too long.
pub fn flat_groups(count: usize, width: usize) -> [u32; 3] {
    let groups = count.div_ceil(width).max(1);
    let rows = groups.div_ceil(65_535);
    [groups.div_ceil(rows) as u32, rows as u32, 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transposed_read_goes_down_the_columns() {
        let transposed = Movement { shape: vec![3, 2], offset: 0, strides: vec![1, 3] };
        assert_eq!((0..6).map(|i| transposed.source(i)).collect::<Vec<_>>(), [0, 3, 1, 4, 2, 5]);
        assert!(!transposed.is_identity());
        assert!(Movement { shape: vec![1, 6], offset: 0, strides: vec![99, 1] }.is_identity());
    }

    #[test]
    fn long_launches_fold_into_rows() {
        assert_eq!(flat_groups(64, 64), [1, 1, 1]);
        let [x, y, _] = flat_groups(64 * 70_000, 64);
        assert!(x <= 65_535 && x * y >= 70_000);
    }
}
