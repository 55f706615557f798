// The extents of a batch of matrix products. Twin: src/graph/op/matmul.rs

//:lib matmul_shape
const BATCH: u32 = 1u;
const M: u32 = 8u;
const N: u32 = 8u;
const K: u32 = 4u;
const A_STRIDE: u32 = 32u;
const B_STRIDE: u32 = 32u;
const A_COLUMNS: u32 = 0u;
const B_COLUMNS: u32 = 0u;
//:lib end
