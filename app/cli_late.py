"""The operator's commands, imported when one is asked for: the processes that serve need none, and all their memory."""

import click
from flask import Flask
from flask.cli import AppGroup


class Commands(AppGroup):
    """What `app.cli` is: knows its commands from the first question on."""

    def __init__(self, app: Flask) -> None:
        super().__init__(name=app.name)
        self._app: Flask | None = app

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        self._load()
        return super().get_command(ctx, cmd_name)

    def list_commands(self, ctx: click.Context) -> list[str]:
        self._load()
        return super().list_commands(ctx)

    def _load(self) -> None:
        app, self._app = self._app, None
        if app is not None:
            from app import cli

            cli.register(app)
