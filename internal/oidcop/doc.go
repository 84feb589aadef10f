package oidcop
