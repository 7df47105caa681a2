//! `hack/compare-bold-bi-contract`, with a small file of our own making in the forms that the vendor's have.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::harness::bold_bi::CONTRACT;
use crate::harness::folder;

/// A file that has everything of the contract, made from it: with an odd path for one of two operations, and with references.
fn complete() -> Value {
    let contract: Value = serde_json::from_str(CONTRACT).unwrap();
    let mut paths = json!({});
    for operation in contract["operations"].as_array().unwrap() {
        for version in operation["versions"].as_array().unwrap_or(&vec![json!("")]) {
            let path = operation["path"].as_str().unwrap().replace("{version}", version.as_str().unwrap());
            let path = path.replace("{user}", "{name}");
            let path = if path == "/token" { "/token ".to_owned() } else { path };
            let mut described = json!({"responses": {}});
            for (status, schema) in operation["responses"].as_object().unwrap() {
                described["responses"][status] = match schema {
                    Value::Null => json!({"description": "", "content": {}}),
                    schema => json!({"content": {"application/json": {"schema": schema}}}),
                };
            }
            if let Some(request) = operation.get("request") {
                described["requestBody"] = json!({"content": {"application/json": {"schema": request}}});
            }
            let query = operation["query"].as_array().cloned().unwrap_or_default();
            described["parameters"] = query.iter().map(|name| json!({"name": name, "in": "query"})).collect();
            paths[path][operation["method"].as_str().unwrap().to_lowercase()] = described;
        }
    }
    json!({"openapi": "3.0.1", "paths": paths, "schemas": contract["schemas"]})
}

fn compared(vendor: &Value) -> (Option<i32>, String) {
    let folder = folder::temporary("vendor");
    let file = folder::write(folder.path(), "swagger.json", &vendor.to_string());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("hack/compare-bold-bi-contract");
    let output = Command::new("python3").arg(script).arg(file).output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn what_the_vendor_does_not_have_is_listed() {
    let mut vendor = complete();
    assert_eq!(compared(&vendor), (Some(0), "everything of the contract is in this file\n".to_owned()));
    let paths = vendor["paths"].as_object_mut().unwrap();
    paths.remove("/v5.0/groups/{id}/users");
    paths["/v5.0/groups"]["post"]["responses"].as_object_mut().unwrap().remove("409");
    paths["/v5.0/groups"]["get"]["parameters"] = json!([]);
    paths["/v5.0/users"]["post"]["requestBody"]["content"]["application/json"]["schema"] =
        json!({"properties": {"Username": {}, "Email": {}, "FirstName": {}, "Lastname": {}}});
    let (code, printed) = compared(&vendor);
    assert_eq!(code, Some(1));
    let expected = [
        "POST /v5.0/users: the request has no property Password",
        "POST /v5.0/groups: no status 409",
        "GET /v5.0/groups: no parameter page",
        "GET /v5.0/groups: no parameter page_size",
        "GET /v5.0/groups: no parameter q",
        "GET /v5.0/groups: no parameter sort",
        "GET /v5.0/groups/{id}/users: no such operation",
        "POST /v5.0/groups/{id}/users: no such operation",
        "DELETE /v5.0/groups/{id}/users: no such operation",
    ];
    assert_eq!(printed.lines().collect::<Vec<_>>(), expected);
}
