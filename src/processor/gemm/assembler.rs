//! Writes one WebAssembly function, for a kernel that the compiler could not write: it decides while it runs which
//! instructions the browser has.
//!
//! The binary format is that of the WebAssembly core specification 3.0, §5; relaxed SIMD is part of it.

/// A local variable of the function: a parameter or one that [`Function::local`] made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Local(u32);

/// The two types that kernels need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    I32 = 0x7f,
    V128 = 0x7b,
}

const LOOP: u8 = 0x03;
const IF: u8 = 0x04;
const END: u8 = 0x0b;
const BR_IF: u8 = 0x0d;
const LOCAL_GET: u8 = 0x20;
const LOCAL_SET: u8 = 0x21;
const LOCAL_TEE: u8 = 0x22;
const I32_LOAD: u8 = 0x28;
const I32_CONST: u8 = 0x41;
const I32_ADD: u8 = 0x6a;
const VECTOR: u8 = 0xfd;
const V128_LOAD: u32 = 0x00;
const V128_LOAD32_SPLAT: u32 = 0x09;
const V128_STORE: u32 = 0x0b;
const V128_CONST: u32 = 0x0c;
const F32X4_ADD: u32 = 0xe4;
const F32X4_MUL: u32 = 0xe6;
const F32X4_PMIN: u32 = 0xea;
const F32X4_PMAX: u32 = 0xeb;
const F32X4_RELAXED_MADD: u32 = 0x105;
/// A block that leaves nothing on the stack.
const NO_RESULT: u8 = 0x40;

/// A function of one `i32` without a result, over an imported memory.
pub(super) struct Function {
    locals: Vec<Type>,
    code: Vec<u8>,
}

impl Function {
    /// The function, and its parameter.
    pub(super) fn new() -> (Self, Local) {
        (Self { locals: Vec::new(), code: Vec::new() }, Local(0))
    }

    pub(super) fn local(&mut self, of: Type) -> Local {
        self.locals.push(of);
        Local(self.locals.len() as u32)
    }

    fn op(&mut self, code: u8, immediate: u32) {
        self.code.push(code);
        unsigned(&mut self.code, immediate);
    }

    fn vector(&mut self, code: u32) {
        self.op(VECTOR, code);
    }

    /// Alignment 2^2, offset.
    fn place(&mut self, offset: u32) {
        unsigned(&mut self.code, 2);
        unsigned(&mut self.code, offset);
    }

    pub(super) fn get(&mut self, local: Local) {
        self.op(LOCAL_GET, local.0);
    }

    pub(super) fn set(&mut self, local: Local) {
        self.op(LOCAL_SET, local.0);
    }

    /// `to = from`
    pub(super) fn copy(&mut self, to: Local, from: Local) {
        self.get(from);
        self.set(to);
    }

    /// `local = memory[at + offset]`, an i32.
    pub(super) fn load_i32(&mut self, local: Local, at: Local, offset: u32) {
        self.get(at);
        self.code.push(I32_LOAD);
        self.place(offset);
        self.set(local);
    }

    /// `local += other`
    pub(super) fn add(&mut self, local: Local, other: Local) {
        self.get(local);
        self.get(other);
        self.code.push(I32_ADD);
        self.set(local);
    }

    /// `local += value`
    pub(super) fn add_const(&mut self, local: Local, value: i32) {
        self.get(local);
        self.code.push(I32_CONST);
        signed(&mut self.code, value);
        self.code.push(I32_ADD);
        self.set(local);
    }

    /// Leaves four zeros on the stack.
    pub(super) fn zero(&mut self) {
        self.vector(V128_CONST);
        self.code.extend([0; 16]);
    }

    /// Leaves `memory[at + offset]` on the stack, four of them.
    pub(super) fn load(&mut self, at: Local, offset: u32) {
        self.get(at);
        self.vector(V128_LOAD);
        self.place(offset);
    }

    /// Leaves `memory[at + offset]` on the stack, four times.
    pub(super) fn load_splat(&mut self, at: Local, offset: u32) {
        self.get(at);
        self.vector(V128_LOAD32_SPLAT);
        self.place(offset);
    }

    /// `memory[at + offset] = vector`
    pub(super) fn store(&mut self, at: Local, offset: u32, vector: Local) {
        self.get(at);
        self.get(vector);
        self.vector(V128_STORE);
        self.place(offset);
    }

    /// `sum += what lies on the stack`
    pub(super) fn add_vector(&mut self, sum: Local) {
        self.get(sum);
        self.vector(F32X4_ADD);
        self.set(sum);
    }

    /// `if sum < low { low } else { sum }`, and no more than `high` in the same way.
    pub(super) fn bound(&mut self, sum: Local, low: Local, high: Local) {
        self.get(sum);
        self.get(low);
        self.vector(F32X4_PMAX);
        self.get(high);
        self.vector(F32X4_PMIN);
        self.set(sum);
    }

    /// `sum += a · b`, rounded once where `fused`, which not every browser has.
    pub(super) fn add_product(&mut self, sum: Local, a: Local, b: Local, fused: bool) {
        if fused {
            self.get(a);
            self.get(b);
            self.get(sum);
            self.vector(F32X4_RELAXED_MADD);
        } else {
            self.get(sum);
            self.get(a);
            self.get(b);
            self.vector(F32X4_MUL);
            self.vector(F32X4_ADD);
        }
        self.set(sum);
    }

    /// `body`, and again as long as `count`, one less each time, is not 0.
    pub(super) fn repeat(&mut self, count: Local, body: impl FnOnce(&mut Self)) {
        self.code.extend([LOOP, NO_RESULT]);
        body(self);
        self.get(count);
        self.code.push(I32_CONST);
        signed(&mut self.code, -1);
        self.code.push(I32_ADD);
        self.op(LOCAL_TEE, count.0);
        self.op(BR_IF, 0);
        self.code.push(END);
    }

    /// `body` where `condition` is not 0.
    pub(super) fn when(&mut self, condition: Local, body: impl FnOnce(&mut Self)) {
        self.get(condition);
        self.code.extend([IF, NO_RESULT]);
        body(self);
        self.code.push(END);
    }

    /// A module that imports `env.memory` and exports the function as `run`.
    pub(super) fn module(self) -> Vec<u8> {
        let mut body = Vec::new();
        unsigned(&mut body, self.locals.len() as u32);
        for of in self.locals {
            body.extend([1, of as u8]);
        }
        body.extend(self.code);
        body.push(END);
        let mut code = vec![1];
        unsigned(&mut code, body.len() as u32);
        code.extend(body);

        let mut module = b"\0asm\x01\0\0\0".to_vec();
        // One type, (i32) → (); an import, a memory of at least one page; one function of that type; its export.
        section(&mut module, 1, &[1, 0x60, 1, Type::I32 as u8, 0]);
        section(&mut module, 2, b"\x01\x03env\x06memory\x02\0\x01");
        section(&mut module, 3, &[1, 0]);
        section(&mut module, 7, b"\x01\x03run\0\0");
        section(&mut module, 10, &code);
        module
    }
}

fn section(module: &mut Vec<u8>, id: u8, content: &[u8]) {
    module.push(id);
    unsigned(module, content.len() as u32);
    module.extend(content);
}

/// LEB128.
fn unsigned(to: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        to.push(value as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}

/// LEB128 of a signed number.
fn signed(to: &mut Vec<u8>, mut value: i32) {
    while !(-0x40..0x40).contains(&value) {
        to.push(value as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8 & 0x7f);
}
