#!/bin/bash
/etc/eks/bootstrap.sh prod --enable-local-outpost true --cluster-id 36a1b2c3-0123-4567-89ab-0123456789ab --apiserver-endpoint https://0123456789ABCDEF0123456789ABCDEF.gr7.us-east-1.eks.amazonaws.com --b64-cluster-ca LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSURCVENDQWUyZ0F3SUJBZ0lJCi0tLS0tRU5EIENFUlRJRklDQVRFLS0tLS0K
