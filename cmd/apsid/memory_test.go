package main

import (
	"math"
	"testing"
	"testing/fstest"
)

func TestTheMemoryOfAContainer(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	for name, test := range map[string]struct {
		files fstest.MapFS
		want  int64
	}{
		"no control groups": {fstest.MapFS{}, math.MaxInt64},
		"none of version 2": {fstest.MapFS{
			"proc/self/cgroup": file("4:memory:/a\n"), "sys/fs/cgroup/memory.max": file("1000\n"),
		}, math.MaxInt64},
		"its own root": {fstest.MapFS{
			"proc/self/cgroup": file("0::/\n"), "sys/fs/cgroup/memory.max": file("268435456\n"),
		}, 256 << 20},
		"no limit": {fstest.MapFS{
			"proc/self/cgroup": file("0::/\n"), "sys/fs/cgroup/memory.max": file("max\n"),
		}, math.MaxInt64},
		"the group above has less": {fstest.MapFS{
			"proc/self/cgroup":             file("1:name=systemd:/x\n0::/pod/node\n"),
			"sys/fs/cgroup/pod/memory.max": file("1000\n"), "sys/fs/cgroup/pod/node/memory.max": file("2000\n"),
		}, 1000},
		"out of sight": {fstest.MapFS{ // the group is outside of what the process sees
			"proc/self/cgroup": file("0::/../other\n"), "sys/fs/cgroup/memory.max": file("500\n"),
		}, math.MaxInt64},
		"far out of sight": {fstest.MapFS{"proc/self/cgroup": file("0::/../../../other\n")}, math.MaxInt64},
	} {
		if got := containerMemory(test.files); got != test.want {
			t.Errorf("%s: %d, want %d", name, got, test.want)
		}
	}
}
