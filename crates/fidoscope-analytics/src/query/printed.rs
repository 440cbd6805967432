//! Bytes as people write them, and comparisons of bytes with what is printed for them.
//!
//! A table shows the identifier of a credential as base64url and a model as a UUID, so that is what
//! somebody pastes into the next query. SQL would compare the bytes with those of the text, which are
//! never equal, and find nothing. An analyzer rule takes the text for what it stands for, before types
//! are made to agree; text that stands for nothing is an error, not an empty answer.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use deltalake::arrow::datatypes::DataType;
use deltalake::datafusion::common::config::ConfigOptions;
use deltalake::datafusion::common::tree_node::{Transformed, TreeNode as _};
use deltalake::datafusion::common::{DFSchema, DataFusionError, ScalarValue};
use deltalake::datafusion::logical_expr::expr_rewriter::NamePreserver;
use deltalake::datafusion::logical_expr::utils::merge_schema;
use deltalake::datafusion::logical_expr::{
    BinaryExpr, Expr, ExprSchemable as _, LogicalPlan, Operator, lit,
};
use deltalake::datafusion::optimizer::analyzer::{Analyzer, AnalyzerRule};

/// Bytes are compared with a text that stands for none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} is compared with {text:?}, which is not {form}")]
pub struct NoBytes {
    /// The column, or what stands in its place.
    pub name: String,
    /// The text.
    pub text: String,
    /// The form that it would have to have.
    pub form: &'static str,
}

/// How the bytes of a column are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Uuid,
    Address,
    Base64,
    Text,
    Hex,
}

impl Form {
    /// The form of a column, by its name.
    fn of(name: &str) -> Self {
        if name.ends_with("aaguid") {
            Self::Uuid
        } else if name.ends_with("_ip") {
            Self::Address
        } else if name.ends_with("credential_id") {
            Self::Base64
        } else if name == "raw" {
            Self::Text
        } else {
            Self::Hex
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Uuid => "a UUID",
            Self::Address => "an IP address",
            Self::Base64 => "base64url",
            Self::Text => "text",
            Self::Hex => "hexadecimal digits, two for each byte",
        }
    }
}

/// Bytes as people write them: a model as UUID, an address as an address, an identifier of a
/// credential as base64url, anything else as hexadecimal digits.
pub(super) fn write(name: &str, bytes: &[u8]) -> String {
    match (Form::of(name), <[u8; 16]>::try_from(bytes)) {
        (Form::Uuid, Ok(sixteen)) => uuid(sixteen),
        (Form::Address, Ok(sixteen)) => Ipv6Addr::from(sixteen).to_canonical().to_string(),
        (Form::Base64, _) => URL_SAFE_NO_PAD.encode(bytes),
        (Form::Text, _) => String::from_utf8_lossy(bytes).into_owned(),
        _ => hex(bytes),
    }
}

/// The bytes that a text stands for in a column of this name.
fn read(name: &str, text: &str) -> Option<Vec<u8>> {
    match Form::of(name) {
        Form::Uuid => bytes_of_hex(&text.replace('-', "")).filter(|bytes| bytes.len() == 16),
        Form::Address => Some(match text.parse().ok()? {
            IpAddr::V4(address) => address.to_ipv6_mapped().octets().to_vec(),
            IpAddr::V6(address) => address.octets().to_vec(),
        }),
        Form::Base64 => bytes_of_base64(text),
        Form::Text => Some(text.as_bytes().to_vec()),
        Form::Hex => bytes_of_hex(text),
    }
}

fn uuid(bytes: [u8; 16]) -> String {
    let digits = hex(&bytes);
    let groups = [0..8, 8..12, 12..16, 16..20, 20..32];
    groups
        .map(|group| digits.get(group).unwrap_or_default())
        .join("-")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes_of_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    let pairs = digits.chunks(2).map(|pair| {
        let [high, low] = pair else { return None };
        let value = |digit: u8| char::from(digit).to_digit(16);
        u8::try_from(value(*high)? * 16 + value(*low)?).ok()
    });
    pairs.collect()
}

