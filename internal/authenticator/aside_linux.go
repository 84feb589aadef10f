package authenticator

import (
	"runtime"
	"syscall"
)

// asideNice is the priority of the threads that hash: a third of the processor time of a thread that competes with them, of this program or of
// another on the machine. Less would let sign-ins starve beside a busy database.
const asideNice = 5

// AtOnce is how many hashes are computed at the same time on so many processors: one on each, since their threads give way to all others,
// but for one where the processors are a share of the machine's (GOMAXPROCS of a container): what is used of a share is gone, whatever the
// priority (ABUSE 40).
func AtOnce(processors int) int {
	if processors < runtime.NumCPU() {
		processors--
	}
	return min(max(processors, 1), mostAtOnce)
}

// aside does the work on a thread that gives way to all others of the program: a hash takes a processor for tens of milliseconds,
// and what it keeps waiting is over within one. The thread ends with the work, since a priority that was lowered can't be raised.
// A panic of the work is the caller's.
func aside(work func()) {
	done := make(chan any, 1)
	go func() {
		defer func() { done <- recover() }()
		runtime.LockOSThread()
		_ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, asideNice) // of this thread: sched(7); at the usual priority it works as well
		work()
	}()
	if panicked := <-done; panicked != nil {
		panic(panicked)
	}
}
