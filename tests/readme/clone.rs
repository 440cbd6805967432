//! A folder with what a fresh clone has that commands of pages use, and a terminal in it.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Stdio};

use super::page::Step;
use super::shown::compare;
use crate::architecture::root;
use crate::support::{Bench, python};

/// Folders of the clone that commands read.
const TRACKED: [&str; 4] = ["dashboards", "datasets", "rules", "tests"];

/// What commands write into.
const WRITTEN: [&str; 2] = ["fidoscope-store", "try"];

/// Size of the terminal: as wide as the widest table that is shown whole.
const SIZE: &str = "cols 132 rows 43";

/// Where `serve` listens unless told otherwise; in a test it may be taken.
const ADDRESS: &str = "127.0.0.1:4318";

/// Where it is told to listen for gRPC.
const GRPC: &str = "127.0.0.1:4317";

/// Programs of others in commands; where one is missing, its commands are not run.
const OTHERS: [&str; 2] = ["curl", "openssl"];

/// A program that goes on until it is stopped.
struct Going {
    child: Child,
    talk: BufReader<ChildStderr>,
    exit: i32,
}

impl Drop for Going {
    fn drop(&mut self) {
        // It has ended, unless the test failed before it was stopped.
        let _ = self.child.kill();
    }
}

/// The folder, and who is at work in it.
pub(super) struct FreshClone {
    bench: Bench,
    path: OsString,
    has_terminal: bool,
    has_duckdb: bool,
    going: Option<Going>,
    /// Where `serve` listens.
    address: String,
}

/// What came of a command.
struct Outcome {
    exit: Option<i32>,
    /// Standard output as a terminal shows it, then standard error; unknown without a terminal.
    printed: Option<String>,
    stderr: String,
}

impl FreshClone {
    pub(super) fn new() -> Self {
        let bench = Bench::new();
        fs::create_dir_all(bench.path("bin")).unwrap();
        symlink(env!("CARGO_BIN_EXE_fidoscope"), bench.path("bin/fidoscope")).unwrap();
        fs::create_dir(bench.path("clone")).unwrap();
        let mut copy = Command::new("cp");
        copy.arg("-R").args(TRACKED.map(|name| root().join(name)));
        assert!(copy.arg(bench.path("clone")).status().unwrap().success());

        let duckdb = python("duckdb");
        let peers = duckdb.iter().filter_map(|python| python.parent());
        let usual = std::env::var_os("PATH").unwrap();
        let folders = [bench.path("bin")].into_iter();
        let folders = folders
            .chain(peers.map(PathBuf::from))
            .chain(std::env::split_paths(&usual));
        let path = std::env::join_paths(folders).unwrap();
        let script = Command::new("script").arg("--version").output();
        let has_terminal =
            script.is_ok_and(|told| String::from_utf8_lossy(&told.stdout).contains("util-linux"));
        if !has_terminal {
            eprintln!("skipped: no `script` of util-linux; what commands print was not compared");
        }
        Self {
            bench,
            path,
            has_terminal,
            has_duckdb: duckdb.is_some(),
            going: None,
            address: ADDRESS.to_owned(),
        }
    }

    /// Does what a step says; what is otherwise than it says is the error.
    pub(super) fn follow(&mut self, step: &Step) -> Result<(), String> {
        if let Some(missing) = self.missing(&step.command) {
            eprintln!("skipped: no {missing} here for {}", step.command);
            return Ok(());
        }
        if step.command.starts_with("fidoscope serve") || step.command.contains(" --follow ") {
            return self.begin(step);
        }
        let outcome = self.run(step);
        if outcome.exit != Some(step.exit) {
            let exit = outcome.exit;
            let (meant, said) = (step.exit, outcome.stderr);
            return Err(format!("  exits with {exit:?} instead of {meant}\n{said}"));
        }
        match (&step.shown, outcome.printed) {
            (Some(shown), Some(printed)) => compare(shown, &printed),
            _ => Ok(()),
        }
    }

