"""Granian's command line, ended as `./dev serve` ends it; run as a module."""

from granian.cli import entrypoint

from app.serving import end_while_loading

if __name__ == "__main__":
    end_while_loading()
    entrypoint()
