//! How a tensor lies in its storage: an offset, a shape, and a stride for each dimension, in elements.

use super::PyTorchError;
use super::pickle::{Id, Pickle, Pickled};
use safetensors::Dtype;
use std::borrow::Cow;

/// A parameter that wraps a tensor that wraps one.
const DEEPEST: usize = 8;

/// Where in which storage the elements of a tensor are.
#[derive(Debug)]
pub(super) struct StridedView<'a> {
    pub(super) name: &'a str,
    pub(super) dtype: Dtype,
    pub(super) shape: Vec<usize>,
    stride: Vec<usize>,
    offset: usize,
    /// The storage's key in its file.
    pub(super) key: &'a str,
}

/// Whether the value is a call of PyTorch's that makes a tensor.
pub(super) fn is_tensor(pickle: &Pickle<'_>, id: Id) -> bool {
    let Pickled::Made { of, .. } = pickle.get(id) else { return false };
    let called = pickle.global(*of);
    called.is_some_and(|(module, name)| {
        matches!(module, "torch._utils" | "torch._tensor") && name.starts_with("_rebuild")
    })
}

/// What a pickle says of a storage: "storage", its type, its key, the device it lay on, its elements, and, in files of old,
/// which part of it is meant.
pub(super) struct StorageType<'a> {
    /// The name of its class.
    class: &'a str,
    pub(super) key: &'a str,
    /// The first element of the part.
    start: usize,
}

impl<'a> StorageType<'a> {
    pub(super) fn read(pickle: &Pickle<'a>, about: Id) -> Option<Self> {
        let items = pickle.items(about)?;
        let &[_, class, key, ..] = items else { return None };
        let (_, class) = pickle.global(class)?;
        let part = items.get(5).and_then(|&part| pickle.items(part));
        let start = part.and_then(|part| number(pickle, *part.get(1)?)).unwrap_or(0);
        Some(Self { class, key: pickle.text(key)?, start })
    }

    pub(super) fn element_bytes(&self) -> usize {
        // Without a type it counts bytes.
        dtype_of(self.class).unwrap_or(Dtype::U8).bitsize() / 8
    }
}

fn number(pickle: &Pickle<'_>, id: Id) -> Option<usize> {
    if let Pickled::Int(value) = pickle.get(id) { usize::try_from(*value).ok() } else { None }
}

/// The tensor of this name that the value describes.
pub(super) fn view<'a>(pickle: &Pickle<'a>, name: &'a str, id: Id) -> Result<StridedView<'a>, PyTorchError> {
    let wrong = || PyTorchError::damaged(format!("{name} is described in a form that is not known"));
    let (mut function, mut arguments) = match pickle.get(id) {
        Pickled::Made { of, with } => (pickle.global(*of), *with),
        _ => return Err(wrong()),
    };
    for _ in 0..DEEPEST {
        let given = pickle.items(arguments).ok_or_else(wrong)?;
        match function.ok_or_else(wrong)?.1 {
            "_rebuild_tensor" | "_rebuild_tensor_v2" => return plain(pickle, name, given, None).ok_or_else(wrong)?,
            "_rebuild_tensor_v3" => return plain(pickle, name, given, given.get(6).copied()).ok_or_else(wrong)?,
            "_rebuild_parameter" | "_rebuild_parameter_with_state" => {
                let Pickled::Made { of, with } = pickle.get(*given.first().ok_or_else(wrong)?) else {
                    return Err(wrong());
                };
                (function, arguments) = (pickle.global(*of), *with);
            }
            // A subclass of Tensor: the function, the class, the arguments, the rest.
            "_rebuild_from_type_v2" => {
                let &[of, _, with, ..] = given else { return Err(wrong()) };
                (function, arguments) = (pickle.global(of), with);
            }
            other => {
                let kind = other.trim_start_matches("_rebuild_").replace('_', " ");
                return Err(PyTorchError::Kind { tensor: name.to_owned(), kind });
            }
        }
    }
    Err(wrong())
}

