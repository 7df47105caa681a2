//! Change sequence numbers (CSN) of OpenLDAP, `20260102030405.678901Z#000000#001#000000`: the time of a change, a
//! counter, the id of the server that took it and a counter of modifications (draft-chu-ldap-csn).

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// The time of the greatest of these numbers in microseconds since 1970. It grows with every change that arrives, from
/// any server. `None` where there are none, or one of them is not valid.
pub(super) fn greatest(values: &[Vec<u8>]) -> Option<i64> {
    let times: Option<Vec<i64>> = values.iter().map(|value| microseconds(value)).collect();
    times?.into_iter().max()
}

fn microseconds(value: &[u8]) -> Option<i64> {
    let (time, _) = std::str::from_utf8(value).ok()?.split_once('#')?;
    let time = DateTime::strptime("%Y%m%d%H%M%S%.fZ", time).ok()?;
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp().as_microsecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_of_all_servers_counts() {
        let values = |texts: &[&str]| texts.iter().map(|text| text.as_bytes().to_vec()).collect::<Vec<_>>();
        let first = "19700101000001.000002Z#000000#000#000000";
        let second = "19700101000002.000001Z#000000#001#000000";
        assert_eq!(greatest(&values(&[second, first])), Some(2_000_001));
        assert_eq!(greatest(&values(&["19700101000001Z#000000#00#000000"])), Some(1_000_000), "OpenLDAP 2.3 and older");
        assert_eq!(greatest(&[]), None);
        for odd in ["", "19700101000001.000002Z", "19700101Z#0#0#0", "19700101000001+01#0#0#0", "\u{fc}#"] {
            assert_eq!(greatest(&values(&[first, odd])), None, "{odd}");
        }
    }
}
