//! The bridge to DuckDB: a batch of texts in, a batch of texts out. Strings are read where DuckDB keeps
//! them and written straight into its result, so that a value costs no allocation. The only unsafe code
//! of the program is here.

use super::Mask;
use super::keyed::Faker;
use super::known::Known;
use crate::error::{Error, Result};
use crate::secret::Key;
use duckdb::core::{DataChunkHandle, Inserter, LogicalTypeId};
use duckdb::ffi::duckdb_string_t;
use duckdb::types::DuckString;
use duckdb::vscalar::{ScalarFunctionSignature, VScalar};
use std::sync::{Arc, OnceLock};

/// A masking function, the salt it is keyed by and what is known: what DuckDB holds for it.
#[derive(Clone)]
pub(super) struct Function {
    salt: Key,
    mask: Mask,
    known: Arc<OnceLock<Known>>,
    unknown: Arc<Known>,
}

impl Function {
    /// Binds a function to a salt and to what will be known.
    pub(super) fn new(salt: &Key, mask: Mask, known: &Arc<OnceLock<Known>>) -> Function {
        Function { salt: salt.clone(), mask, known: known.clone(), unknown: Arc::default() }
    }

    /// Registers it under `name`, with `arguments` texts as arguments.
    pub(super) fn register(&self, conn: &duckdb::Connection, name: &str, arguments: usize) -> Result<()> {
        match arguments {
            1 => conn.register_scalar_function_with_state::<Texts<1>>(name, self)?,
            2 => conn.register_scalar_function_with_state::<Texts<2>>(name, self)?,
            3 => conn.register_scalar_function_with_state::<Texts<3>>(name, self)?,
            4 => conn.register_scalar_function_with_state::<Texts<4>>(name, self)?,
            5 => conn.register_scalar_function_with_state::<Texts<5>>(name, self)?,
            6 => conn.register_scalar_function_with_state::<Texts<6>>(name, self)?,
            _ => return Err(Error::internal(format!("{name} has too many arguments"))),
        }
        Ok(())
    }
}

/// A function of `N` texts. NULL in any of them gives NULL, an empty value stays empty.
struct Texts<const N: usize>;

impl<const N: usize> VScalar for Texts<N> {
    type State = Function;

    fn invoke(
        function: &Function,
        input: &mut DataChunkHandle,
        output: &mut dyn duckdb::vtab::arrow::WritableVector,
    ) -> Result<(), Box<dyn std::error::Error>> {
        let rows = input.len();
        let columns: [_; N] = std::array::from_fn(|column| input.flat_vector(column));
        let cells: [&[duckdb_string_t]; N] = std::array::from_fn(|column| {
            // SAFETY: the signature below declares every argument VARCHAR, whose flat vectors hold
            // `rows` values of this type.
            #[allow(unsafe_code)]
            unsafe {
                columns[column].as_slice_with_len(rows)
            }
        });
        let mut output = output.flat_vector();
        let mut faker = Faker::new(&function.salt, function.known.get().unwrap_or(&function.unknown));
        let mut fake = String::new();
        for row in 0..rows {
            if columns.iter().any(|column| column.row_is_null(row as u64)) {
                output.set_null(row);
                continue;
            }
            let mut held = cells.map(|column| column[row]);
            let mut texts = [""; N];
            for (text, cell) in texts.iter_mut().zip(&mut held) {
                *text = std::str::from_utf8(DuckString::new(cell).as_bytes())
                    .map_err(|_| crate::error::MASK_NOT_TEXT)?;
            }
            fake.clear();
            if !texts[0].is_empty() {
                (function.mask)(&mut faker, &texts, &mut fake)?;
            }
            output.insert(row, fake.as_str());
        }
        Ok(())
    }

    fn signatures() -> Vec<ScalarFunctionSignature> {
        vec![ScalarFunctionSignature::exact(
            (0..N).map(|_| LogicalTypeId::Varchar.into()).collect(),
            LogicalTypeId::Varchar.into(),
        )]
    }
}
