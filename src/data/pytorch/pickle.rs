//! Python's pickle (protocols 2 to 5) as data. A pickle is a program for a small stack machine. This one makes values and calls
//! nothing: what Python would call is kept as the name of the function and its arguments.
//!
//! Every step makes at most one value of a few bytes; values refer to each other by number, so that none is ever copied and none
//! is deep. Steps are counted, which bounds time and memory.

use super::PyTorchError;
use std::collections::BTreeMap;

/// A state dict of ten thousand tensors takes less than a million.
const MOST_STEPS: usize = 4_000_000;

/// A value of a [`Pickle`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Id(u32);

#[derive(Debug)]
pub(super) enum Pickled<'a> {
    None,
    Bool(bool),
    Int(i64),
    Text(&'a str),
    /// A function or class, by module and name.
    Global(&'a str, &'a str),
    Tuple(Vec<Id>),
    List(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    /// What lies outside the pickle: a storage, described by a tuple.
    Outside(Id),
    /// What the function gives for these arguments, or the new object of the class.
    Made {
        of: Id,
        with: Id,
    },
    /// Floats, bytes, long numbers, sets: nothing that tensors are described with.
    Other,
}

#[derive(Debug)]
pub(super) struct Pickle<'a> {
    values: Vec<Pickled<'a>>,
    root: Id,
}

impl<'a> Pickle<'a> {
    /// The first pickle in `bytes`, and how many of them it takes.
    pub(super) fn read(bytes: &'a [u8]) -> Result<(Self, usize), PyTorchError> {
        let mut machine =
            Machine { bytes, at: 0, values: Vec::new(), stack: Vec::new(), marks: Vec::new(), memo: BTreeMap::new() };
        let root = machine.run()?;
        Ok((Self { values: machine.values, root }, machine.at))
    }

    pub(super) fn root(&self) -> Id {
        self.root
    }

    pub(super) fn get(&self, id: Id) -> &Pickled<'a> {
        &self.values[id.0 as usize]
    }

    /// All functions and classes that Python would call.
    pub(super) fn called(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.values
            .iter()
            .filter_map(|value| if let Pickled::Made { of, .. } = value { self.global(*of) } else { None })
    }

    /// The descriptions of all that lies outside.
    pub(super) fn outside(&self) -> impl Iterator<Item = Id> {
        self.values.iter().filter_map(|value| if let Pickled::Outside(about) = value { Some(*about) } else { None })
    }

    pub(super) fn text(&self, id: Id) -> Option<&'a str> {
        if let Pickled::Text(text) = self.get(id) { Some(text) } else { None }
    }

    pub(super) fn global(&self, id: Id) -> Option<(&'a str, &'a str)> {
        if let Pickled::Global(module, name) = self.get(id) { Some((module, name)) } else { None }
    }

    /// Of a tuple or a list.
    pub(super) fn items(&self, id: Id) -> Option<&[Id]> {
        if let Pickled::Tuple(items) | Pickled::List(items) = self.get(id) { Some(items) } else { None }
    }
}

struct Machine<'a> {
    bytes: &'a [u8],
    at: usize,
    values: Vec<Pickled<'a>>,
    stack: Vec<Id>,
    /// How high the stack was at each mark.
    marks: Vec<usize>,
    memo: BTreeMap<u32, Id>,
}

type Step = Result<(), PyTorchError>;

impl<'a> Machine<'a> {
    fn run(&mut self) -> Result<Id, PyTorchError> {
        for _ in 0..MOST_STEPS {
            match self.u8()? {
                b'.' => return self.pop(),
                code => self.step(code)?,
            }
        }
        Err(PyTorchError::TooLong { limit: MOST_STEPS })
    }

