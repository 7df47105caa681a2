-- What a dashboard server reads. Made only where none of the three tables is there.
-- No name is unique: people and the dashboard server write here too, and a run reads what is there.
-- AUTOINCREMENT: an id is never given twice.
CREATE TABLE users (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    username     TEXT    NOT NULL,
    email        TEXT,
    first_name   TEXT,
    last_name    TEXT,
    display_name TEXT,
    phone        TEXT,
    active       INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1))
);

CREATE TABLE groups (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    name        TEXT    NOT NULL,
    description TEXT
);

CREATE TABLE group_members (
    group_id INTEGER NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    user_id  INTEGER NOT NULL REFERENCES users (id)  ON DELETE CASCADE,
    PRIMARY KEY (group_id, user_id)
) WITHOUT ROWID;

-- The groups of a user: at every sign-in, and when an account is deleted.
CREATE INDEX group_members_user_id ON group_members (user_id);
