//! What only one part of page and engine understands, closed for everyone between them: a program that has not fetched that
//! part carries it without the code that reads, writes, copies and drops its type.

use super::{AddData, Caption, Captioned, Fool, Fooled, Trouble, pack, unpack};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser};
use serde_bytes::ByteBuf;
use std::fmt;
use std::marker::PhantomData;

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

/// A packed `T`. As JSON it is the `T` itself.
pub struct Sealed<T> {
    inner: Inner,
    of: PhantomData<fn() -> T>,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Inner {
    packed: ByteBuf,
    /// Taken out of it, as what is done with them in between needs to know no more.
    bodies: Vec<ByteBuf>,
    pictures: Vec<u32>,
}

impl<T: Content> Sealed<T> {
    pub fn new(mut content: T) -> Self {
        let bodies = content.bodies_mut().into_iter().map(std::mem::take).collect();
        let pictures = content.pictures_mut().into_iter().map(|picture| *picture).collect();
        // No type of the protocol is refused; what could not be packed could not be opened either.
        let packed = pack(&content).unwrap_or_default().into();
        Self { inner: Inner { packed, bodies, pictures }, of: PhantomData }
    }

    /// # Errors
    /// [`Trouble::Bug`] where it was packed by another version of the program.
    pub fn open(self) -> Result<T, Trouble> {
        let Inner { packed, bodies, pictures } = self.inner;
        let mut content: T = unpack(&packed).map_err(|detail| Trouble::Bug { detail })?;
        content.bodies_mut().into_iter().zip(bodies).for_each(|(place, body)| *place = body);
        content.pictures_mut().into_iter().zip(pictures).for_each(|(place, picture)| *place = picture);
        Ok(content)
    }
}

impl<T> Sealed<T> {
    pub fn bodies_mut(&mut self) -> &mut [ByteBuf] {
        &mut self.inner.bodies
    }

    pub fn pictures(&self) -> &[u32] {
        &self.inner.pictures
    }

    pub fn pictures_mut(&mut self) -> &mut [u32] {
        &mut self.inner.pictures
    }
}

impl<T: Content> From<T> for Sealed<T> {
    fn from(content: T) -> Self {
        Self::new(content)
    }
}

// Not derived: the content need not have them.
impl<T> Clone for Sealed<T> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), of: PhantomData }
    }
}

impl<T> PartialEq for Sealed<T> {
    fn eq(&self, other: &Self) -> bool {
        self.inner == other.inner
    }
}

impl<T> fmt::Debug for Sealed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} sealed bytes", self.inner.packed.len())
    }
}

impl<T: Content> Serialize for Sealed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return self.clone().open().map_err(ser::Error::custom)?.serialize(serializer);
        }
        self.inner.serialize(serializer)
    }
}

impl<'de, T: Content> Deserialize<'de> for Sealed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return T::deserialize(deserializer).map(Self::new);
        }
        Ok(Self { inner: Inner::deserialize(deserializer)?, of: PhantomData })
    }
}

macro_rules! plain {
    ($($content:ident),* $(,)?) => {
        $(impl Content for super::$content {})*
    };
}

// Without files and pictures.
plain! {
    DataReport, Distil, DistilNews, Distilled, CaptionNews, FoolNews, Look, Looked, Optimise, OptimiseNews, Optimised, Speed,
    SpecReport, StoredRun, Timed, Train, TrainOptions, Trained,
}

impl Content for AddData {
    fn bodies_mut(&mut self) -> Vec<&mut ByteBuf> {
        self.files.iter_mut().map(|file| &mut file.bytes).collect()
    }
}

impl Content for Caption {
    fn bodies_mut(&mut self) -> Vec<&mut ByteBuf> {
        match self {
            Caption::Bring(brought) => brought.files.iter_mut().map(|file| &mut file.bytes).collect(),
            _ => Vec::new(),
        }
    }

    fn pictures_mut(&mut self) -> Vec<&mut u32> {
        match self {
            Caption::SayOf(job) => vec![&mut job.picture],
            _ => Vec::new(),
        }
    }
}

impl Content for Captioned {
    fn pictures_mut(&mut self) -> Vec<&mut u32> {
        match self {
            Captioned::SaidOf(said) => vec![&mut said.picture],
            _ => Vec::new(),
        }
    }
}

impl Content for Fool {
    fn pictures_mut(&mut self) -> Vec<&mut u32> {
        Fool::pictures_mut(self)
    }
}

impl Content for Fooled {
    fn pictures_mut(&mut self) -> Vec<&mut u32> {
        match self {
            Fooled::Attacked(attacked) => vec![&mut attacked.attack.picture],
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{DataFile, Job, SayCaption};
    use super::*;

    #[test]
    fn it_opens_to_what_was_sealed() {
        let files = vec![DataFile { name: "点".to_owned(), bytes: ByteBuf::from(vec![5; 9]) }];
        let data = AddData { files, side: Some(3) };
        let job = Job::AddData(data.clone().into());
        let mut there: Job = unpack(&pack(&job).unwrap()).unwrap();
        assert_eq!((&there, there.clone().bodies_mut().len()), (&job, 1));
        assert_eq!(there.bodies_mut()[0].len(), 9);
        let Job::AddData(sealed) = there else { panic!("another job") };
        assert_eq!(sealed.open().unwrap(), data);
    }

    #[test]
    fn pictures_get_other_numbers_on_the_way() {
        let job = SayCaption { picture: 4, ..SayCaption::default() };
        let mut sealed = Sealed::new(Caption::SayOf(job));
        assert_eq!(sealed.pictures(), [4]);
        sealed.pictures_mut()[0] = 70;
        assert_eq!(sealed.open().unwrap(), Caption::SayOf(SayCaption { picture: 70, ..job }));
    }

    #[test]
    fn as_json_it_is_the_content() {
        let job = SayCaption { picture: 4, ..SayCaption::default() };
        let content = Caption::SayOf(job);
        let sealed = Sealed::new(content.clone());
        let json = serde_json::to_string(&sealed).unwrap();
        assert_eq!(json, serde_json::to_string(&content).unwrap());
        assert_eq!(serde_json::from_str::<Sealed<Caption>>(&json).unwrap(), sealed);
        assert!(serde_json::from_str::<Sealed<Caption>>("{\"sing\": 1}").is_err());
    }
}
