//! Metadata BLOBs: bundled, real and downloaded.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use crate::support::{Bench, corpus, dataset};

fn test_blob() -> String {
    std::fs::read_to_string(dataset("metadata/test-blob.jwt")).unwrap()
}

#[test]
fn the_bundled_blob_verifies_under_its_test_root_only() {
    let bench = Bench::new();
    let (blob, root) = (
        dataset("metadata/test-blob.jwt"),
        dataset("metadata/test-root.pem"),
    );
    let now = "--now 2026-11-20T15:00:00Z";
    let run = bench.run(&format!(
        "mds verify {now} --format table --anchor {} {}",
        root.display(),
        blob.display()
    ));
    assert_eq!(run.code, Some(0), "{}", run.whole());
    assert!(run.stdout.contains("TEST ROOT"), "{}", run.stdout);
    let run = bench.run(&format!(
        "mds verify {now} --format table {}",
        blob.display()
    ));
    assert_eq!(run.code, Some(4), "{}", run.whole());
    assert!(
        run.stdout.contains("REJECTED at mds.jws.chain"),
        "{}",
        run.stdout
    );
    let late = bench.run(&format!(
        "mds verify --now 2036-01-01 --format table --anchor {} {}",
        root.display(),
        blob.display()
    ));
    assert_eq!(late.code, Some(4), "{}", late.whole());
}

/// What `mds verify` says with what the caller brings.
#[test]
fn a_blob_is_judged_by_what_is_brought_along() {
    let bench = Bench::new();
    let signer = fidoscope_authenticator::MetadataSigner::new(7, now()).unwrap();
    bench.file("root.pem", signer.root_pem());
    bench.file("older.jwt", numbered(41));
    bench.file("blob.jwt", numbered(50));
    let day = |days| now() + chrono::TimeDelta::days(days);
    let valid = fidoscope_authenticator::Validity {
        not_before: day(-1),
        not_after: day(1),
    };
    let lists = |keys: &[&fidoscope_authenticator::TestKey]| {
        let lists = signer.pki().revocation_lists(keys, valid).unwrap();
        lists
            .iter()
            .map(|der| fidoscope_authenticator::crl_pem(der))
            .collect::<String>()
    };
    bench.file("crls/none.pem", lists(&[]));
    bench.file("revoked.pem", lists(&[&signer.leaf().key]));
    let verify = |options: &str| {
        let run = bench.run(&format!(
            "mds verify blob.jwt --anchor root.pem --now 2026-11-20T15:00:00Z --format json {options}"
        ));
        let said: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(said["steps"].as_array().unwrap().len(), 39);
        let step = said["step"].as_str().unwrap_or("accept").to_owned();
        (run.code.unwrap(), step, run.stderr)
    };
    let check = |options: &str, code: i32, step: &str| {
        let (found, at, _) = verify(options);
        assert_eq!((found, at.as_str()), (code, step), "{options}");
    };
    check("", 0, "accept");
    check("--crl crls", 0, "accept");
    check("--crl revoked.pem", 4, "mds.jws.chain-revoked");
    check("--previous older.jwt", 0, "accept");
    check("--have-no 50", 4, "mds.no-rollback");
    let stale = "--now 2027-01-10 --reject-stale";
    let run = bench.run(&format!(
        "mds verify blob.jwt --anchor root.pem {stale} --explain"
    ));
    assert_eq!(run.code, Some(4), "{}", run.whole());
    let remedy = "what to do Run `fidoscope mds fetch` daily";
    assert!(run.stderr.contains(remedy), "{}", run.stderr);
    let blob = std::fs::read(bench.path("blob.jwt")).unwrap();
    let blob = fidoscope_metadata::Blob::open(&blob).unwrap();
    let of = |name: &str| {
        let mut entries = blob.entries().iter();
        let entry = entries.find(|entry| entry.description() == name).unwrap();
        let key = || entry.key_identifiers[0].clone();
        entry.aaguid.map_or_else(key, |aaguid| aaguid.to_string())
    };
    check(
        &format!("--model {}", of("Rowan Tag")),
        4,
        "mds.status.revoked",
    );
    check(&format!("--model {}", of("Juniper Key U2F")), 0, "accept");
    let unknown = "--model 00000000-0000-4000-8000-000000000000";
    check(unknown, 3, "accept");
    let wrong = bench.run("mds verify blob.jwt --anchor root.pem --model juniper");
    assert_eq!(wrong.code, Some(2), "{}", wrong.whole());
    let both = bench.run("mds verify blob.jwt --have-no 1 --previous older.jwt");
    assert_eq!(both.code, Some(2), "{}", both.whole());
}

