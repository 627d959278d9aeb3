#!/bin/bash
amazon-linux-extras install -y epel
yum install -y https://repo.corp.example/el7/agent-1.0.amzn2.x86_64.rpm
/etc/eks/bootstrap.sh prod
