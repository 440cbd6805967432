use std::fs;
use std::io::Read as _;

use tempfile::TempDir;

use super::{Kind, Refused, Spool};

fn text(spool: &Spool) -> Vec<(String, String)> {
    let segments = spool.new_segments().into_iter().map(|segment| {
        let mut text = String::new();
        segment.reader().unwrap().read_to_string(&mut text).unwrap();
        let name = segment
            .path
            .file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned();
        (name, text)
    });
    segments.collect()
}

#[test]
fn bodies_are_there_again_and_what_was_cut_off_is_not() {
    let folder = TempDir::new().unwrap();
    let spool = Spool::open(folder.path(), 1000, 7).unwrap();
    spool
        .append(Kind::Events, b"{\"a\":1}\n{\"a\":2}\n")
        .unwrap();
    spool.append(Kind::Otlp, b"{}").unwrap();
    spool.append(Kind::Events, b"{\"a\":3}\n").unwrap();
    let segment = &spool.new_segments()[0];
    assert!(!segment.is_closed());
    let path = segment.path.clone();
    drop(spool);
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend_from_slice(b"{\"a\":4}\n{\"a\"");
    fs::write(&path, bytes).unwrap();
    let spool = Spool::open(folder.path(), 1000, 0).unwrap();
    assert_eq!(
        text(&spool),
        [
            (
                "events-00000000000000000008.ndjson".to_owned(),
                "{\"a\":1}\n{\"a\":2}\n\n{\"a\":3}\n\n".to_owned()
            ),
            (
                "otlp-00000000000000000009.ndjson".to_owned(),
                "{}\n\n".to_owned()
            ),
        ]
    );
    // A name is not used twice.
    spool.append(Kind::Events, b"{}\n").unwrap();
    assert_eq!(text(&spool)[0].0, "events-00000000000000000010.ndjson");
}

#[test]
fn no_more_is_taken_than_may_wait() {
    let folder = TempDir::new().unwrap();
    let spool = Spool::open(folder.path(), 10, 0).unwrap();
    spool.append(Kind::Events, b"12345\n").unwrap();
    assert!(matches!(
        spool.append(Kind::Events, b"12345\n"),
        Err(Refused::Full)
    ));
    spool.stored(7);
    spool.append(Kind::Events, b"12345\n").unwrap();
}

#[test]
fn bodies_that_come_together_are_all_there() {
    let folder = TempDir::new().unwrap();
    let spool = Spool::open(folder.path(), 1 << 20, 0).unwrap();
    let body = |thread: usize, at: usize| format!("{{\"at\":\"{thread}/{at}\"}}\n");
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let spool = &spool;
            scope.spawn(move || {
                for at in 0..50 {
                    let text = body(thread, at);
                    spool.append(Kind::Events, text.as_bytes()).unwrap();
                    // It is accepted, so that the follower sees it.
                    let open = spool.state().open[0].clone().unwrap();
                    let mut seen = String::new();
                    let mut reader = open.segment.reader().unwrap();
                    reader.read_to_string(&mut seen).unwrap();
                    assert!(seen.contains(&text));
                }
            });
        }
    });
    let waiting = spool.waiting();
    let segments = spool.new_segments();
    assert_eq!(segments.len(), 1);
    assert_eq!(segments[0].length(), waiting);
    assert!(!segments[0].is_closed());
    spool.close(true);
    assert!(segments[0].is_closed());
    drop(spool);
    let spool = Spool::open(folder.path(), 1 << 20, 0).unwrap();
    let text = text(&spool).remove(0).1;
    let mut found: Vec<&str> = text.split_terminator("\n\n").collect();
    let mut expected: Vec<String> = (0..8)
        .flat_map(|thread| (0..50).map(move |at| body(thread, at)))
        .collect();
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found.len(), expected.len());
    assert!(found.iter().zip(&expected).all(|(a, b)| *a == b.trim_end()));
}

#[test]
fn a_disk_that_does_not_keep_is_told() {
    let folder = TempDir::new().unwrap();
    let spool = Spool::open(folder.path(), 1000, 0).unwrap();
    fs::remove_dir_all(folder.path()).unwrap();
    let refused = spool.append(Kind::Events, b"{}\n");
    assert!(matches!(refused, Err(Refused::Io(_))));
    assert!(spool.failed_lately());
    assert_eq!(spool.waiting(), 0);
    fs::create_dir_all(folder.path()).unwrap();
    spool.append(Kind::Events, b"{}\n").unwrap();
    assert!(!spool.failed_lately());
}

#[test]
fn a_spool_has_one_process() {
    let folder = TempDir::new().unwrap();
    let _spool = Spool::open(folder.path(), 10, 0).unwrap();
    let error = Spool::open(folder.path(), 10, 0).err().unwrap();
    assert_eq!(error.to_string(), "another process serves this store");
}
