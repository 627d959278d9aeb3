#!/bin/bash
/etc/eks/bootstrap.sh prod --use-max-pods true
