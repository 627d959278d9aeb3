#!/bin/bash
/etc/eks/bootstrap.sh staging
