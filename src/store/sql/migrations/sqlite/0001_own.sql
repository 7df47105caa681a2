-- What is ours alone.
-- Which directory user an account stands for.
CREATE TABLE user_links (
    user_id           INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    directory_id      TEXT    NOT NULL,
    external_id       TEXT    NOT NULL,
    owner             TEXT,
    origin            TEXT    NOT NULL CHECK (origin IN ('created', 'adopted')),
    dn_hash           TEXT    NOT NULL,
    parent_hash       TEXT    NOT NULL,
    username          TEXT    NOT NULL,
    email             TEXT,
    deactivated_by_us INTEGER NOT NULL,
    unused_since      TEXT,
    missing_since     TEXT,
    UNIQUE (directory_id, external_id)
);

-- Which directory group a group stands for.
CREATE TABLE group_links (
    group_id      INTEGER PRIMARY KEY REFERENCES groups (id) ON DELETE CASCADE,
    directory_id  TEXT   NOT NULL,
    external_id   TEXT   NOT NULL,
    owner         TEXT,
    origin        TEXT   NOT NULL CHECK (origin IN ('created', 'adopted')),
    dn_hash       TEXT   NOT NULL,
    parent_hash   TEXT   NOT NULL,
    name          TEXT   NOT NULL,
    item          TEXT   NOT NULL,
    exclusions    TEXT   NOT NULL,
    missing_since TEXT,
    empty_since   TEXT,
    UNIQUE (directory_id, external_id)
);

-- Since when each directory is known.
CREATE TABLE known_directories (
    directory_id TEXT        PRIMARY KEY,
    first_seen   TEXT NOT NULL
);

-- Since when each of a directory's servers is known, and how far it was.
CREATE TABLE directory_servers (
    directory_id TEXT        NOT NULL REFERENCES known_directories (directory_id) ON DELETE CASCADE,
    identity     TEXT        NOT NULL,
    first_seen   TEXT NOT NULL,
    position     INTEGER,
    PRIMARY KEY (directory_id, identity)
);

-- Which namespaces lead the links of each directory, and where their Directories read: lines, the latest one last.
CREATE TABLE directory_claims (
    directory_id TEXT        NOT NULL REFERENCES known_directories (directory_id) ON DELETE CASCADE,
    installation TEXT        NOT NULL,
    namespace    TEXT        NOT NULL,
    first_seen   TEXT NOT NULL,
    addresses    TEXT        NOT NULL,
    authorities  TEXT        NOT NULL,
    PRIMARY KEY (directory_id, installation, namespace)
);

-- The migrations that ran. The first one gave the store an id, the same whatever address leads to it.
CREATE TABLE directory_sync_schema (
    version    INTEGER PRIMARY KEY,
    applied_at TEXT    NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    store_id   TEXT
);

INSERT INTO directory_sync_schema (version, store_id) VALUES (1, lower(hex(randomblob(16))));
