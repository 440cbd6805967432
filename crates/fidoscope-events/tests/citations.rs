//! Where the fields and events of each mapping are taken from.
//!
//! A mapping names its sources above its keys (`# [row] persistence/models/audit_log.go, ...`), and a
//! comment in front of fields or events says which of them gives what follows, up to the next comment.
//! What has none is counted, and the count stands in a reviewed list that only ever gets shorter.

use std::collections::{BTreeMap, BTreeSet};

use fidoscope_events::BUILTIN;

/// The parts of a mapping that state facts about its source.
const SECTIONS: [&str; 3] = ["fields", "shadows", "events"];

/// What a mapping says about its sources.
#[derive(Default)]
struct Citations {
    defined: BTreeSet<String>,
    used: BTreeSet<String>,
    /// Fields, shadows and events that nothing is cited for.
    uncited: BTreeMap<&'static str, usize>,
}

/// The names in square brackets of a comment.
fn names(comment: &str) -> Vec<String> {
    let is_name =
        |name: &&str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase());
    let parts = comment.split('[').skip(1);
    let inside = parts.filter_map(|part| part.split_once(']').map(|(name, _)| name));
    inside.filter(is_name).map(str::to_owned).collect()
}

fn citations(yaml: &str) -> Citations {
    let mut found = Citations::default();
    let mut section = None;
    let mut cited: Vec<String> = Vec::new();
    let mut after_comment = false;
    for line in yaml.lines() {
        if let Some(definition) = line.strip_prefix("# [") {
            found
                .defined
                .extend(definition.split_once(']').map(|(name, _)| name.to_owned()));
        } else if !line.starts_with([' ', '#']) {
            section = SECTIONS.into_iter().find(|name| line == format!("{name}:"));
            cited.clear();
        } else if let Some(comment) = line.strip_prefix("  #") {
            if !after_comment {
                cited.clear();
            }
            cited.extend(names(comment));
            found.used.extend(names(comment));
        } else if let Some(section) = section {
            let entry = line.strip_prefix("  ").unwrap_or_default();
            let is_entry = match section {
                "fields" => entry.starts_with(|first: char| first.is_ascii_lowercase()),
                _ => entry.starts_with("- "),
            };
            if is_entry && cited.is_empty() {
                *found.uncited.entry(section).or_default() += 1;
            }
        }
        after_comment = line.starts_with("  #");
    }
    found
}

#[test]
fn every_citation_names_a_source_of_the_file() {
    for (file, yaml) in BUILTIN {
        let found = citations(yaml);
        let unknown: Vec<_> = found.used.difference(&found.defined).collect();
        assert!(
            unknown.is_empty(),
            "{file} cites {unknown:?} and does not say what it is"
        );
        let idle: Vec<_> = found.defined.difference(&found.used).collect();
        assert!(
            idle.is_empty(),
            "{file} names {idle:?} and cites it nowhere"
        );
    }
}

#[test]
fn what_is_not_cited_gets_less() {
    let listed: BTreeMap<(&str, &str), usize> = include_str!("../tests-data/uncited.tsv")
        .lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<_> = line.split('\t').collect();
            ((cells[0], cells[1]), cells[2].parse().unwrap())
        })
        .collect();
    let mut found = BTreeMap::new();
    for (file, yaml) in BUILTIN {
        for (section, count) in citations(yaml).uncited {
            found.insert((file.strip_suffix(".yaml").unwrap(), section), count);
        }
    }
    let rows = found
        .iter()
        .map(|((file, section), count)| format!("{file}\t{section}\t{count}\n"));
    let rows: String = rows.collect();
    assert!(
        found == listed,
        "cite what is new; where more is cited than before, the list of tests-data/uncited.tsv is now\n{rows}"
    );
}

#[test]
fn a_comment_speaks_for_what_follows_it() {
    let found = citations(
        "# [page] a page\nfields:\n  ts: {path: at}\n  # [page] its table,\n  # and [other]\n  app: {path: a}\n  # unsaid\n  os: {path: o}\nevents:\n  - when: {a: b}\n",
    );
    assert_eq!(
        found.uncited,
        BTreeMap::from([("fields", 2), ("events", 1)])
    );
    assert_eq!(found.used.len(), 2);
}
