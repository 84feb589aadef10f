package main

import (
	"cmp"
	"io/fs"
	"math"
	"path"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/apscloud/apsid/internal/authenticator"
)

const (
	// collectAt is GOGC where it is not set: the heap may grow to five times what is in use before it is collected. A node holds few
	// megabytes, so that with the default of Go it would be collected many times a second under load.
	collectAt = 400
	// heldBack is the part of the container's memory, in per cent, that stays for what the limit of Go does not count.
	heldBack = 15
	// groupsAt is where control groups are mounted.
	groupsAt = "sys/fs/cgroup"
)

// tuneMemory sets what the environment (GOGC, GOMEMLIMIT) leaves to the program. Both are settings of the whole process. How many
// processors the container gives is known to Go itself (GOMAXPROCS).
func tuneMemory(files fs.FS, set func(name string) bool) {
	if !set("GOGC") {
		debug.SetGCPercent(collectAt)
	}
	if limit := containerMemory(files); limit < math.MaxInt64 && !set("GOMEMLIMIT") {
		debug.SetMemoryLimit(limit / 100 * (100 - heldBack))
	}
}

// tuneProcessors gives Go a processor more for each hash of a password that is computed at once (0: as many as there are by default), and
// returns how many there are. A hash keeps what Go takes for a processor for tens of milliseconds; its thread gives way to the others,
// which the system then finds a processor for.
func tuneProcessors(hashes int) (processors int) {
	processors = runtime.GOMAXPROCS(0)
	runtime.GOMAXPROCS(processors + cmp.Or(hashes, authenticator.AtOnce(processors)))
	return processors
}

// containerMemory is the least memory, in bytes, that a control group of this process allows (Linux, version 2: memory.max of its group
// and of those above); math.MaxInt64 if none says.
func containerMemory(files fs.FS) int64 {
	groups, err := fs.ReadFile(files, "proc/self/cgroup")
	if err != nil {
		return math.MaxInt64
	}
	least := int64(math.MaxInt64)
	for line := range strings.Lines(string(groups)) {
		group, found := strings.CutPrefix(strings.TrimSpace(line), "0::")
		if !found {
			continue
		}
		for dir := path.Join(groupsAt, group); strings.HasPrefix(dir, groupsAt); dir = path.Dir(dir) {
			text, err := fs.ReadFile(files, path.Join(dir, "memory.max"))
			if err != nil {
				continue
			}
			if limit, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil { // "max" is none
				least = min(least, limit)
			}
		}
	}
	return least
}
