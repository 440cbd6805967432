//! Values: what is written in a rule, as the type of its column.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fidoscope_definitions::{Node, Tree};
use fidoscope_report::time::Moment;

use super::RuleReader;
use crate::{BytesForm, ColumnDef, ColumnType, Comparator, Pattern, Regex, Test, problems};

/// How the values of a field are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// The whole value, or the part that the two flags leave open.
    Text {
        before: bool,
        after: bool,
        cased: bool,
    },
    /// A regular expression with its flags.
    Regex {
        insensitive: bool,
        lines: bool,
        dot_all: bool,
    },
    /// An order of numbers.
    Order(Comparator),
    /// Whether it is known.
    Exists,
}

impl Default for Form {
    fn default() -> Self {
        Self::Text {
            before: false,
            after: false,
            cased: false,
        }
    }
}

impl Form {
    /// How a keyword is looked for: anywhere in a text.
    pub(super) const KEYWORD: Self = Self::Text {
        before: true,
        after: true,
        cased: false,
    };

    /// The form with anything allowed before and after.
    pub(super) const fn anywhere(self) -> Self {
        match self {
            Self::Text { cased, .. } => Self::Text {
                before: true,
                after: true,
                cased,
            },
            other => other,
        }
    }

    /// The form with one more modifier.
    pub(super) fn with(self, modifier: &str) -> Result<Self, String> {
        match (self, modifier) {
            (
                Self::Text {
                    before,
                    after,
                    cased,
                },
                _,
            ) => match Self::with_text(before, after, cased, modifier) {
                Some(form) => Ok(form),
                None if self == Self::default() => Self::first(modifier),
                None => Err(self.clash()),
            },
            (Self::Regex { lines, dot_all, .. }, "i") => Ok(Self::Regex {
                insensitive: true,
                lines,
                dot_all,
            }),
            (
                Self::Regex {
                    insensitive,
                    dot_all,
                    ..
                },
                "m",
            ) => Ok(Self::Regex {
                insensitive,
                lines: true,
                dot_all,
            }),
            (
                Self::Regex {
                    insensitive, lines, ..
                },
                "s",
            ) => Ok(Self::Regex {
                insensitive,
                lines,
                dot_all: true,
            }),
            _ => Err(self.clash()),
        }
    }

    fn with_text(before: bool, after: bool, cased: bool, modifier: &str) -> Option<Self> {
        let whole = !before && !after;
        match modifier {
            "contains" if whole => Some(Self::Text {
                before: true,
                after: true,
                cased,
            }),
            "startswith" if whole => Some(Self::Text {
                before,
                after: true,
                cased,
            }),
            "endswith" if whole => Some(Self::Text {
                before: true,
                after,
                cased,
            }),
            "cased" => Some(Self::Text {
                before,
                after,
                cased: true,
            }),
            _ => None,
        }
    }

    fn first(modifier: &str) -> Result<Self, String> {
        match modifier {
            "re" => Ok(Self::Regex {
                insensitive: false,
                lines: false,
                dot_all: false,
            }),
            "lt" => Ok(Self::Order(Comparator::Less)),
            "lte" => Ok(Self::Order(Comparator::LessOrEqual)),
            "gt" => Ok(Self::Order(Comparator::Greater)),
            "gte" => Ok(Self::Order(Comparator::GreaterOrEqual)),
            "exists" => Ok(Self::Exists),
            _ => Err("it belongs after `re`".to_owned()),
        }
    }

    fn clash(self) -> String {
        format!("it does not go together with `{}`", self.name())
    }

    /// Whether a column of the type can be compared so.
    pub(super) fn fits(self, column_type: ColumnType) -> Result<(), String> {
        let is_text = matches!(column_type, ColumnType::Text | ColumnType::TextList);
        let is_ordered = matches!(
            column_type,
            ColumnType::Integer | ColumnType::Number | ColumnType::Time
        );
        match self {
            Self::Text {
                before: false,
                after: false,
                cased: false,
            }
            | Self::Exists => Ok(()),
            Self::Text { .. } | Self::Regex { .. } if is_text => Ok(()),
            Self::Order(_) if is_ordered => Ok(()),
            Self::Order(_) => Err("it is not a column of numbers or times".to_owned()),
            Self::Text { .. } | Self::Regex { .. } => Err("it is not a column of text".to_owned()),
        }
    }

    /// The modifier that made it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Text {
                before: true,
                after: true,
                ..
            } => "contains",
            Self::Text { before: true, .. } => "endswith",
            Self::Text { after: true, .. } => "startswith",
            Self::Text { .. } => "cased",
            Self::Regex { .. } => "re",
            Self::Order(Comparator::Less) => "lt",
            Self::Order(Comparator::LessOrEqual) => "lte",
            Self::Order(Comparator::Greater) => "gt",
            Self::Order(_) => "gte",
            Self::Exists => "exists",
        }
    }
}

