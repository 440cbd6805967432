use std::collections::BTreeSet;
use std::io::Write;

use chrono::TimeZone;
use deltalake::parquet::file::reader::{FileReader as _, SerializedFileReader};
use fidoscope_report::Cell;
use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;

use super::*;
use crate::Limits;
use crate::Store;

/// A store in a folder of its own, and what an ingest needs.
struct House {
    _folder: TempDir,
    store: Store,
    catalogue: Catalogue,
    pseudonyms: Pseudonyms,
}

impl House {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let store = Store::create_or_open(&folder.path().join("store")).unwrap();
        Self {
            _folder: folder,
            store,
            catalogue: Catalogue::builtin(),
            pseudonyms: Pseudonyms::new([7; 32]),
        }
    }

    /// Small pieces and units, so that a small log has many of them.
    fn options(&self) -> IngestOptions<'_> {
        let now = Utc.with_ymd_and_hms(2026, 11, 22, 0, 0, 0).unwrap();
        IngestOptions {
            piece_bytes: 1000,
            unit_bytes: 5000,
            ..IngestOptions::new(&self.catalogue, &self.pseudonyms, now)
        }
    }

    #[track_caller]
    fn ingest(&self, path: &str, bytes: &[u8]) -> IngestSummary {
        let input = Input::new(path, bytes);
        self.store
            .ingest(input, &self.options(), &mut Silent)
            .unwrap()
    }

    #[track_caller]
    fn count(&self, table: &str) -> i64 {
        let sql = format!("SELECT count(*) FROM {table}");
        match self.rows(&sql).first().and_then(|row| row.first()) {
            Some(Cell::Integer(count)) => *count,
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn rows(&self, sql: &str) -> Vec<Vec<Cell>> {
        self.store.query(sql, &Limits::default()).unwrap().rows
    }

    /// Every event once and none twice, whatever happened on the way.
    #[track_caller]
    fn check_events(&self, expected: usize) {
        let sql = "SELECT count(*), count(DISTINCT request_id) FROM events";
        let count = Cell::Integer(i64::try_from(expected).unwrap());
        assert_eq!(self.rows(sql), [[count.clone(), count]]);
    }
}

/// Lines of a log over three days; every tenth line cannot be read when `broken`.
fn log(lines: std::ops::Range<u32>, broken: bool) -> Vec<u8> {
    let mut text = Vec::new();
    for number in lines {
        if broken && number % 10 == 3 {
            writeln!(
                text,
                r#"{{"ts":"2026-11-01T00:00:00Z","kind":"authentication.co"#
            )
            .unwrap();
            continue;
        }
        let (day, second) = (1 + number / 200, number % 60);
        writeln!(
            text,
            r#"{{"ts":"2026-11-{day:02}T10:00:{second:02}.123Z","kind":"authentication.completed","outcome":"success","request_id":"r{number}","sign_count":{number},"aaguid":"ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4","flags":{{"up":true,"uv":false}},"transports":["usb","nfc"],"colour":"blue"}}"#
        )
        .unwrap();
    }
    text
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn the_same_again_adds_nothing_in_any_wrapping() {
    let house = House::new();
    let text = log(0..600, true);
    let first = house.ingest("a.ndjson", &text);
    assert_eq!(
        (first.events, first.quarantined_records(), first.lines),
        (540, 60, 600)
    );
    assert_eq!(first.unknown_keys, 540);
    let version = house.store.version().unwrap();
    for (path, bytes) in [
        ("a.ndjson", text.clone()),
        ("a.ndjson.gz", gzip(&text)),
        (
            "a.ndjson.zst",
            zstd::encode_all(text.as_slice(), 1).unwrap(),
        ),
    ] {
        let again = house.ingest(path, &bytes);
        assert_eq!(
            (again.events, again.quarantined_records()),
            (0, 0),
            "{path}"
        );
        assert_eq!(
            (again.skipped_events, again.skipped_lines),
            (540, 600),
            "{path}"
        );
    }
    assert_eq!(house.store.version().unwrap(), version);
    house.check_events(540);
    assert_eq!(house.count("quarantine"), 60);
}

#[test]
fn a_grown_file_adds_its_tail() {
    let house = House::new();
    let text = log(0..300, false);
    let mut seen = 0;
    // The first cut is shorter than the prefix by which inputs are told apart, the second one is
    // in the middle of a line.
    for cut in [900, 20_111, 20_111, 50_000, text.len()] {
        let summary = house.ingest("a.ndjson", &text[..cut]);
        assert_eq!(summary.skipped_events, seen, "{cut}");
        seen += summary.events;
    }
    house.check_events(300);
    // A line that was cut short when it was looked at stays in the quarantine as a witness.
    let rows = house.rows("SELECT count(DISTINCT \"offset\"), count(*) FROM quarantine");
    assert_eq!(rows[0][0], rows[0][1]);
    assert_eq!(
        house.rows("SELECT count(DISTINCT raw_ref['input']) FROM events"),
        [[Cell::Integer(1)]]
    );
}

#[test]
fn a_last_line_without_its_end_is_a_line() {
    let house = House::new();
    let text = log(0..3, false);
    let cut = text.len() / 3 * 2 - 1;
    assert_eq!(
        (text[cut], house.ingest("a", &text[..cut]).events),
        (b'\n', 2)
    );
    assert_eq!(house.ingest("a", &text).events, 1);
    let lines = house.rows("SELECT raw_ref['line'] FROM events ORDER BY request_id");
    assert_eq!(
        lines,
        [[Cell::Integer(1)], [Cell::Integer(2)], [Cell::Integer(3)]]
    );
}

#[test]
fn inputs_that_begin_alike_lose_nothing() {
    let house = House::new();
    let head = log(0..40, false);
    let one = [head.clone(), log(40..200, false)].concat();
    let other = [head, log(1040..1200, false)].concat();
    let first = house.ingest("one", &one);
    let second = house.ingest("other", &other);
    assert_ne!(first.input, second.input);
    let sql = "SELECT count(DISTINCT request_id) FROM events_once";
    assert_eq!(house.rows(sql), [[Cell::Integer(360)]]);
    // They part inside the first unit or the second: at most one unit is stored twice.
    assert!(house.count("events") < 400);
    assert_eq!(house.count("events_once"), 360);
    for (path, bytes) in [("one", &one), ("other", &other)] {
        assert_eq!(house.ingest(path, bytes).events, 0, "{path}");
    }
}

#[test]
fn a_line_that_cannot_be_read_keeps_its_place() {
    let house = House::new();
    let mut text = log(0..2, false);
    let offset = text.len();
    text.extend(b"{\"ts\":\"2026-11-01T00:00:00Z\",\"kind\":\"authentication.completed\",\"outcome\":\"success\",\"sign_count\":\"many\"}\r\n");
    text.extend(b"\xff\xfe\n\n");
    text.extend(
        br#"{"ts":"2031-01-01T00:00:00Z","kind":"authentication.completed","outcome":"success"}"#,
    );
    let summary = house.ingest("a", &text);
    assert_eq!(
        (summary.mapped, summary.blank, summary.quarantined_records()),
        (2, 1, 3)
    );
    let rows = house.rows(
        "SELECT line, \"offset\", field, raw IS NOT NULL, path FROM quarantine ORDER BY line",
    );
    let offset = i64::try_from(offset).unwrap();
    assert_eq!(rows[0][0], Cell::Integer(3));
    assert_eq!(rows[0][1], Cell::Integer(offset));
    assert_eq!(rows[0][2], Cell::Text("sign_count".to_owned()));
    assert_eq!(rows[0][3..], [Cell::Bool(true), Cell::Text("a".to_owned())]);
    assert_eq!(rows[1][0], Cell::Integer(4));
    assert_eq!(rows[2][0], Cell::Integer(6));
    let again = house.ingest("a", &text);
    assert_eq!(again.quarantined_records(), 0, "{again:?}");
}

#[test]
fn a_long_line_is_kept_by_reference() {
    let house = House::new();
    let mut text = log(0..1, false);
    text.resize(text.len() + (17 << 20), b'x');
    text.push(b'\n');
    text.extend(log(1..2, false));
    let summary = house.ingest("a", &text);
    assert_eq!(
        (summary.events, summary.quarantined_records(), summary.lines),
        (2, 1, 3)
    );
    let rows = house.rows("SELECT reason, length, raw, raw_sha256 IS NOT NULL FROM quarantine");
    let reason = Cell::Text("line_too_long".to_owned());
    assert_eq!(
        rows,
        [[
            reason,
            Cell::Integer(17 << 20),
            Cell::Null,
            Cell::Bool(true)
        ]]
    );
    assert_eq!(
        house.rows("SELECT max(raw_ref['line']) FROM events"),
        [[Cell::Integer(3)]]
    );
}

/// A line of Okta with many records, the one at `bad` without a time.
fn batch(numbers: std::ops::Range<u32>, bad: u32) -> String {
    let records = numbers.map(|number| {
        let time = match number == bad {
            true => "yesterday".to_owned(),
            false => format!("2026-11-01T10:00:{:02}Z", number % 60),
        };
        format!(
            r#"{{"uuid":"{number}","published":"{time}","eventType":"user.authentication.auth_via_mfa","actor":{{"id":"a","type":"User"}},"outcome":{{"result":"SUCCESS"}},"debugContext":{{"debugData":{{"factor":"FIDO_WEBAUTHN","requestId":"r{number}"}}}}}}"#
        )
    });
    format!("[{}]", records.collect::<Vec<_>>().join(","))
}

#[test]
fn a_bad_record_of_a_line_costs_no_other() {
    let house = House::new();
    let first = format!("{}\n", batch(0..5, 3));
    // The second line may still be growing: it lacks its line break.
    let text = format!("{first}{}", batch(5..10, 7));
    let summary = house.ingest("a", text.as_bytes());
    assert_eq!(
        (
            summary.events,
            summary.quarantined_records(),
            summary.lines,
            summary.records
        ),
        (8, 2, 2, 10)
    );
    let sql = "SELECT line, \"offset\", length, record, reason, CAST(raw AS VARCHAR) FROM quarantine ORDER BY line";
    let rows = house.rows(sql);
    for (row, (line, record)) in rows.iter().zip([(1, "[3]"), (2, "[2]")]) {
        assert_eq!(row[0], Cell::Integer(line));
        assert_eq!(
            row[3..5],
            [record, "bad_time"].map(|text| Cell::Text(text.to_owned()))
        );
        let (Cell::Integer(offset), Cell::Integer(length)) = (&row[1], &row[2]) else {
            panic!("{row:?}");
        };
        let start = usize::try_from(*offset).unwrap();
        let bytes = &text[start..start + usize::try_from(*length).unwrap()];
        assert!(
            bytes.starts_with("{\"uuid\"") && bytes.ends_with("}}}"),
            "{bytes}"
        );
        assert!(bytes.contains("yesterday"), "{bytes}");
        assert_eq!(row[5], Cell::Text(bytes.to_owned()));
    }
    let count = "SELECT count(*), count(DISTINCT event_id) FROM events";
    let eight = [[Cell::Integer(8), Cell::Integer(8)]];
    assert_eq!(house.rows(count), eight);
    // The line break comes, and another line.
    let longer = format!("{text}\n{}\n", batch(10..12, 99));
    assert_eq!(house.ingest("a", longer.as_bytes()).events, 2);
    assert_eq!(house.count("events"), 10);
    assert_eq!(house.count("quarantine"), 2);
}

#[test]
fn a_kill_between_commits_sets_no_record_aside_twice() {
    let lines: Vec<String> = (0..40)
        .map(|line| batch(line * 5..line * 5 + 5, line * 5 + 1))
        .collect();
    let text = lines.join("\n");
    let house = House::new();
    for (stage, after) in [
        (Stage::QuarantineCommitted, 0),
        (Stage::Announced, 1),
        (Stage::QuarantineCommitted, 2),
        (Stage::EventsCommitted, 0),
    ] {
        let mut killer = StopAt { stage, after };
        let input = Input::new("a", text.as_bytes());
        let stopped = house.store.ingest(input, &house.options(), &mut killer);
        assert!(matches!(stopped, Err(StoreError::Interrupted)), "{stage:?}");
    }
    house.ingest("a", text.as_bytes());
    let sql = "SELECT count(*), count(DISTINCT event_id) FROM events";
    assert_eq!(house.rows(sql), [[Cell::Integer(160), Cell::Integer(160)]]);
    let sql = "SELECT count(*), count(DISTINCT \"offset\") FROM quarantine";
    assert_eq!(house.rows(sql), [[Cell::Integer(40), Cell::Integer(40)]]);
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "how old a file is goes by the clock of the machine"
)]
fn a_large_record_of_a_receiver_is_kept_in_a_file() {
    let house = House::new();
    let mut text = b"{\"ts\":".to_vec();
    text.resize(3 << 20, b'x');
    text.push(b'\n');
    // A file still has it.
    let options = IngestOptions {
        source: SourceChoice::Named("native".to_owned()),
        ..house.options()
    };
    let input = Input::new("a", text.as_slice());
    house.store.ingest(input, &options, &mut Silent).unwrap();
    let row = "SELECT raw_sha256 IS NOT NULL, raw, raw_file FROM quarantine";
    assert_eq!(
        house.rows(row),
        [[Cell::Bool(true), Cell::Null, Cell::Null]]
    );
    text.extend(log(0..1, false));
    let options = IngestOptions {
        keep_whole: true,
        ..options
    };
    let input = Input::new("b", text.as_slice()).with_source_id("b");
    house.store.ingest(input, &options, &mut Silent).unwrap();
    let rows = house.rows("SELECT raw_file FROM quarantine WHERE raw_file IS NOT NULL");
    let [[Cell::Text(name)]] = rows.iter().map(Vec::as_slice).collect::<Vec<_>>()[..] else {
        panic!("{rows:?}");
    };
    let file = house.store.path().join(name);
    assert_eq!(std::fs::read(&file).unwrap(), text[..3 << 20]);
    // What a row needs stays, and what none needs goes when it is old.
    let orphan = file.with_file_name("orphan");
    std::fs::write(&orphan, "x").unwrap();
    let month = std::time::Duration::from_secs(30 * 86_400);
    for path in [&file, &orphan] {
        let file = std::fs::File::options().write(true).open(path).unwrap();
        let then = std::time::SystemTime::now() - month;
        file.set_modified(then).unwrap();
    }
    let vacuum = crate::VacuumOptions {
        now: Utc::now(),
        older_than: chrono::TimeDelta::days(7),
        dry_run: false,
    };
    house.store.vacuum(&vacuum).unwrap();
    assert!(file.exists() && !orphan.exists());
    let place = house.store.path().to_owned();
    assert_eq!(Store::check(place.as_path()).unwrap().problems, []);
    std::fs::write(&file, "other").unwrap();
    let problems = Store::check(place.as_path()).unwrap().problems;
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(problems[0].file.as_ref(), Some(name));
    std::fs::remove_file(&file).unwrap();
    assert_eq!(
        Store::check(place.as_path()).unwrap().problems[0].problem,
        "the file is gone"
    );
}

#[test]
fn a_gzip_that_is_cut_off_goes_on_after_repair() {
    let house = House::new();
    let text = log(0..600, true);
    let packed = gzip(&text);
    let cut = house.ingest("a.gz", &packed[..packed.len() / 2]);
    assert!(cut.damage.is_some_and(|damage| damage.contains("cut off")));
    assert!(cut.events > 0);
    let rest = house.ingest("a.gz", &packed);
    assert_eq!(rest.damage, None);
    assert_eq!(cut.events + rest.events, 540);
    house.check_events(540);
    assert_eq!(house.count("quarantine"), 60);
}

struct StopAt {
    stage: Stage,
    after: u32,
}

impl IngestObserver for StopAt {
    fn reached(&mut self, stage: Stage) -> ControlFlow<()> {
        if stage == self.stage {
            if self.after == 0 {
                return ControlFlow::Break(());
            }
            self.after -= 1;
        }
        ControlFlow::Continue(())
    }
}

#[test]
fn a_kill_between_commits_neither_loses_nor_repeats() {
    let text = log(0..600, true);
    let house = House::new();
    let kills = [
        (Stage::QuarantineCommitted, 0),
        (Stage::FilesWritten, 0),
        (Stage::Announced, 0),
        (Stage::Announced, 1),
        (Stage::QuarantineCommitted, 2),
        (Stage::EventsCommitted, 0),
        (Stage::QuarantineCommitted, 0),
    ];
    for (stage, after) in kills {
        let mut killer = StopAt { stage, after };
        let input = Input::new("a", text.as_slice());
        let stopped = house.store.ingest(input, &house.options(), &mut killer);
        assert!(matches!(stopped, Err(StoreError::Interrupted)), "{stage:?}");
    }
    house.ingest("a", &text);
    house.check_events(540);
    let sql = "SELECT count(*), count(DISTINCT line) FROM quarantine";
    assert_eq!(house.rows(sql), [[Cell::Integer(60), Cell::Integer(60)]]);
}

#[test]
fn threads_change_nothing() {
    let text = log(0..500, true);
    let all = |threads| {
        let house = House::new();
        let options = IngestOptions {
            threads,
            ..house.options()
        };
        let input = Input::new("a", text.as_slice());
        let summary = house.store.ingest(input, &options, &mut Silent).unwrap();
        (
            summary,
            house.rows("SELECT * FROM events ORDER BY raw_ref['offset']"),
        )
    };
    assert_eq!(all(1), all(4));
}

#[test]
fn without_a_store_the_same_events_are_written() {
    let house = House::new();
    let (text, folder) = (log(0..100, true), TempDir::new().unwrap());
    let input = Input::new("a.ndjson", text.as_slice());
    let events = write_apart_from_a_store(input, &house.options(), folder.path()).unwrap();
    assert_eq!(events, house.ingest("a.ndjson", &text).events);
    let days = std::fs::read_dir(folder.path()).unwrap();
    let files = days.flat_map(|day| std::fs::read_dir(day.unwrap().path()).unwrap());
    let rows = files.map(|file| {
        let file = std::fs::File::open(file.unwrap().path()).unwrap();
        let reader = SerializedFileReader::new(file).unwrap();
        reader.metadata().file_metadata().num_rows()
    });
    assert_eq!(u64::try_from(rows.sum::<i64>()).unwrap(), events);
}

#[test]
fn what_no_mapping_knows_is_refused() {
    let house = House::new();
    let refuse = |bytes: &[u8]| {
        let input = Input::new("a", bytes);
        house
            .store
            .ingest(input, &house.options(), &mut Silent)
            .unwrap_err()
            .to_string()
    };
    let unknown = refuse(b"hello\nworld\n");
    assert!(
        unknown.starts_with("a: no mapping recognises these lines"),
        "{unknown}"
    );
    let array = refuse(b"[\n{}]\n");
    assert!(
        array.contains("(taken out of a JSON document over many lines)"),
        "{array}"
    );
    assert_eq!(
        house.ingest("empty", b""),
        IngestSummary {
            path: "empty".to_owned(),
            compression: "none",
            ..IngestSummary::default()
        }
    );
}

#[test]
fn streams_are_told_apart_by_their_identifier() {
    let house = House::new();
    let text = log(0..10, false);
    let inputs: BTreeSet<Option<i64>> = ["x", "y", "x"]
        .into_iter()
        .map(|id| {
            let input = Input::new("-", text.as_slice()).with_source_id(id);
            house
                .store
                .ingest(input, &house.options(), &mut Silent)
                .unwrap()
                .input
        })
        .collect();
    assert_eq!(inputs.len(), 2);
    assert_eq!(
        (house.count("events"), house.count("events_once")),
        (20, 10)
    );
}

/// Commits of a log, of whose lines one in so many is an event.
#[track_caller]
fn check_commits(one_in: u32, lines: u32, expected: u64) {
    let house = House::new();
    let mut text = Vec::new();
    for number in 0..lines {
        let (kind, second) = (number % one_in, number % 60);
        let kind = if kind == 0 { "auth_via_mfa" } else { "sso" };
        writeln!(
            text,
            r#"{{"uuid":"{number}","published":"2026-11-01T10:00:{second:02}Z","eventType":"user.authentication.{kind}","actor":{{"id":"a","type":"User"}},"outcome":{{"result":"SUCCESS"}},"debugContext":{{"debugData":{{"factor":"FIDO_WEBAUTHN"}}}}}}"#
        )
        .unwrap();
    }
    let before = house.store.version().unwrap().events;
    let options = IngestOptions {
        source: SourceChoice::Named("okta".to_owned()),
        ..house.options()
    };
    let input = Input::new("okta.ndjson", text.as_slice());
    let done = house.store.ingest(input, &options, &mut Silent).unwrap();
    assert_eq!(done.events, u64::from(lines / one_in));
    assert_eq!(done.bytes, u64::try_from(text.len()).unwrap());
    let commits = house.store.version().unwrap().events - before;
    assert_eq!(commits, expected, "one in {one_in}");
}

/// Lines that are no events do not fill a unit of 5,000 bytes.
#[test]
fn a_log_of_few_events_has_few_commits() {
    check_commits(1, 120, 5);
    check_commits(10, 120, 3);
    check_commits(60, 120, 1);
}

/// Reads something that holds this log, and says how many lines with content were in it.
#[track_caller]
fn check_reading(name: &str, bytes: &[u8], expected: usize) {
    let house = House::new();
    let summary = house.ingest(name, bytes);
    assert_eq!(summary.damage, None, "{name}");
    house.check_events(expected);
    assert_eq!(
        summary.lines - summary.blank,
        u64::try_from(expected).unwrap()
    );
    let again = house.ingest(name, bytes);
    assert_eq!(again.events, 0, "{name}");
    house.check_events(expected);
}

#[test]
fn blank_lines_before_the_first_are_passed_over() {
    let text = log(0..30, false);
    let behind = |blank: &[u8]| [blank, &text].concat();
    check_reading("feeds", &behind(&[b'\n'; 70_000]), 30);
    check_reading("ends", &behind(&b"\r\n".repeat(70_000)), 30);
    check_reading("blanks", &behind(&b"    \n".repeat(70_000)), 30);
    let marked = [&b"\xef\xbb\xbf"[..], &[b'\n'; 70_000], &text].concat();
    check_reading("mark", &marked, 30);
    check_reading("packed.gz", &gzip(&behind(&[b'\n'; 70_000])), 30);
    check_reading("at the edge", &behind(&[b'\n'; SAMPLE]), 30);
    check_reading(
        "inside a blank",
        &behind(&b" \n".repeat(SAMPLE / 2 + 1)),
        30,
    );
}

#[test]
fn more_blank_lines_than_are_looked_through_are_told() {
    let house = House::new();
    let mut text = [&[b' '; 1023][..], b"\n"]
        .concat()
        .repeat(tape::MAX_LINE >> 10);
    text.extend(log(0..3, false));
    let read = |options: &IngestOptions<'_>| {
        let input = Input::new("log", text.as_slice());
        house.store.ingest(input, options, &mut Silent)
    };
    let error = read(&house.options()).unwrap_err().to_string();
    let expected = "log begins with 16777216 bytes of blank lines; name its source with --source";
    assert_eq!(error, expected);
    let named = IngestOptions {
        source: SourceChoice::Named("native".to_owned()),
        piece_bytes: 4 << 20,
        ..house.options()
    };
    assert_eq!(read(&named).unwrap().events, 3);
    // What is blank from end to end is nothing, and no mistake.
    assert_eq!(house.ingest("blank", &[b'\n'; 70_000]).lines, 0);
}

