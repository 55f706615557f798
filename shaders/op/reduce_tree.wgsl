// Sum, mean, maximum or minimum of LEN elements each, one output per workgroup: for long rows.
// Twin: src/graph/op/reduce.rs
// x [outer, LEN / AFTER, KEPT, AFTER, INNER] → y [outer, 1, KEPT, 1, INNER]

const COUNT: u32 = 4u;
const LEN: u32 = 512u;
const KEPT: u32 = 1u;
const AFTER: u32 = 512u;
const INNER: u32 = 1u;
// 0 sum, 1 mean, 2 maximum, 3 minimum
const MODE: u32 = 0u;
const WIDTH: u32 = 64u;

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;

//:slot epilogue
fn epilogue(v: f32, i: u32) -> f32 {
    return v;
}
//:end

// Term k of output i.
fn at(i: u32, k: u32) -> u32 {
    let block = i / (KEPT * INNER) * (LEN * KEPT * INNER) + i % INNER;
    if KEPT == 1u {
        return block + k * INNER;
    }
    return block + ((k / AFTER * KEPT + i / INNER % KEPT) * AFTER + k % AFTER) * INNER;
}

var<workgroup> parts: array<f32, WIDTH>;

fn join(a: f32, b: f32) -> f32 {
    if MODE < 2u {
        return a + b;
    }
    return select(min(a, b), max(a, b), MODE == 2u);
}

@compute @workgroup_size(WIDTH)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = group.x + group.y * groups.x;
    let held = i < COUNT;
    let o = min(i, COUNT - 1u);
    var part = x[at(o, local)];
    for (var k = local + WIDTH; k < LEN; k += WIDTH) {
        part = join(part, x[at(o, k)]);
    }
    parts[local] = part;
    for (var half = WIDTH / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if local < half {
            parts[local] = join(parts[local], parts[local + half]);
        }
    }
    if local == 0u && held {
        y[i] = epilogue(select(parts[0], parts[0] / f32(LEN), MODE == 1u), i);
    }
}
