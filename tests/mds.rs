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
    assert_eq!(show("no-uuid").code, Some(2));
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
        answer("429 Too Many Requests", "retry-after: 60\r\n", "slow down"),
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
        (70, "wait 60 s"),
        (70, "cache/blob.jwt stays as it is"),
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
