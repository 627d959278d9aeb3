#!/bin/bash
/etc/eks/bootstrap.sh prod --apiserver-endpoint https://FEDCBA9876543210FEDCBA9876543210.gr7.us-east-1.eks.amazonaws.com
