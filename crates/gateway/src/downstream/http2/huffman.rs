//! HPACK's Huffman code (RFC 7541 §5.2): decoding alone, since what goes to the parser is written without it.

/// Decodes a string. False if it is none.
pub(crate) fn decode(encoded: &[u8], out: &mut Vec<u8>) -> bool {
    let mut rest = encoded.iter();
    // The lowest `count` bits have been read and not been used.
    let (mut bits, mut count) = (0u64, 0u32);
    loop {
        while count <= 32
            && let Some(byte) = rest.next()
        {
            bits = bits << 8 | u64::from(*byte);
            count += 8;
        }
        if count == 0 {
            return true;
        }
        // The next 32 bits; behind the last one come the ones of which padding is made.
        let window = if count >= 32 {
            (bits >> (count - 32)) as u32
        } else {
            (bits << (32 - count)) as u32 | u32::MAX >> count
        };
        match find(window) {
            Some((symbol, length)) if length <= count => {
                out.push(symbol);
                count -= length;
            }
            // Fewer than eight bits, all ones, are padding.
            Some(_) | None => return count < 8 && window == u32::MAX,
        }
    }
}

/// The symbol whose code these bits begin with, and how many of them it takes; none for the end-of-string symbol.
fn find(window: u32) -> Option<(u8, u32)> {
    let short = SHORT.get((window >> 24) as usize).copied().unwrap_or_default();
    if short != 0 {
        return Some((short as u8, u32::from(short >> 8)));
    }
    (SHORTEST + 1..=LONGEST).find_map(|length| {
        let place = PLACES.get(length as usize)?;
        let at = (window >> (32 - length)).checked_sub(place.first_code)?;
        (at < place.count)
            .then(|| BY_CODE.get((place.first_symbol + at) as usize).map(|symbol| (*symbol, length)))?
    })
}

/// The codes of one length: consecutive, and given to symbols in their order. So a code follows from the lengths.
#[derive(Clone, Copy)]
struct Place {
    first_code: u32,
    count: u32,
    /// Where its symbols begin in `BY_CODE`.
    first_symbol: u32,
}

const PLACES: [Place; LONGEST as usize + 1] = places();
const BY_CODE: [u8; 256] = by_code();
/// For the first eight bits: a symbol with the length of its code above it, or 0 where its code is longer.
const SHORT: [u16; 256] = short();

#[expect(clippy::indexing_slicing, reason = "evaluated when it is compiled")]
const fn places() -> [Place; LONGEST as usize + 1] {
    let mut places = [Place { first_code: 0, count: 0, first_symbol: 0 }; LONGEST as usize + 1];
    let mut symbol = 0;
    while symbol < LENGTHS.len() {
        places[LENGTHS[symbol] as usize].count += 1;
        symbol += 1;
    }
    let mut length = 1;
    while length < places.len() {
        let before = places[length - 1];
        places[length].first_code = (before.first_code + before.count) << 1;
        places[length].first_symbol = before.first_symbol + before.count;
        length += 1;
    }
    places
}

#[expect(clippy::indexing_slicing, reason = "evaluated when it is compiled")]
const fn by_code() -> [u8; 256] {
    let places = places();
    let mut sorted = [0; 256];
    let mut taken = [0; LONGEST as usize + 1];
    let mut symbol = 0;
    while symbol < LENGTHS.len() {
        let length = LENGTHS[symbol] as usize;
        sorted[places[length].first_symbol as usize + taken[length]] = symbol as u8;
        taken[length] += 1;
        symbol += 1;
    }
    sorted
}

