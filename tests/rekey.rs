//! A keyed store out of one of old.

use std::process::Stdio;

use crate::support::{Bench, Run, dataset, native_log};

/// The marker of a store that an older version made.
const OF_OLD: &str = "{\"schema\":\"fidoscope.store/1\",\"columns\":3}\n";

const NOW: &str = "--now 2026-12-01";

/// A folder with a log and the store of old that it was read into.
fn bench(log: &str, options: &str) -> Bench {
    let bench = Bench::new();
    bench.file("log.ndjson", log);
    bench.file("given", "07".repeat(32));
    bench.file("other", "08".repeat(32));
    bench.file("old/fidoscope.json", OF_OLD);
    let ingest = format!("ingest {NOW} --store old --max-rejected 100 {options} log.ndjson");
    let run = bench.run(&ingest);
    assert_eq!(run.code, Some(0), "{}", run.whole());
    bench
}

#[track_caller]
fn fine(bench: &Bench, arguments: &str) -> Run {
    let run = bench.run(arguments);
    assert_eq!(run.code, Some(0), "{arguments}: {}", run.whole());
    run
}

/// Lines of which some have an identifier, one of them of the form of ours, and one cannot be read.
const LINES: &str = r#"{"ts":"2026-11-01T08:00:00Z","kind":"authentication.completed","outcome":"success","user_id":"mary@example.com"}
{"ts":"2026-11-01T08:01:00Z","kind":"authentication.completed","outcome":"success","user_id":"mary@example.com","event_id":"e-1"}
{"ts":"2026-11-01T08:02:00Z","kind":"authentication.completed","outcome":"success","user_id":"joe@example.com","event_id":"00112233445566778899aabbccddeeff"}
{"ts":
"#;

#[test]
fn the_new_store_says_that_it_is_keyed_and_what_that_means() {
    let bench = bench(LINES, "--source native --pii-key given");
    let run = bench.run("store rekey new --store old --pii-key given --format csv");
    insta::assert_snapshot!("rekey", run.whole());
    let info = fine(&bench, "store info --store new");
    assert!(
        info.stderr.contains("identifiers made of lines are keyed"),
        "{}",
        info.whole()
    );
    let info = fine(&bench, "store info --store old");
    assert!(
        info.stderr.contains("`fidoscope store rekey` makes"),
        "{}",
        info.whole()
    );
    assert!(!bench.path("new/pseudonym.key").exists());
    let run = fine(
        &bench,
        "store rekey left --store old --pii-key given --own-ids native --format json",
    );
    let told: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        told["rekeyed"],
        serde_json::json!([{"source": "native", "keyed": 0, "left": 3, "log_gives_ids": true}])
    );
    assert!(!run.stderr.contains("--own-ids"), "{}", run.stderr);
}

