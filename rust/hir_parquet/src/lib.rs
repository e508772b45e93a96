//! C ABI over the record reader of `parquet`; include/hir_parquet.h documents each function.
//!
//! Every entry catches panics, so that nothing unwinds into C++.

mod json;

use std::panic::{catch_unwind, set_hook, AssertUnwindSafe};
use std::sync::Once;

use bytes::Bytes;
use parquet::basic::Compression;
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::reader::RowIter;

pub struct HirParquetRows(RowIter<'static>);

#[repr(C)]
pub struct HirParquetText {
    data: *mut u8,
    size: usize,
    capacity: usize,
}

impl From<String> for HirParquetText {
    fn from(text: String) -> Self {
        let mut bytes = std::mem::ManuallyDrop::new(text.into_bytes());
        HirParquetText { data: bytes.as_mut_ptr(), size: bytes.len(), capacity: bytes.capacity() }
    }
}

/// The result of `work`; a panic in it becomes an error with the panic's message.
fn guarded<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    // The reason is handed over, so that it need not be printed, too, with its stack.
    static QUIET: Once = Once::new();
    QUIET.call_once(|| set_hook(Box::new(|_| {})));
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let reason = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("no reason given");
        Err(format!("is a Parquet file that the reader failed on: {reason}"))
    })
}

/// The compressions that this build supports; others would fail only when a page is read.
fn check_codecs(file: &ParquetMetaData) -> Result<(), String> {
    for column in file.row_groups().iter().flat_map(|group| group.columns()) {
        if matches!(column.compression(), Compression::BROTLI(_) | Compression::LZO) {
            let codec = column.compression().to_string();
            return Err(format!(
                "column {} is compressed with {}, which is not read here; write the file with \
                 snappy, zstd, gzip or lz4",
                column.column_path().string(),
                codec.split('(').next().unwrap_or(&codec)
            ));
        }
    }
    Ok(())
}

fn open(bytes: &'static [u8]) -> Result<RowIter<'static>, String> {
    let reader = SerializedFileReader::new(Bytes::from_static(bytes))
        .map_err(|e| format!("is a damaged Parquet file: {e}"))?;
    check_codecs(reader.metadata()).map_err(|e| format!("can't be read: {e}"))?;
    Ok(RowIter::from_file_into(Box::new(reader)))
}

/// # Safety
/// `text` must come from this library and not have been freed.
#[no_mangle]
pub unsafe extern "C" fn hir_parquet_text_free(text: HirParquetText) {
    if !text.data.is_null() {
        drop(Vec::from_raw_parts(text.data, text.size, text.capacity));
    }
}

/// # Safety
/// See include/hir_parquet.h; `data` must be valid for `size` until the rows are freed.
#[no_mangle]
pub unsafe extern "C" fn hir_parquet_open(
    data: *const u8,
    size: usize,
    out: *mut *mut HirParquetRows,
    error: *mut HirParquetText,
) -> i32 {
    let bytes: &'static [u8] = if size == 0 { &[] } else { std::slice::from_raw_parts(data, size) };
    match guarded(|| open(bytes)) {
        Ok(rows) => {
            out.write(Box::into_raw(Box::new(HirParquetRows(rows))));
            0
        }
        Err(reason) => {
            error.write(reason.into());
            1
        }
    }
}

/// # Safety
/// `rows` must come from hir_parquet_open, or be null.
#[no_mangle]
pub unsafe extern "C" fn hir_parquet_free(rows: *mut HirParquetRows) {
    if !rows.is_null() {
        drop(Box::from_raw(rows));
    }
}

/// # Safety
/// See include/hir_parquet.h.
#[no_mangle]
pub unsafe extern "C" fn hir_parquet_next(
    rows: *mut HirParquetRows,
    row: *mut HirParquetText,
    error: *mut HirParquetText,
) -> i32 {
    let next = guarded(|| match (*rows).0.next() {
        None => Ok(None),
        Some(Ok(value)) => json::row_to_json(&value).map(Some),
        Some(Err(e)) => Err(e.to_string()),
    });
    match next {
        Ok(Some(text)) => {
            row.write(text.into());
            0
        }
        Ok(None) => 2,
        Err(reason) => {
            error.write(reason.into());
            1
        }
    }
}
