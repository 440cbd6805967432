//! Selections: maps of columns, lists of them, and keywords.

use fidoscope_definitions::{Key, Mark, Node, Tree};

use super::RuleReader;
use super::value::Form;
use crate::{ColumnDef, ColumnType, Expr, column, columns, problems};

/// Modifiers that are understood.
const MODIFIERS: &[&str] = &[
    "all",
    "cased",
    "contains",
    "endswith",
    "exists",
    "gt",
    "gte",
    "i",
    "lt",
    "lte",
    "m",
    "neq",
    "re",
    "s",
    "startswith",
];

/// Modifiers of Sigma 2.1 that are not supported.
pub(super) const REFUSED_MODIFIERS: &[&str] = &[
    "base64",
    "base64offset",
    "cidr",
    "day",
    "expand",
    "fieldref",
    "hour",
    "minute",
    "month",
    "utf16",
    "utf16be",
    "utf16le",
    "week",
    "wide",
    "windash",
    "year",
];

/// A column and how its values are to be read.
struct Field<'a> {
    column: ColumnDef,
    form: Form,
    every: bool,
    negated: bool,
    mark: Mark,
    values: &'a [Node],
}

impl RuleReader<'_, '_> {
    /// A map holds when all its fields do, a list when one of its items does.
    pub(super) fn selection(&mut self, node: &Node) -> Option<Expr> {
        match &node.tree {
            Tree::Map(entries) if !entries.is_empty() => {
                let fields: Vec<Option<Expr>> = entries
                    .iter()
                    .map(|(key, value)| self.field(key, value))
                    .collect();
                fields.into_iter().collect::<Option<Vec<Expr>>>().map(all)
            }
            Tree::List(items) if !items.is_empty() => {
                let items: Vec<Option<Expr>> =
                    items.iter().map(|item| self.selection_item(item)).collect();
                items.into_iter().collect::<Option<Vec<Expr>>>().map(any)
            }
            Tree::Map(_) | Tree::List(_) => {
                let wanted = "a map of columns or a list";
                let file = self.yaml.file();
                self.yaml
                    .problem(problems::empty(file, node.mark, "a selection", wanted))
            }
            _ => self.selection_item(node),
        }
    }

    fn selection_item(&mut self, item: &Node) -> Option<Expr> {
        match &item.tree {
            Tree::Map(_) => self.selection(item),
            _ => self.keyword(item),
        }
    }

    /// A text without a column is looked for in every column of text that the event table has.
    fn keyword(&mut self, item: &Node) -> Option<Expr> {
        self.keyword_in(item, Form::KEYWORD)
    }

    /// A keyword is about what an event says, not about one column: a column that an event does not
    /// have does not hold it, so that the answer is always yes or no.
    fn keyword_in(&mut self, item: &Node, form: Form) -> Option<Expr> {
        let written = item.written(self.yaml.file().text);
        if written.is_none_or(str::is_empty) {
            return self.yaml.wrong_shape(item, "a keyword", "text");
        }
        let is_text =
            |column: &&ColumnDef| column.is_of_event() && column.column_type == ColumnType::Text;
        let texts = || columns().iter().filter(is_text);
        let test = self.test(*texts().next()?, form, item)?;
        let in_column = |column: &ColumnDef| {
            let known = Expr::Not(Box::new(Expr::IsNull(column.name)));
            Expr::And(vec![known, Expr::Test(column.name, test.clone())])
        };
        Some(any(texts().map(in_column).collect()))
    }

    /// Keywords with modifiers: `'|all': [one, other]`.
    fn keywords(&mut self, modifiers: &[(&str, Mark)], values: &[Node]) -> Option<Expr> {
        let (mut every, mut form) = (false, Form::default());
        for (modifier, at) in modifiers {
            let fitting = match *modifier {
                "all" if values.len() < 2 => Err("it needs a list of keywords".to_owned()),
                "all" => {
                    every = true;
                    Ok(form)
                }
                "contains" | "cased" | "re" | "i" | "m" | "s" => form.with(modifier),
                _ => Err("a keyword is looked for anywhere in all columns of text".to_owned()),
            };
            match fitting {
                Ok(next) => form = next,
                Err(why) => {
                    return self.yaml.problem(problems::unfit_keyword(
                        self.yaml.file(),
                        *at,
                        modifier,
                        &why,
                    ));
                }
            }
        }
        let form = form.anywhere();
        let found: Vec<Option<Expr>> = values
            .iter()
            .map(|value| self.keyword_in(value, form))
            .collect();
        let found = found.into_iter().collect::<Option<Vec<Expr>>>()?;
        Some(if every { all(found) } else { any(found) })
    }

