//! What tests/peers/blob_speed.py measures: `measure_blob make FOLDER [PAYLOAD]` writes blob.jwt and
//! root.der, `measure_blob time FOLDER ROUNDS` opens and verifies it, in milliseconds a round and
//! peak memory in KiB.

use std::error::Error;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use chrono::{DateTime, Utc};
use fidoscope_authenticator::{live_signed, live_sized_payload, pem};
use fidoscope_metadata::{Anchors, Blob, Options};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let now: DateTime<Utc> = "2026-10-20T12:00:00Z".parse()?;
    match arguments.as_slice() {
        ["make", folder, payload @ ..] => {
            let payload = match payload.first() {
                Some(file) => fs::read(file)?,
                None => live_sized_payload(7, 520, now)?,
            };
            let (draft, root) = live_signed(7, payload, now)?;
            fs::write(Path::new(folder).join("blob.jwt"), draft.sign()?)?;
            fs::write(Path::new(folder).join("root.der"), root)?;
        }
        ["time", folder, rounds] => {
            let root = pem(&fs::read(Path::new(folder).join("root.der"))?);
            let anchors = Anchors::from_pem(root.as_bytes())?;
            let bytes = fs::read(Path::new(folder).join("blob.jwt"))?;
            let mut out = std::io::stdout().lock();
            for _ in 0..rounds.parse()? {
                let start = Instant::now();
                let blob = Blob::open(&bytes)?;
                let accepted = blob.verify(&anchors, now, &Options::default()).accepted();
                let took = start.elapsed().as_secs_f64() * 1e3;
                let entries = blob.entries().len();
                writeln!(out, "{took:.3} {entries} {accepted} {}", peak()?)?;
            }
        }
        _ => return Err("make FOLDER [PAYLOAD], or time FOLDER ROUNDS".into()),
    }
    Ok(())
}

/// Peak memory of this process in KiB, where the system tells it.
fn peak() -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.map(str::parse).transpose()?.unwrap_or_default())
}
