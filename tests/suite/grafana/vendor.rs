//! The vendor's generated client drives the double, and finds each of its answers valid. So the double speaks as the vendor's
//! description of the API says, and not only as we have read it.

use std::path::Path;
use std::process::Command;

use crate::harness::Grafana;
use crate::harness::grafana::{PASSWORD, TOKEN, USERNAME};

/// What came of each call. `undocumented`: the description does not have the status, and the server's sources do.
const EXPECTED: &str = "health: ok
organization: ok
own account: ok
own account with a wrong password: 401
create user: ok
create user again: 412
create user with a token: 403
set role: ok
add to organization again: undocumented 409
users of the organization: ok
users of the server: ok
user: ok
unknown user: 404
update user: ok
update user to a taken login: 409
create team: ok
create team again: 409
teams: ok
team: ok
unknown team: 404
rename team: ok
add member: ok
add member again: undocumented 400
set members with an unknown address: 404
set members: ok
members: ok
remove member: ok
remove member again: 404
delete team: ok
delete team again: 404
disable user: ok
enable user: ok
log user out: ok
";

#[test]
fn the_vendors_client_finds_every_answer_valid() {
    let build = Path::new(env!("CARGO_MANIFEST_DIR")).join("hack/grafana-client/build");
    let output = Command::new(build).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let program = String::from_utf8(output.stdout).unwrap();
    for is_redirected in [false, true] {
        let grafana = Grafana::start();
        grafana.with(|site| (site.is_redirected, site.is_enterprise) = (is_redirected, is_redirected));
        let arguments = [&*grafana.address(), USERNAME, PASSWORD, TOKEN];
        let output = Command::new(program.trim()).args(arguments).output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(printed, EXPECTED, "{}", String::from_utf8_lossy(&output.stderr));
    }
}
