// The extents of a convolution, its groups, steps and padding. C_IN and C_OUT are those of one group. Twin: src/graph/op/conv2d.rs

//:lib conv_shape
const BATCH: u32 = 1u;
const GROUPS: u32 = 1u;
const C_IN: u32 = 8u;
const C_OUT: u32 = 16u;
const H: u32 = 9u;
const W: u32 = 9u;
const KH: u32 = 3u;
const KW: u32 = 3u;
const OH: u32 = 4u;
const OW: u32 = 4u;
const STRIDE: u32 = 2u;
const DILATION: u32 = 1u;
const TOP: u32 = 0u;
const LEFT: u32 = 0u;
//:lib end
