//! Rows as one JSON text, for `json_each`: an array of arrays of columns.

use serde_json::Value;

use crate::store::sql::row::{Encoder, TableRow};

/// These rows.
pub(super) fn rows<R: TableRow>(table_rows: impl IntoIterator<Item = R>) -> String {
    let mut rows = JsonRows::default();
    for row in table_rows {
        row.encode(&mut rows);
    }
    format!("[{}]", rows.text)
}

#[derive(Default)]
struct JsonRows {
    text: String,
    row_has_columns: bool,
}

impl JsonRows {
    fn column(&mut self, value: &str) {
        self.text.push_str(match (self.row_has_columns, self.text.is_empty()) {
            (true, _) => ",",
            (false, true) => "[",
            (false, false) => ",[",
        });
        self.text.push_str(value);
        self.row_has_columns = true;
    }
}

impl Encoder for JsonRows {
    fn integer(&mut self, value: i64) {
        self.column(&value.to_string());
    }

    fn text(&mut self, value: Option<&str>) {
        match value {
            Some(text) => self.column(&Value::from(text).to_string()),
            None => self.column("null"),
        }
    }

    fn flag(&mut self, value: bool) {
        self.column(if value { "true" } else { "false" });
    }

    fn end_row(&mut self) {
        self.text.push(']');
        self.row_has_columns = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Row(Option<&'static str>, bool);

    impl TableRow for Row {
        fn encode(&self, row: &mut impl Encoder) {
            row.integer(-1);
            row.text(self.0);
            row.flag(self.1);
            row.end_row();
        }
    }

    #[test]
    fn rows_are_arrays_in_an_array() {
        assert_eq!(rows::<Row>([]), "[]");
        assert_eq!(rows([Row(Some("a\"\n],["), true), Row(None, false)]), r#"[[-1,"a\"\n],[",true],[-1,null,false]]"#);
    }
}
