//! Deployed code: four bytes that mark it, then the WebAssembly, compressed by brotli.

use alloy_primitives::Bytes;
use brotli::enc::StandardAlloc;
use brotli::enc::backward_references::BrotliEncoderParams;
use brotli::{BrotliDecompressStream, BrotliResult, BrotliState};

/// What every Stylus program starts with; the byte after it names the brotli dictionary.
pub const DISCRIMINANT: [u8; 3] = [0xEF, 0xF0, 0x00];
/// Length of the discriminant and the dictionary byte.
pub const PREFIX_LEN: usize = 4;
/// The dictionary byte of programs compressed without a dictionary.
pub const EMPTY_DICTIONARY: u8 = 0;
/// Largest code of a contract, prefix included, in bytes (EIP-170).
pub const MAX_CODE_LEN: usize = 24_576;
/// Largest WebAssembly a program may decompress to, in bytes.
pub const MAX_WASM_LEN: usize = 131_072;

const QUALITY: i32 = 11;
const WINDOW_BITS: i32 = 22;

/// Why deployed code is not a readable program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// The account has no code, or code that does not start with the discriminant.
    #[error("code does not start with EFF000: not a Stylus program")]
    NotStylus,
    /// The dictionary byte names something else than the empty dictionary.
    #[error("unsupported dictionary type: {0}")]
    Dictionary(u8),
    /// The compressed stream ends too early.
    #[error("compressed code is truncated")]
    Truncated,
    /// The stream is not brotli.
    #[error("compressed code is not valid brotli")]
    Corrupt,
    /// Bytes follow the compressed stream.
    #[error("{0} bytes after the end of the compressed code")]
    Trailing(usize),
    /// The program is larger than the limit.
    #[error("wasm exceeds {limit} bytes when decompressed")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The compressor failed.
    #[error("compression failed: {0}")]
    Compression(String),
}

/// Whether code is that of a Stylus program, by its first bytes.
pub fn is_stylus(code: &[u8]) -> bool {
    code.len() >= PREFIX_LEN && code.starts_with(&DISCRIMINANT)
}

/// Reads the WebAssembly out of deployed code.
///
/// Never holds more than `max_wasm_len` bytes of output, whatever the stream claims.
pub fn decode(code: &[u8], max_wasm_len: usize) -> Result<Bytes, CodeError> {
    let payload = code.strip_prefix(&DISCRIMINANT).ok_or(CodeError::NotStylus)?;
    let (&dictionary, stream) = payload.split_first().ok_or(CodeError::NotStylus)?;
    if dictionary != EMPTY_DICTIONARY {
        return Err(CodeError::Dictionary(dictionary));
    }
    decompress(stream, max_wasm_len)
}

/// Turns WebAssembly into code to deploy. The same input gives the same bytes.
pub fn encode(wasm: &[u8]) -> Result<Bytes, CodeError> {
    let params = BrotliEncoderParams {
        quality: QUALITY,
        lgwin: WINDOW_BITS,
        size_hint: wasm.len(),
        ..BrotliEncoderParams::default()
    };
    let mut code = Vec::with_capacity(wasm.len() / 2);
    code.extend_from_slice(&DISCRIMINANT);
    code.push(EMPTY_DICTIONARY);
    brotli::BrotliCompress(&mut &wasm[..], &mut code, &params).map_err(|e| CodeError::Compression(e.to_string()))?;
    Ok(code.into())
}

