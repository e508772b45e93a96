#!/bin/sh
# Installs packages - names, or .deb files - in an image that is being built, and leaves nothing of apt's behind.
set -eu
apt-get update -q
apt-get install -y -q --no-install-recommends "$@"
rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/log/*
