//! Tests of header blocks.

use proptest::prelude::*;

use super::*;

fn bytes(hex: &str) -> Vec<u8> {
    let digits: String = hex.split_whitespace().collect();
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

fn listed(fields: &Fields) -> Vec<(String, String)> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    fields.iter().map(|field| (text(field.name), text(field.value))).collect()
}

fn check(decoder: &mut Decoder, hex: &str, expected: &[(&str, &str)]) {
    let fields = decoder.decode(&bytes(hex), 64 * 1024).unwrap();
    let expected: Vec<_> = expected.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    assert_eq!(listed(&fields), expected);
}

#[test]
fn the_examples_of_the_standard_are_read() {
    // RFC 7541, appendix C.3, without Huffman code, and C.4, with it.
    let requests = [
        (
            "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
            "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
            &[(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "www.example.com")][..],
        ),
        (
            "8286 84be 5808 6e6f 2d63 6163 6865",
            "8286 84be 5886 a8eb 1064 9cbf",
            &[
                (":method", "GET"),
                (":scheme", "http"),
                (":path", "/"),
                (":authority", "www.example.com"),
                ("cache-control", "no-cache"),
            ],
        ),
        (
            "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
            "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
            &[
                (":method", "GET"),
                (":scheme", "https"),
                (":path", "/index.html"),
                (":authority", "www.example.com"),
                ("custom-key", "custom-value"),
            ],
        ),
    ];
    let (mut plain, mut huffman) = (Decoder::default(), Decoder::default());
    for (without, with, expected) in requests {
        check(&mut plain, without, expected);
        check(&mut huffman, with, expected);
        assert_eq!(plain.size, huffman.size);
    }
    assert_eq!(plain.size, 164, "as the standard counts it");
}

#[test]
fn the_table_is_emptied_as_it_must_be() {
    let mut decoder = Decoder::default();
    // A size update to 0, then back; both before any header.
    check(&mut decoder, "4001 6101 62", &[("a", "b")]);
    check(&mut decoder, "be", &[("a", "b")]);
    check(&mut decoder, "20 3f e11f 82", &[(":method", "GET")]);
    assert_eq!(decoder.decode(&bytes("be"), 1000).unwrap_err(), BadBlock, "nothing is left");
    // A header longer than the table empties it.
    let mut long = bytes("40 01 63 7f");
    long.extend([0x80 | (5000 - 127) as u8 & 0x7f, ((5000 - 127) >> 7) as u8]);
    long.extend(vec![b'x'; 5000]);
    let mut decoder = Decoder::default();
    check(&mut decoder, "4001 6101 62", &[("a", "b")]);
    assert_eq!(decoder.decode(&long, 64 * 1024).unwrap().iter().count(), 1);
    assert_eq!((decoder.size, decoder.entries.len()), (0, 0));
}

#[test]
fn what_is_no_block_is_refused() {
    for hex in [
        "80",
        "c6",
        "ff ffff ffff 7f",
        "40",
        "40 01",
        "40 01 61 05 62",
        "00 82 ffff 00",
        "82 20",
        "3f e2 1f",
        "7f",
    ] {
        assert_eq!(Decoder::default().decode(&bytes(hex), 1000).unwrap_err(), BadBlock, "{hex}");
    }
}

#[test]
fn a_few_bytes_never_become_many() {
    let mut decoder = Decoder::default();
    let mut bomb = bytes("40 01 63 7f");
    bomb.extend([0x80 | (4000 - 127) as u8 & 0x7f, ((4000 - 127) >> 7) as u8]);
    bomb.extend(vec![b'x'; 4000]);
    bomb.extend(vec![0xbe; 100_000]);
    let fields = decoder.decode(&bomb, 64 * 1024).unwrap();
    assert!(fields.is_too_large && fields.text.capacity() < 512 * 1024);
    // And the next block is read as if nothing had been.
    assert_eq!(decoder.decode(&[0xbe], 64 * 1024).unwrap().iter().count(), 1);
}

proptest! {
    #[test]
    fn what_is_written_is_read(headers in proptest::collection::vec(("[a-z-]{1,300}", "[ -~]{0,400}"), 0..8)) {
        let mut block = Vec::new();
        for (name, value) in &headers {
            write(&mut block, 0, name.as_bytes(), value.as_bytes());
        }
        let fields = Decoder::default().decode(&block, 64 * 1024).unwrap();
        prop_assert_eq!(listed(&fields), headers);
    }

    #[test]
    fn nothing_makes_it_panic(blocks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..80), 0..6)) {
        let mut decoder = Decoder::default();
        for block in blocks {
            if decoder.decode(&block, 200).is_err() {
                break;
            }
            prop_assert!(decoder.size <= MOST_TABLE_BYTES);
            prop_assert_eq!(decoder.size, decoder.entries.iter().map(Entry::size).sum::<usize>());
        }
    }
}
