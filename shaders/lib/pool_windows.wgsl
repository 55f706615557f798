// Windows over a plane of H × W, OH × OW of them, as src/graph/op/windows.rs has them: ADAPTIVE, or of equal size at equal steps.

//:lib pool_windows
const H: u32 = 4u;
const W: u32 = 4u;
const OH: u32 = 2u;
const OW: u32 = 2u;
const ADAPTIVE: u32 = 0u;
const KH: u32 = 2u;
const KW: u32 = 2u;
const STRIDE_H: u32 = 2u;
const STRIDE_W: u32 = 2u;
const TOP: u32 = 0u;
const LEFT: u32 = 0u;
//:lib end
