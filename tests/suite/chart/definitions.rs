//! The definitions of the kinds: those of `crds/`, kept when the release goes.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::{CHART, CRDS, documents, of_kind, read, template};

#[test]
fn the_definitions_are_those_of_crds() {
    let ours = yaml_files(Path::new(CRDS));
    let copied = Path::new(CHART).join("files/crds");
    assert_eq!(ours.len(), yaml_files(&copied).len());
    for file in ours {
        let copy = copied.join(file.file_name().unwrap());
        assert!(
            fs::read(&file).unwrap() == fs::read(&copy).unwrap_or_default(),
            "the chart's copy of crds/ is old: hack/generate writes it"
        );
    }
}

#[test]
fn the_rendered_definitions_are_kept_and_otherwise_those_of_crds() {
    let mut rendered = of_kind(&template(&[]), "CustomResourceDefinition");
    for definition in &mut rendered {
        let annotations = definition["metadata"].as_object_mut().unwrap().remove("annotations");
        assert_eq!(annotations, Some(json!({"helm.sh/resource-policy": "keep"})));
    }
    let files: String = yaml_files(Path::new(CRDS)).iter().map(|file| read(file)).collect();
    assert_eq!(rendered, documents(&files));

    let rendered = of_kind(&template(&["--set", "crds.keep=false"]), "CustomResourceDefinition");
    assert_eq!(rendered, documents(&files));
    assert!(of_kind(&template(&["--set", "crds.install=false"]), "CustomResourceDefinition").is_empty());
}

fn yaml_files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    files
}
