//! The machine under the CPU's rules: its cores, its vectors, and its fastest matrix product. Below the graph, only this module
//! may tell a browser from a native processor.

pub mod finish;
pub mod gemm;
pub mod lanes;
pub mod parallel;
pub mod strided;
