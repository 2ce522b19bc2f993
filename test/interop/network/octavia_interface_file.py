"""Has Octavia's own agent plug VIPs and shows the interface files that it writes.

Standard input: a line of JSON a case, [topology, vip, body of plug/vip].
Standard output: a line of JSON a case, what stands in eth1.json then.
Needs root in private network and mount namespaces; amphora-interface in PATH may do nothing.
"""

import json
import subprocess
import sys

from octavia.amphorae.backends.agent.api_server import server
from octavia.common import config  # noqa: F401  registers the options
from oslo_config import cfg

INTERFACES = "/etc/octavia/interfaces"


def run(*argv):
    subprocess.run(argv, check=True, capture_output=True)


def plug(client, topology, vip, body):
    cfg.CONF.set_override("loadbalancer_topology", topology, "controller_worker")
    run("ip", "netns", "add", "amphora-haproxy")
    run("ip", "link", "add", "name", "nic0", "type", "veth", "peer", "name", "peer0")
    run("ip", "link", "set", "nic0", "address", body["mac_address"])
    try:
        answer = client.post("/1.0/plug/vip/" + vip, json=body)
        if answer.status_code != 202:
            raise RuntimeError(answer.data)
        with open(INTERFACES + "/eth1.json", encoding="utf-8") as file:
            return json.load(file)
    finally:
        run("ip", "link", "delete", "peer0")
        run("ip", "netns", "delete", "amphora-haproxy")


def main():
    cfg.CONF([], project="octavia", default_config_files=[])
    run("mkdir", "-p", INTERFACES, "/var/lib/octavia")
    run("touch", "/var/lib/octavia/plugged_interfaces")
    client = server.Server().app.test_client()
    for line in sys.stdin:
        print(json.dumps(plug(client, *json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
