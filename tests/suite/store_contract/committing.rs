//! One writer at a time.

use std::time::{Duration, Instant};

use directory_group_sync::store::{Applied, Error, Guard, Writer};
use directory_group_sync::sync::plan::Plan;

use super::{Fixture, Store, Unstopped, create_group};

pub(crate) async fn a_second_writer_does_not_wait(fixture: &impl Fixture) {
    let store = fixture.store();
    for _ in 0..2 {
        let first = begin_when_free(&store).await;
        assert!(matches!(fixture.store().begin(&Unstopped).await, Err(Error::Busy)));
        drop(first);
        let mut again = begin_when_free(&store).await;
        let found = again.read().await.unwrap();
        again.apply(&found, &Plan::default()).await.unwrap();
    }
    let mut reader = begin_when_free(&store).await;
    assert_eq!(store.read().await.unwrap(), reader.read().await.unwrap());
}

/// A writer, as soon as no lock is held: `begun_when_free` for a store that lets one begin.
pub(crate) async fn begin_when_free(store: &Store) -> Box<dyn Writer + '_> {
    begun_when_free(store, &Unstopped).await.unwrap_or_else(|error| panic!("{error}"))
}

/// What the store says once no lock is held. A dropped connection's lock goes when the server sees that it is gone, and that of
/// a file when a program that another test has just started has closed what it inherited: every test that begins may meet one.
pub(crate) async fn begun_when_free<'a>(store: &'a Store, guard: &'a dyn Guard) -> Result<Box<dyn Writer + 'a>, Error> {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        match store.begin(guard).await {
            Err(Error::Busy) if Instant::now() < deadline => tokio::time::sleep(Duration::from_millis(5)).await,
            begun => return begun,
        }
    }
}

pub(crate) async fn a_writer_that_is_dropped_leaves_nothing(fixture: &impl Fixture) {
    let store = fixture.store();
    drop(begin_when_free(&store).await);
    let mut writer = begin_when_free(&store).await;
    assert!(fixture.is_untouched());
    let found = writer.read().await.unwrap();
    let plan = Plan::from(vec![create_group(0, 11, "alpha")]);
    assert_eq!(writer.apply(&found, &plan).await.unwrap(), Applied::default());
    let before = store.read().await.unwrap();
    let mut writer = begin_when_free(&store).await;
    assert_eq!(writer.read().await.unwrap(), before);
    drop(writer);
    assert_eq!(store.read().await.unwrap(), before);
}
