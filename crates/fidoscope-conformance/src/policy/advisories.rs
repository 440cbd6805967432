//! Advisory files: public advisories about models, which the metadata does not carry.

use chrono::NaiveDate;
use fidoscope_report::Diagnostic;
use fidoscope_verifier::{Advisory, AffectedModel, Firmware};
use fidoscope_webauthn::Aaguid;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::problems::{self, Text};

/// File name and text of the program's own advisories.
const BUILTIN: (&str, &str) = (
    "rules/policy/advisories.yaml",
    include_str!("../../../../rules/policy/advisories.yaml"),
);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    advisories: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Written {
    id: Spanned<String>,
    title: String,
    url: Spanned<String>,
    published: Spanned<String>,
    #[serde(default)]
    caveats: Vec<String>,
    affected: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Group {
    fixed_in: Option<Spanned<String>>,
    models: Spanned<Vec<Spanned<String>>>,
}

/// The advisories of the program.
///
/// # Errors
/// The problems of its file; a test holds that there are none.
pub fn builtin_advisories() -> Result<Vec<Advisory>, Vec<Diagnostic>> {
    let (name, text) = BUILTIN;
    advisories(text, name)
}

/// Reads a file of advisories; `name` is the file's name in messages.
///
/// # Errors
/// Everything that is wrong with it, each with its place.
pub fn advisories(yaml: &str, name: &str) -> Result<Vec<Advisory>, Vec<Diagnostic>> {
    let text = Text { yaml, name };
    let file: File =
        serde_saphyr::from_str(yaml).map_err(|error| vec![problems::unreadable(text, &error)])?;
    let mut reader = Reader {
        text,
        problems: Vec::new(),
    };
    let mut found: Vec<Advisory> = Vec::with_capacity(file.advisories.len());
    for written in file.advisories {
        let place = written.id.referenced;
        let advisory = reader.advisory(written);
        if found.iter().any(|known| known.id == advisory.id) {
            reader
                .problems
                .push(problems::advisory_twice(text, place, &advisory.id));
        }
        found.push(advisory);
    }
    if reader.problems.is_empty() {
        Ok(found)
    } else {
        Err(reader.problems)
    }
}

/// Lets a user's advisories join ours, or take the place of ours with the same id.
pub fn overlay_advisories(ours: &mut Vec<Advisory>, theirs: Vec<Advisory>) {
    for advisory in theirs {
        match ours.iter_mut().find(|known| known.id == advisory.id) {
            Some(known) => *known = advisory,
            None => ours.push(advisory),
        }
    }
}

struct Reader<'t> {
    text: Text<'t>,
    problems: Vec<Diagnostic>,
}

