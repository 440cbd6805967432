//! `fidoscope help`: what a command understands, or a page about a topic.

use clap::CommandFactory as _;
use fidoscope_report::near_miss;

use super::Context;
use crate::cli::{Cli, Help, TOPICS};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};

pub(crate) fn run(arguments: &Help, context: Context<'_>) -> Outcome {
    let words: Vec<&str> = arguments.words.iter().map(String::as_str).collect();
    let topic = match words.as_slice() {
        [word] => TOPICS.iter().find(|topic| topic.name == *word),
        _ => None,
    };
    match topic {
        Some(topic) => context.output.result(topic.page)?,
        None => context.output.result(&of_command(&words)?)?,
    }
    Ok(Exit::Fine)
}

/// The long help of a command, as `--help` prints it.
fn of_command(words: &[&str]) -> Result<String, Failure> {
    let mut root = Cli::command();
    root.build();
    let mut command = &mut root;
    for word in words {
        let known = command.get_subcommands().map(clap::Command::get_name);
        let known: Vec<String> = known.map(str::to_owned).collect();
        if !known.iter().any(|name| name == word) {
            return Err(unknown(words, word, &known));
        }
        command = command
            .find_subcommand_mut(word)
            .ok_or_else(|| unknown(words, word, &known))?;
    }
    Ok(command.render_long_help().to_string())
}

fn unknown(words: &[&str], word: &str, commands: &[String]) -> Failure {
    let topics = TOPICS.iter().map(|topic| topic.name);
    let commands = commands.iter().map(String::as_str);
    let known: Vec<&str> = match words {
        [_] => topics.chain(commands).collect(),
        _ => commands.collect(),
    };
    let asked = words.join(" ");
    let error = anyhow::anyhow!("no command and no topic is called {asked}");
    let hint = match near_miss(word, known) {
        Some(near) => format!("did you mean {near}?"),
        None => "`fidoscope help` lists both".to_owned(),
    };
    Failure::usage(error).help(hint)
}
