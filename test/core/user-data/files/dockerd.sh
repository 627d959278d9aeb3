#!/bin/bash
/etc/eks/bootstrap.sh prod --container-runtime dockerd --enable-docker-bridge true --docker-config-json '{"log-driver":"json-file","log-opts":{"max-size":"10m"}}'