fn decompress(stream: &[u8], limit: usize) -> Result<Bytes, CodeError> {
    let mut state = BrotliState::new(
        StandardAlloc::default(),
        StandardAlloc::default(),
        StandardAlloc::default(),
    );
    // Windows above 16 MiB are an extension that would let a few bytes reserve a gigabyte.
    state.large_window = false;
    let mut output = vec![0; limit];
    let (mut available_in, mut input_offset) = (stream.len(), 0);
    let (mut available_out, mut output_offset, mut total_out) = (limit, 0, 0);
    let result = BrotliDecompressStream(
        &mut available_in,
        &mut input_offset,
        stream,
        &mut available_out,
        &mut output_offset,
        &mut output,
        &mut total_out,
        &mut state,
    );
    match result {
        BrotliResult::ResultSuccess if available_in > 0 => Err(CodeError::Trailing(available_in)),
        BrotliResult::ResultSuccess => {
            output.truncate(output_offset);
            Ok(output.into())
        }
        BrotliResult::NeedsMoreInput => Err(CodeError::Truncated),
        BrotliResult::NeedsMoreOutput => Err(CodeError::TooLarge { limit }),
        BrotliResult::ResultFailure => Err(CodeError::Corrupt),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip_and_prefix() {
        let wasm = b"\0asm\x01\0\0\0 some repetitive repetitive repetitive content".to_vec();
        let code = encode(&wasm).unwrap();
        assert_eq!(code[..4], [0xEF, 0xF0, 0x00, 0x00]);
        assert!(is_stylus(&code));
        assert_eq!(decode(&code, MAX_WASM_LEN).unwrap(), wasm);
        assert_eq!(encode(&wasm).unwrap(), code);
    }

    #[test]
    fn refuses_other_code() {
        for code in [
            &[][..],
            &[0xEF],
            &[0xEF, 0xF0, 0x00],
            &[0x60, 0x80, 0x60, 0x40],
            &[0xEF, 0xF0, 0x01, 0x00],
        ] {
            assert_eq!(decode(code, MAX_WASM_LEN), Err(CodeError::NotStylus), "{code:?}");
            assert!(!is_stylus(code));
        }
    }

    #[test]
    fn refuses_other_dictionaries() {
        let mut code = encode(b"\0asm").unwrap().to_vec();
        code[3] = 1;
        assert_eq!(decode(&code, MAX_WASM_LEN), Err(CodeError::Dictionary(1)));
        code[3] = 255;
        assert_eq!(decode(&code, MAX_WASM_LEN), Err(CodeError::Dictionary(255)));
    }

    #[test]
    fn limit_is_exact() {
        // The limit itself is allowed, one byte more is not.
        let at = encode(&vec![7; 131_072]).unwrap();
        assert_eq!(decode(&at, MAX_WASM_LEN).unwrap().len(), 131_072);
        let over = encode(&vec![7; 131_073]).unwrap();
        assert_eq!(decode(&over, MAX_WASM_LEN), Err(CodeError::TooLarge { limit: 131_072 }));
    }

    #[test]
    fn a_bomb_is_stopped_at_the_limit() {
        // 16 MiB of zeroes in less than a kilobyte.
        let bomb = encode(&vec![0; 16 << 20]).unwrap();
        assert!(bomb.len() < 1024, "{}", bomb.len());
        assert_eq!(decode(&bomb, MAX_WASM_LEN), Err(CodeError::TooLarge { limit: 131_072 }));
    }

    #[test]
    fn refuses_windows_above_the_standard() {
        // 0x11 0x3E: the large-window escape, then 62 as window bits.
        let code = [0xEF, 0xF0, 0x00, 0x00, 0x11, 0x3E, 0x03];
        assert_eq!(decode(&code, MAX_WASM_LEN), Err(CodeError::Corrupt));
    }

    #[test]
    fn refuses_damaged_streams() {
        let code = encode(b"\0asm\x01\0\0\0 some content that is long enough to cut").unwrap();
        assert_eq!(decode(&code[..code.len() - 3], MAX_WASM_LEN), Err(CodeError::Truncated));
        assert_eq!(decode(&code[..4], MAX_WASM_LEN), Err(CodeError::Truncated));
        let mut longer = code.to_vec();
        longer.extend([0; 5]);
        assert_eq!(decode(&longer, MAX_WASM_LEN), Err(CodeError::Trailing(5)));
        assert_eq!(
            decode(&[0xEF, 0xF0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], MAX_WASM_LEN),
            Err(CodeError::Corrupt)
        );
    }
}
