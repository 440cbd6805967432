//! `fidoscope mds fetch`: download, check, and only then replace.

use anyhow::anyhow;
use fidoscope_metadata::{Anchors, Blob, CacheRecord, Freshness, Options, Outcome as Status};

use super::super::Context;
use crate::cli::MdsFetch;
use crate::download::{self, Cache, Download, Request};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::metadata;
use crate::out::is_no_folder;

pub(crate) fn run(arguments: &MdsFetch, context: Context<'_>) -> Outcome {
    is_no_folder(&arguments.out, "--out")?;
    let cache = Cache::at(&arguments.out);
    let exit = update(&cache, arguments, context)?;
    prune(&cache, arguments, context)?;
    Ok(exit)
}

fn update(cache: &Cache, arguments: &MdsFetch, context: Context<'_>) -> Outcome {
    let anchors = metadata::anchors(&arguments.blob_anchor)?;
    let cached = cached(cache)?;
    let kept = kept(arguments, cached.as_ref());
    let condition = cached.as_ref().map(|(_, record)| record.if_none_match());
    let answer = download::get(&Request {
        url: &arguments.url,
        etag: condition.as_deref(),
        proxy: arguments.proxy.as_deref(),
        max_bytes: arguments.max_size,
    });
    let (bytes, etag) = match answer.map_err(|error| Failure::machine(error).help(kept.as_str()))? {
        Download::Unchanged => {
            let no = cached.as_ref().map_or(0, |(_, record)| record.no);
            context.output.say(&format!(
                "not modified: the cached BLOB, no {no}, is the newest"
            ));
            return Ok(Exit::Fine);
        }
        Download::Body { bytes, etag } => (bytes, etag),
    };
    let blob = Blob::open(&bytes).map_err(|error| Failure::invalid(error).help(kept.as_str()))?;
    let refused = |error| Err(Failure::invalid(error).help(kept.as_str()));
    let record = cached.as_ref().map(|(_, record)| record);
    let missed = match Freshness::of(&blob, record) {
        Freshness::Rollback { cached, offered } => {
            return refused(anyhow!(
                "the service offers no {offered}, older than the cached no {cached}"
            ));
        }
        Freshness::Unnumbered => return refused(anyhow!("the BLOB has no number")),
        Freshness::Same => {
            let no = blob.no().unwrap_or_default();
            context.output.say(&format!("no {no} is already here"));
            return Ok(Exit::Fine);
        }
        Freshness::First | Freshness::Reissued => None,
        Freshness::Newer { missed } => Some(missed),
    };
    let previous = cached.as_ref().map(|(blob, _)| blob);
    let previous = previous.filter(|_| missed.is_some());
    check(&blob, previous, &anchors, arguments, context)
        .map_err(|failure| failure.help(kept.as_str()))?;
    let no = blob.no().unwrap_or_default();
    cache
        .replace(no, &bytes, etag.as_deref())
        .map_err(Failure::machine)?;
    let missed = match missed {
        None | Some(0) => String::new(),
        Some(missed) => format!("; {missed} numbers before it were never here"),
    };
    let entries = blob.entries().len();
    context
        .output
        .say(&format!("no {no} with {entries} entries{missed}"));
    Ok(Exit::Fine)
}

/// Deletes what is beyond the number of BLOBs to keep, and says so.
fn prune(cache: &Cache, arguments: &MdsFetch, context: Context<'_>) -> Result<(), Failure> {
    let keep = arguments.keep.get();
    let history = cache.history().map_err(Failure::machine)?;
    if history.len() <= keep {
        return Ok(());
    }
    let in_use = cached(cache)?.map(|(_, record)| record.no);
    let deleted = cache.prune(keep, in_use).map_err(Failure::machine)?;
    let which = match deleted.as_slice() {
        [] => return Ok(()),
        [one] => format!("no {one}"),
        [first, .., last] => format!("no {first} to no {last}, {} BLOBs", deleted.len()),
    };
    context.output.say(&format!(
        "deleted from the history: {which}; the newest {keep} are kept (--keep)"
    ));
    Ok(())
}

/// What a failure leaves behind.
fn kept(arguments: &MdsFetch, cached: Option<&(Blob, CacheRecord)>) -> String {
    let file = arguments.out.display();
    match cached {
        Some((_, record)) => format!("{file} stays as it is: no {}", record.no),
        None if arguments.out.exists() => format!("{file} stays as it is"),
        None => format!("there is no BLOB in {file} yet"),
    }
}

/// Judges a BLOB that may replace the cached one.
fn check(
    blob: &Blob,
    previous: Option<&Blob>,
    anchors: &Anchors,
    arguments: &MdsFetch,
    context: Context<'_>,
) -> Result<(), Failure> {
    let options = Options {
        crls: metadata::revocation_lists(&arguments.crl)?,
        blob_url: Some(arguments.url.clone()),
        previous,
        ..Options::default()
    };
    let verdict = blob.verify(anchors, context.now(), &options);
    if let Some(step) = verdict.first_failed() {
        let found = step
            .found
            .as_deref()
            .or(step.note.as_deref())
            .unwrap_or_default();
        let error = anyhow!("the downloaded BLOB fails at {}: {found}", step.id);
        return Err(Failure::invalid(error));
    }
    for step in &verdict.steps {
        if step.outcome == Status::Warn {
            let note = step.note.as_deref().unwrap_or_default();
            context.output.say(&format!("warning: {}: {note}", step.id));
        }
    }
    if verdict.test_root {
        context
            .output
            .say("warning: TEST ROOT: this BLOB is not the Metadata Service's");
    }
    Ok(())
}

/// The cached BLOB; one that cannot be opened counts as none.
fn cached(cache: &Cache) -> Result<Option<(Blob, CacheRecord)>, Failure> {
    let Some(bytes) = cache.read().map_err(Failure::machine)? else {
        return Ok(None);
    };
    let blob = Blob::open(&bytes).ok();
    Ok(blob.and_then(|blob| {
        let record = CacheRecord::of(&blob, cache.etag())?;
        Some((blob, record))
    }))
}
