//! Stores that fail at some call, and others that write at the same time.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;

use async_trait::async_trait;
use fidoscope_events::{Catalogue, Pseudonyms};
use fidoscope_report::Cell;
use futures::stream::{BoxStream, StreamExt as _};
use object_store::memory::InMemory;
use object_store::path::Path as ObjectPath;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use url::Url;

use super::Place;
use crate::Store;
use crate::tests::{days, noon};
use crate::{CredentialOptions, IngestOptions, Input, Limits, RekeyOptions, Silent, StoreError};

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    /// A call of this kind is not carried out.
    Put,
    Get,
    List,
    /// A write is carried out, and its answer is lost.
    Answer,
    /// Every write is refused.
    ReadOnly,
}

/// An object store with a fault at one call.
#[derive(Debug)]
struct Faulty {
    inner: Arc<InMemory>,
    fault: Fault,
    /// Calls of the kind until then.
    left: AtomicI64,
}

impl Faulty {
    fn fails(&self, kind: Fault) -> Result<()> {
        let refused = || object_store::Error::PermissionDenied {
            path: "store".to_owned(),
            source: "nobody may write here".into(),
        };
        let writes = matches!(kind, Fault::Put);
        if self.fault == Fault::ReadOnly && writes {
            return Err(refused());
        }
        if self.fault != kind || self.left.fetch_sub(1, Ordering::AcqRel) != 1 {
            return Ok(());
        }
        Err(object_store::Error::Generic {
            store: "faulty",
            source: "the wire was cut".into(),
        })
    }
}

impl fmt::Display for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("faulty")
    }
}

#[async_trait]
impl ObjectStore for Faulty {
    async fn put_opts(
        &self,
        location: &ObjectPath,
        payload: PutPayload,
        opts: PutOptions,
    ) -> Result<PutResult> {
        self.fails(Fault::Put)?;
        let put = self.inner.put_opts(location, payload, opts).await?;
        self.fails(Fault::Answer)?;
        Ok(put)
    }

    async fn put_multipart_opts(
        &self,
        location: &ObjectPath,
        opts: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.fails(Fault::Put)?;
        self.inner.put_multipart_opts(location, opts).await
    }

    async fn get_opts(&self, location: &ObjectPath, options: GetOptions) -> Result<GetResult> {
        self.fails(Fault::Get)?;
        self.inner.get_opts(location, options).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<ObjectPath>>,
    ) -> BoxStream<'static, Result<ObjectPath>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&ObjectPath>) -> BoxStream<'static, Result<ObjectMeta>> {
        match self.fails(Fault::List) {
            Ok(()) => self.inner.list(prefix),
            Err(error) => futures::stream::iter([Err(error)]).boxed(),
        }
    }