impl RuleReader<'_, '_> {
    pub(super) fn test(&mut self, column: ColumnDef, form: Form, value: &Node) -> Option<Test> {
        let Some(written) = value.written(self.yaml.file().text) else {
            return self.unfit(column, value, value.shape());
        };
        let comparator = if let Form::Order(order) = form {
            order
        } else {
            Comparator::Equal
        };
        let test = match (column.column_type, form) {
            (ColumnType::Text | ColumnType::TextList, Form::Regex { .. }) => {
                return self.regex(form, value, written);
            }
            (
                ColumnType::Text | ColumnType::TextList,
                Form::Text {
                    before,
                    after,
                    cased,
                },
            ) => {
                let pattern = Pattern::parse(written).surrounded(before, after);
                Some(Test::Text { pattern, cased })
            }
            (ColumnType::Integer, _) => written
                .parse()
                .ok()
                .map(|wanted| Test::Integer(comparator, wanted)),
            (ColumnType::Number, _) => {
                let number = written
                    .parse()
                    .ok()
                    .filter(|number: &f64| number.is_finite());
                number.map(|wanted| Test::Number(comparator, wanted))
            }
            (ColumnType::Time, _) => micros(written).map(|wanted| Test::Time(comparator, wanted)),
            (ColumnType::Bool, _) => written.parse().ok().map(Test::Bool),
            (ColumnType::Bytes(form), _) => bytes(form, written).map(Test::Bytes),
            (ColumnType::Text | ColumnType::TextList, _) => None,
        };
        if test.is_none() {
            return self.unfit(column, value, &format!("`{written}`"));
        }
        test
    }

    fn regex(&mut self, form: Form, value: &Node, written: &str) -> Option<Test> {
        let Form::Regex {
            insensitive,
            lines,
            dot_all,
        } = form
        else {
            return None;
        };
        let flags: String = [(insensitive, 'i'), (lines, 'm'), (dot_all, 's')]
            .into_iter()
            .filter_map(|(wanted, flag)| wanted.then_some(flag))
            .collect();
        let text = if flags.is_empty() {
            written.to_owned()
        } else {
            format!("(?{flags}){written}")
        };
        match Regex::new(&text) {
            Ok(regex) => Some(Test::Regex(regex)),
            Err(error) => {
                self.yaml
                    .problem(problems::bad_regex(self.yaml.file(), value.mark, &error))
            }
        }
    }

    fn unfit<T>(&mut self, column: ColumnDef, value: &Node, found: &str) -> Option<T> {
        let wanted = match column.column_type {
            ColumnType::Text | ColumnType::TextList => "text",
            ColumnType::Integer => "a whole number",
            ColumnType::Number => "a number",
            ColumnType::Time => "a point in time (2026-11-17T10:00:00Z)",
            ColumnType::Bool => "true or false",
            ColumnType::Bytes(BytesForm::Base64Url) => "base64url text without padding",
            ColumnType::Bytes(BytesForm::Hex) => "hexadecimal text",
            ColumnType::Bytes(BytesForm::Uuid) => "a UUID",
            ColumnType::Bytes(BytesForm::Address) => "an IP address",
        };
        // A list inside a list of values has the shape, everything else its own text.
        let found = if matches!(value.tree, Tree::Map(_)) {
            "a map"
        } else {
            found
        };
        self.yaml.problem(problems::unfit_value(
            self.yaml.file(),
            value.mark,
            column.name,
            wanted,
            found,
        ))
    }
}

/// Microseconds since the epoch of a time that does not depend on when the rule is read.
fn micros(written: &str) -> Option<i64> {
    match written.parse().ok()? {
        Moment::At(time) => Some(time.timestamp_micros()),
        Moment::FromNow(_) | Moment::OnDay { .. } => None,
    }
}

fn bytes(form: BytesForm, written: &str) -> Option<Vec<u8>> {
    match form {
        BytesForm::Base64Url => URL_SAFE_NO_PAD.decode(written).ok(),
        BytesForm::Hex => hex(written),
        BytesForm::Uuid => {
            let dashes = written.match_indices('-').map(|(at, _)| at);
            dashes
                .eq([8, 13, 18, 23])
                .then(|| hex(&written.replace('-', "")))
                .flatten()
        }
        BytesForm::Address => match written.parse().ok()? {
            IpAddr::V4(address) => Some(address.to_ipv6_mapped().octets().to_vec()),
            IpAddr::V6(address) => Some(address.octets().to_vec()),
        },
    }
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|char| char.to_digit(16)).collect();
    let digits = digits.filter(|digits| !digits.is_empty() && digits.len().is_multiple_of(2))?;
    let byte = |pair: &[u32]| match pair {
        [high, low] => u8::try_from(high * 16 + low).ok(),
        _ => None,
    };
    digits.chunks(2).map(byte).collect()
}
