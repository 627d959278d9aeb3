#!/bin/bash
CMD_EXTRA_ARG=""
FIXED_NODES_LABELS="aws.eks.cluster=prod,aws.eks.nodegroup=web"
CMD_EXTRA_ARG=$CMD_EXTRA_ARG" --node-labels="$FIXED_NODES_LABELS
CMD_EXTRA_ARG=$CMD_EXTRA_ARG' --register-with-taints='dedicated=web:NoSchedule
/etc/eks/bootstrap.sh prod --kubelet-extra-args "$CMD_EXTRA_ARG"
