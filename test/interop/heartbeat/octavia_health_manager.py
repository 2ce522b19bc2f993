"""Octavia's health manager, which reads heartbeats into a database of its own.

Reads JSON from standard input: {"key", "amphora", "listeners": [id], "pools": {id: {member: operating status}},
"datagrams": [hex]}. Prints JSON: what the database has after each datagram.
"""

import json
import sys
import time

from oslo_config import cfg
from oslo_db.sqlalchemy import session as db_session

from octavia.amphorae.backends.health_daemon import status_message
from octavia.amphorae.drivers.health import heartbeat_udp
from octavia.common import config  # noqa: F401 (registers the options)
from octavia.db import api, base_models, models

LOAD_BALANCER = "lb"


def insert(model, **values):
    api.get_engine().execute(model.__table__.insert().values(**values))


def fill(given):
    """A load balancer with its listeners, pools and members, all of them enabled and ONLINE but for members."""
    base_models.BASE.metadata.create_all(api.get_engine())
    state = {"provisioning_status": "ACTIVE", "operating_status": "ONLINE", "enabled": True}
    insert(models.LoadBalancer, id=LOAD_BALANCER, topology="SINGLE", **state)
    insert(models.Amphora, id=given["amphora"], load_balancer_id=LOAD_BALANCER, status="ALLOCATED")
    for number, listener in enumerate(given["listeners"]):
        insert(models.Listener, id=listener, load_balancer_id=LOAD_BALANCER, protocol="HTTP",
               protocol_port=number + 1, **state)
    for pool, members in given["pools"].items():
        insert(models.Pool, id=pool, load_balancer_id=LOAD_BALANCER, protocol="HTTP", lb_algorithm="ROUND_ROBIN", **state)
        for number, (member, status) in enumerate(members.items()):
            insert(models.Member, id=member, pool_id=pool, ip_address="192.0.2.1", protocol_port=number + 1, backup=False,
                   **{**state, "operating_status": status})


def read(model, *columns):
    return [tuple(row) for row in api.get_session().query(*[getattr(model, column) for column in columns])]


def state_of(given):
    session = api.get_session()
    alive = session.query(models.AmphoraHealth).filter_by(amphora_id=given["amphora"])
    counted = alive.count()
    alive.delete()
    return {
        "counted": counted == 1,
        "loadBalancer": read(models.LoadBalancer, "operating_status")[0][0],
        "listeners": dict(read(models.Listener, "id", "operating_status")),
        "pools": dict(read(models.Pool, "id", "operating_status")),
        "members": dict(read(models.Member, "id", "operating_status")),
        "received": dict(read(models.ListenerStatistics, "listener_id", "bytes_in")),
        "connections": dict(read(models.ListenerStatistics, "listener_id", "active_connections")),
    }


given = json.load(sys.stdin)
cfg.CONF([], project="octavia")
api._FACADE = db_session.EngineFacade("sqlite://", sqlite_fk=False)
fill(given)
updater = heartbeat_udp.UpdateHealthDb()
states = []
for datagram in given["datagrams"]:
    message = status_message.unwrap_envelope(bytes.fromhex(datagram), given["key"])
    message["recv_time"] = time.time()
    updater.update_health(message, "192.0.2.2")
    heartbeat_udp.update_stats(message)
    states.append(state_of(given))
json.dump(states, sys.stdout)
