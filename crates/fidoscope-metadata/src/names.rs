//! Second sources of model names: the community's list of AAGUIDs and FIDO's Convenience Metadata.
//! They name; they vouch for nothing. The BLOB's own name counts first.

use fidoscope_webauthn::Aaguid;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt;

/// Names by model, from files in order: the first that names a model counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    by_aaguid: HashMap<Aaguid, (String, NameSource)>,
}

/// Where the name of a model comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameSource {
    /// A metadata BLOB.
    Metadata,
    /// The community's list of passkey providers.
    Community,
    /// FIDO's Convenience Metadata Service.
    Convenience,
}

/// What a file of names brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamesRead {
    /// Models that it names.
    pub named: usize,
    /// Members that are no model with a name.
    pub skipped: usize,
}

/// Why a file holds no names.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NamesError {
    /// Not JSON, or no object.
    #[error("no JSON object of names by AAGUID: {0}")]
    Json(serde_json::Error),
}

/// What the lists say of a model; icons are not kept.
#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "friendlyNames")]
    friendly_names: Option<BTreeMap<Cow<'a, str>, Cow<'a, str>>>,
}

/// Longest name that is kept, in characters.
const MAX_NAME: usize = 160;

impl Names {
    /// Adds the names of a file. An empty object is what the community's list will be one day, and
    /// no error; a member that is no model with a name is counted and passed over.
    ///
    /// # Errors
    /// When the file is no JSON object.
    pub fn add(&mut self, json: &[u8]) -> Result<NamesRead, NamesError> {
        let json = fidoscope_webauthn::encoding::utf8(json);
        let members: BTreeMap<Cow<'_, str>, &RawValue> =
            serde_json::from_slice(&json).map_err(NamesError::Json)?;
        let mut read = NamesRead::default();
        for (key, raw) in members {
            match key.parse::<Aaguid>().ok().zip(name(raw)) {
                // The zero AAGUID names no model, whatever a list says.
                Some((aaguid, found)) if !aaguid.is_zero() => {
                    self.by_aaguid.entry(aaguid).or_insert(found);
                    read.named = read.named.saturating_add(1);
                }
                _ => read.skipped = read.skipped.saturating_add(1),
            }
        }
        Ok(read)
    }

    /// The name of a model and where it comes from.
    #[must_use]
    pub fn get(&self, aaguid: &Aaguid) -> Option<(&str, NameSource)> {
        let (name, source) = self.by_aaguid.get(aaguid)?;
        Some((name, *source))
    }

    /// How many models have a name.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_aaguid.len()
    }

    /// Whether nothing has a name.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_aaguid.is_empty()
    }
}

/// The community's `name`, or Convenience Metadata's `friendlyNames`: English, else the first.
fn name(raw: &RawValue) -> Option<(String, NameSource)> {
    let entry: Entry<'_> = serde_json::from_str(raw.get()).ok()?;
    let friendly = entry.friendly_names.unwrap_or_default();
    let english = friendly
        .iter()
        .find(|(language, _)| language.to_ascii_lowercase().starts_with("en"));
    let friendly = english.or_else(|| friendly.iter().next());
    let (name, source) = match (entry.name, friendly) {
        (Some(name), _) => (name, NameSource::Community),
        (None, Some((_, name))) => (name.clone(), NameSource::Convenience),
        (None, None) => return None,
    };
    let name: String = name.trim().chars().take(MAX_NAME).collect();
    (!name.is_empty()).then_some((name, source))
}

impl fmt::Display for NameSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Metadata => "metadata",
            Self::Community => "community",
            Self::Convenience => "convenience",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GOOGLE: &str = "ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4";

    #[track_caller]
    fn check(files: &[&str], expected: Option<(&str, NameSource)>) {
        let mut names = Names::default();
        for file in files {
            names.add(file.as_bytes()).unwrap();
        }
        assert_eq!(names.get(&GOOGLE.parse().unwrap()), expected);
    }

    #[test]
    fn both_lists_are_read_and_the_first_counts() {
        let community = format!(
            r#"{{"{GOOGLE}":{{"name":"Google Password Manager","icon_dark":"data:image/svg"}}}}"#
        );
        let convenience = format!(
            r#"{{"no":12,"{}":{{"friendlyNames":{{"de-DE":"Passwörter","en-US":"Google"}},"icon":"data:"}}}}"#,
            GOOGLE.replace('-', "")
        );
        let (google, source) = ("Google Password Manager", NameSource::Community);
        check(&[&community], Some((google, source)));
        check(&[&convenience], Some(("Google", NameSource::Convenience)));
        check(&[&community, &convenience], Some((google, source)));
        check(
            &[&convenience, &community],
            Some(("Google", NameSource::Convenience)),
        );
    }

    #[test]
    fn an_empty_object_is_no_error() {
        check(&["{}"], None);
        check(&["\u{feff}{}"], None);
        assert!(Names::default().is_empty());
    }

    #[test]
    fn what_is_no_model_is_counted() {
        let mut names = Names::default();
        let file = r#"{"00000000-0000-0000-0000-000000000000":{"name":"none"},"no":7,"x":{"name":"y"},
            "ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4":{"name":" "}}"#;
        let read = names.add(file.as_bytes()).unwrap();
        assert_eq!((read.named, read.skipped, names.len()), (0, 4, 0));
        let error = names.add(b"[]").unwrap_err().to_string();
        assert!(
            error.starts_with("no JSON object of names by AAGUID: "),
            "{error}"
        );
    }

    proptest! {
        #[test]
        fn never_panics(bytes in prop::collection::vec(any::<u8>(), 0..160)) {
            let _ = Names::default().add(&bytes);
        }

        #[test]
        fn what_was_named_is_found(aaguid in any::<[u8; 16]>(), name in "[A-Za-z0-9]{1,40}") {
            prop_assume!(aaguid != [0; 16]);
            let aaguid = Aaguid(aaguid);
            let mut names = Names::default();
            names.add(format!(r#"{{"{aaguid}":{{"name":"{name}"}}}}"#).as_bytes()).unwrap();
            prop_assert_eq!(names.get(&aaguid), Some((name.as_str(), NameSource::Community)));
        }
    }
}
