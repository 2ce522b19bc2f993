"""Reads configuration files with the real oslo.config and Octavia's registered options.

stdin:  a JSON list of {"name": path, "options": [[section, option], ...]}
stdout: a JSON list with, per file, {"values": [value or {"failed": text}, ...]}
        or {"failed": text} where the whole file is refused.

Run with Debian's python3 and python3-octavia: /usr/bin/python3 oslo_config_reader.py < in > out
"""

import contextlib
import json
import sys

import octavia.common.config  # noqa: F401  registers Octavia's options
from oslo_config import cfg
from oslo_log import log

SECTIONLESS = "DEFAULT"


def one_value(section, option):
    try:
        group = cfg.CONF if section == SECTIONLESS else cfg.CONF[section]
        return group[option]
    except Exception as error:
        return {"failed": f"{type(error).__name__}: {error}"}


def read(request):
    cfg.CONF.reset()
    try:
        cfg.CONF(
            ["--config-file", request["name"]],
            project="octavia",
            default_config_dirs=[],
        )
    except (Exception, SystemExit) as error:
        # oslo.config ends the process where an option that is also a command line argument is bad
        return {"failed": f"{type(error).__name__}: {error}"}
    return {"values": [one_value(*option) for option in request["options"]]}


def main():
    # oslo.log's own options (debug, use_syslog, …), as every Octavia command registers them
    if "debug" not in cfg.CONF:
        log.register_options(cfg.CONF)
    # what oslo.config prints goes elsewhere than the answers
    with contextlib.redirect_stdout(sys.stderr):
        answers = [read(request) for request in json.load(sys.stdin)]
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
