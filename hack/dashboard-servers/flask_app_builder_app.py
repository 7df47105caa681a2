"""A dashboard server that is only its user store: Flask-AppBuilder with the security API that Apache Superset has too."""

import json
import os

import test_bed
from flask import Flask
from flask_appbuilder import AppBuilder
from flask_appbuilder.utils.legacy import get_sqla_class

SQLA = get_sqla_class()

app = Flask(__name__)
app.config.update(
    SECRET_KEY=test_bed.SECRET_KEY,
    SQLALCHEMY_DATABASE_URI=os.environ["DASHBOARD_DATABASE"],
    SQLALCHEMY_TRACK_MODIFICATIONS=False,
    FAB_ADD_SECURITY_API=True,
    FAB_PASSWORD_HASH_METHOD=test_bed.PASSWORD_HASH,
)
app.config.update(json.loads(os.environ.get("DASHBOARD_SETTINGS", "{}")))

with app.app_context():
    db = SQLA(app)
    sm = AppBuilder(app, db.session).sm
    test_bed.add_accounts(sm)

test_bed.serve(app, db.session)
