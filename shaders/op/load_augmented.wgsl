// Examples out of a data set of bytes, each shifted, mirrored and bent at random, one value per invocation.
// Twin: src/graph/op/load_augmented.rs. Simard, Steinkraus & Platt 2003, with a cubic B-spline for the field.
// x [EXAMPLES, WORDS] with four bytes a word, ids [batch], draws [batch, DRAWS] in 0..1 →
// y [batch, CHANNELS, HEIGHT, WIDTH]; an index beyond the end picks the last example.

const COUNT: u32 = 64u;
const EXAMPLES: u32 = 4u;
const WORDS: u32 = 4u;
const CHANNELS: u32 = 1u;
const HEIGHT: u32 = 4u;
const WIDTH: u32 = 4u;
const DRAWS: u32 = 101u;
const SHIFT: u32 = 1u;
const FLIP: u32 = 1u;
const CELLS: u32 = 4u;
// Draws for shift and mirror; those for control points follow.
const MOVES: u32 = 3u;
const KNOTS: u32 = CELLS + 3u;

//:slot settings
const ELASTIC = f32(2.0);
//:end

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read> ids: array<u32>;
@group(0) @binding(3) var<storage, read> draws: array<f32>;

//:slot epilogue
fn epilogue(v: f32, i: u32) -> f32 {
    return v;
}
//:end

fn moved(draw: f32) -> i32 {
    return i32(draw * f32(2u * SHIFT + 1u)) - i32(SHIFT);
}

// One byte of the plane that begins `plane` bytes after word `first`; black beyond the edge.
fn pixel(first: u32, plane: u32, row: i32, column: i32) -> f32 {
    if row < 0 || row >= i32(HEIGHT) || column < 0 || column >= i32(WIDTH) {
        return 0.0;
    }
    let k = plane + u32(row) * WIDTH + u32(column);
    return f32((x[first + k / 4u] >> (k % 4u * 8u)) & 0xFFu);
}

// Weights of the uniform cubic B-spline at the middle of pixel `at`.
fn weights(at: u32, extent: u32) -> vec4<f32> {
    let t = f32((2u * at + 1u) * CELLS % (2u * extent)) / f32(2u * extent);
    let u = 1.0 - t;
    let t2 = t * t;
    let t3 = t2 * t;
    return vec4<f32>(u * u * u, 3.0 * t3 - 6.0 * t2 + 4.0, -3.0 * t3 + 3.0 * t2 + 3.0 * t + 1.0, t3) / 6.0;
}

fn cell(at: u32, extent: u32) -> u32 {
    return (2u * at + 1u) * CELLS / (2u * extent);
}

// Displacement along one axis, whose control points begin at `first`.
fn bend(first: u32, down: vec4<f32>, right: vec4<f32>) -> f32 {
    var sum = 0.0;
    for (var j = 0u; j < 4u; j++) {
        let knots = vec4<f32>(
            draws[first + j],
            draws[first + KNOTS + j],
            draws[first + 2u * KNOTS + j],
            draws[first + 3u * KNOTS + j],
        );
        sum += right[j] * dot(down, ELASTIC * (2.0 * knots - 1.0));
    }
    return sum;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= COUNT {
        return;
    }
    let column = i % WIDTH;
    let row = i / WIDTH % HEIGHT;
    let plane = i / (WIDTH * HEIGHT) % CHANNELS * (WIDTH * HEIGHT);
    let picture = i / (WIDTH * HEIGHT * CHANNELS);
    let first = min(ids[picture], EXAMPLES - 1u) * WORDS;
    let own = picture * DRAWS;
    let mirrored = select(column, WIDTH - 1u - column, FLIP == 1u && draws[own + 2u] < 0.5);
    var down = i32(row) - moved(draws[own]);
    var right = i32(mirrored) - moved(draws[own + 1u]);
    if DRAWS == MOVES {
        y[i] = epilogue(pixel(first, plane, down, right), i);
        return;
    }
    let knots = own + MOVES + cell(row, HEIGHT) * KNOTS + cell(column, WIDTH);
    let rows = weights(row, HEIGHT);
    let columns = weights(column, WIDTH);
    let by = vec2<f32>(bend(knots, rows, columns), bend(knots + KNOTS * KNOTS, rows, columns));
    let whole = floor(by);
    let part = by - whole;
    down += i32(whole.x);
    right += i32(whole.y);
    let above = mix(pixel(first, plane, down, right), pixel(first, plane, down, right + 1), part.y);
    let below = mix(pixel(first, plane, down + 1, right), pixel(first, plane, down + 1, right + 1), part.y);
    y[i] = epilogue(mix(above, below, part.x), i);
}
