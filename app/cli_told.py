"""What goes wrong in a command, told in one or two sentences."""

import sys
from collections.abc import Callable
from functools import wraps
from typing import NoReturn, ParamSpec, TypeVar

import click
from sqlalchemy.exc import SQLAlchemyError

from app.errors import TraceError

Given = ParamSpec("Given")
Made = TypeVar("Made")


def told(command: Callable[Given, Made]) -> Callable[Given, Made]:
    """Errors for people in one or two sentences on stderr, and exit code 1."""

    @wraps(command)
    def run(*args: Given.args, **values: Given.kwargs) -> Made:
        try:
            return command(*args, **values)
        except TraceError as error:
            fail(error.english())
        except SQLAlchemyError as error:
            reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
            fail(f"The database cannot be used: {reason}. Has it been migrated? ./dev serve does that.")
        except OSError as error:
            fail(f"{error.filename or 'The file'} cannot be used: {error.strerror}.")

    return run


def fail(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(1)
