#!/bin/bash
/etc/eks/bootstrap.sh prod --dns-cluster-ip 172.20.0.99 --kubelet-extra-args '--cluster-dns=169.254.20.10 --resolv-conf=/etc/resolv.pods'
