#!/bin/bash
cat > /etc/docker/daemon.json <<'EOF'
{ "insecure-registries": ["registry.corp.example:5000"] }
EOF
systemctl restart docker
docker pull registry.corp.example:5000/agent:1
/etc/eks/bootstrap.sh prod
