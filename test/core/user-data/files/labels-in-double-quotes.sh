#!/usr/bin/env bash
LABELS='app=web,tier=front'
TAINTS=dedicated=web:NoSchedule
EXTRA="--node-labels=$LABELS"
EXTRA="$EXTRA --register-with-taints=${TAINTS}"
EXTRA+=" --max-pods=${MAX_PODS:-}"
MAX=29
/etc/eks/bootstrap.sh "prod" --kubelet-extra-args "--node-labels=${LABELS},extra=yes --register-with-taints=${TAINTS} --max-pods=${MAX}"
