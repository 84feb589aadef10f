//go:build !linux

package main

import (
	"os/exec"
	"syscall"
)

// dieWithParent puts cmd in a process group of its own; only Linux can tie its life to ours.
func dieWithParent(cmd *exec.Cmd, _ syscall.Signal) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
}