    fn field(&mut self, key: &Key, value: &Node) -> Option<Expr> {
        let values = match &value.tree {
            Tree::List(values) if values.is_empty() => {
                let what = format!("`{}`", key.text);
                let file = self.yaml.file();
                let problem = problems::empty(file, value.mark, &what, "a value or some");
                return self.yaml.problem(problem);
            }
            Tree::List(values) => values.as_slice(),
            _ => std::slice::from_ref(value),
        };
        let (name, modifiers) = self.parts(key)?;
        if name.is_empty() {
            return self.keywords(&modifiers, values);
        }
        let field = self.field_head(key, name, &modifiers, values)?;
        let tests: Vec<Option<Expr>> = field
            .values
            .iter()
            .map(|value| self.field_value(&field, value))
            .collect();
        let tests = tests.into_iter().collect::<Option<Vec<Expr>>>()?;
        let joined = if field.every { all(tests) } else { any(tests) };
        Some(if field.negated {
            Expr::Not(Box::new(joined))
        } else {
            joined
        })
    }

    /// The parts of `column|modifier|modifier`, with the places of the modifiers.
    fn parts<'k>(&mut self, key: &'k Key) -> Option<(&'k str, Vec<(&'k str, Mark)>)> {
        let mut parts = key.text.split('|');
        let name = parts.next().unwrap_or_default();
        let place = |offset, length| {
            key.mark
                .within(self.yaml.file().text, &key.text, offset, length)
        };
        let name_place = place(0, name.len());
        let mut offset = name.len() + 1;
        let mut modifiers = Vec::new();
        for part in parts {
            modifiers.push((part, place(offset, part.len())));
            offset += part.len() + 1;
        }
        let known = modifiers
            .iter()
            .map(|(modifier, at)| self.known(modifier, *at))
            .fold(true, |all, one| all & one);
        if !name.is_empty() && column(name).is_none() {
            return self
                .yaml
                .problem(problems::unknown_column(self.yaml.file(), name_place, name));
        }
        known.then_some((name, modifiers))
    }

    fn field_head<'a>(
        &mut self,
        key: &Key,
        name: &str,
        modifiers: &[(&str, Mark)],
        values: &'a [Node],
    ) -> Option<Field<'a>> {
        let column = column(name)?;
        let mut field = Field {
            column,
            form: Form::default(),
            every: false,
            negated: false,
            mark: key.mark,
            values,
        };
        for (modifier, at) in modifiers {
            if let Err(why) = field.apply(modifier) {
                return self.yaml.problem(problems::unfit_modifier(
                    self.yaml.file(),
                    *at,
                    modifier,
                    name,
                    &why,
                ));
            }
        }
        Some(field)
    }

    fn known(&mut self, modifier: &str, place: Mark) -> bool {
        if MODIFIERS.contains(&modifier) {
            return true;
        }
        if REFUSED_MODIFIERS.contains(&modifier) {
            let feature = format!("the Sigma modifier `{modifier}`");
            let help = format!("supported are {}", MODIFIERS.join(", "));
            self.yaml.report(problems::unsupported(
                self.yaml.file(),
                place,
                &feature,
                &help,
            ));
        } else {
            self.yaml.report(problems::unknown_modifier(
                self.yaml.file(),
                place,
                modifier,
                MODIFIERS,
            ));
        }
        false
    }

    fn field_value(&mut self, field: &Field<'_>, value: &Node) -> Option<Expr> {
        if field.form == Form::Exists {
            return match value.tree {
                Tree::Bool(true) => Some(Expr::Not(Box::new(Expr::IsNull(field.column.name)))),
                Tree::Bool(false) => Some(Expr::IsNull(field.column.name)),
                _ => self.yaml.wrong_shape(value, "`exists`", "true or false"),
            };
        }
        if value.tree == Tree::Null {
            if field.form == Form::default() {
                return Some(Expr::IsNull(field.column.name));
            }
            let why = "null is not a value that it could look at";
            let problem = problems::unfit_modifier(
                self.yaml.file(),
                field.mark,
                field.form.name(),
                field.column.name,
                why,
            );
            return self.yaml.problem(problem);
        }
        self.test(field.column, field.form, value)
            .map(|test| Expr::Test(field.column.name, test))
    }
}

impl Field<'_> {
    fn apply(&mut self, modifier: &str) -> Result<(), String> {
        match modifier {
            "all" if self.values.len() < 2 => {
                return Err("it needs a list of values".to_owned());
            }
            "all" => self.every = true,
            "neq" => self.negated = true,
            _ => self.form = self.form.with(modifier)?,
        }
        self.form.fits(self.column.column_type)
    }
}

pub(super) fn all(mut list: Vec<Expr>) -> Expr {
    if list.len() == 1 {
        list.swap_remove(0)
    } else {
        Expr::And(list)
    }
}

pub(super) fn any(mut list: Vec<Expr>) -> Expr {
    if list.len() == 1 {
        list.swap_remove(0)
    } else {
        Expr::Or(list)
    }
}