    async fn list_with_delimiter(&self, prefix: Option<&ObjectPath>) -> Result<ListResult> {
        self.fails(Fault::List)?;
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(
        &self,
        from: &ObjectPath,
        to: &ObjectPath,
        options: CopyOptions,
    ) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

/// A place in `inner` whose n-th call of a kind fails.
fn place(inner: &Arc<InMemory>, fault: Fault, nth: i64) -> (Place, Arc<Faulty>) {
    let faulty = Arc::new(Faulty {
        inner: Arc::clone(inner),
        fault,
        left: AtomicI64::new(nth),
    });
    let url = Url::parse("memory://bucket/logs/store").unwrap();
    let root: Arc<dyn ObjectStore> = Arc::<Faulty>::clone(&faulty);
    (Place::objects(url, root, "logs/store".into()), faulty)
}

/// Lines of two days, some of which cannot be read.
fn log(lines: u32) -> String {
    let line = |number: u32| match number % 10 {
        3 => "{\"ts\":\n".to_owned(),
        _ => format!(
            "{{\"ts\":\"2026-11-{:02}T10:00:00Z\",\"kind\":\"authentication.completed\",\
             \"outcome\":\"success\",\"credential_id\":\"AQ\",\"request_id\":\"r{number}\"}}\n",
            1 + number % 2
        ),
    };
    (0..lines).map(line).collect()
}

/// Reads a log into the store and brings its credentials up to date.
fn ingest(place: Place, name: &str, log: &str) -> std::result::Result<(), StoreError> {
    let store = Store::create_or_open(place)?;
    let (catalogue, pseudonyms) = (Catalogue::builtin(), Pseudonyms::new([7; 32]));
    let usual = IngestOptions::new(&catalogue, &pseudonyms, noon(22));
    let options = IngestOptions {
        piece_bytes: 1000,
        unit_bytes: 2000,
        ..usual
    };
    store.ingest(Input::new(name, log.as_bytes()), &options, &mut Silent)?;
    crate::Credentials::of(&store).update(&CredentialOptions::new(noon(22), 1))?;
    Ok(())
}

/// Every event once, every line that cannot be read once, every sign-in counted once, no damage.
#[track_caller]
fn check(inner: &Arc<InMemory>, events: i64, rejected: i64, at: &str) {
    let (place, _) = place(inner, Fault::None, 0);
    let store = Store::open(place.clone()).unwrap();
    let ask = |sql: &str| store.query(sql, &Limits::default()).unwrap().rows;
    let [events, rejected] = [events, rejected].map(Cell::Integer);
    let sql = "SELECT count(*), count(DISTINCT request_id) FROM events";
    assert_eq!(ask(sql), [[events.clone(), events.clone()]], "{at}");
    assert_eq!(ask("SELECT count(*) FROM quarantine"), [[rejected]], "{at}");
    assert_eq!(
        ask("SELECT sum(sign_ins) FROM credentials"),
        [[events]],
        "{at}"
    );
    assert_eq!(Store::check(place).unwrap().problems, [], "{at}");
}

/// Whatever fails, it is said, and the next run completes.
#[track_caller]
fn whenever(fault: Fault, step: usize) {
    let text = log(30);
    let mut failed = 0;
    for nth in (1_i64..).step_by(step) {
        let inner = Arc::new(InMemory::new());
        let (broken, faulty) = place(&inner, fault, nth);
        let done = ingest(broken, "log", &text);
        let reached = faulty.left.load(Ordering::Acquire) <= 0;
        if !reached {
            done.unwrap();
            break;
        }
        if let Err(error) = done {
            let error = error.to_string();
            let told = ["the wire was cut", "run the same command again later"];
            assert!(
                told.iter().any(|words| error.contains(words)),
                "{nth}: {error}"
            );
            failed += 1;
        }
        let (whole, _) = place(&inner, Fault::None, 0);
        ingest(whole, "log", &text).unwrap();
        check(&inner, 27, 3, &format!("{fault:?} {nth}"));
    }
    assert!(failed > 3, "{failed}");
}

#[test]
fn a_write_that_fails_loses_and_repeats_nothing() {
    whenever(Fault::Put, 1);
}

#[test]
fn a_write_whose_answer_is_lost_loses_and_repeats_nothing() {
    whenever(Fault::Answer, 3);
}

#[test]
fn a_read_that_fails_loses_and_repeats_nothing() {
    whenever(Fault::Get, 17);
    whenever(Fault::List, 7);
}

#[test]
fn what_cannot_be_written_can_be_read() {
    let inner = Arc::new(InMemory::new());
    let text = log(60);
    ingest(place(&inner, Fault::None, 0).0, "log", &text).unwrap();
    let (sealed, _) = place(&inner, Fault::ReadOnly, 0);
    let error = ingest(sealed.clone(), "grown", &log(70)).unwrap_err();
    assert!(
        error.to_string().contains("nobody may write here"),
        "{error}"
    );
    let store = Store::open_to_read(sealed).unwrap();
    assert_eq!(store.behind(), [""; 0]);
    assert!(
        store
            .slis(days(1, 3), None, &Catalogue::builtin())
            .unwrap()
            .len()
            > 3
    );
    check(&inner, 54, 6, "sealed");
}

/// Two processes and the same log, and a third with another: what one has stored, the others do not.
#[test]
fn writers_at_the_same_time_store_every_event_once() {
    let inner = Arc::new(InMemory::new());
    ingest(place(&inner, Fault::None, 0).0, "log", "").unwrap();
    let (text, other) = (log(200), log(210).replace(":\"r", ":\"s"));
    thread::scope(|scope| {
        for log in [&text, &text, &other] {
            let inner = &inner;
            scope.spawn(move || {
                loop {
                    match ingest(place(inner, Fault::None, 0).0, "log", log) {
                        Err(StoreError::Concurrent { .. } | StoreError::Busy { .. }) => {}
                        done => break done.unwrap(),
                    }
                }
            });
        }
    });
    check(&inner, 180 + 189, 20 + 21, "together");
}

/// A store that is made of another one, whichever write fails: it is whole, or no store at all.
#[test]
fn a_store_is_made_of_another_one_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let old = Place::from(&folder.path().join("old"));
    Store::create_or_open(old.clone()).unwrap();
    let plain = "{\"schema\":\"fidoscope.store/1\",\"columns\":3}";
    std::fs::write(folder.path().join("old/fidoscope.json"), plain).unwrap();
    ingest(old.clone(), "log", &log(30)).unwrap();
    let options = RekeyOptions {
        now: noon(23),
        key: [7; 32],
        in_store: false,
        own_ids: std::collections::BTreeSet::new(),
    };
    let make = |place: Place| {
        let old = Store::open_to_copy(old.clone())?;
        old.rekey(place, &options, |_| {})?.complete()
    };
    let (mut failed, mut nth) = (0, 0);
    loop {
        nth += 1;
        let inner = Arc::new(InMemory::new());
        let (broken, faulty) = place(&inner, Fault::Put, nth);
        let done = make(broken);
        if faulty.left.load(Ordering::Acquire) > 0 {
            done.unwrap();
            check(&inner, 27, 3, "whole");
            break;
        }
        let error = done.unwrap_err().to_string();
        assert!(error.contains("the wire was cut"), "{nth}: {error}");
        let (left, _) = place(&inner, Fault::None, 0);
        match Store::open(left.clone()).unwrap_err() {
            // The first write of all.
            StoreError::Missing { .. } => assert_eq!(nth, 1),
            StoreError::Begun { .. } => {
                assert!(matches!(make(left), Err(StoreError::Begun { .. })), "{nth}");
            }
            error => panic!("{nth}: {error}"),
        }
        failed += 1;
    }
    assert!(failed > 10, "{failed}");
}
