use crate::report::tests::{is_harmless, replays};
use crate::{
    Advice, AsOf, AsOfDifference, Change, Closing, Decision, Excerpt, Expectation, Explanation,
    Format, Options, Piece, Replay, Verdict, Writer,
};

fn written(replays: &[Replay], format: Format, options: Options) -> String {
    let closing = Closing::said("2 replayed: 1 as expected".to_owned());
    let mut writer = Writer::of::<Replay>(Vec::new(), format, options).unwrap();
    for replay in replays {
        let piece = Piece::new(std::slice::from_ref(replay), format, options);
        writer.push(piece).unwrap();
    }
    let bytes = writer.finish(closing).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// Two replays, the second one explained.
fn explained() -> Vec<Replay> {
    let mut replays = replays();
    replays[1].explanation = Some(Explanation {
        step: "auth.origin".into(),
        title: replays[1].steps[1].title.clone(),
        clause: Some("L3 7.2 step 12".into()),
        link: replays[1].steps[1].link("webauthn-l3"),
        cause: "The page was served from another host".into(),
        remedy: "Refuse it unless the origin is yours".into(),
        advice: Advice::Change {
            changes: vec![Change::ExpectOrigin {
                origin: "https://evil.example".into(),
            }],
            then: None,
        },
        excerpt: Some(Excerpt {
            title: "clientDataJSON, 33 bytes".into(),
            pointer: "/response/response/clientDataJSON".into(),
            field: Some("origin".into()),
            bytes: Some((10, 32)),
            lines: vec![
                "{\"origin\":\"https://evil.example\"}".into(),
                "          ^^^^^^^^^^^^^^^^^^^^^^".into(),
            ],
        }),
    });
    replays
}

#[test]
fn every_format_of_two_replays() {
    let mut page = String::new();
    for format in Format::ALL {
        for detail in [false, true] {
            let options = Options {
                width: Some(80),
                detail,
                ..Options::default()
            };
            let text = written(&explained(), format, options);
            let steps = if detail { ", every step" } else { "" };
            page.push_str(&format!("--- {format}{steps}\n{text}"));
        }
    }
    insta::assert_snapshot!(page);
}

#[test]
fn no_replays_are_a_valid_document_too() {
    let options = Options::default();
    let text = |format| written(&[], format, options);
    assert_eq!(text(Format::Table), "no ceremonies\n");
    assert_eq!(text(Format::Ndjson), "");
    assert_eq!(
        text(Format::Tap),
        "TAP version 14\n1..0 # SKIP no ceremonies\n"
    );
    for format in [Format::Json, Format::Sarif] {
        serde_json::from_str::<serde_json::Value>(&text(format)).unwrap();
    }
    assert!(
        text(Format::Junit).ends_with("<testsuites name=\"fidoscope replay\">\n</testsuites>\n")
    );
}

#[test]
fn a_stream_is_what_a_report_is() {
    let replays = explained();
    let report = crate::Report::of(&replays);
    let without = |text: String| text.replace("2 replayed: 1 as expected", "");
    for format in Format::ALL {
        let options = Options::default();
        let streamed = without(written(&replays, format, options));
        assert_eq!(streamed, report.render(format, options), "{format}");
    }
}

/// A replay of which every text was written by a stranger.
fn hostile() -> Replay {
    const HOSTILE: &str = "a\u{1b}]0;x\u{7}\u{9b}2J\u{202e}\0]]><b>&\"\u{fffe}|`";
    let text = || HOSTILE.to_owned();
    let mut replay = explained().remove(1);
    (replay.ceremony, replay.file) = (text(), text());
    (replay.kind, replay.profile) = (text().into(), text().into());
    (replay.first_failed.l2, replay.first_failed.l3) = (Some(text().into()), None);
    replay.step = Some(text().into());
    replay.expected = Some(Expectation {
        verdict: Verdict::Accept,
        step: Some(text()),
    });
    replay.decision = Some(Decision {
        verdict: Verdict::Accept,
        reason: Some(text()),
    });
    replay.as_of = Some(AsOf {
        at: text(),
        blob_no: Some(7),
        verdict: Verdict::Accept,
        step: Some(text()),
        differences: vec![AsOfDifference {
            what: text(),
            then: text(),
            now: text(),
        }],
    });
    for step in &mut replay.steps {
        (step.id, step.title, step.class) = (text().into(), text().into(), text().into());
        (step.l2, step.l3) = (Some(text().into()), Some(text().into()));
        (step.expected, step.found, step.note) = (Some(text()), Some(text()), Some(text()));
    }
    if let Some(explanation) = &mut replay.explanation {
        (explanation.step, explanation.title) = (text().into(), text().into());
        (explanation.cause, explanation.remedy) = (text().into(), text().into());
        explanation.clause = Some(text());
        explanation.excerpt = Some(Excerpt {
            title: text(),
            pointer: text(),
            field: Some(text()),
            bytes: None,
            lines: vec![text()],
        });
    }
    replay
}

#[test]
fn no_control_character_leaves_in_any_format() {
    for format in Format::ALL {
        for detail in [false, true] {
            let options = Options {
                detail,
                ..Options::default()
            };
            let text = written(&[hostile()], format, options);
            assert!(is_harmless(&text), "{format}: {text:?}");
            let is_markup = matches!(format, Format::Markdown | Format::Junit);
            let told = text.split("```").step_by(2).collect::<String>();
            assert!(!is_markup || !told.contains("<b>"), "{format}: {text}");
        }
    }
}

#[test]
fn names_round_trip() {
    for format in Format::ALL {
        assert_eq!(format.name().parse(), Ok(format));
    }
    let error = "yaml".parse::<Format>().unwrap_err().to_string();
    assert!(error.contains("junit, sarif or tap"), "{error}");
}

/// Under Level 2 every format names places of Level 2 and leads to its text.
#[test]
fn a_replay_under_level_2_cites_level_2() {
    let mut replays = explained();
    for replay in &mut replays {
        replay.profile = "webauthn-l2".into();
    }
    let of_level_2 = replays[1].steps[1].link("webauthn-l2");
    let page = "https://www.w3.org/TR/webauthn-2/";
    assert!(of_level_2.starts_with(page), "{of_level_2}");
    for format in Format::ALL {
        for detail in [false, true] {
            let options = Options {
                width: Some(80),
                detail,
                ..Options::default()
            };
            let mut replays = replays.clone();
            let explanation = replays[1].explanation.as_mut().unwrap();
            explanation.link = of_level_2.clone();
            explanation.clause = Some("L2 7.2 step 11".into());
            let text = written(&replays, format, options);
            assert!(!text.contains("webauthn-3/#"), "{format}: {text}");
            assert!(!text.contains("L3 7.2"), "{format}: {text}");
            // The listing of steps has room for one place.
            if matches!(format, Format::Table) {
                assert!(!text.contains("7.2 step 12"), "{text}");
            }
        }
    }
}

/// A rule that only one level has is read there.
#[test]
fn a_rule_of_one_level_leads_there() {
    let mut step = replays()[1].steps[1].clone();
    let level = |step: &crate::Step, profile| step.link(profile).contains("webauthn-2/");
    assert!(level(&step, "webauthn-l2") && !level(&step, "fido-server"));
    step.l2 = None;
    assert!(!level(&step, "webauthn-l2"));
    assert_eq!(
        step.clause("webauthn-l2").as_deref(),
        Some("L3 7.2 step 12")
    );
    assert_eq!(step.place("webauthn-l2").as_deref(), Some("L3 7.2 step 12"));
    assert_eq!(step.place("strict").as_deref(), Some("7.2 step 12"));
    (step.l2, step.l3) = (step.l3.take(), None);
    assert!(level(&step, "strict"));
    // A lint of ours has no place; its text is that of the profile's level.
    (step.l2, step.l3) = (None, None);
    assert!(level(&step, "webauthn-l2") && !level(&step, "strict"));
}
