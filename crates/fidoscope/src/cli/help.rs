//! Help about commands, and pages about topics.

use clap::Args;

/// Print what a command understands, or a page about a topic
#[derive(Args, Debug)]
pub(crate) struct Help {
    /// Words of a command, e.g. mds verify, or a topic
    #[arg(value_name = "COMMAND|TOPIC")]
    pub(crate) words: Vec<String>,
}

/// A page about a thing that takes more than one command.
pub(crate) struct Topic {
    /// Its name on the command line.
    pub(crate) name: &'static str,
    /// Markdown that begins with a heading.
    pub(crate) page: &'static str,
}

/// The topic of a name, with its page of `help/`.
macro_rules! topics {
    ($($name:literal)*) => {
        [$(Topic {
            name: $name,
            page: include_str!(concat!("../../help/", $name, ".md")),
        }),*]
    };
}

/// Every topic, in the order in which a newcomer may read them.
pub(crate) const TOPICS: [Topic; 16] = topics! {
    "logs" "native-format" "indicators" "detections" "credentials" "registrations" "recordings"
    "bytes" "metadata" "tables" "receiver" "dashboards" "times" "environment" "exit-codes" "building"
};

/// The names and headings of the topics, for below the list of commands.
pub(crate) fn topics() -> String {
    let mut text = "Topics:\n".to_owned();
    for Topic { name, page } in TOPICS {
        let heading = page.lines().next().unwrap_or_default();
        let heading = heading.trim_start_matches(['#', ' ']).replace('`', "");
        text.push_str(&format!("  {name:<14} {heading}\n"));
    }
    text
}
