//! Options as servers write them, member by member, and what is told of them.

mod webidl;

use std::fmt::Display;

use serde::Deserialize;
use serde::de::{self, Deserializer};
use serde_json::{Map, Value};

use super::options::{
    AuthenticatorSelection, CeremonyOptions, CredentialDescriptor, CredentialParameter,
    RelyingPartyEntity, UserEntity,
};
use webidl::{Converted, Item, List, Object, Written, there};

/// Conversions that are told one by one.
const TOLD: usize = 8;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Options {
    challenge: Written<String>,
    #[serde(default, deserialize_with = "there")]
    rp: Object<Rp>,
    #[serde(default, deserialize_with = "there")]
    user: Object<User>,
    #[serde(default)]
    pub_key_cred_params: List<Item<Parameter>>,
    #[serde(default)]
    timeout: Written<u64>,
    #[serde(default)]
    exclude_credentials: List<Item<Descriptor>>,
    #[serde(default, deserialize_with = "there")]
    authenticator_selection: Object<Selection>,
    #[serde(default)]
    hints: List<Written<String>>,
    #[serde(default)]
    attestation: Written<String>,
    #[serde(default)]
    attestation_formats: List<Written<String>>,
    #[serde(default)]
    rp_id: Written<String>,
    #[serde(default)]
    allow_credentials: List<Item<Descriptor>>,
    #[serde(default)]
    user_verification: Written<String>,
    #[serde(default, deserialize_with = "there")]
    extensions: Object<Map<String, Value>>,
}

#[derive(Deserialize)]
struct Rp {
    #[serde(default)]
    id: Written<String>,
    #[serde(default)]
    name: Written<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct User {
    id: Written<String>,
    #[serde(default)]
    name: Written<String>,
    #[serde(default)]
    display_name: Written<String>,
}

#[derive(Deserialize)]
struct Parameter {
    #[serde(default, rename = "type")]
    kind: Written<String>,
    alg: Written<i64>,
}

#[derive(Deserialize)]
struct Descriptor {
    id: Written<String>,
    #[serde(default, rename = "type")]
    kind: Written<String>,
    #[serde(default)]
    transports: List<Written<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Selection {
    #[serde(default)]
    authenticator_attachment: Written<String>,
    #[serde(default)]
    resident_key: Written<String>,
    #[serde(default)]
    require_resident_key: Written<bool>,
    #[serde(default)]
    user_verification: Written<String>,
}

impl<'de> Deserialize<'de> for CeremonyOptions {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let written = Options::deserialize(source)?;
        let mut told = Told::default();
        let options = told.options(written).map_err(de::Error::custom)?;
        Ok(Self {
            conversions: told.words(),
            ..options
        })
    }
}

/// What was converted.
#[derive(Default)]
struct Told {
    first: Vec<String>,
    more: usize,
}

impl Told {
    fn say(&mut self, words: impl FnOnce() -> String) {
        if self.first.len() < TOLD {
            self.first.push(words());
        } else {
            self.more += 1;
        }
    }

    fn words(self) -> Vec<String> {
        let more = (self.more > 0).then(|| format!("{} more members converted", self.more));
        self.first.into_iter().chain(more).collect()
    }

    fn left_out(&mut self, path: &dyn Display) {
        self.say(|| format!("{path}: null, taken as left out"));
    }

    fn member<T: Converted>(&mut self, path: &dyn Display, written: Written<T>) -> Option<T> {
        match (&written.value, written.was) {
            (Some(value), Some(was)) => {
                let read = serde_json::to_string(value).unwrap_or_default();
                self.say(|| format!("{path}: {was}, read as {read} as a client does"));
            }
            (None, Some(_)) => self.left_out(path),
            (_, None) => {}
        }
        written.value
    }

    fn required<T: Converted>(
        &mut self,
        path: &dyn Display,
        written: Written<T>,
    ) -> Result<T, String> {
        let found = self.member(path, written);
        found.ok_or_else(|| format!("`{path}` is null"))
    }

    fn object<T>(&mut self, path: &dyn Display, found: Object<T>) -> Option<T> {
        if matches!(found, Some(None)) {
            self.left_out(path);
        }
        found.flatten()
    }

    fn list<T>(&mut self, path: &dyn Display, list: List<T>) -> Option<Vec<T>> {
        if list.is_null {
            self.left_out(path);
        }
        list.items
    }