/// A zstd frame that is to be skipped (RFC 8878 §3.1.2), as pzstd writes them.
fn skippable(number: u8, bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap().to_le_bytes();
    [&[0x50 + number, 0x2a, 0x4d, 0x18], &length, bytes].concat()
}

#[test]
fn compressed_streams_in_the_shapes_that_tools_write() {
    let [first, second] = [log(0..30, false), log(30..60, false)];
    let zstd = |text: &[u8]| zstd::encode_all(text, 1).unwrap();
    let size = |frame: &[u8]| u32::try_from(frame.len()).unwrap().to_le_bytes();
    let (one, two) = (zstd(&first), zstd(&second));
    // pzstd puts the size of each frame before it.
    let pzstd = [
        skippable(0, &size(&one)),
        one.clone(),
        skippable(0, &size(&two)),
        two.clone(),
    ];
    check_reading("pzstd.zst", &pzstd.concat(), 60);
    check_reading("last.zst", &[skippable(15, b""), one, two].concat(), 60);
    let (one, two) = (gzip(&first), gzip(&second));
    check_reading("members.gz", &[&*one, &two].concat(), 60);
    check_reading("block.gz", &[&*one, &[0; 512]].concat(), 30);
    check_reading("zero.gz", &[&*one, &[0]].concat(), 30);
    check_reading(
        "tape.gz",
        &[&*one, &[0; 300_000], &two, &[0; 9]].concat(),
        60,
    );
}