#[expect(clippy::indexing_slicing, reason = "evaluated when it is compiled")]
const fn short() -> [u16; 256] {
    let (places, sorted) = (places(), by_code());
    let mut table = [0; 256];
    let mut length = SHORTEST_ANY;
    while length <= SHORTEST {
        let place = places[length as usize];
        let mut at = 0;
        while at < place.count {
            let first = ((place.first_code + at) << (8 - length)) as usize;
            let mut offset = 0;
            while offset < 1 << (8 - length) {
                table[first + offset] =
                    (length as u16) << 8 | sorted[(place.first_symbol + at) as usize] as u16;
                offset += 1;
            }
            at += 1;
        }
        length += 1;
    }
    table
}

const SHORTEST_ANY: u32 = 5;
/// Codes up to this length are found in one look.
const SHORTEST: u32 = 8;
const LONGEST: u32 = 30;

/// How long each byte's code is (RFC 7541, appendix B). The end-of-string symbol has the last code of 30 bits.
#[rustfmt::skip]
const LENGTHS: [u8; 256] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28,
    28, 28, 28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5,
    5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7,
    7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6, 5,
    6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11,
    14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23,
    23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23,
    23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25,
    26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20,
    24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28,
    27, 27, 27, 27, 27, 26,
];

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// An encoder, for tests alone.
    pub(crate) fn encode(text: &[u8]) -> Vec<u8> {
        let (mut out, mut bits, mut count) = (Vec::new(), 0u64, 0u32);
        for byte in text {
            let length = u32::from(LENGTHS[usize::from(*byte)]);
            let place = &PLACES[length as usize];
            let at =
                (0..place.count).find(|at| BY_CODE[(place.first_symbol + at) as usize] == *byte).unwrap();
            bits = bits << length | u64::from(place.first_code + at);
            count += length;
            while count >= 8 {
                out.push((bits >> (count - 8)) as u8);
                count -= 8;
            }
        }
        if count > 0 {
            out.push((bits << (8 - count)) as u8 | 0xff >> count);
        }
        out
    }

    fn decoded(encoded: &[u8]) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        decode(encoded, &mut out).then_some(out)
    }

    #[test]
    fn the_examples_of_the_standard_are_read() {
        // RFC 7541, appendix C.4 and C.6.
        for (text, hex) in [
            ("www.example.com", "f1e3c2e5f23a6ba0ab90f4ff"),
            ("no-cache", "a8eb10649cbf"),
            ("custom-key", "25a849e95ba97d7f"),
            ("custom-value", "25a849e95bb8e8b4bf"),
            ("Mon, 21 Oct 2013 20:13:21 GMT", "d07abe941054d444a8200595040b8166e082a62d1bff"),
            ("https://www.example.com", "9d29ad171863c78f0b97c8e9ae82ae43d3"),
        ] {
            let bytes: Vec<u8> = (0..hex.len())
                .step_by(2)
                .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
                .collect();
            assert_eq!(decoded(&bytes).as_deref(), Some(text.as_bytes()));
            assert_eq!(encode(text.as_bytes()), bytes);
        }
    }

    #[test]
    fn every_byte_is_read_and_no_other_padding() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(decoded(&encode(&all)), Some(all));
        assert_eq!(decoded(b""), Some(Vec::new()));
        // `0` is five zero bits; behind it, three bits that aren't all ones.
        assert_eq!(decoded(&[0b0000_0111]), Some(b"0".to_vec()));
        assert_eq!(decoded(&[0b0000_0110]), None);
        assert_eq!(decoded(&[0b0000_0111, 0xff]), None, "eight bits of padding");
        assert_eq!(decoded(&[0xff, 0xff, 0xff, 0xff]), None, "the end-of-string symbol");
        assert_eq!(decoded(&[0xff]), None);
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_read_back(text in proptest::collection::vec(any::<u8>(), 0..60)) {
            prop_assert_eq!(decoded(&encode(&text)), Some(text));
        }

        #[test]
        fn nothing_is_read_in_two_ways(bytes in proptest::collection::vec(any::<u8>(), 0..20)) {
            if let Some(text) = decoded(&bytes) {
                prop_assert_eq!(encode(&text), bytes);
            }
        }
    }
}
