//! `fidoscope completions` and `fidoscope man`, made from the command line itself.

use std::fs;

use anyhow::Context as _;
use clap::CommandFactory as _;

use super::Context;
use crate::cli::{Cli, Completions, Man};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::out::is_no_file;

pub(crate) fn completions(arguments: &Completions, context: Context<'_>) -> Outcome {
    let mut text = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "fidoscope", &mut text);
    print(text, context)
}

pub(crate) fn man(arguments: &Man, context: Context<'_>) -> Outcome {
    let Some(folder) = &arguments.out else {
        let mut text = Vec::new();
        let page = clap_mangen::Man::new(Cli::command());
        page.render(&mut text).map_err(Failure::machine)?;
        return print(text, context);
    };
    is_no_file(folder, "--out")?;
    fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Cli::command(), folder))
        .with_context(|| format!("cannot write {}", folder.display()))
        .map_err(Failure::machine)?;
    Ok(Exit::Fine)
}

fn print(text: Vec<u8>, context: Context<'_>) -> Outcome {
    let text = String::from_utf8(text).map_err(Failure::machine)?;
    context.output.result(&text)?;
    Ok(Exit::Fine)
}
