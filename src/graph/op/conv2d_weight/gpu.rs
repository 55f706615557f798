//! Which kernels compute the weight gradient of a convolution on which device: a matrix product of few outputs and long sums.
//! Where the outputs alone would leave a device idle the sums are cut, and the parts added in a second dispatch.

use super::super::conv2d::{Conv2d, Extents};
use super::super::{Launch, Operand, Traits, flat_groups};

/// Most elements of all partial sums together: 16 MiB.
const MOST_ELEMENTS: usize = 1 << 22;
/// Fewest products of one part.
const FEWEST_PRODUCTS: usize = 64;

/// `x` is input 0, `dy` input 1.
pub(super) fn launches(conv: &Conv2d, e: &Extents, device: &Traits) -> Vec<Launch> {
    let (count, depth) = (e.w_count(), e.depth());
    let enough = e.c_out >= 32 && depth >= 32 && device.max_invocations >= 256;
    let mut quad = false;
    let (wgsl, splits, groups) = if enough && !device.software {
        let tiles = e.c_out.div_ceil(64) * depth.div_ceil(64) * e.groups;
        let splits = splits(e, tiles, WANTED_WORKGROUPS);
        let groups = [depth.div_ceil(64) as u32, e.c_out.div_ceil(64) as u32, (e.groups * splits) as u32];
        (wgsl!("op/conv2d_weight_shared.wgsl"), splits, groups)
    } else {
        // A tile is 8 or 16 filters by 4 weights; where most of it would lie beyond the filters, each weight by itself.
        let narrow = e.c_out < 4 || depth < 3;
        quad = !narrow && device.software && device.subgroups && e.c_out >= 16;
        let (wgsl, parts) = if narrow {
            (wgsl!("op/conv2d_weight_plain.wgsl"), count)
        } else if quad {
            (wgsl!("op/conv2d_weight_quad.wgsl"), e.groups * e.c_out.div_ceil(16) * depth.div_ceil(16) * 4)
        } else {
            (wgsl!("op/conv2d_weight_tile.wgsl"), e.groups * e.c_out.div_ceil(8) * depth.div_ceil(4))
        };
        let wanted = if device.software { WANTED_INVOCATIONS_SOFTWARE } else { WANTED_INVOCATIONS };
        let splits = splits(e, parts, wanted).min(e.batch * e.oh);
        (wgsl, splits, flat_groups(parts * splits, 64))
    };
    let operands = [0, 1].map(Operand::plain);
    let launch = Launch::new(wgsl, operands.into(), groups);
    let (shape, cut) = (conv.constants(e), [("SPLITS", splits)]);
    // Quads take long to compile: one pipeline for all sizes.
    let launch = if quad { launch.sizes(shape).sizes(cut).rows(depth) } else { launch.constants(shape).constants(cut) };
    if splits == 1 {
        return vec![launch];
    }
    let sum = Launch::new(wgsl!("op/reduce.wgsl"), vec![Operand::scratch(0)], flat_groups(count, 64)).constants([
        ("COUNT", count),
        ("LEN", splits),
        ("INNER", count),
        ("MODE", 0),
    ]);
    vec![launch.to_scratch(0, splits * count), sum]
}

/// The amount of work that keeps a device busy: a few workgroups of tiles for each of a GPU's cores; lanes for a few CPU threads.
const WANTED_WORKGROUPS: usize = 256;
const WANTED_INVOCATIONS: usize = 1 << 14;
const WANTED_INVOCATIONS_SOFTWARE: usize = 1 << 11;

/// Into how many parts the sums are cut, where one part makes `each` units of work of the `wanted` ones.
fn splits(e: &Extents, each: usize, wanted: usize) -> usize {
    let products = e.batch * e.pixels();
    let most = (products / FEWEST_PRODUCTS).min(MOST_ELEMENTS / e.w_count().max(1));
    wanted.div_ceil(each.max(1)).min(most).max(1)
}

#[cfg(test)]
mod tests {
    use super::super::super::super::launch::{Source, Target};
    use super::super::super::conv2d::Padding;
    use super::*;

    #[test]
    fn long_sums_of_few_weights_are_cut() {
        let conv = Conv2d { padding: Padding::even(1), stride: 1, dilation: 1, groups: 1 };
        let stem = Extents { batch: 64, c_in: 3, c_out: 16, groups: 1, h: 32, w: 32, kh: 3, kw: 3, oh: 32, ow: 32 };
        let late = Extents { batch: 1, c_in: 512, c_out: 512, h: 2, w: 2, oh: 2, ow: 2, ..stem };
        for software in [true, false] {
            let device = Traits { software, subgroups: software, max_invocations: 256, max_storage_buffers: 8 };
            let [parts, sum] = launches(&conv, &stem, &device).try_into().unwrap();
            let Target::Scratch { buffer, elements } = parts.target else { panic!("{:?}", parts.target) };
            assert!(elements > 16 * stem.w_count() && elements <= MOST_ELEMENTS);
            assert_eq!((sum.target, sum.operands[0].source), (Target::Output, Source::Scratch(buffer)));
            assert_eq!(launches(&conv, &late, &device).len(), 1);
        }
    }
}
