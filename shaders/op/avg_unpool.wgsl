// The gradient of average pooling: each input adds up its shares of the windows that hold it; one per invocation.
// Twin: src/graph/op/avg_unpool.rs
// x [planes, OH, OW] → y [planes, H, W]

const COUNT: u32 = 64u;
const H: u32 = 8u;
const W: u32 = 8u;
const OH: u32 = 4u;
const OW: u32 = 4u;
// Window o of OUT covers the inputs ⌊o · SIZE / OUT⌋ .. ⌈(o + 1) · SIZE / OUT⌉; otherwise windows have one size.
const ADAPTIVE: u32 = 0u;
const KH: u32 = 2u;
const KW: u32 = 2u;
const STRIDE_H: u32 = 2u;
const STRIDE_W: u32 = 2u;
const TOP: u32 = 0u;
const LEFT: u32 = 0u;
// Padding counts among the places of a window.
const COUNT_PADDING: u32 = 0u;

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;

//:slot epilogue
fn epilogue(v: f32, i: u32) -> f32 {
    return v;
}
//:end

// Windows first .. end that hold input r, of `count` windows over `size` inputs.
fn covering(r: u32, size: u32, count: u32, kernel: u32, stride: u32, padding: u32) -> vec2<u32> {
    if ADAPTIVE == 1u {
        return vec2(r * count / size, ((r + 1u) * count + size - 1u) / size);
    }
    let at = r + padding;
    let first = select(0u, (max(at, kernel) - kernel) / stride + 1u, at >= kernel);
    return vec2(first, min(at / stride + 1u, count));
}

// How many places of window o count for its mean.
fn counted(o: u32, size: u32, count: u32, kernel: u32, stride: u32, padding: u32) -> u32 {
    if ADAPTIVE == 1u {
        return ((o + 1u) * size + count - 1u) / count - o * size / count;
    }
    let start = o * stride;
    if COUNT_PADDING == 1u {
        return min(start + kernel, size + 2u * padding) - start;
    }
    return min(start + kernel, size + padding) - max(start, padding);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= COUNT {
        return;
    }
    let rows = covering(i / W % H, H, OH, KH, STRIDE_H, TOP);
    let columns = covering(i % W, W, OW, KW, STRIDE_W, LEFT);
    let base = i / (H * W) * OH * OW;
    var sum = 0.0;
    for (var r = rows.x; r < rows.y; r++) {
        let high = counted(r, H, OH, KH, STRIDE_H, TOP);
        for (var q = columns.x; q < columns.y; q++) {
            let wide = counted(q, W, OW, KW, STRIDE_W, LEFT);
            sum += x[base + r * OW + q] / f32(high * wide);
        }
    }
    y[i] = epilogue(sum, i);
}
