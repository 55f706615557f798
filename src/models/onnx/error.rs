//! Why an ONNX file is refused, each a sentence about the file.

/// Why a file cannot be read as a network for pictures.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what its fields are")]
pub enum OnnxError {
    /// It is no ONNX file, or cut off.
    #[error("is damaged ({detail}); export it anew")]
    Damaged { detail: String },
    /// In the words of the system.
    #[error("cannot be read: {detail}")]
    Unread { detail: String },
    /// Its weights lie in another file.
    #[error("keeps its weights in {file}, which is not here; drop both files together")]
    NoData { file: String },
    /// The file beside it is too short, or its name leads out of the folder.
    #[error("keeps its tensor {tensor} in {file}, where it cannot be read ({why})")]
    BadData { file: String, tensor: String, why: String },
    /// Newer or older operators.
    #[error("uses opset {opset} of the ONNX operators; 7 to 28 are supported, so export it with one of these")]
    Opset { opset: i64 },
    /// All at once.
    #[error("needs operators that are not supported here: {list} (opset {opset})")]
    Unsupported { list: String, opset: i64 },
    /// One node, by name.
    #[error("has a node that cannot be built: {op} {node} (opset {opset}): {why}")]
    Node { op: String, node: String, opset: i64, why: String },
    /// A tensor of the file.
    #[error("has a tensor {name} that cannot be used: {why}")]
    Tensor { name: String, why: String },
    /// It wants something else than pictures.
    #[error("is no network for pictures: {why}")]
    NotPictures { why: String },
    /// It gives something else than a number for each class.
    #[error(
        "gives {shape:?} for a picture, not one number for each class: it is a detector, a segmenter or another kind of network"
    )]
    NotLogits { shape: Vec<usize> },
    /// Neither logits nor boxes or joints in a form that is known.
    #[error(
        "gives {gives} for a picture of {input}: neither one number for each class, nor boxes or joints in a form that is known here; export a detector with decoded boxes (YOLO: 1 × places × 5 + classes or 1 × 4 + classes × places; after suppression 1 × boxes × 6; SSD: boxes 1 × places × 4 and scores 1 × places × classes), a pose network with heat maps 1 × joints × height × width or coordinates 1 × joints × 2"
    )]
    UnknownHead { gives: String, input: String },
    /// A network of ours cannot become a file.
    #[error("cannot be written as ONNX: {why}")]
    Unwritten { why: String },
    /// Branches in branches.
    #[error("nests its graphs more than {limit} deep")]
    Deep { limit: usize },
}
