#!/bin/bash
set -o xtrace
/etc/eks/bootstrap.sh prod --kubelet-extra-args --node-labels=MyKey=MyValue,MyKey2=MyValue2 --register-with-taints=MyKey=MyValue:NoSchedule
/opt/aws/bin/cfn-signal --exit-code $? --stack eks-nodes --resource NodeGroup --region us-east-1
