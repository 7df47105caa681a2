-- What a dashboard server reads. Made only where none of the three tables is there.
-- No name is unique: people and the dashboard server write here too, and a run reads what is there.
CREATE TABLE users (
    id           bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    username     text    NOT NULL,
    email        text,
    first_name   text,
    last_name    text,
    display_name text,
    phone        text,
    active       boolean NOT NULL DEFAULT true
);

CREATE TABLE groups (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text   NOT NULL,
    description text
);

-- Its keys come with 0001_dashboard_keys.sql.
CREATE TABLE group_members (
    group_id bigint NOT NULL,
    user_id  bigint NOT NULL
);
