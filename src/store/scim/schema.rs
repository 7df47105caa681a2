//! What the server's schemas say of the attributes that we write (RFC 7643 section 7).

use serde_json::Value;

use crate::sync::form::{Form, TextForm};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// Whether the schema says that a group shows its members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MembersReturned {
    Yes,
    /// It says that it never does, or it says nothing.
    Unsaid,
}

/// The schemas of a server; empty where it has none.
#[derive(Debug, Clone, Default)]
pub(super) struct Schemas(pub(super) Vec<Value>);

impl Schemas {
    pub(super) fn members_returned(&self) -> MembersReturned {
        let returned = self.attribute(GROUP, &["members"]).and_then(|members| members.get("returned"));
        match returned.and_then(Value::as_str).map(str::to_ascii_lowercase).as_deref() {
            Some("default" | "always" | "request") => MembersReturned::Yes,
            _ => MembersReturned::Unsaid,
        }
    }

    /// The form in which the server keeps texts.
    pub(super) fn form(&self) -> Form {
        let text = |ignores_case: bool| TextForm {
            forbidden: vec!['\0'],
            // Some servers trim what they keep. So nothing is written that would be trimmed.
            trims: true,
            ignores_case,
            ..TextForm::ANY
        };
        // "caseExact": false says that texts which differ in case only are one.
        let ignores_case = |path: &[&str]| self.says(path, "caseExact", false);
        let emails_have_parts = self.attribute(USER, &["emails", "value"]).is_some();
        Form {
            group_name: text(false),
            username: text(ignores_case(&["userName"])),
            // Keycloak's schema says of the addresses what it does not say of their values.
            email: text(ignores_case(if emails_have_parts { &["emails", "value"] } else { &["emails"] })),
            text: text(false),
            has_description: false,
            has_first_and_last_name: self.has(&["name", "givenName"]) && self.has(&["name", "familyName"]),
            has_display_name: self.has(&["displayName"]),
            has_phone: false,
            requires_email: self.says(&["emails"], "required", true),
            ..Form::ANY
        }
    }

    /// Whether accounts have an attribute: a server without schemas is trusted to have those of the standard.
    fn has(&self, path: &[&str]) -> bool {
        self.schema(USER).is_none() || self.attribute(USER, path).is_some()
    }

    fn says(&self, path: &[&str], key: &str, value: bool) -> bool {
        self.attribute(USER, path).and_then(|attribute| attribute.get(key)).and_then(Value::as_bool) == Some(value)
    }

    fn attribute(&self, schema: &str, path: &[&str]) -> Option<&Value> {
        let (first, rest) = path.split_first()?;
        let named = |list: &'_ Value, name: &str| {
            list.as_array()?.iter().position(|it| {
                it.get("name").and_then(Value::as_str).is_some_and(|found| found.eq_ignore_ascii_case(name))
            })
        };
        let list = self.schema(schema)?.get("attributes")?;
        let mut attribute = list.get(named(list, first)?)?;
        for name in rest {
            let list = attribute.get("subAttributes")?;
            attribute = list.get(named(list, name)?)?;
        }
        Some(attribute)
    }

    fn schema(&self, id: &str) -> Option<&Value> {
        self.0.iter().find(|schema| schema.get("id").and_then(Value::as_str) == Some(id))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_form_is_what_the_schema_says_and_the_standards_without_one() {
        let form = Schemas::default().form();
        assert!(form.has_display_name && form.has_first_and_last_name && !form.requires_email);
        assert!(!form.username.ignores_case && !form.has_description && !form.has_phone);
        let user = json!({"id": USER, "attributes": [
            {"name": "userName", "caseExact": false},
            {"name": "emails", "required": true, "subAttributes": [{"name": "value", "caseExact": true}]},
            {"name": "name", "subAttributes": [{"name": "familyName"}]},
        ]});
        let form = Schemas(vec![user]).form();
        assert!(!form.has_display_name && !form.has_first_and_last_name && form.requires_email);
        assert!(form.username.ignores_case && !form.email.ignores_case);
    }

    /// As Keycloak 26.7.3 has it.
    #[test]
    fn an_attribute_without_parts_speaks_for_its_value() {
        let emails = json!({"name": "emails", "type": "complex", "multiValued": true, "caseExact": false});
        let form = Schemas(vec![json!({"id": USER, "attributes": [emails]})]).form();
        assert!(form.email.ignores_case && form.email.trims);
    }
}
