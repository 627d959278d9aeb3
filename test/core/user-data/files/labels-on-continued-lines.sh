#!/bin/bash
/etc/eks/bootstrap.sh prod \
  --kubelet-extra-args "\
    --node-labels=app=web,\
tier=front \
    --register-with-taints=app=web:NoSchedule" \
  --use-max-pods true
