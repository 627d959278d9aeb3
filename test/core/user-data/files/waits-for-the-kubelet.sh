#!/bin/bash
/etc/eks/bootstrap.sh prod
until curl -sf http://localhost:10248/healthz; do
  sleep 5
done
aws autoscaling complete-lifecycle-action --lifecycle-action-result CONTINUE --lifecycle-hook-name boot --auto-scaling-group-name web
