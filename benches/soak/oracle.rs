//! What was ever true in the directory, against what PostgreSQL has recorded.

use std::collections::BTreeMap;

/// How old what a run has read may be when it writes: its time limits together, and a pause of its process.
const OLDEST: f64 = 120.0;

/// Records every membership that comes and goes, and every group that goes. A transaction that is undone leaves nothing.
pub(crate) const RECORD: &str = "
    CREATE TABLE record (number BIGSERIAL, at TIMESTAMPTZ DEFAULT clock_timestamp(), what TEXT, grp TEXT, person TEXT);
    CREATE FUNCTION record_member() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE row group_members; BEGIN
        IF TG_OP = 'DELETE' THEN row := OLD; ELSE row := NEW; END IF;
        INSERT INTO record (what, grp, person) VALUES (TG_OP,
            (SELECT name FROM groups WHERE id = row.group_id), (SELECT username FROM users WHERE id = row.user_id));
        RETURN NULL; END $$;
    CREATE FUNCTION record_other() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF TG_TABLE_NAME = 'groups' THEN INSERT INTO record (what, grp) VALUES ('GROUP', OLD.name);
        ELSE INSERT INTO record (what, person) VALUES ('ACCOUNT', OLD.username); END IF;
        RETURN NULL; END $$;
    CREATE TRIGGER record AFTER INSERT OR DELETE ON group_members FOR EACH ROW EXECUTE FUNCTION record_member();
    CREATE TRIGGER record AFTER DELETE ON groups FOR EACH ROW EXECUTE FUNCTION record_other();
    CREATE TRIGGER record AFTER DELETE ON users FOR EACH ROW EXECUTE FUNCTION record_other()";

/// Who was a member of what, and when not.
#[derive(Debug, Default)]
pub(crate) struct Oracle {
    /// For each group and person: when they were not a member, as far as the directory could have shown it. The last one
    /// may be open.
    absences: BTreeMap<(String, String), Vec<(f64, f64)>>,
}

/// What was counted.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    pub(crate) added: usize,
    pub(crate) removed: usize,
    pub(crate) groups: usize,
}

impl Oracle {
    /// A person leaves a group at some moment after this one.
    pub(crate) fn leaves(&mut self, group: &str, person: &str, at: f64) {
        let key = (group.to_owned(), person.to_owned());
        self.absences.entry(key).or_default().push((at, f64::INFINITY));
    }

    /// A person was back in a group by this moment.
    pub(crate) fn returned(&mut self, group: &str, person: &str, at: f64) {
        let absences = self.absences.get_mut(&(group.to_owned(), person.to_owned()));
        absences.and_then(|absences| absences.last_mut()).expect("who returns has left").1 = at;
    }

    /// Checks the rows of a store's record. `may_go` says which groups may be deleted.
    pub(crate) fn check(
        &self,
        rows: &str,
        may_go: impl Fn(&str) -> bool,
        is_known: impl Fn(&str, &str) -> bool,
    ) -> Counted {
        let mut counted = Counted::default();
        for row in rows.lines().filter(|row| !row.is_empty()) {
            let columns: Vec<&str> = row.split('|').collect();
            let [at, what, group, person] = columns[..] else { panic!("four columns: {row}") };
            let at: f64 = at.parse().expect("a time");
            match what {
                "INSERT" => {
                    counted.added += 1;
                    assert!(is_known(group, person), "never true in the directory: {row}");
                }
                // The group went first, with its members.
                "DELETE" if group.is_empty() || may_go(group) => counted.removed += 1,
                "DELETE" => {
                    counted.removed += 1;
                    assert!(self.was_absent(group, person, at), "a wrong removal: {row}");
                }
                "GROUP" => {
                    counted.groups += 1;
                    assert!(may_go(group), "a wrong deletion: {row}");
                }
                _ => panic!("no account is deleted: {row}"),
            }
        }
        counted
    }

    fn was_absent(&self, group: &str, person: &str, at: f64) -> bool {
        let absences = self.absences.get(&(group.to_owned(), person.to_owned()));
        absences.into_iter().flatten().any(|(from, to)| *from <= at && at - OLDEST <= *to)
    }
}
