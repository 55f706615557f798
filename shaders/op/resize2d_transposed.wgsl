// The transpose of resizing: each pixel gathers from all that took from it, one output per invocation.
// Twin: src/graph/op/resize2d.rs
// x [planes, OH, OW] → y [planes, H, W]. Place o of x took from pixel (max(o · MUL + ADD, SUB) - SUB) / DIV of y.

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

// How much place `o` took from pixel `r`.
fn weight(o: u32, r: u32, mul: u32, add: u32, sub: u32, div: u32, extent: u32) -> f32 {
    let t = taps(o, mul, add, sub, div, extent);
    return select(0.0, 1.0 - t.share, t.lower == r) + select(0.0, t.share, t.upper == r);
}

// The places that can have taken from pixel `r`: those less than one pixel away.
fn places(r: u32, mul: u32, add: u32, sub: u32, div: u32, count: u32) -> vec2<u32> {
    if mul == 0u {
        return vec2(0u, count);
    }
    let first = max(max(r, 1u) * div - div + sub, add) - add;
    let last = max((r + 1u) * div + sub, add) - add;
    return vec2(select(first / mul, 0u, r == 0u), min((last + mul - 1u) / mul, count));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= COUNT {
        return;
    }
    let row = i / W % H;
    let column = i % W;
    let rows = places(row, MUL_H, ADD_H, SUB_H, DIV_H, OH);
    let columns = places(column, MUL_W, ADD_W, SUB_W, DIV_W, OW);
    let base = i / (W * H) * OH * OW;
    var sum = 0.0;
    for (var o = rows.x; o < rows.y; o++) {
        var across = 0.0;
        for (var q = columns.x; q < columns.y; q++) {
            across += weight(q, column, MUL_W, ADD_W, SUB_W, DIV_W, W) * x[base + o * OW + q];
        }
        sum += weight(o, row, MUL_H, ADD_H, SUB_H, DIV_H, H) * across;
    }
    y[i] = epilogue(sum, i);
}
