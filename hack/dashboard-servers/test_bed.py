"""What the tests add to a dashboard server: its first accounts, and a way past its API to its database.

Everybody who reaches such a server may read and fill it by /test-bed: it is for tests and for trying things by hand.
"""

from flask import jsonify, request
from sqlalchemy import text

SECRET_KEY = "the tests know this key, so it protects nothing"
PASSWORD = "correct horse"
# The default costs a tenth of a second for each account.
PASSWORD_HASH = "pbkdf2:sha256:1"
BOT_ROLE = "Directory sync"
# What an administrator allows the operator, no more.
BOT_RIGHTS = [
    (f"can_{action}", view) for view in ("User", "Group") for action in ("get", "put", "post", "delete", "info")
] + [("can_get", "Role")]


def add_accounts(sm):
    """The administrator, and an account for the operator, unless they are there."""
    if sm.find_user("admin"):
        return
    sm.add_user("admin", "Ada", "Admin", "admin@example.test", sm.find_role("Admin"), PASSWORD)
    role = sm.add_role(BOT_ROLE)
    for right in BOT_RIGHTS:
        sm.add_permission_role(role, sm.find_permission_view_menu(*right))
    sm.add_user("sync", "Directory", "Sync", "sync@example.test", role, PASSWORD)


def serve(app, session):
    """Serves /test-bed."""

    def pairs(sql):
        return [list(row) for row in session.execute(text(sql))]

    def rows(table, *columns):
        found = pairs(f"SELECT {', '.join(columns)} FROM {table} ORDER BY id")
        return [dict(zip(columns, row)) for row in found]

    @app.get("/test-bed/content")
    def content():
        users = rows("ab_user", "id", "username", "first_name", "last_name", "email", "active", "created_by_fk")
        for user in users:
            user["active"] = bool(user["active"])
        return jsonify(
            users=users,
            groups=rows("ab_group", "id", "name", "label", "description"),
            roles=rows("ab_role", "id", "name"),
            user_roles=pairs("SELECT user_id, role_id FROM ab_user_role"),
            group_roles=pairs("SELECT group_id, role_id FROM ab_group_role"),
            members=pairs("SELECT group_id, user_id FROM ab_user_group"),
        )

    @app.post("/test-bed/load")
    def load():
        """Adds accounts and groups by the thousand, which takes minutes through the API."""
        from flask_appbuilder.security.sqla.models import User

        def insert(table, rows):
            if rows:
                session.execute(User.metadata.tables[table].insert(), rows)

        wanted = request.get_json()
        insert("ab_user", wanted["users"])
        insert("ab_group", [{"name": group["name"]} for group in wanted["groups"]])
        user_ids = dict(pairs("SELECT username, id FROM ab_user"))
        group_ids = dict(pairs("SELECT name, id FROM ab_group"))
        members = [(group["name"], member) for group in wanted["groups"] for member in group["members"]]
        insert("ab_user_group", [{"group_id": group_ids[name], "user_id": user_ids[who]} for name, who in members])
        session.commit()
        return jsonify(message="OK"), 201
