#!/bin/bash
/etc/eks/bootstrap.sh prod --kubelet-extra-args '--cpu-manager-policy=static --cpu-manager-policy-options=full-pcpus-only=true --reserved-cpus=0,1 --topology-manager-policy=single-numa-node --topology-manager-scope=pod --memory-manager-policy=Static --reserved-memory=0:memory=1Gi --kube-reserved=cpu=1,memory=1Gi,ephemeral-storage=1Gi'
