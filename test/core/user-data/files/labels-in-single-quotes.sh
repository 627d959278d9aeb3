#!/bin/bash
/etc/eks/bootstrap.sh 'prod' --kubelet-extra-args '--node-labels=app=web,tier=front,empty=,example.com/pool=a.b-c_d --register-with-taints=app=web:NoSchedule,drain:NoExecute,soft=:PreferNoSchedule'
