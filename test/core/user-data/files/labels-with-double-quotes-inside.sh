#!/bin/bash
/etc/eks/bootstrap.sh prod --kubelet-extra-args '--node-labels="app=web,tier=front" --register-with-taints="app=web:NoSchedule" --node-labels zone="a"' --dns-cluster-ip 10.100.0.10
