#!/bin/bash
set -euo pipefail
ARGS=(
  prod
  --use-max-pods false
  --kubelet-extra-args "--max-pods=64 --node-labels=pool=dense"
)
ARGS+=(--container-runtime containerd)
/etc/eks/bootstrap.sh "${ARGS[@]}"
