"""The server's two configuration files, written whole at every start: the code is their only source."""

import re
from collections.abc import Mapping
from pathlib import Path

PORT = 5432
"""Names the socket file only; no port is opened."""

_SETTINGS: Mapping[str, str] = {
    "port": str(PORT),
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "password_encryption": "scram-sha-256",
    "shared_buffers": "128MB",
    "effective_cache_size": "512MB",
    "work_mem": "8MB",
    "random_page_cost": "1.1",
    "jit": "off",
    # A container's /dev/shm is often 64 MB, which a parallel hash join overruns and fails.
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
    "synchronous_commit": "on",
    "wal_compression": "on",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    # The outbox is a queue: every row dies at once, and its dead rows slow the relay until they are vacuumed.
    "autovacuum": "on",
    "autovacuum_naptime": "15s",
    "autovacuum_vacuum_scale_factor": "0.05",
    "autovacuum_analyze_scale_factor": "0.05",
    "logging_collector": "on",
    "log_directory": "log",
    "log_filename": "postgresql-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_file_mode": "0600",
    # DETAIL lines quote the offending row, and with it personal data.
    "log_error_verbosity": "terse",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "datestyle": "iso, ymd",
    "lc_messages": "C",
    "lc_monetary": "C",
    "lc_numeric": "C",
    "lc_time": "C",
    "default_text_search_config": "pg_catalog.simple",
}

ACCESS = """\
# Written at every start. Everyone needs a password: other users of this machine must not read complaints.
local  all          all       scram-sha-256
local  replication  postgres  scram-sha-256
"""


def configuration(sockets: Path, changes: Mapping[str, str]) -> str:
    """The text of postgresql.conf. Raises `ValueError` on a name that is not a setting's."""
    settings = {**_SETTINGS, "unix_socket_directories": str(sockets), **changes}
    for name in settings:
        if not re.fullmatch(r"[a-z_.]+", name):
            raise ValueError(f"{name!r} can't be the name of a setting")
    lines = [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in settings.items()]
    return "\n".join(["# Written at every start: changes made here are lost.", *lines, ""])
