//! Runs the real program in a folder of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, SystemTime};

use crate::architecture::root;

/// A temporary folder, and the program run in it.
pub(crate) struct Bench {
    folder: tempfile::TempDir,
}

/// What a run of the program left behind.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file and gives its path.
    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// The program with these arguments, split at spaces, in this folder.
    pub(crate) fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fidoscope"));
        command
            .args(arguments.split_whitespace())
            .current_dir(self.folder.path());
        command.env_clear().stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &str) -> Run {
        Run::of(
            self.command(arguments).output().unwrap(),
            self.folder.path(),
        )
    }

    /// Runs one SQL statement and gives its CSV without the header.
    #[track_caller]
    pub(crate) fn ask(&self, sql: &str) -> String {
        let mut command = self.command("query --store store --format csv");
        let run = Run::of(command.arg(sql).output().unwrap(), self.folder.path());
        assert_eq!(run.code, Some(0), "{sql}: {}", run.stderr);
        run.stdout.lines().skip(1).collect::<Vec<_>>().join("\n")
    }
}

impl Run {
    /// Text with the temporary folder's name taken out.
    pub(crate) fn of(output: Output, folder: &Path) -> Self {
        let clean = |bytes: Vec<u8>| {
            String::from_utf8(bytes)
                .unwrap()
                .replace(&*folder.to_string_lossy(), "[folder]")
        };
        Self {
            code: output.status.code(),
            stdout: clean(output.stdout),
            stderr: clean(output.stderr),
        }
    }

    /// Exit code, standard output and standard error, for snapshots.
    pub(crate) fn whole(&self) -> String {
        let code = self
            .code
            .map_or_else(|| "killed".to_owned(), |code| code.to_string());
        format!(
            "exit {code}\n--- stdout\n{}--- stderr\n{}",
            self.stdout, self.stderr
        )
    }
}

/// A file of datasets/.
pub(crate) fn dataset(name: &str) -> PathBuf {
    root().join("datasets").join(name)
}

/// The folder of third-party data, when the machine has it; says so when it does not.
pub(crate) fn corpus() -> Option<PathBuf> {
    let folder = std::env::var_os("FIDOSCOPE_CORPUS").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("skipped: FIDOSCOPE_CORPUS is not set");
    }
    folder
}

/// The Python of `FIDOSCOPE_PEERS`, when it has a package; says so when it does not.
pub(crate) fn python(package: &str) -> Option<PathBuf> {
    let python = std::env::var_os("FIDOSCOPE_PEERS").filter(|path| !path.is_empty());
    let has = |python: &PathBuf| {
        let asked = Command::new(python)
            .args(["-c", &format!("import {package}")])
            .output();
        asked.is_ok_and(|asked| asked.status.success())
    };
    let found = python.map(PathBuf::from).filter(has);
    if found.is_none() {
        eprintln!("skipped: FIDOSCOPE_PEERS names no Python with {package}; nothing was compared");
    }
    found
}

/// A native log of the simulator.
pub(crate) fn native_log(seed: u64, events: u64) -> String {
    let bench = Bench::new();
    let output = bench
        .command(&format!("simulate --seed {seed} --events {events} --out -"))
        .output();
    String::from_utf8(output.unwrap().stdout).unwrap()
}

/// The bytes of a file, decompressed where its name says so.
pub(crate) fn unpacked(file: &Path) -> Vec<u8> {
    let bytes = std::fs::read(file).unwrap();
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("zst") => zstd::decode_all(&*bytes).unwrap(),
        Some("gz") => {
            let mut text = Vec::new();
            std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&*bytes), &mut text)
                .unwrap();
            text
        }
        _ => bytes,
    }
}

/// A time so many days ago by the clock of the machine, by which files are old or not.
#[expect(
    clippy::disallowed_methods,
    reason = "how old a file is goes by the clock of the machine"
)]
pub(crate) fn days_ago(days: u64) -> SystemTime {
    SystemTime::now() - Duration::from_secs(days * 24 * 3600)
}
