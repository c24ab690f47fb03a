//! What a change claims, before it is read.
//!
//! Columns are run-length encoded: a hundred bytes can claim more operations than there is time or
//! memory for, and reading a change goes through all of them. This counts runs and reads nothing out, so
//! it takes as long as the change is.

use document_model::limits::CHANGE_COLUMN_ROWS;
use sync_protocol::RefusalCode;

/// Bytes before the chunk's type, and of the type.
const BEFORE_LENGTH: usize = 9;
const HASH_BYTES: u64 = 32;

/// What a column holds: the last three bits of its number.
const TYPE_BITS: u64 = 0b0111;
const COMPRESSED_BIT: u64 = 0b1000;
const GROUP: u64 = 0;
const BOOLEAN: u64 = 4;
const TEXT: u64 = 5;
const RAW: u64 = 7;

/// Refuses an uncompressed change that claims more than a change may hold.
pub(super) fn check_claims(chunk: &[u8]) -> Result<(), RefusalCode> {
    let mut rest = Bytes(chunk);
    rest.take(BEFORE_LENGTH as u64)?;
    rest.number()?;
    let parents = rest.number()?;
    rest.take(parents.saturating_mul(HASH_BYTES))?;
    rest.skip_prefixed()?;
    for _ in ["sequence number", "first operation", "time"] {
        rest.number()?;
    }
    rest.skip_prefixed()?;
    for _ in 0..rest.number()? {
        rest.skip_prefixed()?;
    }
    let mut columns = Vec::new();
    for _ in 0..rest.number()? {
        columns.push((rest.number()?, rest.number()?));
    }
    for (column, length) in columns {
        check_column(column, rest.take(length)?)?;
    }
    Ok(())
}

fn check_column(column: u64, bytes: &[u8]) -> Result<(), RefusalCode> {
    let mut rows = Rows(0);
    let mut rest = Bytes(bytes);
    match column & TYPE_BITS {
        _ if column & COMPRESSED_BIT != 0 => return Err(RefusalCode::Malformed),
        RAW => {}
        BOOLEAN => {
            while !rest.is_empty() {
                rows.add(rest.number()?)?;
            }
        }
        kind => {
            // Rows of a group say how many rows they have in other columns.
            let mut members = Rows(0);
            while !rest.is_empty() {
                let (count, values) = rest.run()?;
                rows.add(count)?;
                for _ in 0..values {
                    let value = if kind == TEXT { rest.skip_prefixed()? } else { rest.number()? };
                    if kind == GROUP {
                        members.add(value.saturating_mul(count / values))?;
                    }
                }
            }
        }
    }
    Ok(())
}

/// Rows counted so far.
struct Rows(u64);

impl Rows {
    fn add(&mut self, count: u64) -> Result<(), RefusalCode> {
        self.0 = self.0.saturating_add(count);
        if self.0 > CHANGE_COLUMN_ROWS { Err(RefusalCode::TooLarge) } else { Ok(()) }
    }
}