/// Of storage, offset, shape and stride; the type is the storage's where no other is given.
fn plain<'a>(
    pickle: &Pickle<'a>,
    name: &'a str,
    given: &[Id],
    dtype: Option<Id>,
) -> Option<Result<StridedView<'a>, PyTorchError>> {
    let &[storage, offset, shape, stride, ..] = given else { return None };
    let Pickled::Outside(about) = pickle.get(storage) else { return None };
    let storage = StorageType::read(pickle, *about)?;
    let kind = match dtype {
        Some(dtype) => pickle.global(dtype)?.1,
        None => storage.class,
    };
    let Some(dtype) = dtype_of(kind) else {
        return Some(Err(PyTorchError::Kind { tensor: name.to_owned(), kind: kind.to_owned() }));
    };
    let numbers = |id: Id| pickle.items(id)?.iter().map(|&id| number(pickle, id)).collect::<Option<Vec<usize>>>();
    let (shape, stride) = (numbers(shape)?, numbers(stride)?);
    if shape.len() != stride.len() || shape.len() > 16 {
        return None;
    }
    let offset = number(pickle, offset)?.checked_add(storage.start)?;
    Some(Ok(StridedView { name, dtype, shape, stride, offset, key: storage.key }))
}

/// By the name of a storage's class, or of the type itself.
fn dtype_of(name: &str) -> Option<Dtype> {
    Some(match name {
        "FloatStorage" | "float32" => Dtype::F32,
        "DoubleStorage" | "float64" => Dtype::F64,
        "HalfStorage" | "float16" => Dtype::F16,
        "BFloat16Storage" | "bfloat16" => Dtype::BF16,
        "LongStorage" | "int64" => Dtype::I64,
        "IntStorage" | "int32" => Dtype::I32,
        "ShortStorage" | "int16" => Dtype::I16,
        "CharStorage" | "int8" => Dtype::I8,
        "ByteStorage" | "uint8" => Dtype::U8,
        "BoolStorage" | "bool" => Dtype::BOOL,
        "uint16" => Dtype::U16,
        "uint32" => Dtype::U32,
        "uint64" => Dtype::U64,
        "float8_e4m3fn" => Dtype::F8_E4M3,
        "float8_e5m2" => Dtype::F8_E5M2,
        _ => return None,
    })
}

impl StridedView<'_> {
    fn count(&self) -> Option<usize> {
        self.shape.iter().try_fold(1_usize, |count, &extent| count.checked_mul(extent))
    }

    /// Of the tensor by itself.
    pub(super) fn len_bytes(&self) -> Result<usize, PyTorchError> {
        let bytes = self.count().and_then(|count| count.checked_mul(self.size()));
        bytes.ok_or_else(|| PyTorchError::damaged(format!("{} has the shape {:?}", self.name, self.shape)))
    }

    fn size(&self) -> usize {
        self.dtype.bitsize() / 8
    }

    /// One past its last element in the storage.
    fn end(&self) -> Option<usize> {
        let steps = self.shape.iter().zip(&self.stride).map(|(&extent, &stride)| (extent - 1).checked_mul(stride));
        steps.into_iter().try_fold(self.offset, |end, step| end.checked_add(step?))?.checked_add(1)
    }

    /// Row-major, without gaps.
    fn is_contiguous(&self) -> bool {
        let mut wanted = 1_usize;
        self.shape.iter().zip(&self.stride).rev().all(|(&extent, &stride)| {
            let fits = extent == 1 || stride == wanted;
            wanted = wanted.saturating_mul(extent);
            fits
        })
    }

    /// Its elements in row-major order.
    pub(super) fn gathered<'a>(&self, storage: &'a [u8]) -> Result<Cow<'a, [u8]>, PyTorchError> {
        let (size, total) = (self.size(), self.len_bytes()?);
        if total == 0 {
            return Ok(Cow::Borrowed(&[]));
        }
        let end = self.end().and_then(|end| end.checked_mul(size)).filter(|&end| end <= storage.len());
        if end.is_none() {
            let (name, has) = (self.name, storage.len());
            return Err(PyTorchError::damaged(format!("{name} reaches beyond the {has} bytes of its storage")));
        }
        if self.is_contiguous() {
            return Ok(Cow::Borrowed(&storage[self.offset * size..][..total]));
        }
        let mut gathered = Vec::with_capacity(total);
        let mut place = vec![0_usize; self.shape.len()];
        let mut at = self.offset;
        while gathered.len() < total {
            gathered.extend_from_slice(&storage[at * size..][..size]);
            for axis in (0..place.len()).rev() {
                place[axis] += 1;
                at += self.stride[axis];
                if place[axis] < self.shape[axis] {
                    break;
                }
                at -= self.stride[axis] * self.shape[axis];
                place[axis] = 0;
            }
        }
        Ok(Cow::Owned(gathered))
    }
}
