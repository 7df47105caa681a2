//! Whole runs on a server in memory whose links are outside it: the contract, and what only such a server can do.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use directory_group_sync::api::v1alpha1::condition::Reason;
use directory_group_sync::api::v1alpha1::directory_group_sync::status::{ProblemKind, RunResult};
use directory_group_sync::api::v1alpha1::{DashboardServer, DirectoryGroupSync, DirectoryGroupSyncStatus};
use directory_group_sync::directory::settings::{DirectorySettings, GroupScope, SchemaChoice, Source, UserScope};
use directory_group_sync::run::host::{Presence, RunHost, Step};
use directory_group_sync::run::report::approval::Location;
use directory_group_sync::run::report::context::ReportContext;
use directory_group_sync::run::report::status;
use directory_group_sync::run::run;
use directory_group_sync::run::settings::{RunEnvironment, Settings, sync_settings};
use directory_group_sync::standalone::INSTALLATION;
use directory_group_sync::store::link_book::LinkBook;
use directory_group_sync::store::sql::SqlSettings;
use directory_group_sync::store::{self, Interruption, StoreSettings};
use directory_group_sync::sync::found::Links;
use directory_group_sync::sync::identity::Owner;
use directory_group_sync::sync::snapshot::Attributes;
use jiff::Timestamp;
use serde_json::json;

use crate::company::{BASE, exported, object};
use crate::memory_server::{MemoryBook, Reply, Server, memory_store};
use crate::store_contract::{ByHand, Fixture, Store, groups, hold_contract};
use crate::whole_run::{EARLIER, NOW, problems, ready, result};

/// Opens the book of links, as each run does.
type OpenBook = Box<dyn Fn() -> Arc<dyn LinkBook> + Send + Sync>;

/// A server with its book.
pub(crate) struct Memory {
    server: Arc<Server>,
    book: OpenBook,
}

impl Memory {
    /// A server whose links are in this book.
    pub(crate) fn with(book: impl Fn() -> Arc<dyn LinkBook> + Send + Sync + 'static) -> Self {
        Self { server: Server::new("memory-1"), book: Box::new(book) }
    }
}

fn memory(_: &str) -> Memory {
    let book: Arc<MemoryBook> = Arc::default();
    Memory::with(move || Arc::clone(&book) as _)
}

impl Fixture for Memory {
    fn store(&self) -> Store {
        Arc::new(memory_store(Arc::clone(&self.server), (self.book)()))
    }

    fn by_hand(&self, edit: &ByHand<'_>) {
        let mut content = self.server.content();
        match *edit {
            ByHand::CreateAccount(username, email) => {
                let attributes =
                    Attributes { username: Some(username.into()), email: Some(email.into()), ..Attributes::default() };
                content.create_account(attributes, None);
            }
            ByHand::CreateGroup(name) => drop(content.create_group(name, None)),
            ByHand::DeleteAccount(username) => {
                let is_it = |name: Option<&str>| name == Some(username);
                let id = content.accounts.iter().find(|(_, it)| is_it(it.attributes.username.as_deref()));
                let id = id.unwrap().0.clone();
                content.delete_account(&id);
            }
            ByHand::DeleteGroup(name) => content.groups.retain(|_, group| group.name != name),
            ByHand::Empty(name) => content.group(name).members.clear(),
            ByHand::Add(name, username) => {
                let (group, account) = content.ids(name, username);
                content.groups.get_mut(&group).unwrap().members.insert(account);
            }
            ByHand::SetRoles(name, roles) => {
                content.group(name).roles = roles.iter().map(|role| (*role).to_owned()).collect();
            }
        }
    }

    fn have_unique_names(&self) -> &'static str {
        self.server.content().unique_names = true;
        "unique_names"
    }

    fn is_untouched(&self) -> bool {
        let content = self.server.content();
        content.groups.is_empty() && content.accounts.is_empty()
    }
}

hold_contract! { memory }

/// The process of a run, which lets it go on until it has asked so often.
struct Process {
    store: Store,
    now: Timestamp,
    left: AtomicUsize,
}

#[async_trait]
impl RunHost for Process {
    fn now(&self) -> Timestamp {
        self.now
    }

