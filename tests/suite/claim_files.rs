//! Rule `claimed-directory-id` without a cluster: the annotation is in the file.

use std::fs;

use crate::store_contract::usernames;
use crate::sync_files::SyncFiles;

#[tokio::test]
async fn a_run_from_files_is_stopped_too_and_goes_on_by_the_annotation_of_the_file() {
    let files = SyncFiles::for_sqlite();
    files.write_directory(&[("ada", "ada"), ("bob", "bob")], &[("g1", "Analysts", &["ada", "bob"])]);
    files.sync_writes();
    let manifest = fs::read_to_string(files.folder().join("sync.yaml")).unwrap();
    let manifest = manifest.replace("metadata: {name: ", "metadata: {namespace: lab, name: ");
    let write = |manifest: &str| fs::write(files.folder().join("sync.yaml"), manifest).unwrap();
    write(&manifest);

    files.write_directory(&[("ada", "mallory")], &[("g2", "Editors", &["mallory"])]);
    let before = fs::read(files.sqlite()).unwrap();
    let (_, said) = files.sync();
    assert!(said.contains("lab/teams: DirectoryIDClaimed: ") && said.contains("the namespace default"), "{said}");
    assert!(files.check().1.contains("DirectoryIDClaimed"), "{}", files.check().1);
    let (_, hash) = said.split_once("the DashboardServer bi the annotation directorysync.dev/approve: \"").unwrap();
    let hash = hash.split_once('"').unwrap().0;
    assert_eq!(fs::read(files.sqlite()).unwrap(), before, "nothing was written");

    let server = "metadata: {namespace: lab, name: bi}\nspec:\n  sql";
    assert!(manifest.contains(server));
    let annotation = format!("metadata: {{annotations: {{directorysync.dev/approve: {hash}}}, namespace");
    write(&manifest.replace(server, &server.replace("metadata: {namespace", &annotation)));
    files.sync_writes();
    assert_eq!(usernames(&files.sqlite_store()).await, ["ada", "bob"], "the account has an owner");
    write(&manifest);
    let (_, said) = files.sync();
    assert!(!said.contains("DirectoryIDClaimed"), "{said}");
}
