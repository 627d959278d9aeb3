#!/bin/bash
/etc/eks/bootstrap.sh prod --kubelet-extra-args '--node-labels=try=first'
/etc/eks/bootstrap.sh prod --kubelet-extra-args '--node-labels=try=second'
