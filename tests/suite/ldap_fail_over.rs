//! A server that is lost in the middle of a run leaves it to the next one, from nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use directory_group_sync::directory::Error;
use directory_group_sync::directory::settings::Source;
use serde_json::{Value, json};

use crate::directories::{every_group, open, with};
use crate::ldap_files::{LdapFiles, in_clear};
use crate::scripted_ldap::{Answer, Search, group, member, serve_changed, shows};
use crate::store_content::Content;
use crate::whole_run::{Store, sync_of_every_group};

/// A scripted server that counts its binds.
struct Server {
    address: String,
    binds: Arc<AtomicU32>,
}

impl Server {
    /// Binds end with this result.
    fn start(bind: u8, script: impl Fn(&Search) -> Vec<Answer> + Send + Sync + 'static) -> Self {
        let binds = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&binds);
        let settings = serve_changed(script, move |search, answers| {
            if search.is_some() {
                return answers;
            }
            counted.fetch_add(1, Ordering::Relaxed);
            vec![Answer::Done(bind, "80090308: data 52e", None)]
        });
        let Source::Ldap(ldap) = settings.source else { panic!("an LDAP server") };
        Self { address: ldap.servers[0].clone(), binds }
    }

    fn binds(&self) -> u32 {
        self.binds.load(Ordering::Relaxed)
    }
}

/// Shows a group, and then does this.
fn fails(end: fn() -> Answer) -> impl Fn(&Search) -> Vec<Answer> {
    move |search| match search.cookie.as_deref() {
        Some(b"") => vec![group(1, vec![("member", vec![member(1)])]), Answer::Done(0, "", Some(b"next"))],
        _ => vec![end()],
    }
}

/// A sync that reads these servers.
struct Life(LdapFiles);

impl Life {
    fn begin() -> Self {
        Self(LdapFiles::new(Store::new(), "DC=corp", "reader", "secret"))
    }

    /// Runs once, expects this exit code, and returns the status.
    fn run(&self, servers: &[&Server], code: i32) -> Value {
        let servers: Vec<&str> = servers.iter().map(|server| &*server.address).collect();
        let mut ldap = in_clear(&servers);
        ldap["timeouts"] = json!({"connect": "2s", "request": "1s"});
        let mut command = self.0.command(&ldap, &sync_of_every_group(), &["-o", "json", "--exit-code"]);
        let output = command.output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(code), "{printed}\n{}", String::from_utf8_lossy(&output.stderr));
        let objects: Value = serde_json::from_str(&printed).unwrap();
        objects[0]["status"].clone()
    }

    /// Runs once, and expects that the run fails for this reason and changes nothing.
    async fn fails(&self, servers: &[&Server], expected: &str) {
        let before = self.content().await;
        let status = self.run(servers, 1);
        assert_eq!((reason(&status), &status["lastRun"]["result"]), (&expected.into(), &"Failed".into()), "{status:#}");
        assert_eq!(before.changes_to(&self.content().await), [""; 0]);
    }

    async fn content(&self) -> Content {
        self.0.store.content().await
    }
}

fn reason(status: &Value) -> &Value {
    let conditions = status["conditions"].as_array().unwrap();
    &conditions.iter().find(|condition| condition["type"] == "Ready").unwrap()["reason"]
}

#[tokio::test]
async fn a_server_that_is_lost_while_it_is_read_leaves_nothing_of_what_it_said() {
    for end in [|| Answer::Close, || Answer::Notice, || Answer::Silence, || Answer::Done(51, "", None)] {
        let (lost, good) = (Server::start(0, fails(end)), Server::start(0, shows(&[2])));
        let life = Life::begin();
        life.run(&[&lost, &good], 5);
        assert_eq!(life.content().await.groups(), ["group 2: user1"]);
        assert_eq!((lost.binds(), good.binds()), (1, 1));
    }
}

#[tokio::test]
async fn a_server_that_is_lost_during_the_look_ups_leaves_the_whole_read_to_the_next() {
    let life = Life::begin();
    let good = Server::start(0, shows(&[1, 2]));
    life.run(&[&good], 5);
    let before = life.content().await;
    // This one does not show group 1, and is gone before it can say whether that exists.
    let lost =
        Server::start(
            0,
            |search: &Search| {
                if search.base.starts_with("<GUID=") { vec![Answer::Close] } else { shows(&[2])(search) }
            },
        );
    // All that is written is that the Directory has another address.
    let status = life.run(&[&lost, &good], 5);
    assert_eq!((status["current"]["groups"].as_i64(), status["current"]["missing"].as_i64()), (Some(2), Some(0)));
    assert_eq!((lost.binds(), good.binds()), (1, 2));
    let after = life.content().await;
    let mut expected = before;
    expected.take("directory_claims", &after);
    assert_eq!(expected.changes_to(&after), [""; 0]);
}

/// A sync whose store holds group 3, which no server shows any more.
fn life_with_a_store() -> Life {
    let life = Life::begin();
    life.run(&[&Server::start(0, shows(&[1, 3]))], 5);
    life
}

#[tokio::test]
async fn each_server_is_asked_once_and_none_after_a_refused_bind() {
    let lost = || Server::start(0, fails(|| Answer::Close));
    let life = life_with_a_store();
    let (first, second) = (lost(), lost());
    life.fails(&[&first, &second], "DirectoryUnreachable").await;
    assert_eq!((first.binds(), second.binds()), (1, 1));

    let (first, refusing, good) = (lost(), Server::start(49, shows(&[1])), Server::start(0, shows(&[1])));
    life.fails(&[&first, &refusing, &good], "BindRefused").await;
    assert_eq!((first.binds(), refusing.binds(), good.binds()), (1, 1, 0));
}

#[tokio::test]
async fn a_wrong_answer_is_for_a_person_to_see_and_not_for_another_server() {
    for (end, expected) in [
        ((|| Answer::Unknown) as fn() -> Answer, "DirectoryAnswerMalformed"),
        (|| Answer::Done(4, "", None), "DirectoryReadIncomplete"),
    ] {
        let (wrong, good) = (Server::start(0, fails(end)), Server::start(0, shows(&[1])));
        life_with_a_store().fails(&[&wrong, &good], expected).await;
        assert_eq!(good.binds(), 0);
    }
}

#[tokio::test]
async fn only_a_lost_server_of_several_is_left_for_another() {
    let server = Server::start(0, fails(|| Answer::Close));
    let other = Server::start(0, fails(|| Answer::Close));
    let settings = |servers: &[&Server]| {
        let settings = serve_changed(shows(&[1]), |_, answers| answers);
        with(settings, |ldap| ldap.servers = servers.iter().map(|server| server.address.clone()).collect())
    };
    let query = every_group();
    let mut alone = open(settings(&[&server]));
    let error = alone.snapshot(&query).await.unwrap_err();
    assert!(!alone.fail_over(&error), "{error}");
    let mut several = open(settings(&[&server, &other]));
    let error = several.snapshot(&query).await.unwrap_err();
    assert!(!several.fail_over(&Error::bind_refused("")));
    assert!(several.fail_over(&error), "{error}");
    let error = several.snapshot(&query).await.unwrap_err();
    assert!(!several.fail_over(&error), "{error}");
}
