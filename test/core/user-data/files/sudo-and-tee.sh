#!/bin/bash
sudo -E /etc/eks/bootstrap.sh prod --kubelet-extra-args '--node-labels=a=b' 2>&1 | tee /var/log/eks-bootstrap.log