/// A device that never ends is no BLOB, and memory is no place to find that out.
#[test]
fn a_file_without_end_is_refused() {
    let bench = Bench::new();
    let run = bench.run("mds verify /dev/zero");
    assert_eq!(run.code, Some(4), "{}", run.whole());
    assert!(
        run.stderr.contains("/dev/zero is longer than 256 MiB"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_model_is_shown() {
    let bench = Bench::new();
    let (blob, root) = (
        dataset("metadata/test-blob.jwt"),
        dataset("metadata/test-root.pem"),
    );
    let show = |aaguid: &str| {
        bench.run(&format!(
            "mds show {aaguid} --now 2026-11-20 --format table --blob {} --anchor {}",
            blob.display(),
            root.display()
        ))
    };
    let run = show("f1d05c0b-514d-4f00-a000-000000000001");
    assert_eq!(run.code, Some(0), "{}", run.whole());
    assert!(run.stdout.contains("Halden Key 5 NFC"), "{}", run.stdout);
    assert_eq!(show("00000000-0000-4000-8000-000000000000").code, Some(3));
    assert_eq!(show("nothing of the kind").code, Some(3));
    assert_eq!(show("").code, Some(2));
}

/// A U2F model has no AAGUID; a name may be that of several models.
#[test]
fn a_model_is_shown_by_key_identifier_and_by_name() {
    let bench = Bench::new();
    let signer = fidoscope_authenticator::MetadataSigner::new(7, now()).unwrap();
    bench.file("root.pem", signer.root_pem());
    let payload = fidoscope_authenticator::metadata(7, "example.org", now()).unwrap();
    let mut draft = signer.draft(&payload).unwrap();
    let mut json: serde_json::Value = serde_json::from_slice(&draft.payload).unwrap();
    let icon = "data:image/png;base64,iVBORw0KGgo=";
    json["entries"][0]["metadataStatement"]["icon"] = icon.into();
    draft.payload = serde_json::to_vec(&json).unwrap();
    bench.file("blob.jwt", draft.sign().unwrap());
    let show = |model: &str, format: &str| {
        let run = bench.run(&format!(
            "mds show {model} --now 2026-11-20T15:00:00Z --blob blob.jwt --anchor root.pem \
             --format {format}"
        ));
        assert_eq!(run.code, Some(0), "{}", run.whole());
        run.stdout
    };
    let u2f = json["entries"].as_array().unwrap().iter();
    let mut keys = u2f.filter_map(|e| e["attestationCertificateKeyIdentifiers"][0].as_str());
    let key = keys.next().unwrap();
    let by_key = show(key, "table");
    assert!(by_key.contains("Juniper Key U2F"), "{by_key}");
    assert!(
        by_key.contains(&format!("key identifier  {key}")),
        "{by_key}"
    );
    let one = show(json["entries"][0]["aaguid"].as_str().unwrap(), "table");
    assert!(
        one.contains("picture         icon: image/png, 8 bytes"),
        "{one}"
    );
    let both = show("juniper", "json");
    let both: serde_json::Value = serde_json::from_str(&both).unwrap();
    assert_eq!(both["schema"], "fidoscope.models/1");
    assert_eq!(both["models"].as_array().unwrap().len(), 2);
    assert_eq!(both["models"][1]["key_identifiers"][0], key);
    let pictures = &both["models"][0]["pictures"];
    assert_eq!(pictures[0]["bytes"], 8, "{pictures}");
    assert!(!both.to_string().contains("iVBORw0KGgo"));
    assert_eq!(show("juniper", "ndjson").lines().count(), 2);
    assert!(show("juniper", "markdown").starts_with("| aaguid | model |"));
}

#[test]
fn a_file_that_is_no_blob_is_called_what_it_is() {
    let bench = Bench::new();
    for (text, word) in [
        ("<!DOCTYPE html><html></html>", "web page"),
        ("{\"entries\":[]}", "plain JSON"),
        ("", "empty"),
        ("a.b", "three segments"),
    ] {
        bench.file("blob.jwt", text);
        let run = bench.run("mds verify blob.jwt");
        assert_eq!(run.code, Some(4), "{}", run.whole());
        assert!(run.stderr.contains(word), "{}", run.stderr);
    }
}

/// Real BLOBs verify in their own time and fail today with the reason.
#[test]
fn the_real_blobs_open_and_verify_in_their_time() {
    let Some(corpus) = corpus() else { return };
    for (name, then, entries) in [
        ("webauthn4j-blob.jwt", "2021-11-20", 98),
        ("tweag-big-blob.jwt", "2023-01-20", 148),
        ("tweag-big-blob-with-errors.jwt", "2023-03-15", 160),
        ("opotonniee-2024-12-20-mds.blob.jwt", "2024-12-20", 281),
    ] {
        let bench = Bench::new();
        let blob = corpus.join("metadata").join(name);
        let run = bench.run(&format!(
            "mds verify --now {then} --format json {}",
            blob.display()
        ));
        assert_eq!(run.code, Some(0), "{name}: {}", run.whole());
        assert!(
            run.stdout.contains(&format!("\"entries\":{entries}")),
            "{name}: {}",
            run.stdout
        );
        let today = bench.run(&format!(
            "mds verify --now 2026-11-22 --format table {}",
            blob.display()
        ));
        assert_eq!(today.code, Some(4), "{name}: {}", today.whole());
        assert!(
            today.stdout.contains("REJECTED at mds.jws.chain"),
            "{name}: {}",
            today.stdout
        );
    }
}

/// A metadata service on loopback that answers each request with the next of its answers.
struct Service {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Service {
    fn start(answers: Vec<Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        std::thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                seen.lock().unwrap().push(request(&mut stream));
                stream.write_all(&answer).unwrap();
            }
        });
        Self { address, requests }
    }

    fn url(&self) -> String {
        format!("http://{}/", self.address)
    }
}

fn request(stream: &mut TcpStream) -> String {
    let (mut text, mut byte) = (Vec::new(), [0]);
    while !text.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
        text.push(byte[0]);
    }
    String::from_utf8(text).unwrap().to_lowercase()
}

