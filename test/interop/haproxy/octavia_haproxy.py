"""Renders haproxy configurations with Octavia's own templates.

Reads a JSON list of load balancers, as octavia-lib's provider drivers see them, from standard input, and prints a JSON
list of texts. Certificates are named by forty letters of one kind.
"""
import json
import sys

from octavia.common import config  # noqa: F401  registers the options
from octavia.common import data_models
from octavia.common.jinja.haproxy.combined_listeners import jinja_cfg
from oslo_config import cfg

LOG = '/run/rsyslog/octavia/log'


def balancer_of(model):
    amphora = model.get('amphora', {})
    balancer = data_models.LoadBalancer(
        id=model['loadbalancer_id'], project_id=model['project_id'], enabled=True, listeners=[], pools=[],
        topology=amphora.get('topology', 'SINGLE'), vip=data_models.Vip(ip_address=model['vip_address']),
        additional_vips=[
            data_models.AdditionalVip(ip_address=vip['ip_address']) for vip in model.get('additional_vips', [])],
        amphorae=[
            data_models.Amphora(id=peer['amphora_id'], vrrp_ip=peer['vrrp_ip'], status='ALLOCATED')
            for peer in amphora.get('peers', [])] or [data_models.Amphora(id='own', status='ALLOCATED')])
    balancer.listeners = [listener_of(one, balancer) for one in model['listeners']]
    return balancer


def listener_of(model, balancer):
    listener = data_models.Listener(
        id=model['listener_id'], project_id=balancer.project_id, protocol=model['protocol'],
        protocol_port=model['protocol_port'], connection_limit=model['connection_limit'], enabled=True,
        insert_headers=model.get('insert_headers', {}), load_balancer=balancer, sni_containers=[], pools=[],
        l7policies=[], provisioning_status='ACTIVE', allowed_cidrs=[],
        tls_certificate_id='own' if 'default_tls_container_data' in model else None,
        client_ca_tls_certificate_id='ca' if 'client_ca_tls_container_data' in model else None,
        client_authentication=model.get('client_authentication', 'NONE'),
        timeout_client_data=50000, timeout_member_connect=5000, timeout_member_data=50000,
        timeout_tcp_inspect=model.get('timeout_tcp_inspect', 0), peer_port=1025,
        tls_ciphers=model.get('tls_ciphers'), tls_versions=model.get('tls_versions'),
        alpn_protocols=model.get('alpn_protocols'))
    if 'default_pool' in model:
        listener.default_pool = pool_of(model['default_pool'], balancer)
        listener.pools.append(listener.default_pool)
    for position, one in enumerate(model.get('l7policies', [])):
        policy = policy_of(one, position, listener, balancer)
        listener.l7policies.append(policy)
        if policy.redirect_pool:
            listener.pools.append(policy.redirect_pool)
    return listener


def policy_of(model, position, listener, balancer):
    policy = data_models.L7Policy(
        id='policy', action=model['action'], position=position + 1, enabled=True, listener=listener,
        redirect_url=model.get('redirect_url'), redirect_prefix=model.get('redirect_prefix'),
        redirect_http_code=302 if 'REDIRECT_TO_POOL' != model['action'] != 'REJECT' else None,
        provisioning_status='ACTIVE')
    if 'redirect_pool' in model:
        policy.redirect_pool = pool_of(model['redirect_pool'], balancer)
    for rule in model['rules']:
        policy.l7rules.append(data_models.L7Rule(
            id=rule['l7rule_id'], type=rule['type'], compare_type=rule['compare_type'], key=rule.get('key'),
            value=rule['value'], invert=rule.get('invert', False), enabled=True, l7policy=policy,
            provisioning_status='ACTIVE'))
    return policy


def pool_of(model, balancer):
    pool = data_models.Pool(
        id=model['pool_id'], protocol=model['protocol'], lb_algorithm=model['lb_algorithm'], enabled=True,
        operating_status='ONLINE', provisioning_status='ACTIVE', load_balancer=balancer, members=[],
        ca_tls_certificate_id='ca' if 'ca_tls_container_data' in model else None,
        tls_enabled=model.get('tls_enabled', False), tls_ciphers=model.get('tls_ciphers'),
        tls_versions=model.get('tls_versions'), alpn_protocols=model.get('alpn_protocols'))
    if 'session_persistence' in model:
        pool.session_persistence = data_models.SessionPersistence(pool_id=pool.id, **model['session_persistence'])
    if 'healthmonitor' in model:
        monitor = model['healthmonitor']
        pool.health_monitor = data_models.HealthMonitor(
            id='monitor', type=monitor['type'], delay=monitor['delay'], timeout=monitor['timeout'],
            rise_threshold=monitor['max_retries'], fall_threshold=monitor['max_retries_down'], enabled=True,
            http_method='GET', url_path=monitor.get('url_path', '/'), provisioning_status='ACTIVE', pool=pool,
            expected_codes=monitor.get('expected_codes', '200'), http_version=monitor.get('http_version'),
            domain_name=monitor.get('domain_name'))
    for member in model['members']:
        pool.members.append(data_models.Member(
            id=member['member_id'], ip_address=member['address'], protocol_port=member['protocol_port'],
            weight=member.get('weight', 1), backup=member.get('backup', False),
            enabled=member.get('admin_state_up', True), monitor_address=member.get('monitor_address'),
            monitor_port=member.get('monitor_port'), operating_status='ONLINE', provisioning_status='ACTIVE',
            pool=pool))
    return pool


def render(model):
    balancer = balancer_of(model)
    names = {'ca': 'c' * 40 + '.pem'}
    certificate = '/var/lib/octavia/certs/%s/%s.pem' % (balancer.id, 'c' * 40)
    for listener in balancer.listeners:
        names.update({pool.id: {'ca_cert': certificate} for pool in listener.pools if pool.ca_tls_certificate_id})
    templater = jinja_cfg.JinjaTemplater(log_http=LOG, log_server=LOG)
    return templater.build_config(balancer.amphorae[0], balancer.listeners, names, ('2', '6'))


def main():
    cfg.CONF([], project='octavia')
    json.dump([render(model) for model in json.load(sys.stdin)], sys.stdout)


main()
