//! The attribute types in names, by their short name.

/// The short name of an attribute type that is given in lower case. The types of RFC 4519 and RFC 4514 section 3 with
/// several names are known by each of them and by their object identifier. Any other type is returned as it is.
pub(super) fn short_name(lower: &str) -> &str {
    // Nearly every type in a name is already short.
    if matches!(lower, "cn" | "ou" | "dc" | "uid" | "o") {
        return lower;
    }
    match lower.strip_prefix("oid.").unwrap_or(lower) {
        "2.5.4.3" | "commonname" => "cn",
        "2.5.4.4" | "surname" => "sn",
        "2.5.4.5" => "serialnumber",
        "2.5.4.6" | "countryname" => "c",
        "2.5.4.7" | "localityname" => "l",
        "2.5.4.8" | "stateorprovincename" | "s" => "st",
        "2.5.4.9" | "streetaddress" => "street",
        "2.5.4.10" | "organizationname" => "o",
        "2.5.4.11" | "organizationalunitname" => "ou",
        "2.5.4.12" => "title",
        "2.5.4.42" | "gn" => "givenname",
        "0.9.2342.19200300.100.1.1" | "userid" => "uid",
        "0.9.2342.19200300.100.1.3" | "rfc822mailbox" => "mail",
        "0.9.2342.19200300.100.1.25" | "domaincomponent" => "dc",
        "1.2.840.113549.1.9.1" | "emailaddress" | "e" => "email",
        other => other,
    }
}
