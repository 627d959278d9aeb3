#!/bin/bash
/etc/eks/bootstrap.sh prod --ip-family ipv6 --service-ipv6-cidr fd00:1234:5678::/108 --dns-cluster-ip fd00:1234:5678::a --apiserver-endpoint https://0123456789ABCDEF0123456789ABCDEF.gr7.us-east-1.eks.amazonaws.com --b64-cluster-ca LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSURCVENDQWUyZ0F3SUJBZ0lJCi0tLS0tRU5EIENFUlRJRklDQVRFLS0tLS0K