    async fn presence(&self, _: &Owner) -> Presence {
        Presence::Unknown
    }

    async fn may_go_on(&self) -> Result<(), Interruption> {
        let left = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        left.map(drop).map_err(|_| Interruption::Suspended)
    }

    fn open_store(&self, _: &StoreSettings) -> Result<Store, store::Error> {
        Ok(Arc::clone(&self.store))
    }

    fn entered(&self, _: Step) {}
}

/// What the directory has, first and then.
const FIRST: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob"]), ("Editors", &["bob", "cy"])];
const THEN: &[(&str, &[&str])] =
    &[("Analysts", &["ada", "dan"]), ("Editors", &["bob", "cy"]), ("Sales", &["ada", "dan"])];
const SYNCED_FIRST: [&str; 2] = ["Analysts: ada bob", "Editors: bob cy"];
const SYNCED_THEN: [&str; 3] = ["Analysts: ada dan", "Editors: bob cy", "Sales: ada dan"];
const FOR_EVER: usize = usize::MAX;

impl Memory {
    /// A server that a run has filled.
    async fn filled() -> Self {
        let memory = memory("");
        let status = memory.sync(FIRST).await;
        assert_eq!(result(&status), RunResult::Synced, "{status:#?}");
        assert_eq!(groups(&memory.store()).await, SYNCED_FIRST);
        memory
    }

    /// Synchronizes with this directory.
    async fn sync(&self, directory: &[(&str, &[&str])]) -> DirectoryGroupSyncStatus {
        self.run(directory, FOR_EVER, "Enforce", Duration::from_mins(15)).await
    }

    async fn run(
        &self,
        directory: &[(&str, &[&str])],
        asked: usize,
        mode: &str,
        timeout: Duration,
    ) -> DirectoryGroupSyncStatus {
        let spec = json!({"directoryRef": {"name": "corp"}, "dashboardServerRef": {"name": "memory"}, "mode": mode,
            "groups": [{"filter": "(objectClass=groupOfNames)"}], "prune": {"confirmAfter": "0s"},
            "limits": {"memberRemovals": {"allow": 100}, "memberRemovalsPerGroup": {"allow": 100}}});
        let sync: DirectoryGroupSync = serde_json::from_value(object("DirectoryGroupSync", "teams", spec)).unwrap();
        let spec = json!({"sql": {"secretKeyRef": {"name": "none", "key": "url"}}});
        let server: DashboardServer = serde_json::from_value(object("DashboardServer", "memory", spec)).unwrap();
        let environment = RunEnvironment { installation: INSTALLATION.to_owned(), ..RunEnvironment::default() };
        let source =
            Source::Ldif { origin: "company.ldif".to_owned(), content: exported(directory).into_bytes().into() };
        let settings = Settings {
            sync: sync_settings(&sync, &server, &environment).unwrap(),
            directory: DirectorySettings {
                base_dn: BASE.to_owned(),
                schema: SchemaChoice::Auto,
                groups: GroupScope::default(),
                users: UserScope::default(),
                source,
            },
            // The process opens another one.
            store: StoreSettings::Sql(SqlSettings { url: "sqlite:none".into(), authorities: None, allow_sqlite: true }),
            timeout,
        };
        let process = Process { store: self.store(), now: EARLIER, left: AtomicUsize::new(asked) };
        let outcome = run(&settings, &process).await;
        let report_context = ReportContext {
            generation: 1,
            requested_at: None,
            other_requested_at: None,
            approval: None,
            suspended: false,
            start: NOW,
            end: NOW,
            next: None,
            location: Location::Files { command: "sync -f teams.yaml", server: "memory" },
            plan_ref: None,
        };
        status(&DirectoryGroupSyncStatus::default(), &outcome, &report_context)
    }

    /// A run brings everything in sync, and the next one finds nothing to do.
    async fn is_completed(&self) {
        self.server.judge(|_, _| Reply::Done);
        let status = self.sync(THEN).await;
        assert_eq!(result(&status), RunResult::Synced, "{status:#?}");
        assert_eq!(groups(&self.store()).await, SYNCED_THEN);
        let calls = self.server.calls();
        let status = self.sync(THEN).await;
        assert_eq!((result(&status), self.server.calls()), (RunResult::Synced, calls), "{status:#?}");
        assert_eq!(status.last_change, None);
        let Links::Outside(lost) = self.store().read().await.unwrap().links else { panic!("links are outside") };
        assert_eq!((lost.groups, lost.accounts), (vec![], vec![]));
    }

