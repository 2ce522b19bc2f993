#!/bin/bash
# Written by amphora-agent.
# There is nothing to serve yet.
exit 1
