// Pictures at another size, nearest or bilinear, one output per invocation. Twin: src/graph/op/resize2d.rs
// x [planes, H, W] → y [planes, OH, OW]. Output o lies at input (max(o · MUL + ADD, SUB) - SUB) / DIV.

const COUNT: u32 = 64u;
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

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;

//:slot epilogue
fn epilogue(v: f32, i: u32) -> f32 {
    return v;
}
//:end

//:lib resize_taps
// Two neighbouring inputs, and how much of the second.
struct Taps {
    lower: u32,
    upper: u32,
    share: f32,
}

fn taps(o: u32, mul: u32, add: u32, sub: u32, div: u32, extent: u32) -> Taps {
    let at = max(o * mul + add, sub) - sub;
    let lower = at / div;
    return Taps(lower, min(lower + 1u, extent - 1u), select(f32(at % div) / f32(div), 0.0, NEAREST == 1u));
}
//:lib end

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= COUNT {
        return;
    }
    let row = taps(i / OW % OH, MUL_H, ADD_H, SUB_H, DIV_H, H);
    let column = taps(i % OW, MUL_W, ADD_W, SUB_W, DIV_W, W);
    let base = i / (OW * OH) * H * W;
    let up = base + row.lower * W;
    let down = base + row.upper * W;
    let upper = (1.0 - column.share) * x[up + column.lower] + column.share * x[up + column.upper];
    let lower = (1.0 - column.share) * x[down + column.lower] + column.share * x[down + column.upper];
    y[i] = epilogue((1.0 - row.share) * upper + row.share * lower, i);
}
