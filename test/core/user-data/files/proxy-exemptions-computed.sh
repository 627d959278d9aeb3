#!/bin/bash
VPC_CIDR=$(curl -s http://169.254.169.254/latest/meta-data/network/interfaces/macs/$(curl -s http://169.254.169.254/latest/meta-data/mac)/vpc-ipv4-cidr-block)
export HTTPS_PROXY=http://proxy.corp.example:3128
export NO_PROXY="$VPC_CIDR,169.254.169.254,localhost"
/etc/eks/bootstrap.sh prod
