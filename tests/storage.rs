//! Disks that are full, stores that cannot be written, inputs that may not be read, and other writers.

use std::process::{Command, Stdio};

use crate::support::{Bench, Run, native_log};

const PROGRAM: &str = env!("CARGO_BIN_EXE_fidoscope");

/// Runs a shell script in the folder of the bench; `$fidoscope` is the program.
fn shell(bench: &Bench, wrapped: &[&str], script: &str) -> Run {
    let words: Vec<&str> = wrapped
        .iter()
        .copied()
        .chain(["sh", "-c", script])
        .collect();
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).current_dir(bench.path("."));
    command.env("fidoscope", PROGRAM).stdin(Stdio::null());
    Run::of(command.output().unwrap(), &bench.path("."))
}

/// What lets file systems be mounted without being seen elsewhere.
const NAMESPACE: [&str; 3] = ["unshare", "--map-root-user", "--mount"];

/// Whether this machine lets us mount; says so when it does not.
fn mounts(bench: &Bench) -> bool {
    let script = "mkdir probe && mount -t tmpfs none probe";
    let can = Command::new("unshare").arg("--version").output().is_ok()
        && shell(bench, &NAMESPACE, script).code == Some(0);
    if !can {
        eprintln!("skipped: file systems cannot be mounted here; no disk was full, none read-only");
    }
    can
}

#[track_caller]
fn contains(run: &Run, words: &[&str]) {
    let whole = run.whole();
    for words in words {
        assert!(whole.contains(words), "{words:?} is missing in:\n{whole}");
    }
}

const INGEST: &str =
    "$fidoscope ingest --quiet --commit-every 1 --now 2030-01-01 log.ndjson >/dev/null --store";

const EACH_ONCE: &str = "$fidoscope query --format csv \
     'SELECT count(*) = count(DISTINCT event_id) AS once FROM events' --store";

const COUNT: &str = "$fidoscope query --format csv 'SELECT count(*) AS n FROM events' --store";

#[test]
fn a_full_disk_is_told_and_the_next_run_completes() {
    let bench = Bench::new();
    if !mounts(&bench) {
        return;
    }
    bench.file("log.ndjson", native_log(31, 20_000));
    let script = format!(
        "mkdir small && mount -t tmpfs -o size=1m none small
         {INGEST} small/store; echo \"full: $?\"
         {EACH_ONCE} small/store
         $fidoscope store check --store small/store; echo \"check: $?\"
         mount -o remount,size=64m small
         {INGEST} small/store; echo \"roomy: $?\"
         {EACH_ONCE} small/store; {COUNT} small/store
         $fidoscope store check --store small/store; echo \"check: $?\"
         find small -name '*.new' -o -name '*#*'"
    );
    let run = shell(&bench, &NAMESPACE, &script);
    let expected = "full: 70\nonce\ntrue\ncheck: 0\nroomy: 0\nonce\ntrue\nn\n20000\ncheck: 0\n";
    assert_eq!(run.stdout, expected, "{}", run.stderr);
    contains(
        &run,
        &[
            "error: the store cannot be read or written: No space left on device",
            "what was committed stays",
        ],
    );
}

/// However little room there is: what is made once is whole or not there, so that the next run completes.
#[test]
fn a_disk_that_is_full_from_the_first_file_on_leaves_nothing_half() {
    let bench = Bench::new();
    if !mounts(&bench) {
        return;
    }
    bench.file("log.ndjson", native_log(30, 50));
    for size in (4..=76).step_by(8) {
        let script = format!(
            "mkdir -p small && mount -t tmpfs -o size={size}k none small
             {INGEST} small/store; full=$?
             mount -o remount,size=64m small
             {INGEST} small/store; echo \"roomy: $?\"
             {EACH_ONCE} small/store; {COUNT} small/store
             $fidoscope store check --store small/store; echo \"check: $?\"
             find small -name '.fidoscope-*'
             exit $full"
        );
        let run = shell(&bench, &NAMESPACE, &script);
        let expected = "roomy: 0\nonce\ntrue\nn\n50\ncheck: 0\n";
        assert_eq!(run.stdout, expected, "{size}: {}", run.stderr);
        assert_eq!(run.code, Some(70), "{size}: {}", run.stderr);
    }
}

