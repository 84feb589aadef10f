package main

import (
	"os"
	"path/filepath"
	"syscall"
)

const (
	// memoryFolder is where Linux keeps files in memory.
	memoryFolder = "/dev/shm"
	// memoryNeeded is how much space must be free there; the databases of a whole run take a fraction.
	memoryNeeded = 4 << 30
	noExec       = 0x8 // ST_NOEXEC of statvfs(3)
)

// scratch is where servers and tests keep their files: in memory where there is enough space, because tests fail
// through no fault of the code when hundreds of databases wait for one shared disk; else "", the system's own temporary folder.
func scratch() string {
	var s syscall.Statfs_t
	err := syscall.Statfs(memoryFolder, &s)
	if err != nil || s.Flags&noExec != 0 || s.Bavail*uint64(s.Bsize) < memoryNeeded {
		return ""
	}
	probe, err := os.MkdirTemp(memoryFolder, "apsid-probe-")
	if err != nil {
		return ""
	}
	if os.Remove(probe) != nil {
		return ""
	}
	return memoryFolder
}

// useScratch sends the temporary files of tests to a folder beside the servers' own. What the go command builds stays on disk.
func (e *environment) useScratch() error {
	folder := filepath.Join(e.dir, "tmp")
	err := os.Mkdir(folder, 0o777)
	if err != nil {
		return err
	}
	err = os.Chmod(folder, 0o777|os.ModeSticky) // Mkdir is subject to the umask
	if err != nil {
		return err
	}
	e.set("GOTMPDIR", os.TempDir())
	e.set("TMPDIR", folder)
	return nil
}
