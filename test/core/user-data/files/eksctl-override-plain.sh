#!/bin/bash
set -o errexit
set -o pipefail
set -o nounset

# overrideBootstrapCommand of nodeGroups[0]
CLUSTER_NAME=prod
NODE_LABELS="alpha.eksctl.io/cluster-name=prod,alpha.eksctl.io/nodegroup-name=batch,team=data"
NODE_TAINTS="batch=true:NoSchedule"
KUBELET_EXTRA_ARGS="--node-labels=${NODE_LABELS} --register-with-taints=${NODE_TAINTS}"

sysctl -w vm.max_map_count=262144
/etc/eks/bootstrap.sh "${CLUSTER_NAME}" --kubelet-extra-args "${KUBELET_EXTRA_ARGS}" --container-runtime containerd
