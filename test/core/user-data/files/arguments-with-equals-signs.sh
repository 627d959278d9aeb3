#!/bin/bash
/etc/eks/bootstrap.sh prod --use-max-pods=false --kubelet-extra-args="--max-pods=110" --container-runtime containerd
