"""JSON for programs, and for the scan page, which is one."""

PREFIX = "/api/v1"