/// The same with a limit on the size of files, which needs no rights.
#[test]
fn a_file_that_may_not_grow_is_told_and_the_next_run_completes() {
    let bench = Bench::new();
    bench.file("log.ndjson", native_log(32, 5_000));
    let script = format!(
        "(trap '' XFSZ; ulimit -f 50; {INGEST} store; echo \"limited: $?\")
         {INGEST} store; echo \"free: $?\"
         {EACH_ONCE} store; {COUNT} store
         $fidoscope store check --store store; echo \"check: $?\"
         find store -name '*.new' -o -name '*#*'"
    );
    let run = shell(&bench, &[], &script);
    let expected = "limited: 70\nfree: 0\nonce\ntrue\nn\n5000\ncheck: 0\n";
    assert_eq!(run.stdout, expected, "{}", run.stderr);
    contains(&run, &["cannot be read or written: File too large"]);
}

/// Whatever only reads does so, and says what it could not bring up to date.
#[test]
fn a_read_only_store_can_be_read() {
    let bench = Bench::new();
    if !mounts(&bench) {
        return;
    }
    bench.file("log.ndjson", native_log(33, 2_000));
    let reading = [
        "sli --format csv",
        "posture --format csv",
        "detect --fail-on never --format csv",
        "dashboard --once",
        "sources coverage --format csv",
        "query --format csv 'SELECT count(*) FROM credentials'",
        "store info --format csv",
        "store check",
    ];
    let all: String = reading
        .map(|command| {
            format!("$fidoscope {command} --now 2026-11-22 --store store; echo \"exit $?\"\n")
        })
        .concat();
    shell(&bench, &[], &format!("{INGEST} store"));
    let sealed = "mount --bind store store && mount -o remount,bind,ro store";
    let free = shell(&bench, &[], &all);
    let bound = shell(&bench, &NAMESPACE, &format!("{sealed}\n{all}"));
    assert_eq!(bound.whole(), free.whole());

    let run = shell(&bench, &NAMESPACE, &format!("{sealed}\n{INGEST} store"));
    assert_eq!(run.code, Some(0), "nothing is new: {}", run.whole());
    bench.file("log.ndjson", native_log(34, 100));
    let run = shell(&bench, &NAMESPACE, &format!("{sealed}\n{INGEST} store"));
    assert_eq!(run.code, Some(70), "{}", run.whole());
    contains(&run, &["cannot be read or written: Read-only file system"]);

    std::fs::remove_dir_all(bench.path("store/minutes")).unwrap();
    let run = shell(&bench, &NAMESPACE, &format!("{sealed}\n{all}"));
    let slis = |run: &Run| run.stdout.split_once("exit ").unwrap().0.to_owned();
    assert_eq!(slis(&run), slis(&free));
    contains(
        &run,
        &[
            "warning: there is no table minutes: ",
            "note: minutes cannot be stored ",
        ],
    );

    std::fs::remove_dir_all(bench.path("store/credentials")).unwrap();
    let run = shell(&bench, &NAMESPACE, &format!("{sealed}\n{all}"));
    contains(
        &run,
        &[
            "warning: there is no table credentials: ",
            "warning: the newest events are not in the table of credentials: ",
        ],
    );
}

/// Root may read everything, unless it gives that up.
#[test]
fn an_input_that_may_not_be_read_does_not_stop_the_others() {
    let bench = Bench::new();
    bench.file("logs/a.ndjson", native_log(35, 50));
    bench.file("logs/b.ndjson", native_log(36, 50));
    bench.file("logs/inner/c.ndjson", native_log(37, 50));
    let powerless = ["setpriv", "--inh-caps=-all", "--bounding-set=-all"];
    let open = "chmod 755 logs/b.ndjson logs/inner";
    let closed = "chmod 000 logs/b.ndjson logs/inner && ! cat logs/b.ndjson >/dev/null";
    let wrapped = [&[][..], &powerless[..]]
        .into_iter()
        .find(|wrapped| shell(&bench, wrapped, closed).code == Some(0));
    let Some(wrapped) = wrapped else {
        shell(&bench, &[], open);
        eprintln!("skipped: everything can be read here");
        return;
    };
    let run = shell(&bench, wrapped, "$fidoscope ingest --store store logs");
    shell(&bench, &[], open);
    assert_eq!(run.code, Some(4), "{}", run.whole());
    contains(
        &run,
        &[
            "logs/b.ndjson cannot be read: Permission denied",
            "logs/inner cannot be read: Permission denied",
        ],
    );
    assert_eq!(bench.ask("SELECT count(*) FROM events"), "50");
    let run = bench.run("ingest --store store logs");
    assert_eq!(run.code, Some(0), "{}", run.whole());
    assert_eq!(bench.ask("SELECT count(*) FROM events"), "150");
}