#[test]
fn other_bytes_behind_a_gzip_stream_are_told() {
    let house = House::new();
    let summary = house.ingest(
        "log.gz",
        &[&*gzip(&log(0..30, false)), b"\0\0what is no member of it"].concat(),
    );
    house.check_events(30);
    let damage = summary.damage.unwrap();
    assert!(damage.starts_with("the gzip stream is damaged"), "{damage}");
}

/// Identifiers that somebody has who knows the lines and not the key.
fn guessed(line: &[u8], whole: &[u8]) -> [String; 3] {
    let event = blake3::hash(line).to_hex()[..32].to_owned();
    let identity = blake3::hash(whole).to_hex()[..32].to_owned();
    [event, identity, blake3::hash(whole).to_hex().to_string()]
}

/// What a store has of a log of one line: identifiers of event and input, digest of the input.
#[track_caller]
fn named(house: &House, line: &[u8]) -> [String; 3] {
    house.ingest("log", line);
    let sql = "SELECT e.event_id, i.identity, i.digest FROM events e, inputs i";
    let rows = house.rows(sql);
    let [row] = rows.as_slice() else {
        panic!("{rows:?}")
    };
    let text = |cell: &Cell| match cell {
        Cell::Text(text) => text.clone(),
        other => panic!("{other:?}"),
    };
    [text(&row[0]), text(&row[1]), text(&row[2])]
}

