#!/bin/bash
TOKEN=$(curl -s -X PUT http://169.254.169.254/latest/api/token -H 'X-aws-ec2-metadata-token-ttl-seconds: 60')
ilc=$(curl -s -H "X-aws-ec2-metadata-token: $TOKEN" http://169.254.169.254/latest/meta-data/instance-life-cycle)
if [ "$ilc" == "spot" ]; then
  /etc/eks/bootstrap.sh prod --kubelet-extra-args '--node-labels=lifecycle=Ec2Spot --register-with-taints=spotInstance=true:PreferNoSchedule'
else
  /etc/eks/bootstrap.sh prod --kubelet-extra-args '--node-labels=lifecycle=OnDemand'
fi
