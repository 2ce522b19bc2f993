#!/bin/bash
# Written by amphora-agent.
# No haproxy is meant to run: nothing is served here.
exit 1
