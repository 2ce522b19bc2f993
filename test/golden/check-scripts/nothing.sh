#!/bin/bash
# Written by amphora-agent.
# No load balancer has been started yet.
exit 1
