//! What surrounds each reconciliation, whatever its kind: a failure waits longer each time, and a panic is the failure of one
//! object instead of the end of the process.

use std::fmt::Debug;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use kube::Resource;
use kube::runtime::controller::Action;
use serde::de::DeserializeOwned;

use super::context::Context;
use super::error::Error;
use super::failures::Failures;
use super::key::{Key, KeyScope};
use super::watch::Guarded;

/// A kind that the operator reconciles.
pub(super) trait Reconciled:
    Resource<DynamicType = (), Scope: KeyScope<Self>> + Clone + DeserializeOwned + Debug + Send + Sync + 'static
{
    /// The kind, as it is written.
    const KIND: &'static str;

    /// Reconciles one object, and returns when to come back.
    fn reconcile(
        object: Arc<Guarded<Self>>,
        context: Arc<Context>,
    ) -> impl Future<Output = Result<Action, Error>> + Send;

    /// Writes into the object's status that the program failed over it.
    fn report_fault(&self, context: &Context) -> impl Future<Output = Result<(), Error>> + Send;

    /// The longest wait after a failure.
    fn interval(&self) -> Duration;

    /// The failures of the objects of this kind.
    fn failures(context: &Context) -> &Failures;
}

/// Reconciles one object.
pub(super) async fn reconcile<K: Reconciled>(object: Arc<Guarded<K>>, context: Arc<Context>) -> Result<Action, Error> {
    let answer = contained(K::reconcile(Arc::clone(&object), Arc::clone(&context))).await;
    match (&answer, &object.0) {
        (Ok(_), _) => K::failures(&context).forget(&Key::of(&*object)),
        (Err(Error::Fault), Ok(object)) => {
            if let Err(error) = contained(object.report_fault(&context)).await {
                tracing::warn!(object = %Key::of(object), %error, "cannot report a fault of the program");
            }
        }
        (Err(_), _) => {}
    }
    answer
}

/// When to try again after a failure.
#[expect(clippy::needless_pass_by_value, reason = "the signature is the library's")]
pub(super) fn failed<K: Reconciled>(object: Arc<Guarded<K>>, _: &Error, context: Arc<Context>) -> Action {
    let longest = object.0.as_ref().map_or(Duration::MAX, K::interval);
    context.metrics.failed(K::KIND);
    Action::requeue(K::failures(&context).note(Key::of(&*object), longest))
}

/// Does work whose panics are errors.
async fn contained<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or(Err(Error::Fault))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_the_failure_of_one_object() {
        let panics = async {
            tokio::task::yield_now().await;
            assert!(std::hint::black_box(false), "a fault on purpose");
            Ok(())
        };
        assert!(matches!(contained(panics).await, Err(Error::Fault)));
        assert!(contained(async { Ok(1) }).await.is_ok());
    }
}
