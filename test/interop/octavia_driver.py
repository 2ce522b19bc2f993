"""Octavia's real amphora driver, told what to do by JSON lines on standard input.

First line: the settings {port, client_cert, server_ca, retry_interval}. Each order names its amphora,
{"amphora": {"id": ..., "address": ...}}.
Each further line {"call": METHOD, "args": [...], "named": {...}} calls that method of AmphoraAPIClient1_0 with the
amphora in front of the arguments; {"render": "haproxy" | "keepalived" | "lvs", ...} renders a configuration with
Octavia's templates; {"methods": true} asks for the names of all methods.
Each is answered with one line {"result": ...} or {"error": CLASS, "text": ...}, and beside it, where one came, the last
response of the agent: {"response": {"status": ..., "body": ...}}.
"""
import inspect
import json
import logging
import sys
import types

from octavia.amphorae.drivers.haproxy import rest_api_driver
from octavia.amphorae.drivers.keepalived.jinja import jinja_cfg as keepalived_templates
from octavia.common import config  # noqa: F401  registers the options
from octavia.common import constants
from octavia.common import data_models
from octavia.common.jinja.haproxy.combined_listeners import jinja_cfg as haproxy_templates
from octavia.common.jinja.lvs import jinja_cfg as lvs_templates
from oslo_config import cfg

CONF = cfg.CONF


def main():
    settings = json.loads(sys.stdin.readline())
    logging.disable()  # what it logs of refusals, the test looks at
    CONF([], project='octavia')
    CONF.set_override('client_cert', settings['client_cert'], group='haproxy_amphora')
    CONF.set_override('server_ca', settings['server_ca'], group='haproxy_amphora')
    CONF.set_override('bind_port', settings['port'], group='haproxy_amphora')
    CONF.set_override('connection_max_retries', 3, group='haproxy_amphora')
    CONF.set_override('connection_retry_interval', settings['retry_interval'], group='haproxy_amphora')
    client = rest_api_driver.AmphoraAPIClient1_0()
    heard = []
    client.session.hooks['response'].append(lambda response, *_args, **_settings: heard.append(response))
    amphorae = {}
    for line in sys.stdin:
        order = json.loads(line)
        heard.clear()
        amphora = amphorae.setdefault(order['amphora']['id'], types.SimpleNamespace(
            id=order['amphora']['id'], lb_network_ip=order['amphora']['address'], api_version=None, compute_id='none'))
        try:
            answer = {'result': plain(obey(client, amphora, order))}
        except Exception as error:  # every failure is an answer that the test looks at
            answer = {'error': type(error).__name__, 'text': str(error)}
        if heard:
            answer['response'] = plain(heard[-1])
        print(json.dumps(answer), flush=True)


def obey(client, amphora, order):
    if 'render' in order:
        if order['render'] == 'haproxy':
            return render_haproxy(order, lambda: details_of(client, amphora))
        renderers = {'keepalived': render_keepalived, 'lvs': render_lvs}
        return renderers[order['render']](order)
    if 'methods' in order:
        return [name for name in dir(client) if not name.startswith('_') and callable(getattr(client, name))]
    if order['call'] == 'get_api_version':
        return api_version_of(client, amphora)
    return getattr(client, order['call'])(amphora, *order['args'], **order.get('named', {}))


def api_version_of(client, amphora):
    """Asks for the versions of the API; requests after this one have the version in their path."""
    answer = client.get_api_version(amphora)
    amphora.api_version = answer['api_version']
    return answer


def details_of(client, amphora):
    if amphora.api_version is None:
        api_version_of(client, amphora)
    return client.get_details(amphora)


def plain(value):
    """What JSON can hold of an answer: the driver returns dictionaries, texts, and responses of requests."""
    if hasattr(value, 'status_code'):
        return {'status': value.status_code, 'body': value.text}
    return value


