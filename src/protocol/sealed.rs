//! What only one part of page and engine understands, closed for everyone between them: a program that has not fetched that
//! part carries it without the code that reads, writes, copies and drops its type.

use super::{Trouble, pack, trouble, unpack};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use std::fmt;

/// What may be sealed.
pub trait Content: Serialize + DeserializeOwned {
    /// Where it keeps the bytes of its files, in their order: they cross the edge beside it, handed over instead of copied.
    fn bodies_mut(&mut self) -> Vec<&mut ByteBuf> {
        Vec::new()
    }

    /// Where it names pictures of the tray, in their order: they have other numbers on the page than in the engine.
    fn pictures_mut(&mut self) -> Vec<&mut u32> {
        Vec::new()
    }
}

impl Content for () {}

/// Packed content of some experiment. Which type it is follows from where it stands: the job, the answer or the news of the
/// experiment whose id is beside it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Sealed {
    packed: ByteBuf,
    /// Taken out of it, as what is done with them on the way needs to know no more.
    bodies: Vec<ByteBuf>,
    pictures: Vec<u32>,
}

impl Sealed {
    pub fn new(mut content: impl Content) -> Self {
        let bodies = content.bodies_mut().into_iter().map(std::mem::take).collect();
        let pictures = content.pictures_mut().into_iter().map(|picture| *picture).collect();
        // No type of the protocol is refused; what could not be packed could not be opened either.
        let packed = pack(&content).unwrap_or_default().into();
        Self { packed, bodies, pictures }
    }

    /// # Errors
    /// [`Trouble::Bug`] where it is another type, or was packed by another version of the program.
    pub fn open<T: Content>(self) -> Result<T, Trouble> {
        let Self { packed, bodies, pictures } = self;
        let mut content: T = unpack(&packed).map_err(|detail| trouble::Bug { detail })?;
        content.bodies_mut().into_iter().zip(bodies).for_each(|(place, body)| *place = body);
        content.pictures_mut().into_iter().zip(pictures).for_each(|(place, picture)| *place = picture);
        Ok(content)
    }

    pub fn bodies_mut(&mut self) -> &mut [ByteBuf] {
        &mut self.bodies
    }

    pub fn pictures_mut(&mut self) -> &mut [u32] {
        &mut self.pictures
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} sealed bytes", self.packed.len())
    }
}
