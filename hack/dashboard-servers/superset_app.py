"""Apache Superset. As a program: prepares its database, which must be empty."""

from superset.app import create_app

if __name__ == "__main__":
    from superset.cli.main import superset

    for command in (["db", "upgrade"], ["init"]):
        superset(command, standalone_mode=False)

app = create_app()

if __name__ == "__main__":
    import test_bed
    from superset import security_manager

    with app.app_context():
        test_bed.add_accounts(security_manager)
