//! The compact form in which requests and responses cross the worker's edge. Objects as JSON has them are for scripts alone:
//! the code that reads and writes those is ten times as long.

use super::{Job, PictureSource};
use serde::{Serialize, de::DeserializeOwned};
use serde_bytes::ByteBuf;

/// # Errors
/// None that a type of the protocol can cause.
pub fn pack(value: &impl Serialize) -> Result<Vec<u8>, String> {
    postcard::to_allocvec(value).map_err(|error| error.to_string())
}

/// # Errors
/// Where the bytes are not such a value.
pub fn unpack<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    postcard::from_bytes(bytes).map_err(|error| error.to_string())
}

impl Job {
    /// Where this job keeps the bytes of its files, in their order: they cross the edge beside it, handed over instead of copied.
    pub fn bodies_mut(&mut self) -> Vec<&mut ByteBuf> {
        match self {
            Job::AddPicture(picture) => match &mut picture.source {
                PictureSource::Bytes(bytes) => vec![bytes],
                PictureSource::Pixels(pixels) => vec![&mut pixels.rgba],
                PictureSource::Url(_) | PictureSource::Gallery(_) => Vec::new(),
            },
            Job::DropWeights(file) => vec![&mut file.bytes],
            Job::ImportRun(file) => vec![&mut file.bytes],
            Job::AddData(data) => data.bodies_mut().iter_mut().collect(),
            Job::Caption(job) => job.bodies_mut().iter_mut().collect(),
            Job::Start(_)
            | Job::MeetGpu
            | Job::RemovePicture(_)
            | Job::DownloadWeights(_)
            | Job::DeleteWeights(_)
            | Job::Classify(_)
            | Job::Compare(_)
            | Job::Summarise(_)
            | Job::TrainOptions
            | Job::FetchData(_)
            | Job::LoseGpu
            | Job::Speed(_)
            | Job::Held
            | Job::DescribeNetwork(_)
            | Job::Train(_)
            | Job::Steer(_)
            | Job::Look(_)
            | Job::ExportRun
            | Job::Optimise(_)
            | Job::Distil(_)
            | Job::SteerDistil(_)
            | Job::Fool(_)
            | Job::Cancel(_) => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{AddPicture, DataFile, Pixels, Request, Response, Trouble, Update};
    use super::*;

    #[test]
    fn what_is_packed_comes_back() {
        let rgba = ByteBuf::from(vec![1, 2, 3, 4]);
        let source = PictureSource::Pixels(Pixels { width: 1, height: 1, rgba });
        let request = Request { id: 300, job: Job::AddPicture(AddPicture { name: "点".to_owned(), source }) };
        assert_eq!(unpack(&pack(&request).unwrap()), Ok(request));
        let trouble = Trouble::Http { url: "https://example.org".to_owned(), status: 404 };
        let response = Response { id: 7, update: Update::Failed(trouble) };
        let packed = pack(&response).unwrap();
        assert_eq!(unpack(&packed), Ok(response));
        assert!(unpack::<Response>(&packed[..3]).is_err());
    }

    #[test]
    fn bodies_are_where_the_bytes_are() {
        let mut job = Job::ImportRun(DataFile { name: "run".to_owned(), bytes: ByteBuf::from(vec![5; 9]) });
        assert_eq!(job.bodies_mut().iter().map(|body| body.len()).collect::<Vec<_>>(), [9]);
        assert!(Job::TrainOptions.bodies_mut().is_empty());
    }
}
