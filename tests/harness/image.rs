//! The image of the program under test.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{binary, command};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/hack/image");

/// An image in a folder.
#[derive(Debug)]
pub struct Image {
    /// `sha256:…`, of its manifest.
    pub digest: String,
    /// In the OCI layout.
    pub layout: PathBuf,
    /// The same as one file.
    pub archive: PathBuf,
    /// The list of the crates in it, as `CycloneDX`.
    pub crates: PathBuf,
}

/// Makes the image in this folder. The program must be a static one, as `hack/static-binary` builds it.
#[must_use]
pub fn build(into: &Path) -> Image {
    let mut image = Command::new(SCRIPT);
    image.arg(into).env("DIRECTORY_GROUP_SYNC_BINARY", binary::path());
    let digest = command::run(&mut image).trim().to_owned();
    let file = |ending: &str| into.join(format!("directory-group-sync{ending}"));
    Image { digest, layout: file(""), archive: file(".tar"), crates: file(".cdx.json") }
}
