#!/bin/bash
KUBELET_CONFIG=/etc/kubernetes/kubelet/kubelet-config.json
echo "$(jq '.registryPullQPS=20' $KUBELET_CONFIG)" > $KUBELET_CONFIG
/etc/eks/bootstrap.sh prod
