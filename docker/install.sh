#!/bin/sh
# Installs packages - names, or .deb files - in an image during its build and leaves none of apt's files behind.
set -eu
apt-get update -q
apt-get install -y -q --no-install-recommends "$@"
rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/log/*
