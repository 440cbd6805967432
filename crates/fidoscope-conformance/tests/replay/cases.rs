//! Ceremonies whose cause is another than the usual one of their step: cause and advice are those of
//! the case.

use std::path::Path;

use chrono::{DateTime, Utc};
use fidoscope_conformance::{LoadedRecording, Settings, apply, describe, load, replay_one, words};
use fidoscope_mutations::mutants;
use fidoscope_recording::Recording;
use fidoscope_report::{Advice, Replay, Verdict};
use serde_json::{Value, json};

fn settings() -> Settings<'static> {
    Settings::at(DateTime::<Utc>::UNIX_EPOCH)
}

fn explained(loaded: &LoadedRecording) -> Replay {
    let mut replay = replay_one(loaded, &settings());
    describe(loaded, &settings(), &mut replay);
    replay
}

fn case(name: &str) -> LoadedRecording {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests-data/explained");
    let bytes = std::fs::read(folder.join(name)).unwrap();
    load(name, &bytes).0.into_iter().next().unwrap()
}

fn changed(mut loaded: LoadedRecording, change: impl FnOnce(&mut Recording)) -> LoadedRecording {
    change(&mut loaded.recording);
    loaded
}

/// Cause and advice of a case, one a line; advice that changes something is followed to acceptance.
#[track_caller]
fn check(loaded: &LoadedRecording, why: &str, help: &str) {
    let replay = explained(loaded);
    let explanation = replay.explanation.expect("an explanation");
    let found = (&*explanation.cause, &*explanation.remedy);
    assert_eq!(found, (why, help), "{}", explanation.step);
    if let Advice::Change { changes, .. } = &explanation.advice {
        let mut followed = loaded.clone();
        apply(changes, &mut followed.recording).unwrap();
        let after = replay_one(&followed, &settings());
        assert_eq!(after.verdict, Verdict::Accept, "{}", after.outcome());
    }
}

#[test]
fn the_story_of_each_case() {
    let names = [
        "top-origin-without-frames.json",
        "top-origin-listed-without-frames.json",
        "key-not-canonical.json",
    ];
    let stories = names.map(|name| explained(&case(name)).story(None));
    insta::assert_snapshot!(stories.join("\n----\n\n"));
}

#[test]
fn a_page_of_an_extension_is_an_origin_like_others() {
    let loaded = case("extension-page.json");
    let replay = explained(&loaded);
    assert_eq!(replay.verdict, Verdict::Accept);
    let options = replay.steps.iter().find(|step| step.id == "auth.options");
    assert_eq!(options.unwrap().note, None);
    let unlisted = changed(loaded, |recording| {
        recording.rp.origins.truncate(1);
    });
    check(
        &unlisted,
        "The ceremony ran in a page of a browser extension, which is no page of yours unless the \
         extension is",
        "Refuse it unless chrome-extension://jbkfoedolllekgbhcbcoahefnbanhhlh is yours; if so, add \
         chrome-extension://jbkfoedolllekgbhcbcoahefnbanhhlh to rp.origins: the ceremony is accepted \
         with that",
    );
}

/// Where the cause is not the usual one of the step, it is worth a look.
#[test]
fn causes_that_a_mutant_tells_itself() {
    let mut table = String::new();
    for mutant in &mutants(&|_| true).unwrap().mutants {
        let Some(loaded) = load(&mutant.id, mutant.json.as_bytes())
            .0
            .into_iter()
            .next()
        else {
            continue;
        };
        let replay = explained(&loaded);
        if let Some(explanation) = &replay.explanation
            && explanation.cause != words(&explanation.step).cause
        {
            let (why, help) = (&explanation.cause, &explanation.remedy);
            table.push_str(&format!(
                "{} {}\n  why  {why}\n  help {help}\n",
                mutant.id, explanation.step
            ));
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn a_refusal_is_told_by_its_exception() {
    for (body, why) in [
        (
            json!("NotAllowedError: The operation timed out."),
            "The user cancelled",
        ),
        (
            json!({"name": "SecurityError", "message": "no"}),
            "The RP ID does not suit",
        ),
        (
            json!({"error": "AbortError"}),
            "The page took its request back",
        ),
        (Value::Null, "There is neither a credential"),
        (json!("SyntaxError: ?"), "The recording ends with an error"),
    ] {
        let refused = changed(case("extension-page.json"), |recording| {
            recording.response = serde_json::from_value(body.clone()).unwrap();
        });
        let replay = explained(&refused);
        let explanation = replay.explanation.unwrap();
        assert_eq!(explanation.step, "auth.get", "{body}");
        assert!(
            explanation.cause.starts_with(why),
            "{body}: {}",
            explanation.cause
        );
        assert_eq!(explanation.advice, Advice::Mend, "{body}");
    }
}

/// One challenge in the forms that implementers mix up; another challenge is another challenge.
#[test]
fn a_challenge_in_another_form_is_the_same_challenge() {
    let sent = "AjIS0f1PCjrQPEXFKkCHH0aKvEFuwYH27r_DImzEdTw";
    let hex = "023212d1fd4f0a3ad03c45c52a40871f468abc416ec181f6eebfc3226cc4753c";
    for (written, form) in [
        (
            "AjIS0f1PCjrQPEXFKkCHH0aKvEFuwYH27r_DImzEdTw=",
            "base64url with padding",
        ),
        (
            "AjIS0f1PCjrQPEXFKkCHH0aKvEFuwYH27r/DImzEdTw=",
            "standard base64 (+ and / instead of - and _)",
        ),
        (hex, "hexadecimal"),
        (
            "QWpJUzBmMVBDanJRUEVYRktrQ0hIMGFLdkVGdXdZSDI3cl9ESW16RWRUdw",
            "base64url of a text that is base64url already",
        ),
    ] {
        let loaded = changed(case("extension-page.json"), |recording| {
            recording.options.challenge = written.to_owned();
        });
        check(
            &loaded,
            &format!(
                "Both are the same challenge: the options have it in {form}, the client data in \
                 unpadded base64url"
            ),
            &format!("Write options.challenge as {sent:?}: the ceremony is accepted with that"),
        );
    }
    let another = changed(case("extension-page.json"), |recording| {
        recording.options.challenge = "BjIS0f1PCjrQPEXFKkCHH0aKvEFuwYH27r_DImzEdTw".to_owned();
    });
    let replay = explained(&another);
    assert_eq!(replay.explanation.unwrap().advice, Advice::Mend);
}
