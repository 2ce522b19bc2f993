"""Renders keepalived configurations with Octavia's own templates.

Reads a JSON list of cases from standard input: {"vrrp": body of PUT vrrp/upload} or {"lvs": a load balancer as
octavia-lib's provider drivers see it, with one listener}. Prints the JSON list of texts.
"""
import json
import sys

from octavia.amphorae.drivers.keepalived.jinja import jinja_cfg as vrrp_templates
from octavia.common import config  # noqa: F401  registers the options
from octavia.common import constants
from octavia.common import data_models
from octavia.common.jinja.lvs import jinja_cfg as lvs_templates
from oslo_config import cfg

ALGORITHM = 'ROUND_ROBIN'


def vrrp(body):
    own = data_models.Amphora(
        id='own', vrrp_ip=body['unicast_src_ip'], status='ALLOCATED',
        role='MASTER' if body['priority'] == constants.ROLE_MASTER_PRIORITY else 'BACKUP',
        vrrp_interface=body['interface'], vrrp_id=body['virtual_router_id'], vrrp_priority=body['priority'])
    others = [
        data_models.Amphora(id=address, vrrp_ip=address, role='BACKUP', status='ALLOCATED')
        for address in body['unicast_peers']]
    first, *additional = body['vips']
    balancer = data_models.LoadBalancer(
        id='lb', topology='ACTIVE_STANDBY', enabled=True, vip=data_models.Vip(ip_address=first['ip_address']),
        additional_vips=[data_models.AdditionalVip(ip_address=one['ip_address']) for one in additional],
        amphorae=[own, *others], listeners=[], pools=[],
        vrrp_group=data_models.VRRPGroup(
            vrrp_group_name=body['instance'], vrrp_auth_type=body['auth_type'], vrrp_auth_pass=body['auth_pass'],
            advert_int=body['advert_int']))
    network = {
        'vip_subnet': subnet(first), 'vrrp_subnet': subnet(first),
        'additional_vip_data': [{'ip_address': one['ip_address'], 'subnet': subnet(one)} for one in additional]}
    return vrrp_templates.KeepalivedJinjaTemplater().build_keepalived_config(balancer, own, network)


def subnet(vip):
    return {'cidr': vip['subnet_cidr'], 'gateway_ip': vip['gateway'], 'host_routes': vip.get('host_routes', [])}


def lvs(body):
    given = body['listeners'][0]
    balancer = data_models.LoadBalancer(
        id=body['loadbalancer_id'], enabled=body.get('admin_state_up', True), topology='SINGLE',
        vip=data_models.Vip(ip_address=body['vip_address']),
        additional_vips=[
            data_models.AdditionalVip(ip_address=one['ip_address']) for one in body.get('additional_vips', [])])
    listener = data_models.Listener(
        id=given['listener_id'], protocol=given['protocol'], protocol_port=given['protocol_port'],
        connection_limit=given.get('connection_limit', -1), enabled=given.get('admin_state_up', True),
        load_balancer=balancer)
    if given.get('default_pool'):
        listener.default_pool = pool_of(given['default_pool'], balancer)
    return lvs_templates.LvsJinjaTemplater().build_config(listener)


def pool_of(given, balancer):
    pool = data_models.Pool(
        id=given['pool_id'], protocol=given['protocol'], lb_algorithm=given.get('lb_algorithm', ALGORITHM),
        load_balancer=balancer, enabled=given.get('admin_state_up', True), operating_status='ONLINE', members=[])
    if given.get('session_persistence'):
        pool.session_persistence = data_models.SessionPersistence(pool=pool, **given['session_persistence'])
    for member in given['members']:
        pool.members.append(data_models.Member(
            id=member['member_id'], ip_address=member['address'], protocol_port=member['protocol_port'],
            weight=member.get('weight', 1), enabled=member.get('admin_state_up', True), backup=False, subnet_id='s',
            monitor_address=member.get('monitor_address'), monitor_port=member.get('monitor_port'),
            operating_status='ONLINE', pool=pool))
    if given.get('healthmonitor'):
        pool.health_monitor = monitor_of(given['healthmonitor'], pool)
    return pool


def monitor_of(given, pool):
    return data_models.HealthMonitor(
        id=given['healthmonitor_id'], type=given['type'], delay=given['delay'], timeout=given['timeout'],
        rise_threshold=given['max_retries'], fall_threshold=given['max_retries_down'],
        enabled=given.get('admin_state_up', True), http_method=given.get('http_method', 'GET'),
        url_path=given.get('url_path', '/'), expected_codes=given.get('expected_codes', '200'),
        http_version=given.get('http_version'), domain_name=given.get('domain_name'), pool=pool)


def main():
    cfg.CONF([], project='octavia')
    cases = json.load(sys.stdin)
    json.dump([vrrp(case['vrrp']) if 'vrrp' in case else lvs(case['lvs']) for case in cases], sys.stdout)


main()
