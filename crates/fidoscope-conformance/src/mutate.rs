//! The mutation suite: every mutant is read and replayed like any recording of a stranger, and
//! must come out as its row says, at its named step.

use chrono::{DateTime, Utc};
use fidoscope_metadata::{Blob, Step};
use fidoscope_mutations::{Misfit, Mutant, Mutants, Unfit, catalogue, mutants_of};
use fidoscope_recording::Profile;
use fidoscope_recording::Recording;
use fidoscope_report::{Expectation, Mutation, MutationOutcome};
use fidoscope_verifier::{Context, Verdict, verify};

use crate::{Settings, judge_blob, load, replay_one};

/// Replays mutants; rows that made none stand among them in the order of the catalogue.
#[must_use]
pub fn mutate(mutants: &Mutants) -> Vec<Mutation> {
    judge(mutants, &Profile::ALL)
}

/// Makes and replays the mutants of a recording, for the rows whose identifiers `wanted` approves.
/// A profile that does not accept the recording itself can say nothing about its mutants.
///
/// # Errors
/// When the recording cannot be taken apart.
pub fn mutate_base(
    base: &Recording,
    wanted: &dyn Fn(&str) -> bool,
) -> Result<Vec<Mutation>, Unfit> {
    let mutants = mutants_of(base, wanted)?;
    let trace = verify(base, &Context::default());
    let accepting = Profile::ALL
        .into_iter()
        .filter(|profile| trace.verdict_of(*profile) == Verdict::Accept);
    Ok(judge(&mutants, &accepting.collect::<Vec<_>>()))
}

fn judge(mutants: &Mutants, profiles: &[Profile]) -> Vec<Mutation> {
    let ran = mutants.mutants.iter().map(|mutant| run(mutant, profiles));
    let mut mutations: Vec<Mutation> = ran.collect();
    mutations.extend(mutants.misfits.iter().map(misfit));
    mutations.sort_by_key(|mutation| position(&mutation.id));
    mutations
}

fn run(mutant: &Mutant, profiles: &[Profile]) -> Mutation {
    let mut mutation = Mutation {
        id: mutant.id.clone(),
        base: mutant.base.clone(),
        mutation: mutant.row.mutation.clone(),
        profile: None,
        expected: None,
        found: None,
        ok: Some(false),
        profiles: Vec::new(),
        note: None,
    };
    let (recordings, diagnostics) = load(&mutant.id, mutant.json.as_bytes());
    let Some(loaded) = recordings.first() else {
        let mut messages = diagnostics.into_iter().map(|found| found.message);
        mutation.note = messages.next();
        return mutation;
    };
    let (blob, steps) = match metadata(mutant, &loaded.recording) {
        Ok(metadata) => metadata,
        Err(problem) => {
            mutation.note = Some(problem);
            return mutation;
        }
    };
    let own = loaded.recording.policy.profile.as_deref();
    let about: Profile = own.and_then(|name| name.parse().ok()).unwrap_or_default();
    for profile in profiles.iter().copied() {
        let settings = Settings {
            profile: Some(profile),
            metadata: blob.as_ref(),
            metadata_steps: &steps,
            ..Settings::at(DateTime::<Utc>::UNIX_EPOCH)
        };
        let replay = replay_one(loaded, &settings);
        let Some(expected) = replay.expected else {
            continue;
        };
        let outcome = MutationOutcome {
            profile: replay.profile.into_owned(),
            expected,
            found: Expectation {
                verdict: replay.verdict,
                step: replay.step.map(std::borrow::Cow::into_owned),
            },
            ok: replay.ok == Some(true),
        };
        if profile == about {
            mutation.profile = Some(outcome.profile.clone());
            mutation.expected = Some(outcome.expected.clone());
            mutation.found = Some(outcome.found.clone());
        }
        mutation.profiles.push(outcome);
    }
    if mutation.found.is_some() {
        mutation.ok = Some(mutation.profiles.iter().all(|outcome| outcome.ok));
    } else {
        mutation.ok = None;
        mutation.note = Some(format!("needs a base that {about} accepts"));
    }
    mutation
}

/// The BLOB beside a mutant, opened if it can be, and what is said of it.
fn metadata(mutant: &Mutant, recording: &Recording) -> Result<(Option<Blob>, Vec<Step>), String> {
    let (Some(bytes), Some(reference)) = (&mutant.blob, &recording.mds_blob) else {
        return Ok((None, Vec::new()));
    };
    let opened = Blob::open(bytes);
    let steps = judge_blob(
        opened.as_ref(),
        reference,
        recording,
        recording.now.unwrap_or(DateTime::UNIX_EPOCH),
    );
    let steps = steps.map_err(|error| error.to_string())?;
    Ok((opened.ok(), steps))
}

fn misfit(misfit: &Misfit) -> Mutation {
    let row = catalogue().iter().find(|row| row.id == row_of(&misfit.id));
    Mutation {
        id: misfit.id.clone(),
        base: misfit.base.clone(),
        mutation: row.map_or_else(String::new, |row| row.mutation.clone()),
        profile: None,
        expected: None,
        found: None,
        ok: None,
        profiles: Vec::new(),
        note: Some(misfit.reason.clone()),
    }
}

fn row_of(id: &str) -> &str {
    id.split_once('/').map_or(id, |(row, _)| row)
}

fn position(id: &str) -> Option<usize> {
    catalogue().iter().position(|row| row.id == row_of(id))
}
