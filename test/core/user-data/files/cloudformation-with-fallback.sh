#!/bin/bash
set -o xtrace
/etc/eks/bootstrap.sh prod --dns-cluster-ip 172.20.0.10 >> /var/log/bootstrap.log 2>&1 || { /opt/aws/bin/cfn-signal --exit-code 1 --stack eks-nodes --resource NodeGroup --region us-east-1; shutdown -h now; }
