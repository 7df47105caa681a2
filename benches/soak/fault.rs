//! What fails, and how it works again.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::world::World;

/// A kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    DirectoryFrozen,
    DirectoryStopped,
    DirectorySilent,
    DirectoryCut,
    StoreSilent,
    StoreCut,
    StoreCrashed,
    ApiKilled,
    ApiSilentForOne,
    ApiSilentForBoth,
    EverythingCut,
    OperatorKilled,
    OperatorStopped,
    OperatorPaused,
    SecretsTouched,
    PasswordWrong,
    SyncsComeAndGo,
    DirectoriesDeleted,
}

/// All kinds. Syncs come and go twice as often, because each time is only half of it.
pub(crate) const FAULTS: [Fault; 19] = [
    Fault::DirectoryFrozen,
    Fault::DirectoryStopped,
    Fault::DirectorySilent,
    Fault::DirectoryCut,
    Fault::StoreSilent,
    Fault::StoreCut,
    Fault::StoreCrashed,
    Fault::ApiKilled,
    Fault::ApiSilentForOne,
    Fault::ApiSilentForBoth,
    Fault::EverythingCut,
    Fault::OperatorKilled,
    Fault::OperatorStopped,
    Fault::OperatorPaused,
    Fault::SecretsTouched,
    Fault::PasswordWrong,
    Fault::SyncsComeAndGo,
    Fault::SyncsComeAndGo,
    Fault::DirectoriesDeleted,
];

impl Fault {
    /// What it is.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::DirectoryFrozen => "the directory accepts connections and answers nothing",
            Self::DirectoryStopped => "the directory is stopped",
            Self::DirectorySilent => "the network to the directory is silent",
            Self::DirectoryCut => "the network to the directory is cut",
            Self::StoreSilent => "the network to the database is silent",
            Self::StoreCut => "the network to the database is cut",
            Self::StoreCrashed => "the database crashes and recovers",
            Self::ApiKilled => "the API server is killed",
            Self::ApiSilentForOne => "the network from one operator to the API server is silent",
            Self::ApiSilentForBoth => "the network from both operators to the API server is silent",
            Self::EverythingCut => "every network is cut",
            Self::OperatorKilled => "an operator is killed",
            Self::OperatorStopped => "an operator is stopped",
            Self::OperatorPaused => "an operator is paused",
            Self::SecretsTouched => "every Secret is touched",
            Self::PasswordWrong => "the password of the bind account is wrong",
            Self::SyncsComeAndGo => "a sync is created or deleted in each namespace",
            Self::DirectoriesDeleted => "every Directory is deleted",
        }
    }

    /// Starts it. `operator` is the one that it concerns, if it concerns one.
    pub(crate) fn start(self, world: &mut World, operator: usize) {
        world.count(self.words());
        match self {
            Self::DirectoryFrozen => {
                world.ldap.freeze();
                world.directory_answers = false;
            }
            Self::DirectoryStopped => {
                world.ldap.stop();
                world.directory_answers = false;
            }
            Self::DirectorySilent => world.directory.silence(),
            Self::DirectoryCut => world.directory.cut(),
            Self::StoreSilent => world.store.silence(),
            Self::StoreCut => world.store.cut(),
            Self::StoreCrashed => crash(world),
            Self::ApiKilled => world.api.kill(),
            Self::ApiSilentForOne => world.api_links[operator].silence(),
            Self::ApiSilentForBoth => world.api_links.iter().for_each(crate::harness::Link::silence),
            Self::EverythingCut => {
                for link in world.links() {
                    link.cut();
                }
            }
            Self::OperatorKilled => world.operators[operator].kill(),
            Self::OperatorStopped => world.operators[operator].stop(),
            Self::OperatorPaused => world.operators[operator].pause(),
            Self::SecretsTouched => {
                for tenant in &world.tenants {
                    let touched = format!("touched={}", crate::harness::wait::clock());
                    tenant.space.kubectl(&["annotate", "--overwrite", "secret", "--all", &touched]);
                }
            }
            Self::PasswordWrong => world.tenants.iter().for_each(|tenant| tenant.set_password("wrong")),
            Self::SyncsComeAndGo => world.tenants.iter_mut().for_each(super::tenant::Tenant::come_or_go),
            Self::DirectoriesDeleted => {
                for tenant in &world.tenants {
                    tenant.space.kubectl(&["delete", "dir", "corp"]);
                }
            }
        }
    }

    /// Ends it.
    pub(crate) fn end(self, world: &mut World, operator: usize) {
        match self {
            Self::DirectoryFrozen => {
                world.ldap.thaw();
                world.directory_answers = true;
            }
            Self::DirectoryStopped => {
                world.ldap.resume();
                world.directory_answers = true;
            }
            Self::DirectorySilent | Self::DirectoryCut => world.directory.restore(),
            Self::StoreSilent | Self::StoreCut => {
                // What was silent is lost: otherwise its transaction would keep the store's lock for five minutes.
                world.store.cut();
                world.store.restore();
            }
            Self::ApiKilled => world.api.resume(),
            Self::ApiSilentForOne => world.api_links[operator].restore(),
            Self::ApiSilentForBoth => world.api_links.iter().for_each(crate::harness::Link::restore),
            Self::EverythingCut => {
                for link in world.links() {
                    link.restore();
                }
            }
            Self::OperatorKilled | Self::OperatorStopped => world.operators[operator].resume(),
            Self::OperatorPaused => world.operators[operator].go_on(),
            Self::PasswordWrong => world.tenants.iter().for_each(|tenant| tenant.set_password("pw")),
            Self::DirectoriesDeleted => {
                for tenant in &world.tenants {
                    tenant.apply_directory(&world.ldap, &world.directory);
                }
            }
            Self::StoreCrashed | Self::SecretsTouched | Self::SyncsComeAndGo => {}
        }
        world.revive();
    }
}

/// Kills a session of the database with SIGKILL, after which PostgreSQL ends all others and recovers.
fn crash(world: &World) {
    let name = world.tenants[0].database.name();
    let id = world.postgres.administrate(name, "SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'");
    let id: i32 = id.trim().parse().expect("a process id");
    kill(Pid::from_raw(id), Signal::SIGKILL).expect("a process of ours");
}