    fn missing(&self, command: &str) -> Option<&'static str> {
        if command.starts_with("python3 ") && !self.has_duckdb {
            return Some("DuckDB");
        }
        let mut words = OTHERS.into_iter();
        let other = words.find(|other| command.starts_with(&format!("{other} ")))?;
        let mut asked = self.command("sh");
        asked.args(["-c", &format!("command -v {other}")]);
        (!asked.output().unwrap().status.success()).then_some(other)
    }

    fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.bench.path("clone")).env_clear();
        command.env("PATH", &self.path).env("NO_COLOR", "1");
        command.env("TERM", "xterm").stdin(Stdio::null());
        command
    }

    /// Runs a line on a terminal. Who is shown nothing types `q`, which leaves the dashboard and is
    /// read by nothing else.
    fn run(&self, step: &Step) -> Outcome {
        let line = step.command.replace(ADDRESS, &self.address);
        let line = self.bench.file("line.sh", line);
        let errors = self.bench.path("errors");
        let shell = format!("sh {} 2>{}", line.display(), errors.display());
        let mut command = if self.has_terminal {
            let line = format!("stty {SIZE} -opost && {shell}");
            let mut command = self.command("script");
            command.args(["-qec", &line, "/dev/null"]);
            command
        } else {
            let mut command = self.command("sh");
            command.args(["-c", &shell]);
            command
        };
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut typed = child.stdin.take().unwrap();
        if step.shown.is_none() {
            // It may have ended before.
            let _ = typed.write_all(b"q");
        }
        drop(typed);
        let output = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let stderr = text(fs::read(errors).unwrap_or_default());
        let printed = text(output.stdout) + &stderr;
        Outcome {
            exit: output.status.code(),
            printed: self.has_terminal.then_some(printed),
            stderr,
        }
    }

    /// Starts a program that goes on, and waits until it says so.
    fn begin(&mut self, step: &Step) -> Result<(), String> {
        let listen = match step.command.starts_with("fidoscope serve") {
            true => " --listen 127.0.0.1:0",
            false => "",
        };
        let asked = step.command.replace(GRPC, "127.0.0.1:0");
        let line = format!("exec {asked}{listen}");
        let mut command = self.command("sh");
        command.args(["-c", &line]).stdout(Stdio::null());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut talk = BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        talk.read_line(&mut said).unwrap();
        if let Some(address) = said.trim_end().strip_prefix("listening on http://") {
            self.address = address.to_owned();
            said = said.replace(&self.address, ADDRESS);
        }
        if step.command.contains(GRPC) {
            let mut line = String::new();
            talk.read_line(&mut line).unwrap();
            let address = line.trim_end().strip_prefix("listening on http://");
            if let Some(address) = address.and_then(|rest| rest.strip_suffix(" for gRPC")) {
                said += &line.replace(address, GRPC);
            }
        }
        let exit = step.exit;
        self.going = Some(Going { child, talk, exit });
        match &step.shown {
            Some(shown) => compare(shown, &said),
            None if said.is_empty() => Err("  ended at once\n".to_owned()),
            None => Ok(()),
        }
    }

    /// Stops what goes on, as a user does.
    pub(super) fn stop(&mut self) -> Result<(), String> {
        let Some(mut going) = self.going.take() else {
            return Ok(());
        };
        let id = going.child.id().to_string();
        let _ = Command::new("kill").args(["-INT", &id]).status().unwrap();
        let mut rest = String::new();
        going.talk.read_to_string(&mut rest).unwrap();
        let exit = going.child.wait().unwrap().code();
        if exit == Some(going.exit) {
            Ok(())
        } else {
            Err(format!("  stopped, it exits with {exit:?}\n{rest}"))
        }
    }

    /// What was left beside what a clone has and what Git passes over.
    pub(super) fn litter(&self) -> Vec<String> {
        let found = fs::read_dir(self.bench.path("clone")).unwrap();
        let mut found: BTreeSet<_> = found
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        found.retain(|name| !TRACKED.iter().chain(&WRITTEN).any(|known| name == known));
        found.into_iter().collect()
    }
}
