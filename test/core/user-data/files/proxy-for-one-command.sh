#!/bin/bash
HTTPS_PROXY=http://proxy.corp.example:3128 NO_PROXY=169.254.169.254 /etc/eks/bootstrap.sh prod --use-max-pods true
