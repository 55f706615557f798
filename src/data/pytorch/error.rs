//! Why a file of PyTorch is not read. Each sentence goes on behind the file's name.

/// One refusal: what the file is, and what helps.
#[derive(Debug, thiserror::Error)]
pub enum PyTorchError {
    #[error(
        "holds a whole Python object ({class}), not its tensors by name; in Python: torch.save(model.state_dict(), \"weights.pth\")"
    )]
    Object { class: String },
    #[error(
        "is a TorchScript program, not a file of weights; in Python: torch.save(torch.jit.load(file).state_dict(), \"weights.pth\")"
    )]
    TorchScript,
    #[error(
        "is a program exported by torch.export, not a file of weights; in Python: torch.save(model.state_dict(), \"weights.pth\"), or export it as .onnx"
    )]
    Exported,
    #[error(
        "asks Python to call {function} when it is opened, which weights never do; nothing of it was run. Do not open it in Python, and get the weights from another source"
    )]
    Hostile { function: String },
    #[error("holds no tensors by name; in Python: torch.save(model.state_dict(), \"weights.pth\")")]
    NoTensors,
    #[error("is a zip archive without PyTorch's data.pkl; unpack it, or use another file")]
    OtherArchive,
    #[error(
        "was written before 2017, by PyTorch 0.1, which is not read; in Python: torch.save(torch.load(file), file)"
    )]
    Tar,
    #[error(
        "was written by a machine that puts the first byte last (big-endian), which is not read; save it on another"
    )]
    BigEndian,
    #[error("holds {tensor} as {kind}, which does not become weights here; save it as floats")]
    Kind { tensor: String, kind: String },
    #[error("would take {bytes} bytes from a file of {file_bytes}; its tensors overlap more than weights do")]
    TooLarge { bytes: usize, file_bytes: usize },
    #[error("cannot be read: {0}")]
    Unread(String),
    #[error("is damaged: {detail}; download or save it again")]
    Damaged { detail: String },
    #[error("is too complicated: its pickle has more than {limit} steps; save the state_dict alone")]
    TooLong { limit: usize },
}

impl PyTorchError {
    pub(super) fn damaged(detail: impl Into<String>) -> Self {
        Self::Damaged { detail: detail.into() }
    }
}
