//! Policy files: what a relying party decides in general, for every ceremony that is replayed.

use fidoscope_recording::Profile;
use fidoscope_recording::{CompoundPolicy, Policy, Recording};
use fidoscope_report::Diagnostic;
use serde::Deserialize;
use serde_saphyr::Spanned;

mod advisories;
mod problems;

pub use advisories::{advisories, builtin_advisories, overlay_advisories};
use problems::Text;

/// File name and text of every policy of the program.
const BUILTIN: &[(&str, &str)] = &[
    (
        "rules/policy/webauthn-l3.yaml",
        include_str!("../../../rules/policy/webauthn-l3.yaml"),
    ),
    (
        "rules/policy/webauthn-l2.yaml",
        include_str!("../../../rules/policy/webauthn-l2.yaml"),
    ),
    (
        "rules/policy/fido-server.yaml",
        include_str!("../../../rules/policy/fido-server.yaml"),
    ),
    (
        "rules/policy/strict.yaml",
        include_str!("../../../rules/policy/strict.yaml"),
    ),
    (
        "rules/policy/enterprise.yaml",
        include_str!("../../../rules/policy/enterprise.yaml"),
    ),
];

/// A policy with a name. Its members are those of a recording's `policy`.
#[derive(Clone, Debug, PartialEq)]
pub struct PolicyFile {
    /// Name, e.g. `enterprise`.
    pub name: String,
    /// What it is for, in a sentence.
    pub description: String,
    /// What it says.
    pub policy: Policy,
    /// What is worth knowing about it; none keeps it from being used.
    pub lints: Vec<Diagnostic>,
}

impl PolicyFile {
    /// Reads a policy file; `name` is the file's name in messages.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place.
    pub fn parse(yaml: &str, name: &str) -> Result<Self, Vec<Diagnostic>> {
        let text = Text { yaml, name };
        let unreadable = |error| vec![problems::unreadable(text, &error)];
        let places: Places = serde_saphyr::from_str(yaml).map_err(unreadable)?;
        let problems = check(text, &places);
        if !problems.is_empty() {
            return Err(problems);
        }
        let file: File = serde_saphyr::from_str(yaml).map_err(unreadable)?;
        Ok(Self {
            lints: lint(text, &file.policy, &places),
            name: file.name,
            description: file.description,
            policy: file.policy,
        })
    }

    /// The policies of the program: one per profile, and examples.
    ///
    /// # Errors
    /// The problems of its files; a test holds that there are none.
    pub fn builtin() -> Result<Vec<Self>, Vec<Diagnostic>> {
        BUILTIN
            .iter()
            .map(|(name, text)| Self::parse(text, name))
            .collect()
    }

    /// Lets a recording have what its own policy leaves open: what a recording says about its
    /// ceremony counts before what a file says about all of them.
    pub fn apply(&self, recording: &mut Recording) {
        recording.policy.complete(&self.policy);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    description: String,
    policy: Policy,
}

/// The members about which more can be said than serde would, with their places.
#[derive(Deserialize)]
struct Places {
    name: Spanned<String>,
    policy: PolicyPlaces,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PolicyPlaces {
    profile: Option<Spanned<String>>,
    compound: Option<Spanned<String>>,
    accepted_models: Option<Spanned<Vec<String>>>,
    #[serde(default)]
    related_origins: Vec<Spanned<String>>,
    #[serde(default)]
    top_origins: Vec<Spanned<String>>,
}

fn check(text: Text<'_>, places: &Places) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let name = &places.name;
    let usable = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.value.is_empty() || !name.value.chars().all(usable) {
        found.push(problems::name(text, name.referenced, &name.value));
    }
    let policy = &places.policy;
    if let Some(profile) = &policy.profile
        && profile.value.parse::<Profile>().is_err()
    {
        let known = Profile::ALL.map(Profile::as_str);
        found.push(problems::profile(
            text,
            profile.referenced,
            &profile.value,
            &known,
        ));
    }
    if let Some(compound) = &policy.compound
        && compound.value.parse::<CompoundPolicy>().is_err()
    {
        found.push(problems::compound(
            text,
            compound.referenced,
            &compound.value,
        ));
    }
    let origins = policy.related_origins.iter().chain(&policy.top_origins);
    for origin in origins.filter(|origin| !is_origin(&origin.value)) {
        found.push(problems::origin(text, origin.referenced, &origin.value));
    }
    found
}

/// A list of models is a list of claims unless attestation is demanded.
fn lint(text: Text<'_>, policy: &Policy, places: &Places) -> Vec<Diagnostic> {
    match &places.policy.accepted_models {
        Some(models) if policy.require_attestation != Some(true) => {
            vec![problems::models_unproven(text, models.referenced)]
        }
        _ => Vec::new(),
    }
}

/// Whether a text can equal the serialization of a web origin: scheme, host, perhaps a port.
fn is_origin(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else {
        return false;
    };
    let (host, port) = rest
        .rsplit_once(':')
        .filter(|_| !rest.ends_with(']'))
        .map_or((rest, None), |(host, port)| (host, Some(port)));
    let of_host = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.[]:_".contains(c);
    let default = matches!(
        (scheme, port),
        ("https", Some("443")) | ("http", Some("80"))
    );
    !scheme.is_empty()
        && scheme.bytes().all(|b| b.is_ascii_lowercase())
        && !host.is_empty()
        && host.chars().all(of_host)
        && port.is_none_or(|port| port.parse::<u16>().is_ok())
        && !default
}

#[cfg(test)]
mod tests;
