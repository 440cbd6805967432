use crate::{Catalogue, Codes, Definition, Kind, Reader};
use fidoscope_report::Diagnostic;

#[derive(Clone, Debug, PartialEq)]
struct Word {
    id: String,
    says: String,
}

const CODES: Codes = Codes {
    not_yaml: "X-1",
    unknown_key: "X-2",
    unknown_word: "X-3",
    missing_key: "X-4",
    wrong_shape: "X-5",
    twice_a_key: "X-6",
    twice: "X-7",
};

impl Definition for Word {
    const KIND: Kind = Kind {
        name: "word",
        id: "id",
        codes: CODES,
    };

    fn id(&self) -> &str {
        &self.id
    }

    fn read(yaml: &str, file: &str) -> Result<Vec<Self>, Vec<Diagnostic>> {
        Reader::read(&Self::KIND, yaml, file, |reader, root| {
            let words = root.items().iter().map(|item| {
                let word = reader.map(item, "a word", &["id", "says"])?;
                let (id, says) = (reader.required(&word, "id"), reader.required(&word, "says"));
                Some(Self {
                    id: id?,
                    says: says?,
                })
            });
            Some(words.flatten().collect())
        })
    }
}

const OURS: &[(&str, &str)] = &[
    ("ours/a.yaml", "{id: a, says: ours}"),
    (
        "ours/two.yaml",
        "[{id: b, says: ours}, {id: c, says: ours}]",
    ),
];

/// `id=says` of all in order, and what is told of the files.
#[track_caller]
fn check(files: &[(&str, &str)], expected: &str, told: &[&str]) {
    let mut words = Catalogue::<Word>::of(OURS);
    let problems = words.overlay(files.iter().copied());
    let known: Vec<String> = words
        .iter()
        .map(|word| format!("{}={}", word.id, word.says))
        .collect();
    assert_eq!(known.join(" "), expected);
    let lines = problems.iter().map(|problem| {
        let at = &problem.at;
        let (file, line, column) = (
            at.file.as_deref().unwrap(),
            at.line.unwrap(),
            at.column.unwrap(),
        );
        format!(
            "{file}:{line}:{column} {} {}",
            problem.code, problem.message
        )
    });
    assert_eq!(lines.collect::<Vec<_>>(), told);
    for word in words.iter() {
        assert_eq!(words.get(&word.id), Some(word));
    }
}

#[test]
fn the_users_join_ours_or_take_their_place() {
    check(&[], "a=ours b=ours c=ours", &[]);
    check(
        &[
            ("mine.yaml", "{id: a, says: mine}"),
            ("new.yaml", "{id: d, says: mine}"),
        ],
        "a=mine b=ours c=ours d=mine",
        &[],
    );
    // One of several in a file of ours.
    check(
        &[("mine.yaml", "{id: c, says: mine}")],
        "a=ours b=ours c=mine",
        &[],
    );
}

#[test]
fn a_broken_file_hides_no_other() {
    check(
        &[
            ("1.yaml", "{id: [, says: x}"),
            ("2.yaml", "id: a\nsays: mine\nsay: x"),
            ("3.yaml", "id: a\nsays: mine"),
            ("4.yaml", "id: a\nid: a"),
        ],
        "a=mine b=ours c=ours",
        &[
            "1.yaml:1:6 X-1 not a word in YAML: mismatched bracket '[' closed by '}'",
            "2.yaml:3:1 X-2 unknown key `say`",
            "4.yaml:2:1 X-6 the key `id` comes twice",
        ],
    );
}

#[test]
fn of_two_files_with_one_identifier_both_are_named() {
    check(
        &[
            ("1.yaml", "says: first\nid: d"),
            ("2.yaml", "- {id: e, says: mine}\n- {says: second, id: d}"),
        ],
        "a=ours b=ours c=ours d=first e=mine",
        &["2.yaml:2:22 X-7 word d is also in 1.yaml"],
    );
}
