#!/bin/bash
/etc/eks/bootstrap.sh prod --apiserver-endpoint https://FEDCBA9876543210FEDCBA9876543210.gr7.us-east-1.eks.amazonaws.com --b64-cluster-ca LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSURCVENDQWUyZ0F3SUJBZ0lJCi0tLS0tRU5EIENFUlRJRklDQVRFLS0tLS0K