    fn step(&mut self, code: u8) -> Step {
        match code {
            // PROTO, FRAME
            0x80 => self.take(1).map(drop),
            0x95 => self.take(8).map(drop),
            b'(' => {
                self.marks.push(self.stack.len());
                Ok(())
            }
            b'0' => self.pop().map(drop),
            b'1' => self.since_mark().map(drop),
            b'2' => {
                let top = self.top()?;
                self.stack.push(top);
                Ok(())
            }
            b'N' => self.push(Pickled::None),
            0x88 | 0x89 => self.push(Pickled::Bool(code == 0x88)),
            b'J' => self.number(4),
            b'K' => self.number(1),
            b'M' => self.number(2),
            0x8a => {
                let length = self.u8()?;
                self.long(length.into())
            }
            0x8b => {
                let length = self.length(4)?;
                self.long(length)
            }
            b'G' => self.skipped(8),
            b'X' => self.text(4),
            b'T' => self.text(4),
            b'U' | 0x8c => self.text(1),
            0x8d => self.text(8),
            b'B' => self.blob(4),
            b'C' => self.blob(1),
            0x8e | 0x96 => self.blob(8),
            b')' => self.push(Pickled::Tuple(Vec::new())),
            b't' => {
                let items = self.since_mark()?;
                self.push(Pickled::Tuple(items))
            }
            0x85..=0x87 => {
                let start = self.stack.len().checked_sub(usize::from(code - 0x84)).ok_or_else(empty)?;
                let items = self.stack.split_off(start);
                self.push(Pickled::Tuple(items))
            }
            b']' => self.push(Pickled::List(Vec::new())),
            b'l' => {
                let items = self.since_mark()?;
                self.push(Pickled::List(items))
            }
            b'a' => {
                let item = self.pop()?;
                self.append(vec![item])
            }
            b'e' => {
                let items = self.since_mark()?;
                self.append(items)
            }
            b'}' => self.push(Pickled::Dict(Vec::new())),
            b'd' => {
                let items = self.since_mark()?;
                self.push(Pickled::Dict(Vec::new()))?;
                self.set(&items)
            }
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.set(&[key, value])
            }
            b'u' => {
                let items = self.since_mark()?;
                self.set(&items)
            }
            // A set, a frozen one, members for it.
            0x8f => self.push(Pickled::Other),
            0x91 => {
                self.since_mark()?;
                self.push(Pickled::Other)
            }
            0x90 => self.since_mark().map(drop),
            b'q' => {
                let key = self.u8()?;
                self.remember(key.into())
            }
            b'r' => {
                let key = self.u32()?;
                self.remember(key)
            }
            0x94 => self.remember(self.memo.len() as u32),
            b'h' => {
                let key = self.u8()?;
                self.recall(key.into())
            }
            b'j' => {
                let key = self.u32()?;
                self.recall(key)
            }
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                self.push(Pickled::Global(module, name))
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                match (&self.values[module.0 as usize], &self.values[name.0 as usize]) {
                    (&Pickled::Text(module), &Pickled::Text(name)) => self.push(Pickled::Global(module, name)),
                    _ => Err(PyTorchError::damaged("a function in its pickle has no name")),
                }
            }
            b'R' | 0x81 => {
                let (with, of) = (self.pop()?, self.pop()?);
                self.make(of, with)
            }
            0x92 => {
                let (_, with, of) = (self.pop()?, self.pop()?, self.pop()?);
                self.make(of, with)
            }
            // What an object is made of; the objects that matter here have all in their arguments.
            b'b' => self.pop().map(drop),
            b'Q' => {
                let about = self.pop()?;
                self.push(Pickled::Outside(about))
            }
            other => {
                let at = self.at - 1;
                Err(PyTorchError::damaged(format!("byte {at} of its pickle is {other:#04x}, which is no step of one")))
            }
        }
    }

    /// What a call gives, as far as that is data: dictionaries and sizes.
    fn make(&mut self, of: Id, with: Id) -> Step {
        let (arguments, function) = (&self.values[with.0 as usize], &self.values[of.0 as usize]);
        let made = match (function, arguments) {
            (Pickled::Global("collections", "OrderedDict" | "defaultdict" | "Counter"), Pickled::Tuple(arguments)) => {
                Pickled::Dict(arguments.first().map(|&pairs| self.pairs(pairs)).unwrap_or_default())
            }
            (Pickled::Global("torch", "Size"), Pickled::Tuple(arguments)) if arguments.len() == 1 => {
                self.stack.push(arguments[0]);
                return Ok(());
            }
            _ => Pickled::Made { of, with },
        };
        self.push(made)
    }

    /// Python 2 gave an ordered dictionary its pairs as an argument.
    fn pairs(&self, id: Id) -> Vec<(Id, Id)> {
        let Pickled::List(items) = &self.values[id.0 as usize] else { return Vec::new() };
        let pair = |item: &Id| match &self.values[item.0 as usize] {
            Pickled::Tuple(pair) | Pickled::List(pair) => {
                <[Id; 2]>::try_from(pair.as_slice()).ok().map(|[a, b]| (a, b))
            }
            _ => None,
        };
        items.iter().filter_map(pair).collect()
    }

    fn append(&mut self, items: Vec<Id>) -> Step {
        let top = self.top()?;
        if let Pickled::List(list) = &mut self.values[top.0 as usize] {
            list.extend(items);
        }
        Ok(())
    }

    fn set(&mut self, items: &[Id]) -> Step {
        let top = self.top()?;
        if let Pickled::Dict(pairs) = &mut self.values[top.0 as usize] {
            pairs.extend(items.as_chunks::<2>().0.iter().map(|&[key, value]| (key, value)));
        }
        Ok(())
    }

    fn push(&mut self, value: Pickled<'a>) -> Step {
        // Steps are fewer than numbers of 32 bits.
        self.stack.push(Id(self.values.len() as u32));
        self.values.push(value);
        Ok(())
    }

    fn top(&self) -> Result<Id, PyTorchError> {
        let floor = self.marks.last().copied().unwrap_or(0);
        self.stack.get(floor..).and_then(<[Id]>::last).copied().ok_or_else(empty)
    }

    fn pop(&mut self) -> Result<Id, PyTorchError> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    fn since_mark(&mut self) -> Result<Vec<Id>, PyTorchError> {
        let mark = self.marks.pop().filter(|&mark| mark <= self.stack.len()).ok_or_else(empty)?;
        Ok(self.stack.split_off(mark))
    }

    fn remember(&mut self, key: u32) -> Step {
        let top = self.top()?;
        self.memo.insert(key, top);
        Ok(())
    }

    fn recall(&mut self, key: u32) -> Step {
        let known = self.memo.get(&key).copied();
        let known = known.ok_or_else(|| PyTorchError::damaged(format!("its pickle has no value {key}")))?;
        self.stack.push(known);
        Ok(())
    }

    /// Of four bytes with a sign, of fewer without.
    fn number(&mut self, length: usize) -> Step {
        let bytes = self.take(length)?;
        let value = match *bytes {
            [a, b, c, d] => i32::from_le_bytes([a, b, c, d]).into(),
            _ => bytes.iter().rev().fold(0_i64, |value, &byte| value << 8 | i64::from(byte)),
        };
        self.push(Pickled::Int(value))
    }

    /// A number of any length; one beyond 64 bits describes no tensor.
    fn long(&mut self, length: usize) -> Step {
        let bytes = self.take(length)?;
        let sign = if bytes.last().is_some_and(|&last| last >= 0x80) { -1 } else { 0 };
        let value = bytes.iter().rev().fold(sign, |value: i64, &byte| value << 8 | i64::from(byte));
        self.push(if length <= 8 { Pickled::Int(value) } else { Pickled::Other })
    }

    fn text(&mut self, width: usize) -> Step {
        let length = self.length(width)?;
        // Python 2 wrote names as bytes; what is no UTF-8 names no tensor.
        let text = std::str::from_utf8(self.take(length)?);
        self.push(text.map_or(Pickled::Other, Pickled::Text))
    }

    fn blob(&mut self, width: usize) -> Step {
        let length = self.length(width)?;
        self.skipped(length)
    }

    fn skipped(&mut self, length: usize) -> Step {
        self.take(length)?;
        self.push(Pickled::Other)
    }

    fn length(&mut self, width: usize) -> Result<usize, PyTorchError> {
        let length = self.take(width)?.iter().rev().fold(0_u64, |value, &byte| value << 8 | u64::from(byte));
        Ok(usize::try_from(length).unwrap_or(usize::MAX))
    }

    fn u8(&mut self) -> Result<u8, PyTorchError> {
        Ok(self.take(1)?[0])
    }

    fn u32(&mut self) -> Result<u32, PyTorchError> {
        Ok(self.length(4)? as u32)
    }

    /// Up to the end of the line.
    fn line(&mut self) -> Result<&'a str, PyTorchError> {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().take(1000).position(|&byte| byte == b'\n');
        let text = length.and_then(|length| std::str::from_utf8(&rest[..length]).ok());
        let text = text.ok_or_else(|| PyTorchError::damaged("a name in its pickle has no end"))?;
        self.at += text.len() + 1;
        Ok(text)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], PyTorchError> {
        let taken = self.at.checked_add(length).and_then(|end| self.bytes.get(self.at..end));
        let taken = taken
            .ok_or_else(|| PyTorchError::damaged(format!("its pickle breaks off at byte {}", self.bytes.len())))?;
        self.at += length;
        Ok(taken)
    }
}

fn empty() -> PyTorchError {
    PyTorchError::damaged("its pickle takes a value where there is none")
}
