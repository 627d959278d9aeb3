#!/bin/bash
set -o xtrace
/etc/eks/bootstrap.sh prod --kubelet-extra-args "--node-labels lifecycle=OnDemand" --apiserver-endpoint 'https://0123456789ABCDEF0123456789ABCDEF.gr7.us-east-1.eks.amazonaws.com' --b64-cluster-ca 'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSURCVENDQWUyZ0F3SUJBZ0lJCi0tLS0tRU5EIENFUlRJRklDQVRFLS0tLS0K' --use-max-pods true
/opt/aws/bin/cfn-signal --exit-code $? --stack Cluster --resource NodesASG42C03B9D --region us-east-1
