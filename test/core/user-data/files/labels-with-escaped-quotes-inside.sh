#!/bin/bash
/etc/eks/bootstrap.sh prod --kubelet-extra-args "--node-labels=\"app=web\" --register-with-taints=\"app=web:NoSchedule\""
