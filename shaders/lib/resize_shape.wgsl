// The extents of a resizing and its rule along each axis: output o lies at input (max(o · MUL + ADD, SUB) - SUB) / DIV.
// Twin: src/graph/op/resize2d.rs

//:lib resize_shape
const NEAREST: u32 = 0u;
const H: u32 = 4u;
const OH: u32 = 8u;
const MUL_H: u32 = 8u;
const ADD_H: u32 = 4u;
const SUB_H: u32 = 8u;
const DIV_H: u32 = 16u;
const W: u32 = 4u;
const OW: u32 = 8u;
const MUL_W: u32 = 8u;
const ADD_W: u32 = 4u;
const SUB_W: u32 = 8u;
const DIV_W: u32 = 16u;
//:lib end
