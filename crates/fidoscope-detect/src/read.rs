//! From a Sigma file to a rule.

use fidoscope_report::{Diagnostic, Level, near_miss};

use crate::problems::File;
use crate::rule::{Related, Rule, Status};
use crate::summary::{Summary, TemplateError};
use crate::yaml::{self, Key, Node, Place, Tree};
use crate::{Expr, column};

mod condition;
mod selection;
mod value;

#[cfg(test)]
mod tests;

const KEYS: &[&str] = &[
    "title",
    "id",
    "name",
    "related",
    "status",
    "description",
    "license",
    "references",
    "author",
    "date",
    "modified",
    "tags",
    "logsource",
    "detection",
    "fields",
    "falsepositives",
    "level",
    "fidoscope",
];

/// Parts of Sigma that change what a rule means and are not supported.
const REFUSED_KEYS: &[&str] = &[
    "action",
    "correlation",
    "filter",
    "global",
    "scope",
    "taxonomy",
    "timeframe",
];

const STATUSES: &[(&str, Status)] = &[
    ("stable", Status::Stable),
    ("test", Status::Test),
    ("experimental", Status::Experimental),
    ("deprecated", Status::Deprecated),
    ("unsupported", Status::Unsupported),
];

const LEVELS: &[(&str, Level)] = &[
    ("informational", Level::Informational),
    ("low", Level::Low),
    ("medium", Level::Medium),
    ("high", Level::High),
    ("critical", Level::Critical),
];

impl Rule {
    /// Reads a rule; all its problems at once.
    ///
    /// # Errors
    /// The problems, in the order of the file as far as they have a place.
    pub fn parse(yaml: &str, file: &str) -> Result<Self, Vec<Diagnostic>> {
        let file = File {
            name: file,
            text: yaml,
        };
        let root = yaml::parse(yaml).map_err(|error| vec![file.not_yaml(&error)])?;
        let mut reader = Reader {
            file,
            problems: Vec::new(),
        };
        let rule = reader.rule(&root);
        let mut problems = reader.problems;
        match rule {
            Some(rule) if problems.is_empty() => Ok(rule),
            _ => {
                problems.sort_by_key(|problem| (problem.at.line, problem.at.column));
                Err(problems)
            }
        }
    }
}

/// Reads on after a problem, so that a person sees them all.
struct Reader<'a> {
    file: File<'a>,
    problems: Vec<Diagnostic>,
}

/// The entries of a map by key.
struct Entries<'a> {
    entries: &'a [(Key, Node)],
    place: Place,
}

impl<'a> Entries<'a> {
    fn get(&self, key: &str) -> Option<&'a Node> {
        self.entries
            .iter()
            .find(|(name, _)| name.text == key)
            .map(|(_, node)| node)
    }
}

