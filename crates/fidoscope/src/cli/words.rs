//! Words that an option takes, as help and completions list them.

use std::str::FromStr;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use fidoscope_conformance::AuditClass;
use fidoscope_inspect::Artifact;
use fidoscope_metadata::Level;
use fidoscope_recording::Profile;
use fidoscope_report::Format;

use super::AuditFailOn;

pub(super) fn formats() -> impl TypedValueParser<Value = Format> {
    one_of(Format::of_lists().map(Format::name))
}

pub(super) fn replay_formats() -> impl TypedValueParser<Value = Format> {
    one_of(Format::ALL.map(Format::name))
}

pub(super) fn profiles() -> impl TypedValueParser<Value = Profile> {
    one_of(Profile::ALL.map(Profile::as_str))
}

pub(super) fn artifacts() -> impl TypedValueParser<Value = Artifact> {
    one_of(Artifact::ALL.map(Artifact::as_str))
}

/// A level has other spellings too (`l1+`, `FIDO_CERTIFIED_L1plus`), which are taken and not listed.
pub(super) fn levels() -> impl TypedValueParser<Value = Level> {
    const LISTED: [&str; 6] = ["L1", "L1plus", "L2", "L2plus", "L3", "L3plus"];
    const OTHERS: [&str; 9] = [
        "L1+",
        "L2+",
        "L3+",
        "FIDO_CERTIFIED_L1",
        "FIDO_CERTIFIED_L1plus",
        "FIDO_CERTIFIED_L2",
        "FIDO_CERTIFIED_L2plus",
        "FIDO_CERTIFIED_L3",
        "FIDO_CERTIFIED_L3plus",
    ];
    let listed = LISTED.map(clap::builder::PossibleValue::new);
    let others = OTHERS.map(|word| clap::builder::PossibleValue::new(word).hide(true));
    PossibleValuesParser::new(listed.into_iter().chain(others))
        .try_map(|word| word.parse::<Level>())
}

pub(super) fn audit_classes() -> impl TypedValueParser<Value = AuditFailOn> {
    one_of(
        AuditClass::ALL
            .map(AuditClass::word)
            .into_iter()
            .chain(["never"]),
    )
}

fn one_of<T>(words: impl IntoIterator<Item = &'static str>) -> impl TypedValueParser<Value = T>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static> + Clone + Send + Sync + 'static,
{
    PossibleValuesParser::new(words).try_map(|word| word.parse::<T>())
}
