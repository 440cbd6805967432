//! Every advice is followed: made to the recording, written down, read again and replayed. Only
//! then is it known that the ceremony is accepted, or which step fails next.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use fidoscope_conformance::{
    LoadedRecording, Settings, apply, describe, judge_blob, load, replay_one,
};
use fidoscope_metadata::{Blob, Step};
use fidoscope_mutations::{Mutant, bases, mutants};
use fidoscope_recording::Profile;
use fidoscope_recording::{AuthenticatorResponse, Member, Recording};
use fidoscope_report::{Advice, Change, Replay, Verdict};

fn read(name: &str, json: &str) -> Option<LoadedRecording> {
    load(name, json.as_bytes()).0.into_iter().next()
}

fn explained(loaded: &LoadedRecording, settings: &Settings<'_>) -> Replay {
    let mut replay = replay_one(loaded, settings);
    describe(loaded, settings, &mut replay);
    replay
}

/// Does what an advice says; what the settings say besides is left out, as a person would.
fn follow(loaded: &LoadedRecording, settings: &Settings<'_>, changes: &[Change]) -> Replay {
    let mut changed = loaded.recording.clone();
    apply(changes, &mut changed).unwrap();
    let json = serde_json::to_string(&changed).unwrap();
    let again = read("again.json", &json).expect("the changed recording can be read");
    let profiles = |c: &Change| matches!(c, Change::JudgeUnder { .. });
    let settings = Settings {
        profile: settings.profile.filter(|_| !changes.iter().any(profiles)),
        ..*settings
    };
    replay_one(&again, &settings)
}

/// What is wrong with the advice of a replay that was not accepted.
fn fault(loaded: &LoadedRecording, settings: &Settings<'_>, replay: &Replay) -> Option<String> {
    let explanation = replay.explanation.as_ref()?;
    let Advice::Change { changes, then } = &explanation.advice else {
        return None;
    };
    let after = follow(loaded, settings, changes);
    let told = match then {
        None => after.verdict == Verdict::Accept,
        Some(step) => after.step.as_ref() == Some(step) && after.step != replay.step,
    };
    (!told).then(|| format!("{changes:?} leads to {}, not {then:?}", after.outcome()))
}

/// One word for an advice, with the members of its changes.
fn summary(replay: &Replay) -> String {
    let Some(explanation) = &replay.explanation else {
        return "-".to_owned();
    };
    match &explanation.advice {
        Advice::NothingAccepts => "nothing accepts".to_owned(),
        Advice::Mend => "mend".to_owned(),
        Advice::Change { changes, then } => {
            let names: Vec<String> = changes.iter().map(name).collect();
            let then = then.as_ref().map(|step| format!(", then {step}"));
            format!("{}{}", names.join(" + "), then.unwrap_or_default())
        }
    }
}

fn name(change: &Change) -> String {
    let value = serde_json::to_value(change).unwrap();
    let kind = value["change"].as_str().unwrap();
    let detail = ["member", "profile", "level", "alg", "id", "origin", "time"];
    let detail = detail.iter().find_map(|name| match &value[*name] {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    });
    match detail {
        Some(detail) => format!("{kind} {detail}"),
        None => kind.to_owned(),
    }
}

fn metadata(mutant: &Mutant, recording: &Recording) -> (Option<Blob>, Vec<Step>) {
    let (Some(bytes), Some(reference)) = (&mutant.blob, &recording.mds_blob) else {
        return (None, Vec::new());
    };
    let opened = Blob::open(bytes);
    let now = recording.now.unwrap();
    let steps = judge_blob(opened.as_ref(), reference, recording, now).unwrap();
    (opened.ok(), steps)
}

/// The members whose bytes are signed, or that carry them.
fn signed(recording: &Recording) -> Option<Vec<Member>> {
    let credential = recording.response.credential()?;
    let response: &AuthenticatorResponse = credential.authenticator_response()?;
    Some(vec![
        response.client_data_json.clone(),
        response.attestation_object.clone(),
        response.authenticator_data.clone(),
        response.signature.clone(),
    ])
}

#[test]
fn advice_for_every_mutant_holds_when_it_is_followed() {
    let bases = bases().unwrap();
    let bases: BTreeMap<&str, &Recording> =
        bases.iter().map(|base| (base.id.as_str(), base)).collect();
    let mut wrong = Vec::new();
    let mut table = String::new();
    let (mut rejected, mut untouched) = (0, 0);
    for mutant in &mutants(&|_| true).unwrap().mutants {
        let Some(loaded) = read(&mutant.id, &mutant.json) else {
            continue;
        };
        let (blob, steps) = metadata(mutant, &loaded.recording);
        let mut before = String::new();
        for profile in Profile::ALL {
            let settings = Settings {
                profile: Some(profile),
                metadata: blob.as_ref(),
                metadata_steps: &steps,
                ..Settings::at(DateTime::<Utc>::UNIX_EPOCH)
            };
            let replay = explained(&loaded, &settings);
            if replay.verdict == Verdict::Accept {
                continue;
            }
            rejected += 1;
            let place = format!("{} under {}", mutant.id, replay.profile);
            if let Some(fault) = fault(&loaded, &settings, &replay) {
                wrong.push(format!("{place}: {fault}"));
            }
            let nothing = summary(&replay) == "nothing accepts";
            let base = bases[mutant.base.as_str()];
            let same = signed(base) == signed(&loaded.recording);
            untouched += usize::from(same);
            if nothing && same {
                wrong.push(format!("{place}: the signed bytes are those of the base"));
            }
            let line = format!("{}\t{}", replay.outcome(), summary(&replay));
            if line != before {
                table.push_str(&format!("{}\t{}\t{line}\n", mutant.id, replay.profile));
            }
            before = line;
        }
    }
    assert_eq!(wrong, [""; 0]);
    assert!(rejected > 900 && untouched > 100, "{rejected}, {untouched}");
    insta::assert_snapshot!(table);
}
