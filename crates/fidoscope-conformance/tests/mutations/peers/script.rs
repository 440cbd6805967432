//! The script that asks the peers.

use std::ffi::OsStr;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde::Deserialize;

use super::Ceremony;

/// What a peer says of a recording.
#[derive(Debug, Deserialize)]
pub(crate) struct Judgement {
    id: String,
    pub(crate) peer: String,
    pub(crate) verdict: String,
    reason: Option<String>,
}

impl Judgement {
    pub(crate) fn reason(&self) -> String {
        self.reason.clone().unwrap_or_default()
    }
}

/// What every peer says of every recording, in their order.
pub(crate) fn judgements(python: &OsStr, ceremonies: &[Ceremony]) -> Vec<Vec<Judgement>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers/judge_webauthn.py");
    let mut child = Command::new(python)
        // Which certificates a later version will refuse is not asked here.
        .args(["-W", "ignore"])
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        // Beside the reading, so that neither pipe fills up.
        scope.spawn(move || {
            for ceremony in ceremonies {
                writeln!(input, "{}", ceremony.json).unwrap();
            }
        });
        child.wait_with_output().unwrap()
    });
    assert!(output.status.success(), "the script fails");
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    let mut lines = lines.collect::<Vec<Judgement>>().into_iter().peekable();
    let of_each = ceremonies.iter().map(|ceremony| {
        let judged = std::iter::from_fn(|| lines.next_if(|line| line.id == ceremony.id));
        let judged: Vec<Judgement> = judged.collect();
        assert!(judged.len() >= 2, "{}: not judged", ceremony.id);
        judged
    });
    of_each.collect()
}