def load_balancer(order):
    amphorae = [
        data_models.Amphora(
            id=one['id'], vrrp_ip=one['vrrp_ip'], ha_ip=order['vip'], role=one['role'], status='ALLOCATED',
            vrrp_interface='eth1', vrrp_id=1, vrrp_priority=one['priority'])
        for one in order['amphorae']]
    balancer = data_models.LoadBalancer(
        id=order['load_balancer'], project_id='p', name='lb', topology=order['topology'], enabled=True,
        vip=data_models.Vip(ip_address=order['vip'], subnet_id='s', network_id='n', port_id='v'),
        amphorae=amphorae, vrrp_group=data_models.VRRPGroup(
            load_balancer_id=order['load_balancer'], vrrp_group_name='g' + order['load_balancer'][:8],
            vrrp_auth_type='PASS', vrrp_auth_pass='secret', advert_int=1),
        listeners=[], pools=[], additional_vips=[])
    for vip in order.get('additional_vips', []):
        balancer.additional_vips.append(data_models.AdditionalVip(ip_address=vip['ip_address'], subnet_id='s2'))
    pool = data_models.Pool(
        id=order['pool'], protocol='HTTP', lb_algorithm='ROUND_ROBIN', enabled=True, operating_status='ONLINE',
        provisioning_status='ACTIVE', members=[], l7policies=[], listeners=[], load_balancer=balancer,
        load_balancer_id=balancer.id)
    for member in order['members']:
        pool.members.append(data_models.Member(
            id=member['id'], ip_address=member['address'], protocol_port=member['port'], weight=1, enabled=True,
            subnet_id='m', operating_status='ONLINE', provisioning_status='ACTIVE', pool=pool, backup=False))
    pool.health_monitor = data_models.HealthMonitor(
        id=order['health_monitor'], type='HTTP', delay=1, timeout=1, rise_threshold=1, fall_threshold=2,
        http_method='GET', url_path='/', expected_codes='200', enabled=True, pool=pool,
        provisioning_status='ACTIVE')
    listener = data_models.Listener(
        id=order['listener'], protocol='HTTP', protocol_port=80, connection_limit=1000, enabled=True,
        load_balancer=balancer, default_pool=pool, pools=[pool], l7policies=[], insert_headers={},
        provisioning_status='ACTIVE', operating_status='ONLINE', sni_containers=[], allowed_cidrs=[],
        timeout_client_data=50000, timeout_member_connect=5000, timeout_member_data=50000,
        timeout_tcp_inspect=0, project_id='p')
    pool.listeners.append(listener)
    balancer.listeners.append(listener)
    balancer.pools.append(pool)
    return balancer


def render_haproxy(order, details_of_amphora):
    balancer = load_balancer(order)
    templater = haproxy_templates.JinjaTemplater(
        base_amp_path='/var/lib/octavia', base_crt_dir='/var/lib/octavia/certs',
        connection_logging=True)
    own = next(one for one in balancer.amphorae if one.id == order['own'])
    # as the driver of Octavia 16 does, which renders from the answer of /details
    details = ({'amp_details': details_of_amphora()}
               if 'amp_details' in inspect.signature(templater.build_config).parameters else {})
    return templater.build_config(
        host_amphora=own, listeners=balancer.listeners, haproxy_versions=('2', '6'), tls_certs=None, **details)


def render_keepalived(order):
    balancer = load_balancer(order)
    own = next(one for one in balancer.amphorae if one.id == order['own'])
    subnet = {'cidr': order['subnet_cidr'], 'gateway_ip': order['gateway'], 'host_routes': []}
    additional = [
        {'ip_address': vip['ip_address'],
         'subnet': {'cidr': vip['subnet_cidr'], 'gateway_ip': vip['gateway'], 'host_routes': []}}
        for vip in order.get('additional_vips', [])]
    network = {'vip_subnet': subnet, 'vrrp_subnet': subnet, 'additional_vip_data': additional}
    return keepalived_templates.KeepalivedJinjaTemplater().build_keepalived_config(balancer, own, network)


def render_lvs(order):
    listener = load_balancer(order).listeners[0]
    listener.protocol = listener.default_pool.protocol = 'UDP'
    listener.default_pool.health_monitor.type = 'UDP-CONNECT'
    return lvs_templates.LvsJinjaTemplater().build_config(listener)


if __name__ == '__main__':
    constants.AMP_ACTION_START  # the package is the real one
    main()