/// What is left to read.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn take(&mut self, count: u64) -> Result<&'a [u8], RefusalCode> {
        let count = usize::try_from(count).map_err(|_| RefusalCode::Malformed)?;
        let (taken, rest) = self.0.split_at_checked(count).ok_or(RefusalCode::Malformed)?;
        self.0 = rest;
        Ok(taken)
    }

    /// A LEB128 number: the value of an unsigned one.
    fn number(&mut self) -> Result<u64, RefusalCode> {
        Ok(self.leb128()?.0)
    }

    /// A LEB128 number as it stands, and the bits it has.
    fn leb128(&mut self) -> Result<(u64, u32), RefusalCode> {
        let (mut value, mut bits) = (0_u64, 0);
        loop {
            let [byte] = *self.take(1)? else { return Err(RefusalCode::Malformed) };
            value |= u64::from(byte & 0x7f).checked_shl(bits).unwrap_or(0);
            bits += 7;
            if byte & 0x80 == 0 {
                return Ok((value, bits));
            }
            if bits > u64::BITS {
                return Err(RefusalCode::Malformed);
            }
        }
    }

    /// The beginning of a run: its rows, and the values that follow for them.
    fn run(&mut self) -> Result<(u64, u64), RefusalCode> {
        let (value, bits) = self.leb128()?;
        let unused = u64::BITS.saturating_sub(bits);
        let count = ((value << unused) as i64) >> unused;
        match count {
            0 => Ok((self.number()?, 0)),
            1.. => Ok((count.unsigned_abs(), 1)),
            _ => Ok((count.unsigned_abs(), count.unsigned_abs())),
        }
    }

    fn skip_prefixed(&mut self) -> Result<u64, RefusalCode> {
        let length = self.number()?;
        self.take(length)?;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A change with one column.
    fn with_column(column: u8, bytes: &[u8]) -> Vec<u8> {
        let mut chunk = vec![0; BEFORE_LENGTH];
        // Length, parents, an actor of one byte, sequence, operation, time, message, other actors.
        chunk.extend([99, 0, 1, 7, 1, 1, 0, 0, 0]);
        chunk.extend([1, column, u8::try_from(bytes.len()).unwrap()]);
        chunk.extend(bytes);
        chunk
    }

    fn said(column: u8, bytes: &[u8]) -> Result<(), RefusalCode> {
        check_claims(&with_column(column, bytes))
    }

    #[test]
    fn rows_are_counted_whatever_the_column_holds() {
        // 80,000 is [0x80, 0xf1, 0x04] in both forms; one more is too many.
        for (name, column, value) in
            [("text", 0x15, &[1, b'k'][..]), ("number", 0x42, &[1]), ("delta", 0x13, &[1])]
        {
            let run = |count: &[u8]| said(column, &[count, value].concat());
            assert_eq!(run(&[0x80, 0xf1, 0x04]), Ok(()), "{name}");
            assert_eq!(run(&[0x81, 0xf1, 0x04]), Err(RefusalCode::TooLarge), "{name}");
            let nulls = |count: &[u8]| said(column, &[&[0], count].concat());
            assert_eq!(nulls(&[0x80, 0xf1, 0x04]), Ok(()), "{name}");
            assert_eq!(nulls(&[0x81, 0xf1, 0x04]), Err(RefusalCode::TooLarge), "{name}");
        }
        assert_eq!(said(0x34, &[0xc0, 0xb8, 0x02, 0xc0, 0xb8, 0x02]), Ok(()));
        assert_eq!(said(0x34, &[0xc0, 0xb8, 0x02, 0xc1, 0xb8, 0x02]), Err(RefusalCode::TooLarge));
    }

    #[test]
    fn literal_rows_and_members_of_groups_count_too() {
        assert_eq!(said(0x42, &[0x7e, 1, 2]), Ok(()));
        assert_eq!(said(0x42, &[0x7d, 1, 2]), Err(RefusalCode::Malformed), "one value is missing");
        let most_negative = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f];
        assert_eq!(said(0x42, &most_negative), Err(RefusalCode::TooLarge));
        assert_eq!(said(0x70, &[2, 3]), Ok(()));
        assert_eq!(said(0x70, &[2, 0xc1, 0xb8, 0x02]), Err(RefusalCode::TooLarge));
        assert_eq!(said(0x70, &[0x7e, 0xc0, 0xb8, 0x02, 0xc1, 0xb8, 0x02]), Err(RefusalCode::TooLarge));
    }

    #[test]
    fn what_cannot_be_read_is_malformed() {
        assert_eq!(said(0x1d, &[1, 1, b'k']), Err(RefusalCode::Malformed), "a compressed column");
        let chunk = with_column(0x15, &[1, 1, b'k']);
        assert_eq!(check_claims(&chunk), Ok(()));
        for length in 0..chunk.len() {
            assert_eq!(check_claims(&chunk[..length]), Err(RefusalCode::Malformed), "{length} bytes");
        }
        for claimed in [11, 16, 17, 18] {
            let mut chunk = chunk.clone();
            chunk.splice(BEFORE_LENGTH + claimed - 10..BEFORE_LENGTH + claimed - 9, [0xff; 9]);
            assert!(check_claims(&chunk).is_err(), "{claimed}");
        }
    }

    #[test]
    fn any_bytes_get_an_answer() {
        let chunk = with_column(0x70, &[0x7e, 1, 2, 5, 1, 0, 9]);
        let mut told = [0; 2];
        for (at, byte) in (0..chunk.len()).flat_map(|at| (0..=u8::MAX).map(move |byte| (at, byte))) {
            let mut chunk = chunk.clone();
            chunk[at] = byte;
            told[usize::from(check_claims(&chunk).is_ok())] += 1;
        }
        assert!(told[0] > 1_000 && told[1] > 1_000, "{told:?}");
    }
}
