#!/bin/bash
/etc/eks/bootstrap.sh prod --kubelet-extra-args '--node-labels=app=web \
--max-pods=20'