fn answer(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    )
    .into()
}

#[test]
fn a_download_replaces_the_cached_blob_only_when_it_is_good() {
    let bench = Bench::new();
    let good = test_blob();
    let mut forged = good.clone();
    let last = forged.trim_end().len() - 10;
    forged.replace_range(
        last..=last,
        if forged.as_bytes()[last] == b'A' {
            "B"
        } else {
            "A"
        },
    );
    let cut = answer("200 OK", "", &good).len() - 200;
    let service = Service::start(vec![
        answer("200 OK", "etag: \"7\"\r\n", &good),
        answer("304 Not Modified", "", ""),
        answer("200 OK", "", &forged),
        answer("200 OK", "", "<html>rate limited</html>"),
        answer(
            "429 Too Many Requests",
            "retry-after: 60\r\netag: 7\r\n",
            "slow down,\n  \u{1b}[2Jplease",
        ),
        answer("503 Service Unavailable", "", "<h1>maintenance</h1>"),
        answer("200 OK", "", r#"{"legalHeader":"x","no":43,"entries":[]}"#),
        answer("200 OK", "", ""),
        answer("200 OK", "", &endless()),
        answer("200 OK", "", &good)[..cut].to_vec(),
    ]);
    let root = dataset("metadata/test-root.pem");
    let fetch = || {
        bench.run(&format!(
            "mds fetch --now 2026-11-20 --url {} --anchor {} --out cache/blob.jwt",
            service.url(),
            root.display()
        ))
    };
    for (code, word) in [
        (0, "11 entries"),
        (0, "not modified"),
        (4, "mds.jws.signature"),
        (4, "web page"),
        (
            70,
            "asks to wait 60 s before the next request; its ETag says that the cached BLOB is the \
             newest; it says: slow down, \\u{1b}[2Jplease",
        ),
        (70, "503 Service Unavailable; it says: <h1>maintenance</h1>"),
        (4, "plain JSON"),
        (4, "the file is empty"),
        (
            4,
            "/entries/0/statusReports: more than 100000 status reports",
        ),
        (70, "cache/blob.jwt stays as it is: no 42"),
    ] {
        let run = fetch();
        assert_eq!(run.code, Some(code), "{word}: {}", run.whole());
        assert!(run.stderr.contains(word), "{word}: {}", run.whole());
        assert_eq!(
            std::fs::read_to_string(bench.path("cache/blob.jwt")).unwrap(),
            good
        );
    }
    let requests = service.requests.lock().unwrap();
    assert!(!requests[0].contains("if-none-match"));
    assert!(
        requests[1].contains("if-none-match: \"7\""),
        "{}",
        requests[1]
    );
}

/// A BLOB with a million statuses of one model.
fn endless() -> String {
    let signer = fidoscope_authenticator::MetadataSigner::new(7, now()).unwrap();
    let payload = fidoscope_authenticator::metadata(7, "example.org", now()).unwrap();
    let mut draft = signer.draft(&payload).unwrap();
    let reports = "{},".repeat(1_000_000);
    draft.payload =
        format!(r#"{{"no":99,"entries":[{{"statusReports":[{reports}{{}}]}}]}}"#).into();
    String::from_utf8(draft.sign().unwrap()).unwrap()
}

fn now() -> chrono::DateTime<chrono::Utc> {
    "2026-11-20T15:00:00Z".parse().unwrap()
}

/// A BLOB of another number, signed by the same service.
fn numbered(no: u64) -> String {
    let signer = fidoscope_authenticator::MetadataSigner::new(7, now()).unwrap();
    let mut payload = fidoscope_authenticator::metadata(7, "example.org", now()).unwrap();
    payload.no = no;
    payload.legal_header = Some(format!("terms of {}", no / 10));
    String::from_utf8(signer.sign(&payload).unwrap()).unwrap()
}

#[test]
fn a_history_is_kept_by_number_and_nothing_is_rolled_back() {
    let bench = Bench::new();
    let signer = fidoscope_authenticator::MetadataSigner::new(7, now()).unwrap();
    bench.file("root.pem", signer.root_pem());
    let large = format!("{}.{}.AAAA", "A".repeat(1 << 20), "A".repeat(1 << 10));
    let service = Service::start(vec![
        answer("200 OK", "etag: \"41\"\r\n", &numbered(41)),
        answer("200 OK", "", &numbered(44)),
        answer("200 OK", "", &numbered(43)),
        answer("200 OK", "", &numbered(44)),
        answer("200 OK", "", &numbered(50)),
        answer("200 OK", "", &large),
    ]);
    let fetch = |options: &str| {
        bench.run(&format!(
            "mds fetch --now 2026-11-20T15:00:00Z --anchor root.pem --out cache/blob.jwt {options}"
        ))
    };
    let there = format!("--url {}", service.url());
    for (code, word) in [
        (0, "no 41 with 5 entries"),
        (
            0,
            "no 44 with 5 entries; 2 numbers before it were never here",
        ),
        (4, "the service offers no 43, older than the cached no 44"),
        (0, "no 44 is already here"),
        (0, "mds.legal-header: the terms have changed"),
    ] {
        let run = fetch(&there);
        assert_eq!(run.code, Some(code), "{word}: {}", run.whole());
        assert!(run.stderr.contains(word), "{word}: {}", run.whole());
    }
    let run = fetch(&format!("{there} --max-mib 1"));
    assert_eq!(run.code, Some(70), "{}", run.whole());
    assert!(run.stderr.contains("larger than 1 MiB"), "{}", run.whole());
    let cached = std::fs::read_to_string(bench.path("cache/blob.jwt")).unwrap();
    assert_eq!(cached, numbered(50));
    bench.file("cache/blob-0051.jwt", "not ours");
    let history = bench.run("mds history cache/blob.jwt --format csv --now 2026-11-20");
    assert_eq!(history.code, Some(0), "{}", history.whole());
    let numbers = history
        .stdout
        .lines()
        .map(|line| line.split(',').next().unwrap());
    let numbers: Vec<_> = numbers.collect();
    assert_eq!(numbers, ["no", "41", "44", "50"]);
    bench.file("cache/blob-44.jwt", "<html>");
    let broken = bench.run("mds history cache/blob.jwt --format json");
    assert_eq!(broken.code, Some(4), "{}", broken.whole());
    assert!(broken.stdout.contains("web page"), "{}", broken.stdout);
    let none = bench.run("mds history elsewhere/blob.jwt");
    assert_eq!(none.code, Some(3), "{}", none.whole());
}

/// The history is bounded: what goes is told, and it is never the newest nor the one in use.
#[test]
fn a_history_keeps_the_newest_numbers() {
    let bench = Bench::new();
    let signer = fidoscope_authenticator::MetadataSigner::new(7, now()).unwrap();
    bench.file("root.pem", signer.root_pem());
    for no in [38, 39, 40] {
        bench.file(&format!("cache/blob-{no}.jwt"), numbered(no));
    }
    let service = Service::start(vec![
        answer("200 OK", "", &numbered(41)),
        answer("304 Not Modified", "", ""),
        answer("200 OK", "", &numbered(42)),
        answer("304 Not Modified", "", ""),
    ]);
    let fetch = |options: &str| {
        let run = bench.run(&format!(
            "mds fetch --now 2026-11-20T15:00:00Z --anchor root.pem --out cache/blob.jwt --url {} \
             {options}",
            service.url()
        ));
        assert_eq!(run.code, Some(0), "{}", run.whole());
        run.stderr
    };
    let kept = || {
        let run = bench.run("mds history cache/blob.jwt --format csv");
        let numbers = run.stdout.lines().skip(1);
        let numbers = numbers.map(|line| line.split(',').next().unwrap().to_owned());
        numbers.collect::<Vec<_>>().join(" ")
    };
    assert!(!fetch("").contains("deleted"));
    assert_eq!(kept(), "38 39 40 41");
    let said = fetch("--keep 3");
    assert!(
        said.contains("deleted from the history: no 38; the newest 3 are kept"),
        "{said}"
    );
    assert!(fetch("--keep 2").contains("no 39 to no 40, 2 BLOBs;"));
    assert_eq!(kept(), "41 42");
    // Somebody has put a BLOB of a higher number there; what is in use stays.
    bench.file("cache/blob-99.jwt", numbered(99));
    assert!(fetch("--keep 1").contains("history: no 41;"));
    assert_eq!(kept(), "42 99");
}

/// A proxy gets the whole URL; without any service there is nothing to keep.
#[test]
fn a_download_goes_through_the_proxy() {
    let bench = Bench::new();
    let signer = fidoscope_authenticator::MetadataSigner::new(7, now()).unwrap();
    bench.file("root.pem", signer.root_pem());
    let proxy = Service::start(vec![answer("200 OK", "", &numbered(41))]);
    let run = bench.run(&format!(
        "mds fetch --now 2026-11-20T15:00:00Z --anchor root.pem --out blob.jwt \
         --url http://mds.example/ --proxy {}",
        proxy.url()
    ));
    assert_eq!(run.code, Some(0), "{}", run.whole());
    let asked = proxy.requests.lock().unwrap();
    assert!(
        asked[0].starts_with("get http://mds.example/ "),
        "{}",
        asked[0]
    );
    let nobody = bench.run("mds fetch --out none.jwt --url http://127.0.0.1:1/");
    assert_eq!(nobody.code, Some(70), "{}", nobody.whole());
    let word = "there is no BLOB in none.jwt yet";
    assert!(nobody.stderr.contains(word), "{}", nobody.stderr);
}

/// The bundled BLOB is as specified, but for what live BLOBs do as well.
#[test]
fn a_blob_is_linted_and_the_exit_code_says_how_badly() {
    let bench = Bench::new();
    let blob = dataset("metadata/test-blob.jwt");
    let lint = |options: &str| {
        let blob = blob.display();
        bench.run(&format!("mds lint {blob} --now 2026-11-20 {options}"))
    };
    let run = lint("--format json");
    assert_eq!(run.code, Some(0), "{}", run.whole());
    let found: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(found["schema"], "fidoscope.lints/1");
    assert_eq!(found["entries"], 11);
    assert_eq!(
        found["lints"][0],
        serde_json::json!({
            "severity": "note",
            "rule": "mds.status.latest",
            "pointer": "/entries/4/statusReports",
            "model": "Rowan Tag",
            "message": "the last report is FIDO_CERTIFIED_L1, the current one by date is REVOKED: \
                        readers that take the last are wrong",
        })
    );
    assert_eq!(lint("--fail-on warning").code, Some(0));
    assert_eq!(lint("--fail-on note").code, Some(1));
    assert_eq!(lint("--fail-on terrible").code, Some(2));
    let markdown = lint("--format markdown").stdout;
    assert!(
        markdown.starts_with("| severity | rule | pointer |"),
        "{markdown}"
    );
    bench.file("page.html", "<!DOCTYPE html><html></html>");
    let page = bench.run("mds lint page.html");
    assert_eq!(page.code, Some(4), "{}", page.whole());
}

#[test]
fn a_broken_real_blob_keeps_its_entries_and_fails_the_lint() {
    let Some(corpus) = corpus() else { return };
    let bench = Bench::new();
    let folder = corpus.join("metadata");
    let (older, newer) = (
        folder.join("tweag-big-blob.jwt"),
        folder.join("tweag-big-blob-with-errors.jwt"),
    );
    let run = bench.run(&format!(
        "mds lint {} --now 2026-11-20 --format ndjson",
        newer.display()
    ));
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert!(
        run.stderr.starts_with("160 entries: 1 errors"),
        "{}",
        run.stderr
    );
    let errors: Vec<_> = run
        .stdout
        .lines()
        .filter(|line| line.contains(r#""severity":"error""#))
        .collect();
    assert_eq!(errors.len(), 1);
    assert!(
        errors[0].contains("/entries/117/attestationCertificateKeyIdentifiers/0"),
        "{errors:?}"
    );
    let diff = bench.run(&format!(
        "mds diff {} {} --format table",
        older.display(),
        newer.display()
    ));
    assert_eq!(diff.code, Some(0), "{}", diff.whole());
    assert_eq!(diff.stderr, "12 models added, 0 removed, 2 changed\n");
    assert!(
        diff.stdout
            .contains("FIDO_CERTIFIED since 2023-01-17 added"),
        "{}",
        diff.stdout
    );
    let swapped = bench.run(&format!(
        "mds diff {} {} --format json",
        newer.display(),
        older.display()
    ));
    assert!(
        swapped.stderr.contains("the other way round"),
        "{}",
        swapped.stderr
    );
    let found: serde_json::Value = serde_json::from_str(&swapped.stdout).unwrap();
    assert_eq!(found["schema"], "fidoscope.differences/1");
    assert_eq!(found["older_no"], 25);
}

#[test]
fn a_blob_does_not_differ_from_itself() {
    let bench = Bench::new();
    let blob = dataset("metadata/test-blob.jwt");
    let run = bench.run(&format!("mds diff {0} {0} --format ndjson", blob.display()));
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (Some(0), ""),
        "{}",
        run.stderr
    );
}

#[test]
fn models_are_searched() {
    let bench = Bench::new();
    let (blob, root) = (
        dataset("metadata/test-blob.jwt"),
        dataset("metadata/test-root.pem"),
    );
    let search = |what: &str| {
        let run = bench.run(&format!(
            "mds search {what} --now 2026-11-20 --format csv --blob {} --anchor {}",
            blob.display(),
            root.display()
        ));
        assert_eq!(run.code, Some(0), "{}", run.whole());
        assert!(run.stderr.contains("TEST ROOT"), "{}", run.stderr);
        let name = |line: &str| line.split(',').nth(1).unwrap().to_owned();
        run.stdout.lines().skip(1).map(name).collect::<Vec<_>>()
    };
    assert_eq!(search("").len(), 11);
    assert_eq!(search("juniper"), ["Juniper Key 2", "Juniper Key U2F"]);
    assert_eq!(search("juniper --level L2"), ["Juniper Key 2"]);
    assert_eq!(search("--status revoked"), ["Rowan Tag"]);
    assert_eq!(
        search("--key-protection secure_element --level L1plus"),
        ["Tessel Pocket SE"]
    );
    let wrong = bench.run("mds search --level L4 --blob blob.jwt");
    assert_eq!(wrong.code, Some(2), "{}", wrong.whole());
}

/// July 2025: eighteen days later the metadata of the whole world stopped verifying.
#[test]
fn a_signing_chain_is_warned_of_before_it_ends() {
    let Some(corpus) = corpus() else { return };
    let bench = Bench::new();
    let blob = corpus.join("metadata/opotonniee-2024-12-20-mds.blob.jwt");
    let status = |options: &str| {
        let blob = blob.display();
        bench.run(&format!("mds status {blob} --format json {options}"))
    };
    let run = status("--now 2025-07-10 --fail-on soon");
    assert_eq!(run.code, Some(1), "{}", run.whole());
    let warning = "warning: certificate `mds.fidoalliance.org` ends in 18 days";
    assert!(run.stderr.contains(warning), "{}", run.stderr);
    let found: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(found["schema"], "fidoscope.certificates/1");
    assert_eq!(
        (&found["status"], &found["days_left"]),
        (&"soon".into(), &18.into())
    );
    assert_eq!(found["warn_below_days"], 30);
    assert_eq!(found["stale"], true);
    assert_eq!(found["days_to_next_update"], -190);
    assert_eq!(found["certificates"][0]["expiry"], "soon");
    assert_eq!(status("--now 2025-07-10 --fail-on over").code, Some(0));
    assert_eq!(status("--now 2025-08-10 --fail-on over").code, Some(1));
    assert_eq!(status("--now 2024-12-25 --fail-on soon").code, Some(0));
}