    /// What the last run says it changed is what the server shows.
    async fn shows(&self, status: &DirectoryGroupSyncStatus, members_before: i64) {
        let found = self.store().read().await.unwrap();
        let counts = status.last_run.as_ref().unwrap();
        let number = |count: usize| i64::try_from(count).unwrap();
        assert_eq!(counts.groups.created, number(found.groups.len()) - 2, "{status:#?}");
        assert_eq!(counts.accounts.created, number(found.accounts.len()) - 3, "{status:#?}");
        let members = found.groups.iter().map(|group| group.members.len()).sum::<usize>();
        assert_eq!(counts.members.added - counts.members.removed, number(members) - members_before, "{status:#?}");
        let changed = counts.groups.created + counts.accounts.created + counts.members.added + counts.members.removed;
        assert_eq!(status.last_change.is_some(), changed > 0, "{status:#?}");
        let standing = status.current.as_ref().unwrap();
        let linked = found.groups.iter().filter(|group| group.link.is_some());
        assert_eq!((standing.groups, standing.members), (number(linked.count()), number(members)), "{status:#?}");
    }
}

#[tokio::test]
async fn a_run_that_is_stopped_in_the_middle_says_how_far_it_came() {
    let (mut partial, mut nothing) = (0, 0);
    for asked in 0.. {
        let memory = Memory::filled().await;
        let status = memory.run(THEN, asked, "Enforce", Duration::from_mins(15)).await;
        match result(&status) {
            RunResult::Synced => break,
            RunResult::Failed => {
                assert_eq!(groups(&memory.store()).await, SYNCED_FIRST, "nothing was written, it says");
                assert_eq!(status.last_change, None);
                nothing += 1;
            }
            other => {
                assert_eq!(other, RunResult::PartiallySynced);
                let ready = ready(&status);
                assert_eq!(&*ready.reason, Reason::PartiallySynced.as_str());
                assert!(ready.message.contains("the run ended early, after "), "{}", ready.message);
                assert!(ready.message.ends_with(&Interruption::Suspended.to_string()), "{}", ready.message);
                memory.shows(&status, 4).await;
                partial += 1;
            }
        }
        memory.is_completed().await;
    }
    assert!(partial > 3 && nothing > 1, "{partial} {nothing}");
}

#[tokio::test]
async fn a_run_whose_time_is_over_in_the_middle_says_how_far_it_came() {
    let memory = Memory::filled().await;
    memory.server.judge(|call, _| {
        // Longer than the run may take.
        if call == 2 {
            std::thread::sleep(Duration::from_secs(11));
        }
        Reply::Done
    });
    let status = memory.run(THEN, FOR_EVER, "Enforce", Duration::from_secs(10)).await;
    assert_eq!(result(&status), RunResult::PartiallySynced, "{status:#?}");
    let message = &ready(&status).message;
    assert!(message.contains("the run ended early, after ") && message.contains("spec.timeout (10 s)"), "{message}");
    memory.shows(&status, 4).await;
    memory.is_completed().await;
}

#[tokio::test]
async fn a_server_that_fails_in_the_middle_leaves_what_was_written() {
    for call in 1.. {
        let memory = Memory::filled().await;
        memory.server.judge(move |now, _| if now >= call { Reply::Failed } else { Reply::Done });
        let status = memory.sync(THEN).await;
        if result(&status) == RunResult::Synced {
            assert!(call > 5);
            break;
        }
        assert_eq!(result(&status), RunResult::PartiallySynced, "{status:#?}");
        assert!(ready(&status).message.contains("the server does not answer"), "{status:#?}");
        memory.shows(&status, 4).await;
        memory.is_completed().await;
    }
    let memory = Memory::filled().await;
    memory.server.judge(|_, _| Reply::Failed);
    let status = memory.sync(THEN).await;
    assert_eq!((result(&status), &*ready(&status).reason), (RunResult::Failed, Reason::StoreUnreachable.as_str()));
    assert_eq!(groups(&memory.store()).await, SYNCED_FIRST);
}

