// Which examples the batch of a step has: a part of a random order of 0 .. SIZE, one place per invocation.
// Twin: src/graph/op/shuffle.rs
// x [2]: seed and step → y [COUNT]

const COUNT: u32 = 16u;
const SIZE: u32 = 100u;
// Of an epoch.
const STEPS: u32 = 6u;
const KEY: u32 = 0u;
// Bits of each half of the Feistel network.
const HALF: u32 = 4u;
const ROUNDS: u32 = 8u;

@group(0) @binding(0) var<storage, read_write> y: array<u32>;
@group(0) @binding(1) var<storage, read> x: array<u32>;

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
    let epoch = x[1] / STEPS;
    let mask = (1u << HALF) - 1u;
    var v = x[1] % STEPS * COUNT + i;
    // What falls outside goes on to the next: a cycle that began inside comes back inside.
    loop {
        var left = v >> HALF;
        var right = v & mask;
        for (var round = 0u; round < ROUNDS; round++) {
            let next = left ^ (threefry(x[0], KEY, vec2<u32>(epoch, (round << 16u) | right)).x & mask);
            left = right;
            right = next;
        }
        v = (left << HALF) | right;
        if v < SIZE {
            break;
        }
    }
    y[i] = v;
}
