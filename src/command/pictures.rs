//! Pictures that a command looks at, one after the other.

use super::drive::read;
use super::{Failure, Report};
use crate::data::{Rgb, decode};
use crate::lab::LabError;
use clap::Args;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Pictures, and how what is found in them is told.
#[derive(Args)]
pub(super) struct PictureArguments {
    /// PNG, JPEG, WebP, GIF or BMP files.
    #[arg(long = "picture", required = true, num_args = 1.., value_name = "PATH")]
    pictures: Vec<PathBuf>,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

impl PictureArguments {
    /// `find` looks at a picture; `row` tells what it found as JSON, `lines` to people.
    pub(super) fn each<F, R: Serialize>(
        &self,
        report: &mut Report<'_>,
        mut find: impl FnMut(Rgb) -> Result<F, LabError>,
        row: impl Fn(&str, F) -> R,
        lines: impl Fn(&str, &F, &mut Report<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        each_picture(&self.pictures, self.json, report, |path, report| {
            let image = path.display().to_string();
            let found = find(picture(path)?)?;
            if self.json { report.json(&row(&image, found)) } else { lines(&image, &found, report) }
        })
    }
}

pub(super) fn picture(path: &Path) -> Result<Rgb, Failure> {
    Ok(decode(&path.display().to_string(), &read(path)?).map_err(LabError::from)?)
}

#[derive(Serialize)]
struct Refused {
    image: String,
    error: String,
}

/// One bad picture does not keep the others from being looked at; where there was one, the command fails at the end.
pub(super) fn each_picture(
    paths: &[PathBuf],
    json: bool,
    report: &mut Report<'_>,
    mut look: impl FnMut(&Path, &mut Report<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut refused = false;
    for path in paths {
        match look(path, report) {
            Err(Failure::Said(error)) => {
                refused = true;
                if json {
                    report.json(&Refused { image: path.display().to_string(), error })?;
                } else {
                    eprintln!("neocog: {error}");
                }
            }
            done => done?,
        }
    }
    if refused { Err(Failure::Reported) } else { Ok(()) }
}
