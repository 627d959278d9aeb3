#!/bin/bash
cat <<EOF > /etc/acme/containerd.toml
version = 2
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "SANDBOX_IMAGE"
EOF
/etc/eks/bootstrap.sh prod --containerd-config-file /etc/acme/containerd.toml
