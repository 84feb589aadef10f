package main

import (
	"os/exec"
	"syscall"
)

// dieWithParent puts cmd in a process group of its own and has the kernel end it if we are killed before we can.
func dieWithParent(cmd *exec.Cmd, with syscall.Signal) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	cmd.SysProcAttr.Pdeathsig = with
}
