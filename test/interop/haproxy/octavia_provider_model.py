"""Prints a load balancer as Octavia itself hands it to provider drivers, in octavia-lib's data model."""
import json

from octavia.api.drivers import utils
from octavia.common import config  # noqa: F401  registers the options
from octavia.common import data_models
from oslo_config import cfg


def load_balancer():
    balancer = data_models.LoadBalancer(
        id='10000000-0000-4000-8000-000000000000', project_id='a3f1c2d4', name='a\nname', enabled=True, amphorae=[],
        vip=data_models.Vip(ip_address='10.0.1.100'),
        additional_vips=[data_models.AdditionalVip(ip_address='2001:db8::1')])
    pool = data_models.Pool(
        id='30000000-0000-4000-8000-000000000000', protocol='HTTP', lb_algorithm='ROUND_ROBIN', enabled=True,
        members=[], load_balancer=balancer, listeners=[], l7policies=[])
    pool.session_persistence = data_models.SessionPersistence(type='APP_COOKIE', cookie_name='JSESSIONID')
    pool.members.append(data_models.Member(
        id='40000000-0000-4000-8000-000000000000', ip_address='10.0.5.11', protocol_port=8080, weight=3, enabled=True,
        pool=pool, backup=False))
    pool.health_monitor = data_models.HealthMonitor(
        id='60000000-0000-4000-8000-000000000000', type='HTTP', delay=1, timeout=2, rise_threshold=3,
        fall_threshold=4, http_method='GET', url_path='/', expected_codes='200-204', enabled=True, pool=pool,
        http_version=1.0)
    listener = data_models.Listener(
        id='20000000-0000-4000-8000-000000000000', protocol='HTTP', protocol_port=80, connection_limit=-1,
        enabled=True, load_balancer=balancer, insert_headers={'X-Forwarded-For': 'true'}, sni_containers=[],
        allowed_cidrs=[], timeout_client_data=50000, timeout_member_connect=5000, timeout_member_data=50000,
        timeout_tcp_inspect=0, pools=[pool], default_pool=pool, default_pool_id=pool.id)
    policy = data_models.L7Policy(
        id='70000000-0000-4000-8000-000000000000', action='REDIRECT_TO_POOL', position=1, enabled=True,
        listener=listener, redirect_pool=pool, redirect_pool_id=pool.id)
    policy.l7rules.append(data_models.L7Rule(
        id='80000000-0000-4000-8000-000000000000', type='PATH', compare_type='EQUAL_TO', value='/', enabled=True,
        invert=False, l7policy=policy))
    listener.l7policies = [policy]
    balancer.listeners = [listener]
    balancer.pools = [pool]
    return balancer


cfg.CONF([], project='octavia')
print(json.dumps(utils.db_loadbalancer_to_provider_loadbalancer(load_balancer()).to_dict(recurse=True)))