    fn texts(&mut self, path: &dyn Display, list: List<Written<String>>) -> Vec<String> {
        let items = self.list(path, list).unwrap_or_default();
        let items = items.into_iter().enumerate();
        items
            .filter_map(|(at, item)| match item.was {
                None => item.value,
                Some(_) => self.member(&format_args!("{path}[{at}]"), item),
            })
            .collect()
    }

    fn options(&mut self, written: Options) -> Result<CeremonyOptions, String> {
        let user = self.object(&"user", written.user);
        let extensions = self.object(&"extensions", written.extensions);
        Ok(CeremonyOptions {
            challenge: self.required(&"challenge", written.challenge)?,
            rp: self.object(&"rp", written.rp).map(|rp| RelyingPartyEntity {
                id: self.member(&"rp.id", rp.id),
                name: self.member(&"rp.name", rp.name),
            }),
            user: user.map(|user| self.user(user)).transpose()?,
            pub_key_cred_params: self.parameters(written.pub_key_cred_params)?,
            timeout: self.member(&"timeout", written.timeout),
            exclude_credentials: {
                self.descriptors(&"excludeCredentials", written.exclude_credentials)?
            },
            authenticator_selection: self.selection(written.authenticator_selection),
            hints: self.texts(&"hints", written.hints),
            attestation: self.member(&"attestation", written.attestation),
            attestation_formats: self.texts(&"attestationFormats", written.attestation_formats),
            rp_id: self.member(&"rpId", written.rp_id),
            allow_credentials: self.descriptors(&"allowCredentials", written.allow_credentials)?,
            user_verification: self.member(&"userVerification", written.user_verification),
            extensions,
            conversions: Vec::new(),
        })
    }

    fn user(&mut self, user: User) -> Result<UserEntity, String> {
        Ok(UserEntity {
            id: self.required(&"user.id", user.id)?,
            name: self.member(&"user.name", user.name),
            display_name: self.member(&"user.displayName", user.display_name),
        })
    }

    fn parameters(
        &mut self,
        list: List<Item<Parameter>>,
    ) -> Result<Option<Vec<CredentialParameter>>, String> {
        const NAME: &str = "pubKeyCredParams";
        let Some(items) = self.list(&NAME, list) else {
            return Ok(None);
        };
        let items = items.into_iter().enumerate().map(|(at, Item(item))| {
            Ok(CredentialParameter {
                kind: self.kind(&format_args!("{NAME}[{at}].type"), item.kind),
                alg: self.required(&format_args!("{NAME}[{at}].alg"), item.alg)?,
            })
        });
        items.collect::<Result<_, _>>().map(Some)
    }

    fn descriptors(
        &mut self,
        name: &dyn Display,
        list: List<Item<Descriptor>>,
    ) -> Result<Vec<CredentialDescriptor>, String> {
        let items = self.list(name, list).unwrap_or_default();
        let items = items.into_iter().enumerate().map(|(at, Item(item))| {
            Ok(CredentialDescriptor {
                id: self.required(&format_args!("{name}[{at}].id"), item.id)?,
                kind: self.kind(&format_args!("{name}[{at}].type"), item.kind),
                transports: self.texts(&format_args!("{name}[{at}].transports"), item.transports),
            })
        });
        items.collect()
    }

    /// `type` is required; without it a browser refuses, and the libraries of pages add it.
    fn kind(&mut self, path: &dyn Display, written: Written<String>) -> String {
        const ONLY: &str = "public-key";
        let is_missing = written.value.is_none() && written.was.is_none();
        if is_missing {
            self.say(|| format!("{path}: missing, taken as {ONLY:?}"));
        }
        self.member(path, written)
            .unwrap_or_else(|| ONLY.to_owned())
    }

    fn selection(&mut self, found: Object<Selection>) -> Option<AuthenticatorSelection> {
        let found = self.object(&"authenticatorSelection", found)?;
        let attachment = found.authenticator_attachment;
        Some(AuthenticatorSelection {
            authenticator_attachment: self.member(
                &"authenticatorSelection.authenticatorAttachment",
                attachment,
            ),
            resident_key: self.member(&"authenticatorSelection.residentKey", found.resident_key),
            require_resident_key: {
                self.member(
                    &"authenticatorSelection.requireResidentKey",
                    found.require_resident_key,
                )
            },
            user_verification: self.member(
                &"authenticatorSelection.userVerification",
                found.user_verification,
            ),
        })
    }
}

#[cfg(test)]
mod tests;
