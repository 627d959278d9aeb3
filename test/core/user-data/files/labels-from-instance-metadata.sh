#!/bin/bash
set -o xtrace
id=$(curl http://169.254.169.254/latest/meta-data/instance-id -s)
ami=$(curl http://169.254.169.254/latest/meta-data/ami-id -s)
/etc/eks/bootstrap.sh prod --kubelet-extra-args \
  "--node-labels=cluster=prod,instance-id=$id,ami-id=$ami \
   --cloud-provider=aws"
