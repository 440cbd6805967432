//! Mutants: recordings with one thing wrong, or with one thing unusual, and the step that must
//! name it.
//!
//! A *row* of the catalogue says what is changed and what must come of it (`catalogue.json`,
//! `scopes.tsv`); the modules below say how. A row is applied to a *base*, a recorded ceremony
//! without fault; what comes out is a recording again, and nothing in it tells a relying party
//! which row it came from but its name.
//!
//! ```
//! let made = fidoscope_mutations::mutants(&|id| id == "cd-01")?;
//! let mutant = &made.mutants[0];
//! assert_eq!(mutant.id, "cd-01");
//! assert!(mutant.expect.l3.as_ref().is_some_and(|outcome| outcome.step.is_some()));
//! # Ok::<(), fidoscope_mutations::Error>(())
//! ```

mod attest;
mod base;
mod blob;
mod ceremony;
mod error;
mod export;
mod jwk;
mod parts;
mod pki;
mod rows;
mod scope;

use ceremony::Ceremony;
use fidoscope_recording::{Expectations, Policy, Recording, Source};
use rows::{Edit, Row};

pub use base::bases;
pub use ceremony::Unfit;
pub use error::Error;
pub use export::{ExportedFile, bundle, export};
pub use scope::{CatalogueRow, catalogue};

/// A recording that a row made of a base.
#[derive(Clone, Debug, PartialEq)]
pub struct Mutant {
    /// Row, and the variant after a slash where it has several.
    pub id: String,
    /// Row of the catalogue.
    pub row: &'static CatalogueRow,
    /// Identifier of the base.
    pub base: String,
    /// What must come out, per profile.
    pub expect: Expectations,
    /// The recording as JSON, in one line. It is text because a member may come twice in it.
    pub json: String,
    /// The metadata BLOB that it is judged by, which lies beside it as [`Mutant::blob_path`].
    pub blob: Option<Vec<u8>>,
}

impl Mutant {
    /// Name of the BLOB's file, as the recording has it in `mdsBlob.path`.
    #[must_use]
    pub fn blob_path(&self) -> String {
        blob_path(&self.id)
    }
}

fn blob_path(id: &str) -> String {
    format!("{}.jwt", id.replace('/', "."))
}

/// A row that a base is not fit for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// Row of the catalogue.
    pub id: String,
    /// Identifier of the base.
    pub base: String,
    /// What the base lacks.
    pub reason: String,
}

/// What the rows made of their bases.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mutants {
    /// The recordings, in the order of the catalogue.
    pub mutants: Vec<Mutant>,
    /// Rows that made none.
    pub misfits: Vec<Misfit>,
}

/// Applies every row whose identifier `wanted` approves to the base that the catalogue names.
///
/// # Errors
/// When a base cannot be made.
pub fn mutants(wanted: &dyn Fn(&str) -> bool) -> Result<Mutants, Error> {
    let bases = base::ceremonies()?;
    let mut out = Mutants::default();
    for row in rows::all() {
        let Some(entry) = scope::entry(row.id).filter(|entry| wanted(&entry.id)) else {
            continue;
        };
        let name = row.base.unwrap_or(&entry.base);
        match bases.iter().find(|base| base.recording.id == name) {
            Some(base) => out.apply(row, entry, base),
            None => out.misfits.push(Misfit {
                id: entry.id.clone(),
                base: name.to_owned(),
                reason: "no software authenticator makes this base".to_owned(),
            }),
        }
    }
    Ok(out)
}

/// Applies every row whose identifier `wanted` approves, and that the base is fit for, to a
/// recording of the caller's. Where a row changes what is signed, the key is that of the
/// recording's `testKeys`.
///
/// # Errors
/// When the recording cannot be taken apart.
pub fn mutants_of(base: &Recording, wanted: &dyn Fn(&str) -> bool) -> Result<Mutants, Unfit> {
    let ceremony = Ceremony::open(base)?;
    let mut out = Mutants::default();
    for row in rows::all() {
        let Some(entry) = scope::entry(row.id).filter(|entry| wanted(&entry.id)) else {
            continue;
        };
        let name = row.base.unwrap_or(&entry.base);
        match ceremony.stand_in_for(name) {
            Ok(base) => out.apply(row, entry, &base),
            Err(Unfit(reason)) => out.misfits.push(Misfit {
                id: entry.id.clone(),
                base: base.id.clone(),
                reason,
            }),
        }
    }
    Ok(out)
}

impl Mutants {
    fn apply(&mut self, row: &Row, entry: &'static CatalogueRow, base: &Ceremony) {
        for (variant, edit) in row.variants {
            let id = match *variant {
                "" => entry.id.clone(),
                name => format!("{}/{name}", entry.id),
            };
            match mutant(&id, entry, base, *edit) {
                Ok(mutant) => self.mutants.push(mutant),
                Err(Unfit(reason)) => self.misfits.push(Misfit {
                    id,
                    base: base.recording.id.clone(),
                    reason,
                }),
            }
        }
    }
}

fn mutant(
    id: &str,
    entry: &'static CatalogueRow,
    base: &Ceremony,
    edit: Edit,
) -> Result<Mutant, Unfit> {
    let mut ceremony = base.clone();
    edit(&mut ceremony)?;
    let expect = entry.expectations(id);
    let blob = ceremony.seal_blob(&blob_path(id))?;
    let recording = &mut ceremony.recording;
    recording.id = id.to_owned();
    recording.source = Some(Source {
        tool: Some("fidoscope-authenticator".to_owned()),
        file: None,
        entry: Some(format!("{}: {}", base.recording.id, entry.mutation)),
    });
    recording.test_keys = None;
    recording.expect = Some(expect.clone());
    recording.policy = Policy {
        profile: entry.profile().map(str::to_owned),
        ..std::mem::take(&mut recording.policy)
    };
    Ok(Mutant {
        id: id.to_owned(),
        row: entry,
        base: base.recording.id.clone(),
        json: ceremony.into_json()?,
        expect,
        blob,
    })
}

#[cfg(test)]
mod tests;
