//! What the CPU's rules get from the machine they run on: its cores, its vectors, and its quickest matrix product. The one room
//! below the graph that may tell a browser from a native processor.

pub mod finish;
pub mod gemm;
pub mod lanes;
pub mod parallel;
pub mod strided;
