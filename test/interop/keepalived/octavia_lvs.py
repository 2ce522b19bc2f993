"""Renders LVS configurations with Octavia's own templates, and says what Octavia's agent makes of them.

Reads a JSON list of cases from standard input: {"model": ..., "kernel": text of /proc/net/ip_vs, "table": output of
ipvsadm, "statistics": output of ipvsadm --stats, "age": seconds since keepalived took the configuration}. Prints a
JSON list: {"config": text, "listeners": ..., "pool": ...}; a failure of the agent is {"error": class}. The kernel's
answers are played to it, since there may be no IPVS here.
"""
import json
import os
import subprocess
import sys
import tempfile
import time

from octavia.amphorae.backends.agent.api_server import util
from octavia.amphorae.backends.utils import keepalivedlvs_query
from octavia.common import config  # noqa: F401  registers the options
from octavia.common import data_models
from octavia.common.jinja.lvs import jinja_cfg
from oslo_config import cfg


def listener_of(model):
    first, *additional = model['vips']
    balancer = data_models.LoadBalancer(
        id=model['load_balancer'], enabled=model.get('load_balancer_enabled', True), topology='SINGLE',
        vip=data_models.Vip(ip_address=first),
        additional_vips=[data_models.AdditionalVip(ip_address=address) for address in additional])
    listener = data_models.Listener(
        id=model['listener'], protocol=model['protocol'], protocol_port=model['port'], connection_limit=98,
        load_balancer=balancer, enabled=model.get('listener_enabled', True))
    if 'pool' in model:
        listener.default_pool = pool_of(model, balancer)
    return listener


def pool_of(model, balancer):
    pool = data_models.Pool(
        id=model['pool'], protocol=model['protocol'], lb_algorithm='ROUND_ROBIN', load_balancer=balancer,
        enabled=model.get('pool_enabled', True), operating_status='ONLINE', members=[])
    for member in model['members']:
        pool.members.append(data_models.Member(
            id=member['id'], ip_address=member['address'], protocol_port=member['port'], weight=member['weight'],
            enabled=member.get('enabled', True), backup=False, subnet_id='s', operating_status='ONLINE', pool=pool))
    if 'monitor' in model:
        pool.health_monitor = data_models.HealthMonitor(
            id=model['monitor']['id'], type=model['monitor']['type'], delay=30, timeout=31, fall_threshold=3,
            rise_threshold=2, enabled=True, pool=pool, http_method='GET', url_path='/', expected_codes='200')
    return pool


def play(case):
    def check_output(command, *_args, **_kwargs):
        words = command if isinstance(command, str) else ' '.join(command)
        return case['statistics' if '--stats' in words else 'table'].encode()

    subprocess.check_output = check_output
    keepalivedlvs_query.read_kernel_file = lambda _namespace, _path: case['kernel']


def attempt(question):
    try:
        return question()
    except Exception as error:  # a fault of the agent is an answer that the test looks at
        return {'error': type(error).__name__}


def answer(case):
    listener = case['model']['listener']
    text = jinja_cfg.LvsJinjaTemplater().build_config(listener_of(case['model']))
    file = util.keepalived_lvs_cfg_path(listener)
    with open(file, 'w') as stream:
        stream.write(text)
    now = time.time()
    os.utime(file, (now, now))
    pid_files = util.keepalived_lvs_pids_path(listener)
    for pid_file in pid_files:
        with open(pid_file, 'w') as stream:
            stream.write(str(os.getpid()))
        os.utime(pid_file, (now + case['age'], now + case['age']))
    play(case)
    answered = {
        'config': text,
        'listeners': attempt(keepalivedlvs_query.get_lvs_listeners_stats),
        'pool': attempt(lambda: keepalivedlvs_query.get_lvs_listener_pool_status(listener)),
    }
    for used in (file, *pid_files):
        os.remove(used)
    return answered


def main():
    with tempfile.TemporaryDirectory() as base:
        os.mkdir(os.path.join(base, 'lvs'))
        cfg.CONF([], project='octavia')
        cfg.CONF.set_override('base_path', base, group='haproxy_amphora')
        answers = [answer(case) for case in json.load(sys.stdin)]
    json.dump(answers, sys.stdout)


main()