/// In either alphabet, padded or not, as in a log.
fn bytes_of_base64(text: &str) -> Option<Vec<u8>> {
    let lenient =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let decode = |alphabet| GeneralPurpose::new(alphabet, lenient).decode(text).ok();
    decode(&URL_SAFE).or_else(|| decode(&STANDARD))
}

/// The rules by which a query is understood: ours before those of the engine, which make types agree.
pub(super) fn analyzer_rules() -> Vec<Arc<dyn AnalyzerRule + Send + Sync>> {
    let mut rules: Vec<Arc<dyn AnalyzerRule + Send + Sync>> = vec![Arc::new(PrintedBytes)];
    rules.extend(Analyzer::new().rules);
    rules
}

/// Compares bytes with the text that is printed for them.
#[derive(Debug)]
struct PrintedBytes;

impl AnalyzerRule for PrintedBytes {
    fn name(&self) -> &'static str {
        "printed_bytes"
    }

    fn analyze(
        &self,
        plan: LogicalPlan,
        _config: &ConfigOptions,
    ) -> Result<LogicalPlan, DataFusionError> {
        Ok(plan.transform_up_with_subqueries(within)?.data)
    }
}

fn within(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>, DataFusionError> {
    let schema = merge_schema(&plan.inputs());
    let names = NamePreserver::new(&plan);
    let read = plan.map_expressions(|expr| {
        let name = names.save(&expr);
        let read = expr.transform_up(|expr| compared(expr, &schema))?;
        Ok(read.update_data(|expr| name.restore(expr)))
    })?;
    read.map_data(|plan| plan.recompute_schema())
}

/// One comparison, with its text read as bytes where it is one of bytes and text.
fn compared(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>, DataFusionError> {
    let equality = |op| {
        use Operator::{Eq, IsDistinctFrom, IsNotDistinctFrom, NotEq};
        matches!(op, Eq | NotEq | IsDistinctFrom | IsNotDistinctFrom)
    };
    Ok(match expr {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if equality(op) => {
            let (one, other) = (
                bytes_for(&left, &right, schema)?,
                bytes_for(&right, &left, schema)?,
            );
            let changed = one.is_some() || other.is_some();
            let right = one.map_or(right, Box::new);
            let left = other.map_or(left, Box::new);
            let expr = Expr::BinaryExpr(BinaryExpr { left, op, right });
            if changed {
                Transformed::yes(expr)
            } else {
                Transformed::no(expr)
            }
        }
        Expr::InList(mut list) => {
            let mut changed = false;
            for item in &mut list.list {
                if let Some(bytes) = bytes_for(&list.expr, item, schema)? {
                    *item = bytes;
                    changed = true;
                }
            }
            let expr = Expr::InList(list);
            if changed {
                Transformed::yes(expr)
            } else {
                Transformed::no(expr)
            }
        }
        other => Transformed::no(other),
    })
}

/// The bytes that a text stands for beside an expression; `None` where these are no bytes and text.
fn bytes_for(expr: &Expr, text: &Expr, schema: &DFSchema) -> Result<Option<Expr>, DataFusionError> {
    let Expr::Literal(value, _) = text else {
        return Ok(None);
    };
    let (ScalarValue::Utf8(Some(text))
    | ScalarValue::Utf8View(Some(text))
    | ScalarValue::LargeUtf8(Some(text))) = value
    else {
        return Ok(None);
    };
    let is_bytes = matches!(
        expr.get_type(schema),
        Ok(DataType::Binary | DataType::BinaryView | DataType::LargeBinary)
    );
    if !is_bytes || matches!(expr, Expr::Literal(..)) {
        return Ok(None);
    }
    let name = match expr {
        Expr::Column(column) | Expr::OuterReferenceColumn(_, column) => column.name.clone(),
        other => other.schema_name().to_string(),
    };
    let bytes = read(&name, text).ok_or_else(|| {
        let form = Form::of(&name).words();
        let text = text.clone();
        let ours = NoBytes { name, text, form };
        DataFusionError::External(Box::new(ours))
    })?;
    Ok(Some(lit(ScalarValue::Binary(Some(bytes)))))
}

#[cfg(test)]
mod tests;