#[tokio::test]
async fn an_object_that_is_refused_in_the_middle_is_named() {
    let memory = Memory::filled().await;
    memory.server.judge(|_, words| match words {
        "create account dan" => Reply::Refused("the seats are used up".to_owned()),
        _ => Reply::Done,
    });
    let status = memory.sync(THEN).await;
    assert_eq!((result(&status), problems(&status)), (RunResult::PartiallySynced, vec![ProblemKind::Refused]));
    let message = &ready(&status).message;
    assert!(message.contains("the store refused 1 write, such as \"dan\": the seats are used up"), "{message}");
    assert_eq!(groups(&memory.store()).await, ["Analysts: ada", "Editors: bob cy", "Sales: ada"]);
    memory.shows(&status, 4).await;
    memory.is_completed().await;
}

/// The object is there and bears the mark that the book has, so it is claimed; what needed it comes with the second run.
#[tokio::test]
async fn what_a_lost_answer_is_about_is_ambiguous_and_then_claimed() {
    for lost in ["create group Sales", "create account dan", "add dan to Analysts", "remove bob from Analysts"] {
        let memory = Memory::filled().await;
        memory.server.judge(move |_, words| if words == lost { Reply::Lost } else { Reply::Done });
        let status = memory.sync(THEN).await;
        assert_eq!(result(&status), RunResult::PartiallySynced, "{lost}: {status:#?}");
        assert_eq!(problems(&status), [ProblemKind::Ambiguous], "{lost}: {status:#?}");
        assert!(ready(&status).message.contains("the answer to 1 write was lost"), "{lost}: {status:#?}");
        memory.is_completed().await;
    }
}

#[tokio::test]
async fn a_lost_answer_to_a_rename_breaks_no_link() {
    const RENAMED: &[(&str, &[&str])] = &[("Analysts", &["ada", "bob"]), ("Editors", &["bob", "cy"])];
    let memory = Memory::filled().await;
    memory.server.content().group("Editors").name = "Redaktion".to_owned();
    // The link names what was last written, so another name breaks it, until the name is there again.
    assert_eq!(problems(&memory.sync(RENAMED).await), [ProblemKind::Broken]);
    memory.server.content().group("Redaktion").name = "EDITORS".to_owned();
    memory.server.judge(|_, words| if words == "edit group EDITORS" { Reply::Lost } else { Reply::Done });
    let status = memory.sync(RENAMED).await;
    assert_eq!(problems(&status), [ProblemKind::Ambiguous], "{status:#?}");
    memory.server.judge(|_, _| Reply::Done);
    let status = memory.sync(RENAMED).await;
    assert_eq!(result(&status), RunResult::Synced, "{status:#?}");
    assert_eq!(groups(&memory.store()).await, SYNCED_FIRST);
}

#[tokio::test]
async fn another_server_behind_the_address_stops_the_run() {
    let memory = Memory::filled().await;
    memory.server.content().identity = "memory-2".to_owned();
    let status = memory.sync(THEN).await;
    assert_eq!((result(&status), &*ready(&status).reason), (RunResult::Failed, Reason::StoreChanged.as_str()));
    assert!(ready(&status).message.contains("memory-1"), "{status:#?}");
    assert_eq!(groups(&memory.store()).await, SYNCED_FIRST);
    memory.server.content().identity = "memory-1".to_owned();
    memory.is_completed().await;
}

#[tokio::test]
async fn a_preview_says_that_the_server_cannot_be_asked_beforehand() {
    let memory = Memory::filled().await;
    let calls = memory.server.calls();
    let status = memory.run(THEN, FOR_EVER, "Preview", Duration::from_mins(15)).await;
    assert_eq!(result(&status), RunResult::Previewed, "{status:#?}");
    let message = &ready(&status).message;
    assert!(message.contains("1 group created") && message.contains("cannot be asked beforehand"), "{message}");
    assert_eq!(memory.server.calls(), calls);
}
