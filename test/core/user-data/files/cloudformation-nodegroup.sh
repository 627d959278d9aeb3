#!/bin/bash
set -o xtrace
/etc/eks/bootstrap.sh prod --container-runtime containerd --kubelet-extra-args '--node-labels=stack=eks-nodes'
/opt/aws/bin/cfn-signal --exit-code $? \
         --stack  eks-nodes \
         --resource NodeGroup  \
         --region us-east-1