/// The marker of a store that an older version made.
const OF_OLD: &str = "{\"schema\":\"fidoscope.store/1\",\"columns\":3}\n";

#[test]
fn who_reads_a_store_cannot_try_names_without_its_key() {
    let line = |user: &str| {
        format!(
            "{{\"ts\":\"2026-11-01T10:00:00Z\",\"kind\":\"authentication.completed\",\"outcome\":\"success\",\"user_id\":\"{user}\"}}"
        )
    };
    let whole = format!("{}\n", line("ada"));
    let guess = guessed(line("ada").as_bytes(), whole.as_bytes());
    let house = House::new();
    let sevens = named(&house, whole.as_bytes());
    assert!(
        sevens
            .iter()
            .zip(&guess)
            .all(|(found, guess)| found != guess)
    );
    let again = named(&House::new(), whole.as_bytes());
    assert_eq!(again, sevens, "the same key makes the same");
    let mut other = House::new();
    other.pseudonyms = Pseudonyms::new([8; 32]);
    let eights = named(&other, whole.as_bytes());
    assert!(
        eights
            .iter()
            .zip(&sevens)
            .all(|(found, seven)| found != seven)
    );
    // A store of old goes on as it began.
    let old = House::new();
    std::fs::write(old.store.path().join(crate::store::MARKER), OF_OLD).unwrap();
    assert_eq!(named(&old, whole.as_bytes()), guess);
}

/// Exactly once in both schemes: again, grown, in another wrapping, parted, and as a stream.
#[test]
fn a_keyed_store_and_one_of_old_read_each_line_once() {
    for old in [false, true] {
        let house = House::new();
        if old {
            std::fs::write(house.store.path().join(crate::store::MARKER), OF_OLD).unwrap();
        }
        house.ingest("a", &log(0..300, true));
        house.ingest("a", &log(0..600, true));
        house.ingest("a.gz", &gzip(&log(0..700, true)));
        let parted = [log(0..300, true), log(1000..1100, true)].concat();
        house.ingest("b", &parted);
        house.ingest("b", &parted);
        assert_eq!(house.count("events"), 630 + 90, "{old}");
        house.check_events(720);
        assert_eq!(house.count("quarantine"), 70 + 10, "{old}");
        assert_eq!(Store::check(house.store.path()).unwrap().problems, []);
        let keyed = house.store.held().unwrap().ids == fidoscope_events::Ids::Keyed;
        assert_eq!(keyed, !old);
    }
}
