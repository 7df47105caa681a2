//! The names of subjects and issuers (RFC 5280 section 4.1.2.4) as text, and how text from a certificate is shown.

use super::der;

/// How much of a name is shown, in characters. Before a server has proved anything, it can send any text.
const LONGEST: usize = 200;

/// The types that have a short name in RFC 4514 section 3 or in the tools that make certificates: the content octets of
/// the object identifier.
const TYPES: [(&[u8], &str); 11] = [
    (&[0x55, 0x04, 0x03], COMMON_NAME),
    (&[0x55, 0x04, 0x05], "serialNumber"),
    (&[0x55, 0x04, 0x06], "C"),
    (&[0x55, 0x04, 0x07], "L"),
    (&[0x55, 0x04, 0x08], "ST"),
    (&[0x55, 0x04, 0x09], "STREET"),
    (&[0x55, 0x04, 0x0a], "O"),
    (&[0x55, 0x04, 0x0b], "OU"),
    (&[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x19], "DC"),
    (&[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x01], "UID"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01], "emailAddress"),
];
const COMMON_NAME: &str = "CN";

/// The name of a subject or an issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    /// The content of its encoding: two names are the same when their octets are (RFC 5280 section 7.1 lets an issuer
    /// copy its subject).
    pub(super) encoding: Vec<u8>,
}

impl Name {
    /// As text, the most specific attribute first (RFC 4514 section 2.1); `None`: a name without attributes.
    pub(super) fn text(&self) -> Option<String> {
        let mut attributes: Vec<String> = self
            .attributes()
            .map(|(kind, value)| {
                // Only separators are escaped here. Control characters are escaped below.
                let value = value.replace('\\', "\\\\").replace(',', "\\,");
                format!("{}={value}", kind.unwrap_or("?"))
            })
            .collect();
        attributes.reverse();
        (!attributes.is_empty()).then(|| shown(&attributes.join(",")))
    }

    /// The common name, which old tools compare instead of alternative names.
    pub(super) fn common_name(&self) -> Option<String> {
        self.attributes().filter(|(kind, _)| *kind == Some(COMMON_NAME)).map(|(_, value)| shown(&value)).last()
    }

    fn attributes(&self) -> impl Iterator<Item = (Option<&'static str>, String)> {
        der::elements(&self.encoding)
            .filter(|(tag, _)| *tag == der::SET)
            .flat_map(|(_, set)| der::elements(set))
            .filter_map(|(_, mut pair)| {
                let kind = der::expect(&mut pair, der::OBJECT_IDENTIFIER)?;
                let kind = TYPES.iter().find(|(octets, _)| *octets == kind).map(|(_, name)| *name);
                Some((kind, string(der::take(&mut pair)?)))
            })
    }
}

/// A `DirectoryString` or `IA5String`.
fn string((tag, content): (u8, &[u8])) -> String {
    match tag {
        // TeletexString: in practice Latin-1.
        0x14 => content.iter().copied().map(char::from).collect(),
        // BMPString.
        0x1e => {
            let units: Vec<u16> = content.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
            String::from_utf16_lossy(&units)
        }
        _ => String::from_utf8_lossy(content).into_owned(),
    }
}

/// Text from a certificate for a message: control and invisible characters are escaped, and a long text is cut off.
pub(super) fn shown(text: &str) -> String {
    let cut = text.chars().count() > LONGEST;
    let mut shown = String::new();
    for c in text.chars().take(LONGEST) {
        match c {
            '\'' | '"' | '\\' => shown.push(c),
            other => shown.extend(other.escape_debug()),
        }
    }
    if cut { shown + "…" } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ber::element;

    fn name(attributes: &[(&[u8], u8, &[u8])]) -> Name {
        let encoding = attributes.iter().flat_map(|(kind, tag, value)| {
            let pair = [element(der::OBJECT_IDENTIFIER, kind), element(*tag, value)].concat();
            element(der::SET, &element(der::SEQUENCE, &pair))
        });
        Name { encoding: encoding.collect() }
    }

    #[test]
    fn the_most_specific_attribute_comes_first() {
        let name = name(&[
            (&[0x55, 0x04, 0x06], 0x13, b"DE"),
            (&[0x55, 0x04, 0x0a], 0x0c, "Müller, Söhne".as_bytes()),
            (&[0x55, 0x04, 0x03], 0x1e, &[0, b'd', 0, b'c']),
        ]);
        assert_eq!(name.text().as_deref(), Some("CN=dc,O=Müller\\, Söhne,C=DE"));
        assert_eq!(name.common_name().as_deref(), Some("dc"));
    }

    #[test]
    fn a_name_without_attributes_has_no_text() {
        assert_eq!(name(&[]).text(), None);
        assert_eq!(name(&[(&[0x55, 0x04, 0x0a], 0x0c, b"x")]).common_name(), None);
    }

    #[test]
    fn control_characters_of_a_name_are_escaped() {
        let name = name(&[(&[0x55, 0x04, 0x03], 0x0c, "\u{1b}[2K\r\u{202e}\u{200b}x".as_bytes())]);
        assert_eq!(name.text().as_deref(), Some("CN=\\u{1b}[2K\\r\\u{202e}\\u{200b}x"));
        assert_eq!(shown(&"a".repeat(1000)).chars().count(), LONGEST + 1);
    }
}
