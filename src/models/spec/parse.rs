//! From text to layers: every line is read, even after errors.

use super::fault::{Fault, SpecError};
use super::layer::{Layer, PlacedLayer, Shortcut};
use super::line::{Position, tokens};
use super::word::{Statement, read};
use crate::graph::{Init, order::sort_by_key};

/// Layers of a network after repeating, residual blocks counted.
const MOST_LAYERS: usize = 512;
const MOST_BYTES: usize = 1 << 16;
/// Blocks in blocks.
const MOST_DEPTH: usize = 8;

/// The text, read.
#[derive(Default)]
pub(super) struct Parsed {
    pub(super) input: Option<(Position, [usize; 3])>,
    pub(super) layers: Vec<PlacedLayer>,
    pub(super) errors: Vec<SpecError>,
}

/// A block that has not ended yet.
struct Open {
    at: Position,
    block: Block,
    init: Init,
    layers: Vec<PlacedLayer>,
}

enum Block {
    Residual(Shortcut),
    Repeat(usize),
    /// Too deep: its layers are read and dropped.
    Dropped,
}

struct Parser {
    parsed: Parsed,
    open: Vec<Open>,
    init: Init,
    /// Layers so far, repeats counted.
    layers: usize,
}

pub(super) fn parse(text: &str, classes: usize) -> Parsed {
    let mut parser = Parser { parsed: Parsed::default(), open: Vec::new(), init: Init::HeNormal, layers: 0 };
    if text.len() > MOST_BYTES {
        let at = Position { line: 1, ..Position::default() };
        parser.fail(&at, Fault::TextTooLong { bytes: text.len(), limit: MOST_BYTES });
        return parser.parsed;
    }
    let mut count = 0;
    for (line, text) in (1..).zip(text.lines()) {
        count = line;
        let tokens = tokens(text);
        if tokens.is_empty() {
            continue;
        }
        let at = Position::of(line, &tokens);
        match read(&tokens, classes) {
            Ok((word, statement)) => parser.state(at, word, statement),
            Err((columns, fault)) => {
                parser.fail(&Position { columns, ..at.clone() }, fault);
                parser.broken(at, tokens[0].word.as_str());
            }
        }
    }
    while let Some(open) = parser.open.last() {
        let error = open.at.error(Fault::NoEnd);
        parser.parsed.errors.push(error);
        parser.close();
    }
    if parser.parsed.layers.is_empty() && parser.parsed.errors.is_empty() {
        let at = Position { line: count.max(1), ..Position::default() };
        parser.fail(&at, Fault::Empty);
    }
    sort_by_key(&mut parser.parsed.errors, |error| (error.line, error.columns.start));
    parser.parsed
}

impl Parser {
    fn fail(&mut self, at: &Position, fault: Fault) {
        self.parsed.errors.push(at.error(fault));
    }

    /// A statement that could not be read. A block goes on as one, so that its `end` is no second error.
    fn broken(&mut self, at: Position, word: &str) {
        match word {
            "repeat" | "times" => self.begin(at, Block::Repeat(1)),
            "residual" | "res" | "skip" => self.begin(at, Block::Residual(Shortcut::Pad)),
            "input" | "init" | "end" => {}
            _ => self.place(at, "", Layer::Broken),
        }
    }

    fn state(&mut self, at: Position, word: &'static str, statement: Statement) {
        match statement {
            Statement::Input(_) if self.parsed.input.is_some() => self.fail(&at, Fault::InputTwice),
            Statement::Input(_) if self.layers > 0 || !self.open.is_empty() => self.fail(&at, Fault::InputLate),
            Statement::Input(extents) => self.parsed.input = Some((at, extents)),
            Statement::Init(init) => self.init = init,
            Statement::Layer(layer) => self.place(at, word, layer),
            Statement::Residual(shortcut) => self.begin(at, Block::Residual(shortcut)),
            Statement::Repeat(times) => self.begin(at, Block::Repeat(times)),
            Statement::End if self.open.is_empty() => self.fail(&at, Fault::EndAlone),
            Statement::End => self.close(),
        }
    }

    fn begin(&mut self, at: Position, block: Block) {
        let depth = self.open.len() + 1;
        let block = if depth > MOST_DEPTH {
            if depth == MOST_DEPTH + 1 {
                self.fail(&at, Fault::TooDeep { depth, limit: MOST_DEPTH });
            }
            Block::Dropped
        } else {
            block
        };
        self.open.push(Open { at, block, init: self.init, layers: Vec::new() });
    }

    fn close(&mut self) {
        let Some(Open { at, block, init, layers }) = self.open.pop() else { return };
        if layers.is_empty() && !matches!(block, Block::Dropped) {
            // Its layers beyond the limit were dropped, with an error.
            if self.layers <= MOST_LAYERS {
                self.fail(&at, Fault::EmptyBlock);
            }
            return self.place(at, "", Layer::Broken);
        }
        match block {
            Block::Dropped => self.place(at, "", Layer::Broken),
            Block::Residual(shortcut) => {
                let outer = std::mem::replace(&mut self.init, init);
                self.place(at, "residual", Layer::Residual { shortcut, body: layers });
                self.init = outer;
            }
            Block::Repeat(times) => {
                let more = size(&layers) * (times - 1);
                if self.layers + more > MOST_LAYERS {
                    self.fail(&at, Fault::TooManyLayers { layers: self.layers + more, limit: MOST_LAYERS });
                    return self.place(at, "", Layer::Broken);
                }
                self.layers += more;
                let all = std::iter::repeat_n(layers, times).flatten();
                self.list().extend(all);
            }
        }
    }

    fn place(&mut self, at: Position, word: &'static str, layer: Layer) {
        if self.open.last().is_some_and(|open| matches!(open.block, Block::Dropped)) {
            return;
        }
        if layer != Layer::Broken {
            self.layers += 1;
            if self.layers == MOST_LAYERS + 1 {
                self.fail(&at, Fault::TooManyLayers { layers: self.layers, limit: MOST_LAYERS });
            }
        }
        // Layers beyond the limit are read for their errors and then dropped.
        if self.layers <= MOST_LAYERS || matches!(layer, Layer::Residual { .. } | Layer::Broken) {
            let init = self.init;
            self.list().push(PlacedLayer { at, word, layer, init });
        }
    }

    fn list(&mut self) -> &mut Vec<PlacedLayer> {
        match self.open.last_mut() {
            Some(open) => &mut open.layers,
            None => &mut self.parsed.layers,
        }
    }
}

/// Layers in a list, those within blocks counted.
fn size(layers: &[PlacedLayer]) -> usize {
    let inside = |placed: &PlacedLayer| match &placed.layer {
        Layer::Residual { body, .. } => size(body),
        _ => 0,
    };
    layers.iter().map(|placed| 1 + inside(placed)).sum()
}
