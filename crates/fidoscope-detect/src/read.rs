//! From a Sigma file to a rule.

use fidoscope_definitions::{Key, Map, Node, Reader, Tree};
use fidoscope_report::{Diagnostic, Level, near_miss};

use crate::rule::{KIND, Related, Rule, Status};
use crate::summary::{Summary, TemplateError};
use crate::{Expr, column, problems};

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
        Reader::read(&KIND, yaml, file, |yaml, root| {
            RuleReader { yaml }.rule(root)
        })
    }
}

/// Reader of what the nodes of a rule mean.
struct RuleReader<'r, 'a> {
    yaml: &'r mut Reader<'a>,
}

impl RuleReader<'_, '_> {
    fn rule(&mut self, root: &Node) -> Option<Rule> {
        let entries = self.yaml.open_map(root, "a rule")?;
        self.check_top_keys(&entries);
        self.log_source(&entries);
        let id = self.id(&entries);
        let title =
            self.yaml
                .required_with(&entries, "title", Some("say in a line what the rule finds"));
        let level = self.level(&entries);
        let condition = self.detection(&entries);
        let ours = self.ours(&entries);
        Some(Rule {
            name: self.yaml.optional(&entries, "name"),
            description: self.yaml.optional(&entries, "description"),
            status: self.yaml.word(&entries, "status", STATUSES),
            tags: self.yaml.texts(&entries, "tags"),
            references: self.yaml.texts(&entries, "references"),
            false_positives: self.yaml.texts(&entries, "falsepositives"),
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

    fn id(&mut self, entries: &Map<'_>) -> Option<String> {
        let help = "a UUID of its own, by which findings are told apart and rules overridden";
        let id = self
            .yaml
            .required_with::<String>(entries, "id", Some(help))?;
        let groups: Vec<&str> = id.split('-').collect();
        let is_uuid = groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
            && groups
                .iter()
                .all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()));
        if is_uuid {
            return Some(id.to_ascii_lowercase());
        }
        let place = entries.get("id").map_or(entries.mark, |node| node.mark);
        self.yaml
            .problem(problems::not_a_uuid(self.yaml.file(), place, &id))
    }

    fn level(&mut self, entries: &Map<'_>) -> Option<Level> {
        if entries.get("level").is_none() {
            let help = "informational, low, medium, high or critical";
            return self.yaml.missing(entries, "level", Some(help));
        }
        self.yaml.word(entries, "level", LEVELS)
    }

    /// A rule for another product would look for fields that mean something else here.
    fn log_source(&mut self, entries: &Map<'_>) {
        let Some(node) = entries.get("logsource") else {
            let help = "logsource: {product: webauthn, category: ceremony}";
            let file = self.yaml.file();
            self.yaml
                .report(file.missing_key(entries.mark, "logsource", Some(help)));
            return;
        };
        let Some(source) = self.yaml.open_map(node, "`logsource`") else {
            return;
        };
        self.check_keys(
            &source,
            &["product", "category", "definition"],
            &["service"],
        );
        for (key, wanted) in [("product", "webauthn"), ("category", "ceremony")] {
            let found: Option<String> = self.yaml.optional(&source, key);
            let place = source.get(key).map_or(source.mark, |node| node.mark);
            match found {
                Some(found) if found != wanted => {
                    let feature = format!("a log source with {key} `{found}`");
                    let help = format!("{key}: {wanted} is the only one");
                    self.yaml.report(problems::unsupported(
                        self.yaml.file(),
                        place,
                        &feature,
                        &help,
                    ));
                }
                None if key == "product" && source.get(key).is_none() => {
                    self.yaml.report(self.yaml.file().missing_key(
                        place,
                        key,
                        Some("product: webauthn"),
                    ));
                }
                _ => {}
            }
        }
    }

    fn ours(&mut self, entries: &Map<'_>) -> Ours {
        let mut ours = Ours {
            case_columns: vec!["credential_id"],
            related: Vec::new(),
            summary: None,
        };
        let Some(node) = entries.get("fidoscope") else {
            return ours;
        };
        let Some(block) = self.yaml.open_map(node, "`fidoscope`") else {
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

    fn related(&mut self, block: &Map<'_>) -> Vec<Related> {
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
                self.yaml.problem(
                    self.yaml
                        .file()
                        .unknown_word(item.mark, "witness", word, &known),
                )
            }
            Tree::Map(_) => {
                let map = self.yaml.open_map(item, "`witness`")?;
                self.check_keys(&map, &["same"], &[]);
                let same = map.get("same")?;
                self.column_node(same).map(Related::Same)
            }
            _ => {
                let wanted = "`previous` or `same: COLUMN`";
                self.yaml.wrong_shape(item, "`witness`", wanted)
            }
        }
    }

    fn summary(&mut self, node: &Node) -> Option<Summary> {
        let Tree::Text(text) = &node.tree else {
            return self.yaml.wrong_shape(node, "`summary`", "text");
        };
        let within = |offset, length| {
            node.mark
                .within(self.yaml.file().text, text, offset, length)
        };
        match Summary::parse(text) {
            Ok(summary) => Some(summary),
            Err(TemplateError::Unbalanced(offset)) => self.yaml.problem(
                problems::unbalanced_summary(self.yaml.file(), within(offset, 1)),
            ),
            Err(TemplateError::Unknown(offset, name)) => self.yaml.problem(
                problems::unknown_column(self.yaml.file(), within(offset + 1, name.len()), &name),
            ),
        }
    }

    fn detection(&mut self, entries: &Map<'_>) -> Option<Expr> {
        let Some(node) = entries.get("detection") else {
            let help = "selections by name, and a condition that joins them";
            return self.yaml.missing(entries, "detection", Some(help));
        };
        let detection = self.yaml.open_map(node, "`detection`")?;
        let mut selections = Vec::new();
        for (key, body) in detection.entries {
            match key.text.as_str() {
                "condition" => {}
                "timeframe" => {
                    let help = "a rule looks at one event and its enriched columns";
                    self.yaml.report(problems::unsupported(
                        self.yaml.file(),
                        key.mark,
                        "Sigma's `timeframe`",
                        help,
                    ));
                }
                name => selections.push((name, key.mark, self.selection(body))),
            }
        }
        let Some(condition) = detection.get("condition") else {
            let help = "condition: NAME OF A SELECTION";
            return self.yaml.missing(&detection, "condition", Some(help));
        };
        self.condition(condition, &selections)
    }

    /// Sigma lets a rule have keys of its own, which mean nothing here. What differs from a known key
    /// by a slip is taken for that.
    fn check_top_keys(&mut self, map: &Map<'_>) {
        for (key, _) in map.entries {
            let name = key.text.as_str();
            let known = KEYS.contains(&name);
            if REFUSED_KEYS.contains(&name) {
                self.refused_key(key);
            } else if !known && near_miss(name, KEYS.iter().copied()).is_some() {
                self.yaml.report(self.yaml.file().unknown_key(key, KEYS));
            }
        }
    }

    fn refused_key(&mut self, key: &Key) {
        let help = "the rule would mean something else without it, so it is not read";
        let feature = format!("Sigma's `{}`", key.text);
        self.yaml.report(problems::unsupported(
            self.yaml.file(),
            key.mark,
            &feature,
            help,
        ));
    }

    fn check_keys(&mut self, map: &Map<'_>, known: &[&str], refused: &[&str]) {
        for (key, _) in map.entries {
            let name = key.text.as_str();
            if refused.contains(&name) {
                self.refused_key(key);
            } else if !known.contains(&name) {
                self.yaml.report(self.yaml.file().unknown_key(key, known));
            }
        }
    }

    fn columns(&mut self, map: &Map<'_>, key: &str) -> Vec<&'static str> {
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
            return self.yaml.wrong_shape(node, "a column", "a name");
        };
        match column(name) {
            Some(column) => Some(column.name),
            None => self
                .yaml
                .problem(problems::unknown_column(self.yaml.file(), node.mark, name)),
        }
    }
}

/// What the `fidoscope` block says.
struct Ours {
    case_columns: Vec<&'static str>,
    related: Vec<Related>,
    summary: Option<Summary>,
}
