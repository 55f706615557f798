// The random generator: Threefry-2x32, 20 rounds (Salmon et al. 2011). Twin: src/graph/op/random.rs

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
