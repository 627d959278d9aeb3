#!/bin/bash
set -x
cat > /etc/systemd/system/kubelet.service.d/20-labels-taints.conf <<EOF
[Service]
Environment="KUBELET_EXTRA_ARGS=--node-labels=a=b"
EOF
set -o xtrace
/etc/eks/bootstrap.sh prod
