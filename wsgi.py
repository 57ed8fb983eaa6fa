"""The application as a server loads it."""

from app import create_app
from app.settings import Settings
from app.steadying import steady

app = create_app(Settings.from_env())
steady()
