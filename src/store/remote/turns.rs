//! The right of one run of this process to write to a server.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};

use tokio::sync::OwnedMutexGuard;

use crate::store::Error;

static TURNS: LazyLock<Mutex<HashMap<String, Weak<tokio::sync::Mutex<()>>>>> = LazyLock::new(Mutex::default);

/// The right to write to the store of this identity, until it is dropped.
///
/// # Errors
/// [`Error::Busy`] when another run has it.
pub(super) fn take(identity: &str) -> Result<OwnedMutexGuard<()>, Error> {
    let mut turns = TURNS.lock().unwrap_or_else(PoisonError::into_inner);
    turns.retain(|_, turn| turn.strong_count() > 0);
    let turn = turns.get(identity).and_then(Weak::upgrade).unwrap_or_default();
    turns.insert(identity.to_owned(), Arc::downgrade(&turn));
    turn.try_lock_owned().map_err(|_| Error::Busy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_run_has_the_turn_at_a_time() {
        let first = take("https://turns.example").unwrap();
        assert!(matches!(take("https://turns.example"), Err(Error::Busy)));
        let other = take("https://other.example").unwrap();
        drop(first);
        drop(take("https://turns.example").unwrap());
        drop(other);
    }
}
