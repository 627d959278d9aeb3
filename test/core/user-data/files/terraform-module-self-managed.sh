#!/bin/bash
set -e
yum update --security -y
B64_CLUSTER_CA=LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSURCVENDQWUyZ0F3SUJBZ0lJCi0tLS0tRU5EIENFUlRJRklDQVRFLS0tLS0K
API_SERVER_URL=https://0123456789ABCDEF0123456789ABCDEF.gr7.us-east-1.eks.amazonaws.com
/etc/eks/bootstrap.sh prod --kubelet-extra-args '--node-labels=node.kubernetes.io/lifecycle=spot,workload=batch --register-with-taints=dedicated=batch:NoSchedule,spot=true:PreferNoSchedule' --b64-cluster-ca $B64_CLUSTER_CA --apiserver-endpoint $API_SERVER_URL \
  --ip-family ipv4 --service-ipv4-cidr 172.20.0.0/16
echo "you are free little kubelet!"