/// The names of the inputs of a store, and the hashes of what was read of them.
fn names(bench: &Bench, store: &str) -> std::collections::BTreeSet<String> {
    let sql = "SELECT arrow_cast(input, 'Utf8'), identity, digest FROM inputs";
    let mut query = bench.command(&format!("query --store {store} --format csv"));
    let run = query.arg(sql).output().unwrap();
    let text = String::from_utf8(run.stdout).unwrap();
    let rows = text.lines().skip(1);
    rows.flat_map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

#[test]
fn a_rekeyed_store_answers_as_before_and_reads_nothing_again() {
    // A counter that goes back, of events that have no identifier of their own.
    let signed = |minute: u32, count: u32| {
        format!(
            "{{\"ts\":\"2026-10-01T08:{minute:02}:00Z\",\"kind\":\"authentication.completed\",\
             \"outcome\":\"success\",\"user_id\":\"mary@example.com\",\"credential_id\":\"a2V5\",\
             \"sign_count\":{count},\"signature_verified\":true}}\n"
        )
    };
    let log = signed(1, 9) + &signed(2, 4) + &native_log(71, 798);
    let lines: Vec<&str> = log.split_inclusive('\n').collect();
    let bench = bench(&lines[..600].concat(), "");
    let logs = dataset("logs/okta.ndjson.gz");
    fine(
        &bench,
        &format!("ingest {NOW} --store old {}", logs.display()),
    );
    let answers = |store: &str| {
        [
            "sli --format csv --since 2026-01-01",
            "posture --format csv --since 2026-01-01",
            "detect --fail-on never --format csv",
            "sources coverage --format csv",
        ]
        .map(|command| {
            let run = bench.run(&format!("{command} {NOW} --store {store}"));
            assert!(run.stdout.lines().count() > 1, "{}", run.whole());
            run.whole()
        })
    };
    let before = answers("old");
    fine(&bench, "store rekey store --store old");
    let check = fine(&bench, "store check --store store");
    assert!(check.stderr.ends_with(": no damage\n"), "{}", check.stderr);
    let after = answers("store");
    assert_eq!(after[0], before[0]);
    assert_eq!(after[1], before[1]);
    assert_eq!(after[3], before[3]);
    // A finding's own identifier is made of those of its events; nothing else of it is another.
    let rules = |found: &str| {
        assert!(
            found.contains(",Signature counter did not increase,"),
            "{found}"
        );
        let of = |line: &str| line.split(',').skip(1).collect::<Vec<_>>().join(",");
        found.lines().map(of).collect::<Vec<_>>()
    };
    assert_eq!(rules(&after[2]), rules(&before[2]));

    let again = format!("ingest {NOW} --store store log.ndjson {}", logs.display());
    let run = fine(&bench, &again);
    assert!(run.stderr.starts_with("0 events stored"), "{}", run.stderr);
    bench.file("log.ndjson", &log);
    let run = fine(&bench, &again);
    assert!(
        run.stderr.starts_with("200 events stored"),
        "{}",
        run.stderr
    );
    let sql = "SELECT count(*), count(DISTINCT event_id) FROM events WHERE source = 'native'";
    assert_eq!(bench.ask(sql), "800,800");
    // One user is one user in what was stored before and after.
    let users = "SELECT count(DISTINCT user_id) FROM events WHERE source = 'native'";
    let both = bench.ask(users);
    bench.file("whole/fidoscope.json", OF_OLD);
    std::fs::copy(
        bench.path("store/pseudonym.key"),
        bench.path("whole/pseudonym.key"),
    )
    .unwrap();
    fine(&bench, &format!("ingest {NOW} --store whole log.ndjson"));
    let mut query = bench.command("query --store whole --format csv");
    let whole = query.arg(users).output().unwrap();
    assert!(
        String::from_utf8(whole.stdout)
            .unwrap()
            .ends_with(&format!("\n{both}\n"))
    );
    // What anybody can compute of a log is not there any more.
    let (old, new) = (names(&bench, "old"), names(&bench, "store"));
    assert!(old.len() > 5 && old.is_disjoint(&new), "{old:?} {new:?}");
    fine(&bench, "store check --store store");
}

/// A rekeying that is refused, with its exit code; nothing is made.
#[track_caller]
fn refused(bench: &Bench, arguments: &str, code: i32, expected: &[&str]) {
    let run = bench.run(&format!("store rekey {arguments}"));
    assert_eq!(run.code, Some(code), "{}", run.whole());
    for expected in expected {
        assert!(run.stderr.contains(expected), "{expected}: {}", run.whole());
    }
    assert!(!bench.path("new").exists());
}

#[test]
fn what_cannot_be_rekeyed_is_told_with_what_can_be_done() {
    let own = bench(LINES, "--source native");
    refused(
        &own,
        "new --store old --pii-key other",
        2,
        &["each would be taken for another one"],
    );
    refused(
        &own,
        "old --store old",
        2,
        &["lies in the store", "a new folder"],
    );
    refused(
        &own,
        "new --store nothing",
        4,
        &["there is no store at nothing"],
    );
    refused(
        &own,
        "s3://bucket/new --store old",
        2,
        &[
            "keeps no key beside its events",
            "copy the key of the old store",
        ],
    );
    refused(
        &own,
        "new --store old --own-ids okta",
        2,
        &["there are native"],
    );
    fine(&own, "store rekey keyed --store old");
    refused(
        &own,
        "keyed --store old",
        2,
        &["there is a store at keyed already"],
    );
    refused(
        &own,
        "new --store keyed",
        2,
        &[
            "its identifiers are keyed already",
            "`fidoscope ingest LOGS --store NEW`",
        ],
    );
    refused(
        &own,
        "new --store keyed --pii-key other",
        2,
        &["keyed already"],
    );
    std::fs::remove_file(own.path("old/pseudonym.key")).unwrap();
    refused(
        &own,
        "new --store old",
        2,
        &["name the key that was used with --pii-key FILE"],
    );
}

#[test]
fn users_that_are_kept_dropped_or_under_an_untold_key_are_told_apart() {
    let kept = bench(LINES, "--source native --pii keep");
    refused(&kept, "new --store old", 2, &["a key would hide nothing"]);

    // Under no key at all: one is made, and kept in the new store.
    let dropped = bench(LINES, "--source native --pii drop");
    std::fs::remove_file(dropped.path("old/pseudonym.key")).unwrap();
    let run = fine(&dropped, "store rekey new --store old");
    assert!(
        run.stderr.contains(" is in new, for its owner only"),
        "{}",
        run.stderr
    );
    assert_eq!(
        std::fs::metadata(dropped.path("new/pseudonym.key"))
            .unwrap()
            .len(),
        65
    );
    let run = fine(
        &dropped,
        &format!("ingest {NOW} --store new --source native log.ndjson"),
    );
    assert!(run.stderr.starts_with("0 events stored"), "{}", run.stderr);

    // The users are under a key that nothing tells.
    let untold = bench(LINES, "--source native --pii-key given");
    untold.file("old/fidoscope.json", OF_OLD);
    let run = fine(&untold, "store rekey new --store old --pii-key given");
    assert!(
        run.stderr.contains("does not tell which key"),
        "{}",
        run.stderr
    );
}

#[test]
fn what_a_killed_rekeying_left_is_no_store() {
    let bench = bench(&native_log(72, 2_000), "");
    let mut cut = 0;
    for number in 0.. {
        let new = format!("new{number}");
        let mut child = bench
            .command(&format!("store rekey {new} --store old"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let marker = bench.path(&new).join("fidoscope.json");
        while child.try_wait().unwrap().is_none() && !marker.exists() {}
        // A little further each time.
        for _ in 0..number * 500 {
            child.try_wait().unwrap();
        }
        child.kill().unwrap();
        if child.wait().unwrap().success() {
            break;
        }
        cut += 1;
        for command in [
            &format!("sli --store {new}"),
            &format!("ingest --store {new} log.ndjson"),
            &format!("store check --store {new}"),
            &format!("store rekey {new} --store old"),
        ] {
            let run = bench.run(command);
            assert_eq!(run.code, Some(4), "{command}: {}", run.whole());
            assert!(
                run.stderr
                    .contains("is not whole: a store was begun there from"),
                "{}",
                run.whole()
            );
            assert!(run.stderr.contains("delete it"), "{}", run.whole());
        }
        if cut == 4 {
            break;
        }
    }
    assert!(cut > 0);
    std::fs::remove_dir_all(bench.path("new0")).unwrap();
    fine(&bench, "store rekey new0 --store old");
    fine(&bench, "store check --store new0");
    fine(&bench, "store check --store old");
}

/// What lies beside the tables goes along: metadata, and what was accepted and is not stored yet.
#[test]
fn metadata_and_the_spool_go_along() {
    let blob = dataset("metadata/test-blob.jwt");
    let bench = bench(LINES, &format!("--source native --blob {}", blob.display()));
    let line = LINES.lines().next().unwrap().replace("08:00", "09:00");
    bench.file(
        "old/spool/events-00000000000000000007.ndjson",
        format!("{line}\n\n"),
    );
    let lock = std::fs::File::create(bench.path("old/spool/lock")).unwrap();
    lock.lock().unwrap();
    refused(
        &bench,
        "new --store old",
        70,
        &[
            "another process serves this store",
            "stop `fidoscope serve`",
        ],
    );
    drop(lock);
    fine(&bench, "store rekey new --store old");
    let same = |name: &str| {
        let [old, new] = ["old", "new"].map(|store| std::fs::read(bench.path(store).join(name)));
        assert_eq!(old.unwrap(), new.unwrap(), "{name}");
    };
    same("metadata/blob.jwt");
    same("spool/events-00000000000000000007.ndjson");
    let run = bench.run(&format!("enrich {NOW} --store new"));
    assert!(
        run.stderr.contains("assessed by BLOB no. 42"),
        "{}",
        run.whole()
    );
}
