#!/bin/bash
set -e
/etc/eks/bootstrap.sh prod
INSTANCE=$(curl -s http://169.254.169.254/latest/meta-data/local-hostname)
export KUBECONFIG=/var/lib/kubelet/kubeconfig
kubectl label node "$INSTANCE" role=worker --overwrite
