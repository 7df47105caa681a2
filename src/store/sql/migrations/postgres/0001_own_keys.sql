-- The keys of our links, made when a first run's rows are in, like those of group_members.
ALTER TABLE user_links
    ADD PRIMARY KEY (user_id),
    ADD UNIQUE (directory_id, external_id),
    ADD FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;

ALTER TABLE group_links
    ADD PRIMARY KEY (group_id),
    ADD UNIQUE (directory_id, external_id),
    ADD FOREIGN KEY (group_id) REFERENCES groups (id) ON DELETE CASCADE;
