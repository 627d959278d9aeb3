#!/bin/bash
cat > /etc/acme.toml <<'EOF'
[debug]
level = "info"
EOF
/etc/eks/bootstrap.sh prod \
  --apiserver-endpoint https://0123456789ABCDEF0123456789ABCDEF.gr7.us-east-1.eks.amazonaws.com \
  --b64-cluster-ca LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSURCVENDQWUyZ0F3SUJBZ0lJCi0tLS0tRU5EIENFUlRJRklDQVRFLS0tLS0K \
  --service-ipv4-cidr 172.20.0.0/16 \
  --ip-family ipv4 \
  --dns-cluster-ip 172.20.0.53 \
  --container-runtime containerd \
  --containerd-config-file /etc/acme.toml \
  --docker-config-json '{"bridge":"none"}' \
  --enable-docker-bridge false \
  --pause-container-account 602401143452 \
  --pause-container-version 3.5 \
  --enable-local-outpost false \
  --cluster-id 36a1b2c3-0123-4567-89ab-0123456789ab \
  --local-disks mount \
  --mount-bpf-fs true \
  --aws-api-retry-attempts 5 \
  --use-max-pods false \
  --kubelet-extra-args '--max-pods=50 --node-ip=10.0.0.1 --hostname-override=web-1 --cloud-provider=external --provider-id=aws:///us-east-1a/i-1 --config=/etc/acme/kubelet.json --kubeconfig=/etc/acme/kubeconfig --pod-infra-container-image=pause:3.5 --own-flag=x -v 4'
