// One row of a with four terms of four columns of b.

//:lib matmul_times
fn times(a: vec4<f32>, b: mat4x4<f32>) -> vec4<f32> {
    return a.x * b[0] + a.y * b[1] + a.z * b[2] + a.w * b[3];
}
//:lib end
