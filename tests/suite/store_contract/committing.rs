//! One writer at a time.

use directory_group_sync::store::{Applied, Error, Writer};
use directory_group_sync::sync::plan::Plan;

use super::{Fixture, Store, Unstopped, create_group};

pub(crate) async fn a_second_writer_does_not_wait(fixture: &impl Fixture) {
    let store = fixture.store();
    for _ in 0..2 {
        let first = store.begin(&Unstopped).await.unwrap();
        assert!(matches!(fixture.store().begin(&Unstopped).await, Err(Error::Busy)));
        drop(first);
        let mut again = begin_when_free(&store).await;
        let found = again.read().await.unwrap();
        again.apply(&found, &Plan::default()).await.unwrap();
    }
    let mut reader = store.begin(&Unstopped).await.unwrap();
    assert_eq!(store.read().await.unwrap(), reader.read().await.unwrap());
}

/// A dropped connection's lock goes when the server sees that it is gone, and that of a file when a program that another
/// test has just started has closed what it inherited.
pub(crate) async fn begin_when_free(store: &Store) -> Box<dyn Writer + '_> {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    loop {
        match store.begin(&Unstopped).await {
            Ok(transaction) => return transaction,
            Err(Error::Busy) => assert!(std::time::Instant::now() < deadline, "the lock is still held"),
            Err(error) => panic!("{error}"),
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

pub(crate) async fn a_writer_that_is_dropped_leaves_nothing(fixture: &impl Fixture) {
    let store = fixture.store();
    drop(store.begin(&Unstopped).await.unwrap());
    let mut writer = begin_when_free(&store).await;
    assert!(fixture.is_untouched());
    let found = writer.read().await.unwrap();
    let plan = Plan::from(vec![create_group(0, 11, "alpha")]);
    assert_eq!(writer.apply(&found, &plan).await.unwrap(), Applied::default());
    let before = store.read().await.unwrap();
    let mut writer = store.begin(&Unstopped).await.unwrap();
    assert_eq!(writer.read().await.unwrap(), before);
    drop(writer);
    assert_eq!(store.read().await.unwrap(), before);
}
