#!/bin/bash
yum install -y amazon-efs-utils
/etc/eks/bootstrap.sh prod && echo "joined" >> /var/log/joined.log
