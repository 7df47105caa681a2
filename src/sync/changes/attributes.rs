//! What a new account says of its user, and what of an account follows the directory.

use crate::sync::context::PlanContext;
use crate::sync::form::{TextForm, Unfit};
use crate::sync::matching::accounts::matches::Member;
use crate::sync::naming;
use crate::sync::plan::{AttributeEdits, Edit};
use crate::sync::problem::{Problem, ProblemKind};
use crate::sync::snapshot::{Attributes, DirectoryUser, ShownAttributes};
use crate::sync::values::Values;

/// Rules `account-attributes` and `several-values`: the edits that make `held` say what the directory says, and what
/// cannot be written.
pub(crate) fn edits(
    source: &DirectoryUser,
    member: &Member,
    held: &Attributes,
    context: &PlanContext<'_>,
) -> (AttributeEdits, Option<Problem>) {
    let wanted = &source.attributes;
    // A file shows all that it has.
    let shown = if context.snapshot.is_of_a_file() {
        ShownAttributes { first_name: true, last_name: true, display_name: true, phone: true }
    } else {
        context.snapshot.shown
    };
    let form = &context.policy.form;
    let mut problem = None;
    let has_names = form.has_first_and_last_name;
    let mut text = |what: &str, wanted: &Values, held: &Option<Box<str>>, shown, is_kept: bool| {
        if !is_kept {
            return Edit::Keep;
        }
        text_edit(wanted, held.as_deref(), shown, &form.text).unwrap_or_else(|unfit| {
            problem = Some(Problem {
                group: String::new(),
                kind: ProblemKind::Invalid,
                message: format!("the {what} of {} stays as it is: {unfit}", naming::user(source)),
            });
            Edit::Keep
        })
    };
    let edits = AttributeEdits {
        username: name_edit(member.username.as_deref(), held.username.as_deref()),
        email: name_edit(member.email.as_deref(), held.email.as_deref()),
        first_name: text("given name", &wanted.first_name, &held.first_name, shown.first_name, has_names),
        last_name: text("family name", &wanted.last_name, &held.last_name, shown.last_name, has_names),
        display_name: text(
            "display name",
            &wanted.display_name,
            &held.display_name,
            shown.display_name,
            form.has_display_name,
        ),
        phone: text("telephone number", &wanted.phone, &held.phone, shown.phone, form.has_phone),
    };
    (edits, problem)
}

impl AttributeEdits {
    /// Attributes with these edits made.
    #[must_use]
    pub fn applied_to(&self, held: &Attributes) -> Attributes {
        let text = |edit: &Edit, held: &Option<Box<str>>| match edit {
            Edit::Set(text) => Some(text.clone()),
            Edit::Clear => None,
            Edit::Keep => held.clone(),
        };
        Attributes {
            username: text(&self.username, &held.username),
            email: text(&self.email, &held.email),
            first_name: text(&self.first_name, &held.first_name),
            last_name: text(&self.last_name, &held.last_name),
            display_name: text(&self.display_name, &held.display_name),
            phone: text(&self.phone, &held.phone),
        }
    }
}

/// An absent username or e-mail never clears one.
fn name_edit(granted: Option<&str>, held: Option<&str>) -> Edit {
    granted.filter(|granted| held != Some(granted)).map_or(Edit::Keep, |granted| Edit::Set(granted.into()))
}

/// Rule `account-attributes`: any other absent attribute clears only if the same read shows it on some other entry
/// (`shown`), else it may be hidden.
pub(crate) fn text_edit(wanted: &Values, held: Option<&str>, shown: bool, form: &TextForm) -> Result<Edit, Unfit> {
    let is_held = |wanted: &str| held.is_some_and(|held| form.is_same(held, wanted));
    if wanted.iter().any(is_held) {
        return Ok(Edit::Keep);
    }
    if *wanted == Values::Undecodable {
        return Err(Unfit::Undecodable);
    }
    Ok(match wanted.kept(held, form)? {
        Some(kept) if !is_held(kept) => Edit::Set(kept.into()),
        None if shown && held.is_some() => Edit::Clear,
        Some(_) | None => Edit::Keep,
    })
}
