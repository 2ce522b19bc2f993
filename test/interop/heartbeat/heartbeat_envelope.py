"""Opens heartbeats as Octavia's health manager does, and asks a haproxy as Octavia's agent does.

Reads JSON from standard input: {"key": text, "datagrams": [hex], "sockets": [path]}. Prints JSON: the messages, null
for one that Octavia refuses, and what Octavia's agent would say of each socket.
"""

import json
import sys

from octavia.amphorae.backends.health_daemon import status_message
from octavia.amphorae.backends.utils import haproxy_query
from octavia.common import exceptions


def unwrap(datagram, key):
    try:
        return status_message.unwrap_envelope(bytes.fromhex(datagram), key)
    except exceptions.InvalidHMACException:
        return None


def ask(socket):
    query = haproxy_query.HAProxyQuery(socket)
    pools = query.get_pool_status()
    return {
        "listeners": {row["pxname"]: row["status"] for row in query.show_stat() if row["svname"] == "FRONTEND"},
        "pools": {name: {"status": pool["status"], "members": pool["members"]} for name, pool in pools.items()},
    }


given = json.load(sys.stdin)
json.dump(
    {
        "messages": [unwrap(datagram, given["key"]) for datagram in given["datagrams"]],
        "answers": [ask(socket) for socket in given["sockets"]],
    },
    sys.stdout,
)
