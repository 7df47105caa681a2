//! The program in an image that has nothing but the program: no time zones, no shell, no certificates of authorities.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::harness::{Certificates, binary, command, folder};

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");
/// What a sync at night says.
const NIGHTLY: &str = "\n  schedule: 0 2 * * *\n  timeZone: Europe/Berlin\n";

#[test]
fn every_example_is_valid_where_nothing_else_is() {
    let root = root();
    let examples = fs::read_dir(EXAMPLES).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    for example in examples {
        let output = run(&root, &["check", "-f", &format!("/examples/{example}")]);
        let said = text(&output);
        assert!(!said.contains("time zone") && !said.contains("InvalidSpec"), "{example}: {said}");
        // What may fail is that none of their servers is here.
        let sync = said.contains("DirectoryGroupSync") || output.status.success();
        assert!(sync, "{example}: {said}");
    }
}

#[test]
fn the_quick_start_synchronizes_at_night_too() {
    let root = root();
    let output = run(&root, &["sync", "-f", "/examples/quickstart"]);
    assert!(output.status.success(), "{}", text(&output));
    assert!(text(&output).contains("Synced: 5 groups, 16 members and 11 accounts in sync"), "{}", text(&output));

    let file = root.path().join("examples/quickstart/quickstart.yaml");
    let resources = fs::read_to_string(&file).unwrap();
    let sync = resources.find("kind: DirectoryGroupSync").unwrap();
    let spec = sync + resources[sync..].find("\nspec:\n").unwrap() + "\nspec:".len();
    fs::write(&file, [&resources[..spec], NIGHTLY.trim_end(), &resources[spec..]].concat()).unwrap();
    let output = run(&root, &["sync", "-f", "/examples/quickstart"]);
    assert!(output.status.success(), "{}", text(&output));
    assert!(text(&output).contains("nothing written"), "{}", text(&output));
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[&*output.stdout, &*output.stderr].concat()).into_owned()
}

/// Runs the program with this folder as its root.
fn run(root: &TempDir, arguments: &[&str]) -> Output {
    let mut chroot = Command::new("chroot");
    chroot
        .arg(root.path())
        .arg("/directory-group-sync")
        .args(arguments)
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command::output(&mut chroot, "")
}

/// A root with the program, the libraries that it loads, an authority's certificate, and the examples.
fn root() -> TempDir {
    let root = folder::temporary("root");
    let program = binary::path();
    fs::copy(&program, root.path().join("directory-group-sync")).unwrap();
    for library in libraries(&program) {
        let copy = root.path().join(library.strip_prefix("/").unwrap());
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::copy(&library, copy).unwrap();
    }
    fs::create_dir_all(root.path().join("etc/ssl/certs")).unwrap();
    folder::write(&root.path().join("etc/ssl/certs"), "ca-certificates.crt", Certificates::new().ca());
    command::run(Command::new("cp").arg("-r").arg(EXAMPLES).arg(root.path()));
    assert!(!root.path().join("usr/share").exists());
    root
}

/// The libraries of a program, its loader included; none of a static one.
fn libraries(program: &Path) -> Vec<PathBuf> {
    let output = command::output(Command::new("ldd").arg(program), "");
    let listed = String::from_utf8_lossy(&output.stdout).into_owned();
    let paths = listed.lines().filter_map(|line| line.split_whitespace().find(|word| word.starts_with('/')));
    paths.map(PathBuf::from).collect()
}
