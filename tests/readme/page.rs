//! The commands of a Markdown page, in their order, and what it shows of each.
//!
//! The language of a fence says what stands in it: `sh` commands, one a line (`\` goes on in the
//! next one); `text` what the last command before it prints; `console` a session, in which `$ `
//! begins a command and what follows it is printed by it. A fence without a language is refused, so
//! that no command and no output goes by unread. A command ends with 0, or with what its comment
//! says: `# exits with 1: why`.

/// A command and what the page says of it.
#[derive(Debug, PartialEq)]
pub(super) struct Step {
    /// Line of the page, from 1.
    pub(super) line: usize,
    pub(super) command: String,
    pub(super) exit: i32,
    /// What it is shown to print, line by line.
    pub(super) shown: Option<Vec<String>>,
    /// Whether its block ends with it.
    pub(super) last: bool,
}

impl Step {
    fn new(line: usize, command: &str) -> Self {
        let comment = command.split_once("# exits with ");
        let exit = comment.map_or(0, |(_, rest)| {
            let code = rest.split(':').next().unwrap();
            code.parse()
                .unwrap_or_else(|_| panic!("line {line}: `# exits with CODE: why` is meant"))
        });
        Self {
            line,
            command: command.to_owned(),
            exit,
            shown: None,
            last: false,
        }
    }
}

/// The commands of a page.
pub(super) fn steps(page: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut lines = page.lines().zip(1..);
    while let Some((fence, line)) = lines.next() {
        let Some(language) = fence.strip_prefix("```") else {
            continue;
        };
        let block: Vec<_> = lines
            .by_ref()
            .take_while(|(text, _)| *text != "```")
            .collect();
        match language {
            "sh" => commands(&block, &mut steps),
            "console" => session(&block, &mut steps),
            "text" => {
                let step = steps.last_mut();
                let step: &mut Step = step.unwrap_or_else(|| panic!("line {line}: of what?"));
                assert_eq!(step.shown, None, "line {line}: shown twice");
                step.shown = Some(block.iter().map(|(text, _)| (*text).to_owned()).collect());
            }
            "" => panic!("line {line}: a fence says what is in it: sh, console or text"),
            _ => {}
        }
    }
    steps
}

fn commands(block: &[(&str, usize)], steps: &mut Vec<Step>) {
    let mut begun: Option<(usize, String)> = None;
    for &(text, line) in block {
        let (first, mut command) = begun.take().unwrap_or((line, String::new()));
        command.push_str(text);
        if text.ends_with('\\') {
            command.push('\n');
            begun = Some((first, command));
        } else if !text.is_empty() && !text.starts_with('#') {
            steps.push(Step::new(first, &command));
        }
    }
    assert_eq!(begun, None, "a command goes on after its block");
    end(steps);
}

fn session(block: &[(&str, usize)], steps: &mut Vec<Step>) {
    for &(text, line) in block {
        if let Some(command) = text.strip_prefix("$ ") {
            steps.push(Step::new(line, command));
        } else {
            let step = steps.last_mut().unwrap();
            step.shown.get_or_insert_default().push(text.to_owned());
        }
    }
    end(steps);
}

fn end(steps: &mut [Step]) {
    if let Some(step) = steps.last_mut() {
        step.last = true;
    }
}

#[test]
fn a_page_is_read_as_it_is_meant() {
    let page = "\
Text.
```sh
fidoscope a \\
  --b
# a remark
fidoscope c   # exits with 3: nothing to see
```
and prints
```text
one

two
```
```console
$ fidoscope d
three
$ fidoscope e
```
```json
{}
```
";
    let read: Vec<_> = steps(page)
        .into_iter()
        .map(|step| {
            let shown = step.shown.map(|shown| shown.join("|"));
            (step.line, step.command, step.exit, shown, step.last)
        })
        .collect();
    let step = |line, command: &str, exit, shown: Option<&str>, last| {
        (
            line,
            command.to_owned(),
            exit,
            shown.map(str::to_owned),
            last,
        )
    };
    let expected = [
        step(3, "fidoscope a \\\n  --b", 0, None, false),
        step(
            6,
            "fidoscope c   # exits with 3: nothing to see",
            3,
            Some("one||two"),
            true,
        ),
        step(15, "fidoscope d", 0, Some("three"), false),
        step(17, "fidoscope e", 0, None, true),
    ];
    assert_eq!(read, expected);
}
