//! What the command line says of itself.

use std::collections::BTreeSet;

use crate::architecture::root;
use crate::support::Bench;

/// Every command, as words: ``, `mds`, `mds verify` ...
fn commands(bench: &Bench) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut next = 0;
    while let Some(command) = all.get(next).cloned() {
        next += 1;
        let help = help(bench, &command);
        let listed = help.split("\nCommands:\n").nth(1).unwrap_or_default();
        let lines = listed.lines().take_while(|line| !line.is_empty());
        let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
        let names = names.map(|line| line.split_whitespace().next().unwrap());
        all.extend(names.map(|name| format!("{command} {name}").trim().to_owned()));
    }
    all
}

fn help(bench: &Bench, command: &str) -> String {
    let run = bench.run(&format!("{command} --help"));
    assert_eq!(run.code, Some(0), "{command}: {}", run.whole());
    run.stdout
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Paragraphs of the doc comments of the command line that a user is to read, with their file.
fn paragraphs() -> Vec<(String, String)> {
    let files = sources();
    let flattened = flattened(&files);
    let mut found = Vec::new();
    for (file, text) in &files {
        let (mut doc, mut attributes) = (String::new(), String::new());
        for line in text.lines().map(str::trim) {
            if let Some(said) = line.strip_prefix("///") {
                doc.push_str(said.trim());
                doc.push('\n');
            } else if line.starts_with("#[")
                || (!attributes.is_empty() && !attributes.ends_with(']'))
            {
                attributes.push_str(line);
            } else {
                let is_group = line.strip_prefix("pub(crate) struct ").is_some_and(|name| {
                    let name = name.trim_end_matches(" {");
                    !attributes.contains("derive(Args") || flattened.contains(name)
                });
                let is_shown =
                    line.starts_with("pub(crate) struct ") || attributes.contains("#[arg(");
                if is_shown && !is_group && !attributes.contains("hide = true") {
                    let place = format!("{file}: {line}");
                    let said = doc.split("\n\n").map(words).filter(|said| !said.is_empty());
                    found.extend(said.map(|said| (said, place.clone())));
                }
                doc.clear();
                attributes.clear();
            }
        }
    }
    found
}

/// The files of the command line.
fn sources() -> Vec<(String, String)> {
    let source = root().join("crates/fidoscope/src");
    let mut files = vec![source.join("cli.rs")];
    let folder = std::fs::read_dir(source.join("cli")).unwrap();
    files.extend(folder.map(|entry| entry.unwrap().path()));
    let read = |file: std::path::PathBuf| {
        let text = std::fs::read_to_string(&file).unwrap();
        (file.display().to_string(), text)
    };
    files.into_iter().map(read).collect()
}

/// Groups of options that commands take in: their doc comments are of no command.
fn flattened(files: &[(String, String)]) -> BTreeSet<&str> {
    let fields = files
        .iter()
        .flat_map(|(_, text)| text.split("#[command(flatten)]").skip(1));
    let kind = |field| {
        let field: &str = field;
        let line = field.trim_start().lines().next().unwrap();
        line.rsplit(": ").next().unwrap().trim_end_matches(',')
    };
    fields.map(kind).collect()
}

#[test]
fn every_paragraph_about_a_command_or_an_option_stands_in_its_help() {
    let bench = Bench::new();
    // One command is hidden, and has help all the same.
    let all = commands(&bench).into_iter().chain(["reference".to_owned()]);
    let shown: String = all
        .map(|command| words(&help(&bench, &command)) + "\n")
        .collect();
    let paragraphs = paragraphs();
    assert!(paragraphs.len() > 200, "{}", paragraphs.len());
    let missing: Vec<_> = paragraphs
        .iter()
        .filter(|(said, _)| !shown.contains(said.trim_end_matches('.')))
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn words_variables_and_headings_are_listed() {
    let bench = Bench::new();
    let help = words(&help(&bench, "replay"));
    for wanted in [
        "[possible values: table, json, ndjson, csv, markdown, junit, sarif, tap]",
        "[possible values: webauthn-l3, webauthn-l2, fido-server, strict]",
        "Global options: --now <TIME>",
        "[env: FIDOSCOPE_RULES]",
    ] {
        assert!(help.contains(wanted), "{wanted} in {help}");
    }
    for (command, wanted) in [
        ("sli", "[env: FIDOSCOPE_STORE]"),
        ("ingest", "[env: FIDOSCOPE_PII_KEY]"),
        ("serve", "[env: FIDOSCOPE_TOKEN_FILE]"),
        (
            "inspect",
            "[possible values: attestation-object, authenticator-data",
        ),
        (
            "audit",
            "[possible values: L1, L1plus, L2, L2plus, L3, L3plus]",
        ),
        ("audit", "advisory, never]"),
    ] {
        let help = words(&self::help(&bench, command));
        assert!(help.contains(wanted), "{wanted} in {help}");
    }
}

#[test]
fn the_help_command_says_what_the_option_says() {
    let bench = Bench::new();
    for command in ["ingest", "mds verify"] {
        assert_eq!(
            bench.run(&format!("help {command}")).stdout,
            help(&bench, command)
        );
    }
}

#[test]
fn a_variable_names_the_store_and_an_option_overrides_it() {
    let bench = Bench::new();
    for (arguments, named) in [("sli", "elsewhere"), ("sli --store here", "here")] {
        let run = bench
            .command(arguments)
            .env("FIDOSCOPE_STORE", "elsewhere")
            .output();
        let said = String::from_utf8(run.unwrap().stderr).unwrap();
        assert!(said.contains(&format!("no store at {named}")), "{said}");
    }
}

#[test]
fn the_version_names_the_commit_and_the_engines() {
    let run = Bench::new().run("-V");
    assert_eq!(run.code, Some(0), "{}", run.whole());
    for engine in ["DataFusion ", "delta-rs ", "Polars "] {
        assert!(run.stdout.contains(engine), "{}", run.stdout);
    }
    if root().join(".git").exists() {
        let commit = run
            .stdout
            .split("commit ")
            .nth(1)
            .unwrap()
            .split(',')
            .next();
        let commit = commit.unwrap();
        assert!(
            commit.len() == 12 && commit.bytes().all(|b| b.is_ascii_hexdigit()),
            "{commit}"
        );
    }
}

#[test]
fn completions_and_manual_pages_are_written() {
    let bench = Bench::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let run = bench.run(&format!("completions {shell}"));
        assert_eq!(run.code, Some(0), "{}", run.whole());
        for word in ["replay", "junit", "webauthn-l2", "blob-history"] {
            // PowerShell and Elvish complete no values.
            let is_value = matches!(word, "junit" | "webauthn-l2");
            let completes = run.stdout.contains(word);
            assert!(
                completes || is_value && matches!(shell, "elvish" | "powershell"),
                "{shell}: {word}"
            );
        }
        assert!(
            !run.stdout.contains("\\u{"),
            "{shell}: something was escaped"
        );
    }
    assert_eq!(bench.run("man --out pages").code, Some(0));
    for command in commands(&bench) {
        let name = format!("pages/fidoscope {command}")
            .trim()
            .replace(' ', "-")
            + ".1";
        let page =
            std::fs::read_to_string(bench.path(&name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(page.contains(".SH NAME"), "{name}");
    }
    let page = bench.run("man").stdout;
    assert!(
        page.contains(".TH") && page.contains("fidoscope\\-replay"),
        "{page}"
    );
}
