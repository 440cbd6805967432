//! `fidoscope posture`: whether practices around passkeys are kept.

use std::collections::BTreeSet;
use std::path::Path;

use fidoscope_analytics::{CredentialOptions, Credentials, PostureOptions, Store};
use fidoscope_report::{PracticeState, Report};

use super::{Context, ingest, sli};
use crate::cli::Posture;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::progress::Phases;
use crate::trust::{Given, Known};
use crate::{keys, metadata, store};

pub(crate) fn run(arguments: &Posture, context: Context<'_>) -> Outcome {
    let store = store::open_to_read(&arguments.store.store, context.output)?;
    let span = sli::span(&arguments.window, context.now())?;
    let privileged = arguments.privileged.as_deref();
    let options = PostureOptions {
        span,
        privileged: privileged
            .map(|file| users(file, arguments, &store))
            .transpose()?,
    };
    let known = Known::find(&arguments.store.store, Given::default(), context)?;
    let assessor = known.as_ref().map(|known| known.assessor(context.now()));
    let update = CredentialOptions {
        assessor: assessor.as_ref(),
        ..CredentialOptions::new(context.now(), ingest::threads(None))
    };
    let phases = Phases::begin(context.output, "joining credentials");
    let updated = Credentials::of(&store).update(&update);
    drop(phases);
    if let Err(error) = updated {
        let warning =
            format!("warning: the newest events are not in the table of credentials: {error}");
        context.output.say(&warning);
    }
    let phases = Phases::begin(context.output, "looking at practices");
    let practices = store.posture(&options).map_err(store::failure)?;
    drop(phases);
    let report = Report::of(&practices)
        .with("since", &span.since)
        .with("until", &span.until);
    context.show(&report, arguments.format.format)?;
    let is = |state| practices.iter().any(|practice| practice.state == state);
    let evaluated = practices
        .iter()
        .any(|practice| practice.state != PracticeState::NotEvaluated);
    Ok(if !evaluated {
        Exit::Indeterminate
    } else if arguments.fail_on.is_some() && is(PracticeState::NotKept) {
        Exit::Found
    } else {
        Exit::Fine
    })
}

/// The users in a file, one a line, as the store knows them.
fn users(file: &Path, arguments: &Posture, store: &Store) -> Result<BTreeSet<String>, Failure> {
    let given = arguments.pii_key.as_deref();
    let pseudonyms = keys::of_store(store, &arguments.store.store, given)?;
    let bytes = metadata::read(file)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::invalid(anyhow::anyhow!("{} is no text in UTF-8", file.display())))?;
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
    Ok(lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .filter_map(|user| pseudonyms.of_user(user))
        .collect())
}
