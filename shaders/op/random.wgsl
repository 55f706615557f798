// Random numbers from a counter: Threefry-2x32, 20 rounds (Salmon et al. 2011). Twin: src/graph/op/random.rs
// x [2]: seed and step → y [COUNT]: uniform in [0, 1), or normal

const COUNT: u32 = 64u;
const KEY: u32 = 0u;
const NORMAL: u32 = 0u;

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<u32>;

//:slot epilogue
fn epilogue(v: f32, i: u32) -> f32 {
    return v;
}
//:end

//:lib threefry
fn turn(v: vec2<u32>, by: u32) -> vec2<u32> {
    let first = v.x + v.y;
    return vec2<u32>(first, ((v.y << by) | (v.y >> (32u - by))) ^ first);
}

fn odd(v: vec2<u32>) -> vec2<u32> {
    return turn(turn(turn(turn(v, 13u), 15u), 26u), 6u);
}

fn even(v: vec2<u32>) -> vec2<u32> {
    return turn(turn(turn(turn(v, 17u), 29u), 16u), 24u);
}

// Threefry-2x32, 20 rounds (Salmon et al. 2011).
fn threefry(a: u32, b: u32, counter: vec2<u32>) -> vec2<u32> {
    let c = 0x1BD11BDAu ^ a ^ b;
    var v = counter + vec2<u32>(a, b);
    v = odd(v) + vec2<u32>(b, c + 1u);
    v = even(v) + vec2<u32>(c, a + 2u);
    v = odd(v) + vec2<u32>(a, b + 3u);
    v = even(v) + vec2<u32>(b, c + 4u);
    return odd(v) + vec2<u32>(c, a + 5u);
}
//:lib end

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= COUNT {
        return;
    }
    let units = vec2<f32>(threefry(x[0], KEY, vec2<u32>(x[1], i)) >> vec2<u32>(8u)) / 16777216.0;
    if NORMAL == 1u {
        y[i] = epilogue(sqrt(max(-2.0 * log(1.0 - units.x), 0.0)) * cos(6.2831853 * units.y), i);
    } else {
        y[i] = epilogue(units.x, i);
    }
}
