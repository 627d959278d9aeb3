#!/bin/bash
export HTTP_PROXY=http://proxy.corp.example:3128
export HTTPS_PROXY="$HTTP_PROXY"
export NO_PROXY="169.254.169.254,localhost,127.0.0.1,172.20.0.0/16,10.0.0.0/8,.internal,.eks.amazonaws.com"
export http_proxy=$HTTP_PROXY https_proxy=$HTTPS_PROXY no_proxy=$NO_PROXY
/etc/eks/bootstrap.sh prod
