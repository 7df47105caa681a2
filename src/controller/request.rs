//! Requests by annotations: a run or a probe, now.

use crate::api::{FLUX_REQUESTED_AT_ANNOTATION, REQUESTED_AT_ANNOTATION};

/// The longest value that status repeats, in characters.
const MAX_LENGTH: usize = 256;

/// The requests of the two annotations, compared with status.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Request {
    /// The value for status: the new value, otherwise the one that status has already.
    pub(super) at: Option<String>,
    /// The value of the other annotation, if both are set.
    pub(super) other: Option<String>,
    /// Whether one of them has a value that has not been handled.
    pub(super) is_new: bool,
}

/// Reads the annotations of an object. `handled` and `other` are the handled values in its status.
pub(super) fn request<K: kube::Resource>(object: &K, handled: Option<&str>, other: Option<&str>) -> Request {
    let annotations = object.meta().annotations.as_ref();
    let value = |key: &str| -> Option<String> { Some(annotations?.get(key)?.chars().take(MAX_LENGTH).collect()) };
    // Flux waits until status repeats its own value, so it has precedence if both are new.
    let mut values: Vec<String> =
        [value(FLUX_REQUESTED_AT_ANNOTATION), value(REQUESTED_AT_ANNOTATION)].into_iter().flatten().collect();
    let is_known = |value: &String| [handled, other].contains(&Some(value.as_str()));
    let new = values.iter().position(|value| !is_known(value));
    let echoed = new.or_else(|| values.iter().position(|value| Some(value.as_str()) == handled)).unwrap_or_default();
    let at = (echoed < values.len()).then(|| values.remove(echoed));
    Request { at, other: values.pop(), is_new: new.is_some() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::v1alpha1::Directory;

    /// What is read of these annotations, beside this status; nothing stands for no annotation.
    fn read(own: &str, flux: &str, handled: Option<&str>, other: Option<&str>) -> Request {
        let annotations: serde_json::Map<_, _> = [(REQUESTED_AT_ANNOTATION, own), (FLUX_REQUESTED_AT_ANNOTATION, flux)]
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(key, value)| (key.to_owned(), value.into()))
            .collect();
        let object: Directory = serde_json::from_value(json!({
            "apiVersion": "directorysync.dev/v1alpha1", "kind": "Directory",
            "metadata": {"name": "a", "annotations": annotations}, "spec": {"baseDN": "dc=x"},
        }))
        .unwrap();
        request(&object, handled, other)
    }

    /// Sets these values one after the other, and returns which of them start something and what status repeats then.
    fn course(values: &[(&str, &str)]) -> Vec<(bool, Option<String>)> {
        let (mut handled, mut other) = (None, None);
        let mut course = Vec::new();
        for (own, flux) in values {
            let first = read(own, flux, handled.as_deref(), other.as_deref());
            (handled, other) = (first.at.clone().or(handled), first.other.clone());
            let again = read(own, flux, handled.as_deref(), other.as_deref());
            assert!(!again.is_new, "{own} and {flux} would start it for ever");
            assert_eq!((&again.at, &again.other), (&first.at, &first.other));
            course.push((first.is_new, handled.clone()));
        }
        course
    }

    #[test]
    fn a_new_value_of_either_starts_it_once_and_is_echoed() {
        let echo = |is_new, value: &str| (is_new, Some(value.to_owned()));
        assert_eq!(course(&[("", "")]), [(false, None)]);
        assert_eq!(course(&[("", "x"), ("", "y"), ("", "y")]), [echo(true, "x"), echo(true, "y"), echo(false, "y")]);
        assert_eq!(course(&[("x", ""), ("y", "")]), [echo(true, "x"), echo(true, "y")]);
        let both = course(&[("", "x"), ("1", "x"), ("1", "y"), ("2", "y"), ("2", "y")]);
        assert_eq!(both, [echo(true, "x"), echo(true, "1"), echo(true, "y"), echo(true, "2"), echo(false, "2")]);
        assert_eq!(
            course(&[("1", "x"), ("2", "y")]),
            [echo(true, "x"), echo(true, "y")],
            "both at once are one request"
        );
    }

    #[test]
    fn an_annotation_that_goes_starts_nothing() {
        let starts: Vec<bool> =
            course(&[("1", "x"), ("1", ""), ("", ""), ("1", "")]).into_iter().map(|answer| answer.0).collect();
        assert_eq!(starts, [true, false, false, false]);
    }

    #[test]
    fn a_long_value_is_echoed_as_far_as_status_goes() {
        let long = "x".repeat(1000);
        let first = read(&long, "", None, None);
        assert_eq!((first.is_new, first.at.as_deref()), (true, Some(&long[..256])));
        assert!(!read(&long, "", first.at.as_deref(), None).is_new);
    }
}
