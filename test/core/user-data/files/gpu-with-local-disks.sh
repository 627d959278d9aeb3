#!/bin/bash
nvidia-smi -pm 1
/etc/eks/bootstrap.sh prod --local-disks raid0 --kubelet-extra-args '--node-labels=nvidia.com/gpu.present=true --register-with-taints=nvidia.com/gpu=present:NoSchedule --container-log-max-size=50Mi --container-log-max-files=3'