impl Reader<'_> {
    fn rule(&mut self, root: &Node) -> Option<Rule> {
        let entries = self.entries(root, "a rule")?;
        self.check_top_keys(&entries);
        self.log_source(&entries);
        let id = self.id(&entries);
        let title = self.required_text(&entries, "title", "say in a line what the rule finds");
        let level = self.level(&entries);
        let condition = self.detection(&entries);
        let ours = self.ours(&entries);
        Some(Rule {
            name: self.text(&entries, "name"),
            description: self.text(&entries, "description"),
            status: self.word(&entries, "status", STATUSES),
            tags: self.texts(&entries, "tags"),
            references: self.texts(&entries, "references"),
            false_positives: self.texts(&entries, "falsepositives"),
            fields: self.columns(&entries, "fields"),
            case_columns: ours.case_columns,
            related: ours.related,
            summary: ours.summary,
            id: id?,
            title: title?,
            level: level?,
            condition: condition?,
        })
    }

    fn id(&mut self, entries: &Entries<'_>) -> Option<String> {
        let help = "a UUID of its own, by which findings are told apart and rules overridden";
        let id = self.required_text(entries, "id", help)?;
        let groups: Vec<&str> = id.split('-').collect();
        let is_uuid = groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
            && groups
                .iter()
                .all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()));
        if is_uuid {
            return Some(id.to_ascii_lowercase());
        }
        let place = entries.get("id").map_or(entries.place, |node| node.place);
        self.problem(self.file.not_a_uuid(place, &id))
    }

    fn level(&mut self, entries: &Entries<'_>) -> Option<Level> {
        if entries.get("level").is_none() {
            let help = "informational, low, medium, high or critical";
            return self.problem(self.file.missing_key(entries.place, "level", help));
        }
        self.word(entries, "level", LEVELS)
    }

    /// A rule for another product would look for fields that mean something else here.
    fn log_source(&mut self, entries: &Entries<'_>) {
        let Some(node) = entries.get("logsource") else {
            let help = "logsource: {product: webauthn, category: ceremony}";
            self.report(self.file.missing_key(entries.place, "logsource", help));
            return;
        };
        let Some(source) = self.entries(node, "`logsource`") else {
            return;
        };
        self.check_keys(
            &source,
            &["product", "category", "definition"],
            &["service"],
        );
        for (key, wanted) in [("product", "webauthn"), ("category", "ceremony")] {
            let found = self.text(&source, key);
            let place = source.get(key).map_or(source.place, |node| node.place);
            match found {
                Some(found) if found != wanted => {
                    let feature = format!("a log source with {key} `{found}`");
                    let help = format!("{key}: {wanted} is the only one");
                    self.report(self.file.unsupported(place, &feature, &help));
                }
                None if key == "product" && source.get(key).is_none() => {
                    self.report(self.file.missing_key(place, key, "product: webauthn"));
                }
                _ => {}
            }
        }
    }

    fn ours(&mut self, entries: &Entries<'_>) -> Ours {
        let mut ours = Ours {
            case_columns: vec!["credential_id"],
            related: Vec::new(),
            summary: None,
        };
        let Some(node) = entries.get("fidoscope") else {
            return ours;
        };
        let Some(block) = self.entries(node, "`fidoscope`") else {
            return ours;
        };
        self.check_keys(&block, &["case_key", "witness", "summary"], &[]);
        if block.get("case_key").is_some() {
            ours.case_columns = self.columns(&block, "case_key");
        }
        ours.related = self.related(&block);
        if let Some(node) = block.get("summary") {
            ours.summary = self.summary(node);
        }
        ours
    }

    fn related(&mut self, block: &Entries<'_>) -> Vec<Related> {
        let Some(node) = block.get("witness") else {
            return Vec::new();
        };
        let items = match &node.tree {
            Tree::List(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        items
            .iter()
            .filter_map(|item| self.related_item(item))
            .collect()
    }

    fn related_item(&mut self, item: &Node) -> Option<Related> {
        match &item.tree {
            Tree::Text(word) if word == "previous" => Some(Related::Previous),
            Tree::Text(word) => {
                let known = ["previous", "same: COLUMN"];
                self.problem(self.file.unknown_word(item.place, "witness", word, &known))
            }
            Tree::Map(_) => {
                let map = self.entries(item, "`witness`")?;
                self.check_keys(&map, &["same"], &[]);
                let same = map.get("same")?;
                self.column_node(same).map(Related::Same)
            }
            _ => {
                let wanted = "`previous` or `same: COLUMN`";
                self.wrong_shape(item, "`witness`", wanted)
            }
        }
    }

    fn summary(&mut self, node: &Node) -> Option<Summary> {
        let Tree::Text(text) = &node.tree else {
            return self.wrong_shape(node, "`summary`", "text");
        };
        let within = |offset, length| node.place.within(self.file.text, text, offset, length);
        match Summary::parse(text) {
            Ok(summary) => Some(summary),
            Err(TemplateError::Unbalanced(offset)) => {
                self.problem(self.file.unbalanced_summary(within(offset, 1)))
            }
            Err(TemplateError::Unknown(offset, name)) => self.problem(
                self.file
                    .unknown_column(within(offset + 1, name.len()), &name),
            ),
        }
    }

    fn detection(&mut self, entries: &Entries<'_>) -> Option<Expr> {
        let Some(node) = entries.get("detection") else {
            let help = "selections by name, and a condition that joins them";
            return self.problem(self.file.missing_key(entries.place, "detection", help));
        };
        let detection = self.entries(node, "`detection`")?;
        let mut selections = Vec::new();
        for (key, body) in detection.entries {
            match key.text.as_str() {
                "condition" => {}
                "timeframe" => {
                    let help = "a rule looks at one event and its enriched columns";
                    self.report(
                        self.file
                            .unsupported(key.place, "Sigma's `timeframe`", help),
                    );
                }
                name => selections.push((name, key.place, self.selection(body))),
            }
        }
        let Some(condition) = detection.get("condition") else {
            let help = "condition: NAME OF A SELECTION";
            return self.problem(self.file.missing_key(detection.place, "condition", help));
        };
        self.condition(condition, &selections)
    }

    fn entries<'n>(&mut self, node: &'n Node, what: &str) -> Option<Entries<'n>> {
        match &node.tree {
            Tree::Map(entries) => Some(Entries {
                entries,
                place: node.place,
            }),
            _ => self.wrong_shape(node, what, "a map"),
        }
    }

    /// Sigma lets a rule have keys of its own, which mean nothing here. What differs from a known key
    /// by a slip is taken for that.
    fn check_top_keys(&mut self, map: &Entries<'_>) {
        for (key, _) in map.entries {
            let name = key.text.as_str();
            let known = KEYS.contains(&name);
            if REFUSED_KEYS.contains(&name) {
                self.refused_key(key);
            } else if !known && near_miss(name, KEYS.iter().copied()).is_some() {
                self.report(self.file.unknown_key(key.place, name, KEYS));
            }
        }
    }

    fn refused_key(&mut self, key: &Key) {
        let help = "the rule would mean something else without it, so it is not read";
        let feature = format!("Sigma's `{}`", key.text);
        self.report(self.file.unsupported(key.place, &feature, help));
    }

    fn check_keys(&mut self, map: &Entries<'_>, known: &[&str], refused: &[&str]) {
        for (key, _) in map.entries {
            let name = key.text.as_str();
            if refused.contains(&name) {
                self.refused_key(key);
            } else if !known.contains(&name) {
                self.report(self.file.unknown_key(key.place, name, known));
            }
        }
    }

    fn required_text(&mut self, map: &Entries<'_>, key: &str, help: &str) -> Option<String> {
        if map.get(key).is_none() {
            return self.problem(self.file.missing_key(map.place, key, help));
        }
        self.text(map, key)
    }

    fn text(&mut self, map: &Entries<'_>, key: &str) -> Option<String> {
        let node = map.get(key)?;
        match node.written(self.file.text) {
            Some(text) => Some(text.to_owned()),
            None => self.wrong_shape(node, &format!("`{key}`"), "text"),
        }
    }

    /// A list of texts, or one text.
    fn texts(&mut self, map: &Entries<'_>, key: &str) -> Vec<String> {
        let Some(node) = map.get(key) else {
            return Vec::new();
        };
        let items = match &node.tree {
            Tree::List(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let mut texts = Vec::new();
        for item in items {
            match item.written(self.file.text) {
                Some(text) => texts.push(text.to_owned()),
                None => {
                    let _: Option<()> =
                        self.wrong_shape(item, &format!("`{key}`"), "a list of texts");
                }
            }
        }
        texts
    }

    fn columns(&mut self, map: &Entries<'_>, key: &str) -> Vec<&'static str> {
        let Some(node) = map.get(key) else {
            return Vec::new();
        };
        match &node.tree {
            Tree::List(items) => items
                .iter()
                .filter_map(|item| self.column_node(item))
                .collect(),
            _ => self.column_node(node).into_iter().collect(),
        }
    }

    fn column_node(&mut self, node: &Node) -> Option<&'static str> {
        let Tree::Text(name) = &node.tree else {
            return self.wrong_shape(node, "a column", "a name");
        };
        match column(name) {
            Some(column) => Some(column.name),
            None => self.problem(self.file.unknown_column(node.place, name)),
        }
    }

    fn word<T: Copy>(
        &mut self,
        map: &Entries<'_>,
        key: &str,
        words: &[(&'static str, T)],
    ) -> Option<T> {
        let found = self.text(map, key)?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == found) {
            return Some(*value);
        }
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let place = map.get(key).map_or(map.place, |node| node.place);
        self.problem(self.file.unknown_word(place, key, &found, &known))
    }

    fn wrong_shape<T>(&mut self, node: &Node, what: &str, wanted: &str) -> Option<T> {
        self.problem(
            self.file
                .wrong_shape(node.place, what, wanted, node.shape()),
        )
    }

    fn problem<T>(&mut self, problem: Diagnostic) -> Option<T> {
        self.report(problem);
        None
    }

    fn report(&mut self, problem: Diagnostic) {
        self.problems.push(problem);
    }
}

/// What the `fidoscope` block says.
struct Ours {
    case_columns: Vec<&'static str>,
    related: Vec<Related>,
    summary: Option<Summary>,
}
