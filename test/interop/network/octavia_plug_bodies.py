"""Has Octavia's own driver make the bodies of plug/vip and plug/network, and shows them.

Standard input: a line of JSON a case, what Octavia knows of the ports, with null for None:
{"call": "vip" | "network", "vip", "vrrp_ip", "vip_port", "vip_subnet", "additional_vips", "port"}.
Standard output: a line of JSON a case, {"path", "body"} of the request that the driver sends.
"""

import json
import sys
import types

from octavia.amphorae.drivers.haproxy import rest_api_driver
from octavia.common import config  # noqa: F401  registers the options
from octavia.common import constants
from octavia.common import data_models
from octavia.network import data_models as network_models
from oslo_config import cfg


def subnet(given):
    routes = [network_models.HostRoute(**route) for route in given.get("host_routes") or []]
    return network_models.Subnet(
        id=given.get("id", "s"), cidr=given["cidr"], gateway_ip=given.get("gateway_ip"), host_routes=routes)


def port(given):
    return network_models.Port(
        id="p", mac_address=given["mac_address"],
        network=network_models.Network(id="n", mtu=given.get("mtu")),
        fixed_ips=[
            network_models.FixedIP(subnet_id="s", ip_address=one["ip_address"], subnet=subnet(one["subnet"]))
            for one in given.get("fixed_ips", [])])


def network_config(given):
    additional = [
        network_models.AdditionalVipData(ip_address=one["ip_address"], subnet=subnet(one["subnet"]))
        for one in given.get("additional_vips", [])]
    own = port(given["vip_port"]) if "vip_port" in given else None
    vip_subnet = subnet(given["vip_subnet"]) if "vip_subnet" in given else None
    return network_models.AmphoraNetworkConfig(
        vip_subnet=vip_subnet, vip_port=own, vrrp_subnet=vip_subnet, vrrp_port=own, additional_vip_data=additional)


def plug(driver, given):
    amphora = data_models.Amphora(
        id="a", lb_network_ip="192.0.2.1", vrrp_ip=given.get("vrrp_ip"), ha_ip=given.get("vip"),
        vrrp_port_id="p" if "vip_port" in given else None)
    amphora.api_version = "1.0"
    balancer = data_models.LoadBalancer(vip=data_models.Vip(ip_address=given.get("vip")))
    config_of = {"a": network_config(given)}
    if given["call"] == "vip":
        driver.post_vip_plug(amphora, balancer, config_of)
    else:
        driver.post_network_plug(amphora, port(given["port"]), config_of["a"])


def main():
    cfg.CONF([], project="octavia", default_config_files=[])
    driver = rest_api_driver.HaproxyAmphoraLoadBalancerDriver()
    sent = []

    def send(_amphora, path, **named):
        sent.append({"path": path, "body": named["json"]})
        return types.SimpleNamespace(status_code=202)

    for client in driver.clients.values():
        client.post = client.put = send
    for line in sys.stdin:
        sent.clear()
        plug(driver, json.loads(line))
        print(json.dumps(sent[-1]), flush=True)


if __name__ == "__main__":
    main()
