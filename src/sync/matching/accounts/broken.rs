//! Rule `same-store`: users whose account may be another's by now.

use crate::sync::context::PlanContext;
use crate::sync::escape::quoted;
use crate::sync::found::AccountRef;
use crate::sync::naming;
use crate::sync::policy::Accounts;
use crate::sync::problem::{Problem, ProblemKind};
use crate::sync::snapshot::DirectoryUser;
use crate::sync::store_id::StoreId;

/// Rule `same-store`: the problem of a user whose account may be another's by now.
pub(super) fn broken_account(account: AccountRef, user: &DirectoryUser, context: &PlanContext<'_>) -> Problem {
    let (id, username) = context.found.account(account).map_or((StoreId::from(0), ""), |account| {
        (account.id.clone(), account.attributes.username.as_deref().unwrap_or_default())
    });
    let (account, who) = (format!("store account {} (id {id})", quoted(username)), naming::user(user));
    let message = match context.policy.accounts {
        Accounts::Managed => format!(
            "{account} has neither the username nor the e-mail address that a run last wrote for {who}. It may belong to somebody else, so it is not written: rename it back, or set spec.adoption.accounts, so that an account is adopted"
        ),
        Accounts::Existing(_) => format!(
            "{account} has neither the username nor the e-mail address that it had when it was matched with {who}. It may belong to somebody else, so nothing is changed for it: rename it back, or give that user's account one of their names"
        ),
    };
    Problem { group: String::new(), kind: ProblemKind::Broken, message }
}