#[test]
fn a_store_that_is_being_written_is_read_and_written_by_others() {
    let bench = Bench::new();
    bench.file("log.ndjson", native_log(38, 20_000));
    let ingest = "ingest --store store --commit-every 1 --now 2030-01-01 log.ndjson";
    let writer = || {
        let mut command = bench.command(ingest);
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    let mut writers = [writer(), writer()];
    let mut seen = 0;
    while !bench.path("store/fidoscope.json").exists() {
        std::thread::yield_now();
    }
    while writers
        .iter_mut()
        .any(|child| child.try_wait().unwrap().is_none())
    {
        let counts = bench.ask("SELECT count(*), count(DISTINCT event_id) FROM events");
        let (rows, events) = counts.split_once(',').unwrap();
        assert_eq!(rows, events);
        let rows: u64 = rows.parse().unwrap();
        assert!(rows >= seen, "{rows} after {seen}");
        seen = rows;
    }
    for child in writers {
        let run = Run::of(child.wait_with_output().unwrap(), &bench.path("."));
        match run.code {
            Some(0) => {}
            _ => contains(&run, &["run the same command again later"]),
        }
    }
    assert_eq!(bench.run(ingest).code, Some(0));
    let counts = bench.ask("SELECT count(*), count(DISTINCT event_id) FROM events");
    assert_eq!(counts, "20000,20000");
    assert_eq!(bench.run("store check --store store").code, Some(0));
}

/// Nobody may write a byte into a new file: the same as a disk that has no room left, without any rights.
#[test]
fn a_store_that_could_not_be_begun_can_be_begun_again() {
    let bench = Bench::new();
    bench.file("log.ndjson", native_log(39, 50));
    let script = format!(
        "(trap '' XFSZ; ulimit -f 0; {INGEST} store; echo \"limited: $?\")
         find store -type f
         {INGEST} store; echo \"free: $?\"
         {COUNT} store"
    );
    let run = shell(&bench, &[], &script);
    let expected = "limited: 70\nfree: 0\nn\n50\n";
    assert_eq!(run.stdout, expected, "{}", run.stderr);
}

/// First ingests at the same time, of several logs into a store that is not there yet.
#[test]
fn a_store_that_several_make_at_once_has_what_each_of_them_read() {
    for round in 0..4 {
        let bench = Bench::new();
        let writers: Vec<_> = (0..4)
            .map(|number| {
                let name = format!("{number}.ndjson");
                bench.file(&name, native_log(40 + 4 * round + number, 50));
                let ingest = format!("ingest --store store --now 2030-01-01 {name}");
                let mut command = bench.command(&ingest);
                command.stdout(Stdio::null()).stderr(Stdio::piped());
                command.spawn().unwrap()
            })
            .collect();
        for writer in writers {
            let run = Run::of(writer.wait_with_output().unwrap(), &bench.path("."));
            assert_eq!(run.code, Some(0), "{}", run.whole());
        }
        assert_eq!(bench.ask("SELECT count(*) FROM events"), "200");
        assert_eq!(bench.run("store check --store store").code, Some(0));
    }
}

#[test]
fn a_name_that_the_engine_would_take_for_another_is_refused() {
    let bench = Bench::new();
    bench.file("log.ndjson", native_log(60, 50));
    for store in ["a%20b", "a%2Fb", "a\\b"] {
        for command in ["ingest log.ndjson", "sli", "store check", "store info"] {
            let run = bench.run(&format!("{command} --store {store} --now 2030-01-01"));
            assert_eq!(run.code, Some(2), "{store}: {}", run.whole());
            assert!(
                run.stderr.contains("name another folder"),
                "{}",
                run.whole()
            );
        }
        assert!(!bench.path(store).exists());
    }
}
