-- What is ours alone. The keys of the links come with 0001_own_keys.sql.
-- Which directory user an account stands for.
CREATE TABLE user_links (
    user_id           bigint  NOT NULL,
    directory_id      text    NOT NULL,
    external_id       text    NOT NULL,
    owner             text,
    origin            text    NOT NULL CHECK (origin IN ('created', 'adopted')),
    dn_hash           text    NOT NULL,
    parent_hash       text    NOT NULL,
    username          text    NOT NULL,
    email             text,
    deactivated_by_us boolean NOT NULL,
    unused_since      timestamptz,
    missing_since     timestamptz
);

-- Which directory group a group stands for.
CREATE TABLE group_links (
    group_id      bigint NOT NULL,
    directory_id  text   NOT NULL,
    external_id   text   NOT NULL,
    owner         text,
    origin        text   NOT NULL CHECK (origin IN ('created', 'adopted')),
    dn_hash       text   NOT NULL,
    parent_hash   text   NOT NULL,
    name          text   NOT NULL,
    item          text   NOT NULL,
    exclusions    text   NOT NULL,
    missing_since timestamptz,
    empty_since   timestamptz
);

-- Since when each directory is known.
CREATE TABLE known_directories (
    directory_id text        PRIMARY KEY,
    first_seen   timestamptz NOT NULL
);

-- Since when each of a directory's servers is known, and how far it was.
CREATE TABLE directory_servers (
    directory_id text        NOT NULL REFERENCES known_directories (directory_id) ON DELETE CASCADE,
    identity     text        NOT NULL,
    first_seen   timestamptz NOT NULL,
    position     bigint,
    PRIMARY KEY (directory_id, identity)
);

-- Which namespaces lead the links of each directory, and where their Directories read: lines, the latest one last.
CREATE TABLE directory_claims (
    directory_id text        NOT NULL REFERENCES known_directories (directory_id) ON DELETE CASCADE,
    installation text        NOT NULL,
    namespace    text        NOT NULL,
    first_seen   timestamptz NOT NULL,
    addresses    text        NOT NULL,
    authorities  text        NOT NULL,
    PRIMARY KEY (directory_id, installation, namespace)
);

-- The migrations that ran. The first one gave the store an id, the same whatever address leads to it.
CREATE TABLE directory_sync_schema (
    version    bigint      PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT now(),
    store_id   text
);

INSERT INTO directory_sync_schema (version, store_id) VALUES (1, gen_random_uuid()::text);
