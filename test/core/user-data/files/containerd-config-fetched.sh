#!/bin/bash
aws s3 cp s3://acme-config/containerd.toml /etc/acme/containerd.toml
/etc/eks/bootstrap.sh prod --containerd-config-file /etc/acme/containerd.toml