impl Reader<'_> {
    /// What can be read of one; the rest is a problem.
    fn advisory(&mut self, written: Written) -> Advisory {
        let url = &written.url;
        if !url.value.starts_with("https://") {
            let problem = problems::advisory_link(self.text, url.referenced, &url.value);
            self.problems.push(problem);
        }
        let published = written.published.value.parse::<NaiveDate>();
        if published.is_err() {
            let (at, found) = (written.published.referenced, &written.published.value);
            self.problems
                .push(problems::advisory_date(self.text, at, found));
        }
        let groups = written.affected.into_iter();
        Advisory {
            affected: groups.flat_map(|group| self.group(group)).collect(),
            id: written.id.value,
            title: written.title,
            url: written.url.value,
            published: published.unwrap_or_default(),
            caveats: written.caveats,
        }
    }

    fn group(&mut self, group: Group) -> Vec<AffectedModel> {
        let fixed_in = group.fixed_in.and_then(|written| {
            let firmware = written.value.parse::<Firmware>();
            firmware
                .map_err(|error| {
                    let (at, words) = (written.referenced, error.to_string());
                    self.problems
                        .push(problems::advisory_firmware(self.text, at, words));
                })
                .ok()
        });
        if group.models.value.is_empty() {
            let problem = problems::advisory_of_nothing(self.text, group.models.referenced);
            self.problems.push(problem);
        }
        let mut models = Vec::with_capacity(group.models.value.len());
        for written in group.models.value {
            match written.value.parse::<Aaguid>() {
                Ok(aaguid) if !aaguid.is_zero() => models.push(AffectedModel { aaguid, fixed_in }),
                _ => {
                    let (at, found) = (written.referenced, &written.value);
                    self.problems
                        .push(problems::advisory_model(self.text, at, found));
                }
            }
        }
        models
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ours_can_be_read() {
        let found = builtin_advisories().unwrap();
        let [advisory] = &found[..] else {
            panic!("{found:?}")
        };
        assert_eq!(advisory.id, "YSA-2024-03");
        assert_eq!(advisory.affected.len(), 17);
        let bio: Aaguid = "d8522d9f-575b-4866-88a9-ba99fa02f35b".parse().unwrap();
        let bio = advisory.affected.iter().find(|model| model.aaguid == bio);
        assert_eq!(bio.unwrap().fixed_in, Some(Firmware(5, 7, 2)));
    }

    const GOOD: &str = "advisories:
  - id: TEST-1
    title: A test
    url: https://example.org/1
    published: 2026-01-02
    affected:
      - fixedIn: '5.7'
        models: [f8a011f3-8c0a-4d15-8006-17111f9edc7d]
";

    #[track_caller]
    fn check(from: &str, to: &str, expected: &[&str]) {
        assert!(GOOD.contains(from), "{from}");
        let text = GOOD.replace(from, to);
        let found = advisories(&text, "a.yaml").map(|_| ()).unwrap_err();
        let words = found.iter().map(|d| {
            let (line, column) = (d.at.line.unwrap_or(0), d.at.column.unwrap_or(0));
            let help = d.help.as_deref().unwrap_or("-");
            format!("{line}:{column} {} {}; {help}", d.code, d.message)
        });
        assert_eq!(words.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_is_wrong_has_a_place() {
        assert_eq!(advisories(GOOD, "a.yaml").unwrap().len(), 1);
        check(
            "fixedIn",
            "fixdIn",
            &["7:9 FS-P002 unknown key `fixdIn`; did you mean `fixedIn`?"],
        );
        check(
            "https://example.org/1",
            "example.org/1",
            &[
                "4:10 FS-P012 `example.org/1` is no link to an advisory; write an address that begins with https://",
            ],
        );
        check(
            "2026-01-02",
            "2026-02-30",
            &["5:16 FS-P013 `2026-02-30` is no day; write it as 2024-09-03"],
        );
        check(
            "'5.7'",
            "'5'",
            &[
                "7:18 FS-P014 `5` is no firmware version of two or three numbers, e.g. 5.7 or 5.7.2; -",
            ],
        );
        check(
            "f8a011f3-8c0a-4d15-8006-17111f9edc7d",
            "f8a011f3",
            &[
                "8:18 FS-P015 `f8a011f3` names no model; write its AAGUID as a UUID; the zero AAGUID is none",
            ],
        );
        check(
            "[f8a011f3-8c0a-4d15-8006-17111f9edc7d]",
            "[]",
            &[
                "8:17 FS-P016 an advisory about no model is never shown; list the AAGUIDs of its models",
            ],
        );
        let twice = GOOD.replace("advisories:\n", "");
        check(
            "advisories:\n",
            &format!("advisories:\n{twice}"),
            &["9:9 FS-P011 the advisory `TEST-1` stands here twice; -"],
        );
    }

    #[test]
    fn a_users_advisory_replaces_ours_by_id() {
        let mut ours = builtin_advisories().unwrap();
        let theirs = advisories(&GOOD.replace("TEST-1", "YSA-2024-03"), "a.yaml").unwrap();
        overlay_advisories(&mut ours, theirs);
        assert_eq!((ours.len(), ours[0].title.as_str()), (1, "A test"));
        overlay_advisories(&mut ours, advisories(GOOD, "a.yaml").unwrap());
        assert_eq!(ours.len(), 2);
    }
}
