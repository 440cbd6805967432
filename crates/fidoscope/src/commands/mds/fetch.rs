//! `fidoscope mds fetch`: download, check, and only then replace.

use fidoscope_metadata::{Blob, CacheRecord, Freshness, Options};

use super::super::Context;
use crate::cli::MdsFetch;
use crate::download::{self, Cache, Download};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::metadata;

pub(crate) fn run(arguments: &MdsFetch, context: Context<'_>) -> Outcome {
    let anchors = metadata::anchors(&arguments.anchor)?;
    let cache = Cache::at(&arguments.out);
    let cached = cached(&cache)?;
    let condition = cached.as_ref().map(CacheRecord::if_none_match);
    let kept = format!("{} stays as it is", arguments.out.display());
    let answer = download::get(&arguments.url, condition.as_deref());
    let (bytes, etag) = match answer.map_err(|error| Failure::machine(error).help(kept.as_str()))? {
        Download::Unchanged => {
            context
                .output
                .say("not modified: the cached BLOB is the newest");
            return Ok(Exit::Fine);
        }
        Download::Body { bytes, etag } => (bytes, etag),
    };
    let blob = Blob::open(&bytes).map_err(|error| Failure::invalid(error).help(kept.as_str()))?;
    let freshness = Freshness::of(&blob, cached.as_ref());
    let options = Options {
        blob_url: Some(arguments.url.clone()),
        ..Options::default()
    };
    let verdict = blob.verify(&anchors, context.now(), &options);
    if let Some(step) = verdict.first_failed() {
        let found = step
            .found
            .as_deref()
            .or(step.note.as_deref())
            .unwrap_or_default();
        let error = anyhow::anyhow!("the downloaded BLOB fails at {}: {found}", step.id);
        return Err(Failure::invalid(error).help(kept));
    }
    if verdict.test_root {
        context
            .output
            .say("warning: TEST ROOT: this BLOB is not the Metadata Service's");
    }
    settle(&cache, &blob, &bytes, etag, freshness, context)
}

/// What is known of the cached BLOB; one that cannot be opened counts as none.
fn cached(cache: &Cache) -> Result<Option<CacheRecord>, Failure> {
    let Some(bytes) = cache.read().map_err(Failure::machine)? else {
        return Ok(None);
    };
    let blob = Blob::open(&bytes).ok();
    Ok(blob.and_then(|blob| CacheRecord::of(&blob, cache.etag())))
}

fn settle(
    cache: &Cache,
    blob: &Blob,
    bytes: &[u8],
    etag: Option<String>,
    freshness: Freshness,
    context: Context<'_>,
) -> Outcome {
    let number = blob.no().unwrap_or_default();
    match freshness {
        Freshness::Rollback { cached, offered } => {
            let error = anyhow::anyhow!(
                "the service offers no {offered}, older than the cached no {cached}"
            );
            Err(Failure::invalid(error).help("the cached BLOB stays as it is"))
        }
        Freshness::Unnumbered => Err(Failure::invalid(anyhow::anyhow!("the BLOB has no number"))),
        Freshness::Same => {
            context.output.say(&format!("no {number} is already here"));
            Ok(Exit::Fine)
        }
        Freshness::First | Freshness::Newer { .. } | Freshness::Reissued => {
            cache
                .replace(bytes, etag.as_deref())
                .map_err(Failure::machine)?;
            context.output.say(&format!(
                "no {number} with {} entries",
                blob.entries().len()
            ));
            Ok(Exit::Fine)
        }
    }
}
