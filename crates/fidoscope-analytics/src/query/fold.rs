//! Text without its letter case, as SQL.

use std::sync::Arc;

use deltalake::arrow::array::{ArrayRef, AsArray, StringArray};
use deltalake::arrow::compute::cast;
use deltalake::arrow::datatypes::DataType;
use deltalake::datafusion::common::DataFusionError;
use deltalake::datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use deltalake::datafusion::scalar::ScalarValue;
use fidoscope_detect::fold_case;

/// The SQL function `fold_case(text)`: two texts that differ in letter case alone give the same.
pub(crate) fn function() -> ScalarUDF {
    ScalarUDF::from(FoldCase {
        signature: Signature::any(1, Volatility::Immutable),
    })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct FoldCase {
    signature: Signature,
}

impl ScalarUDFImpl for FoldCase {
    fn name(&self) -> &'static str {
        "fold_case"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType, DataFusionError> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(
        &self,
        arguments: ScalarFunctionArgs,
    ) -> Result<ColumnarValue, DataFusionError> {
        match arguments.args.as_slice() {
            [ColumnarValue::Scalar(value)] => {
                let folded = folded(&value.to_array()?)?;
                Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(
                    &folded, 0,
                )?))
            }
            [ColumnarValue::Array(values)] => Ok(ColumnarValue::Array(folded(values)?)),
            _ => Err(DataFusionError::Plan("fold_case takes a text".to_owned())),
        }
    }
}

/// The texts of a column, folded, whatever its layout.
fn folded(values: &ArrayRef) -> Result<ArrayRef, DataFusionError> {
    let texts = cast(values, &DataType::Utf8)?;
    let texts = texts.as_string::<i32>().iter();
    let folded = texts.map(|text| text.map(fold_case));
    Ok(Arc::new(folded.collect::<StringArray>()))
}
