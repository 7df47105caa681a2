"""The configuration of Apache Superset: its own defaults, but for the few lines that every installation has to write."""

import json
import os

import test_bed

SECRET_KEY = test_bed.SECRET_KEY
SQLALCHEMY_DATABASE_URI = os.environ["DASHBOARD_DATABASE"]
FAB_PASSWORD_HASH_METHOD = test_bed.PASSWORD_HASH
WTF_CSRF_EXEMPT_LIST = ["test_bed.load"]
globals().update(json.loads(os.environ.get("DASHBOARD_SETTINGS", "{}")))


def FLASK_APP_MUTATOR(app):
    from superset import db

    test_bed.serve(app, db.session)
