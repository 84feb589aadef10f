package server

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/apscloud/apsid/internal/idp"
)

const (
	anybody = 0o007 // the rights of every account
	aGroup  = 0o070 // the rights of the group

	mayWrite = 0x2 | 0x1 // of access(2): to write in a folder, and to enter it

	mebibyte   = 1 << 20
	leastSpace = 64 * mebibyte // a disk with less is as good as full
	fewSpace   = 1024 * mebibyte
	leastFiles = 4096 // a node opens one for each connection
)

var (
	noKeys = fault{Fail, "there are none: %s", "name the file of this installation's keys in --seal-keys (APSID_SEAL_KEYS), or give the keys in APSID_SEAL_KEY"}
	lost   = fault{Fail, "there are none (%s), and the database was sealed with some", "bring the file back from the copy that is kept apart: a start would make " +
		"other keys, which open nothing"}
	badKeys = fault{Fail, "%s", "give the keyset of this installation in --seal-keys (APSID_SEAL_KEYS) or APSID_SEAL_KEY, and let the account of the node read it"}
	openTo  = fault{Fail, "%s can be read or written by every account of this machine (mode %04o)", "chmod 600 the file; as a secret of Kubernetes, defaultMode: 0400"}
	groupTo = fault{Note, "%s can be read or written by its group (mode %04o)", "chmod 600 the file, unless the group is that of the node alone"}

	noFolder   = fault{Fail, "%s is no folder", "name a folder in --state-dir (APSID_STATE_DIR)"}
	unwritable = fault{Fail, "%s cannot be written: %s", "let the account of the node write to the folder of --state-dir (APSID_STATE_DIR)"}
	diskFull   = fault{Fail, "the disk of %s has %d MiB left", "make room: a full disk refuses every sign-in"}
	diskFills  = fault{Note, "the disk of %s has %d MiB left", "make room before it is full"}
	fewFiles   = fault{Note, "a node may open %d files and connections here", "raise the limit to 65536 (LimitNOFILE= of systemd, ulimit -n)"}
)

// examineSealKeys never makes keys. A start makes them only beside a database that is a file, and only at first.
func examineSealKeys(_ context.Context, x *examined) []Finding {
	path, folder := x.node.Places().SealFile()
	_, err := x.sealer()
	switch {
	case err == nil && path == "":
		return nil
	case err == nil:
		return examineMode(path)
	case !errors.Is(err, fs.ErrNotExist):
		return []Finding{badKeys.found(idp.OneLine(err))}
	case folder == "":
		return []Finding{noKeys.found(idp.OneLine(err))}
	}
	if facts, err := x.database(); err == nil && facts.Sealed {
		return []Finding{lost.found(path)}
	}
	return nil
}

// examineMode looks at who else may use a file that is there.
func examineMode(path string) []Finding {
	info, err := os.Stat(path)
	if err != nil {
		return nil
	}
	switch mode := info.Mode().Perm(); {
	case mode&anybody != 0:
		return []Finding{openTo.found(path, mode)}
	case mode&aGroup != 0:
		return []Finding{groupTo.found(path, mode)}
	default:
		return nil
	}
}

// examineStateFolder looks at the folder of what this machine keeps: a database that is a file, and keys that are made.
func examineStateFolder(_ context.Context, x *examined) []Finding {
	places := x.node.Places()
	database, single := places.File()
	folder := filepath.Dir(database)
	if !single {
		_, folder = places.SealFile()
	}
	if folder == "" {
		return nil
	}
	there := folder
	for ; !exists(there) && there != filepath.Dir(there); there = filepath.Dir(there) { // a start makes the rest
		continue
	}
	if info, err := os.Stat(there); err != nil || !info.IsDir() {
		return []Finding{noFolder.found(there)}
	}
	if err := syscall.Access(there, mayWrite); err != nil {
		return []Finding{unwritable.found(there, err)}
	}
	found := examineSpace(there)
	if single {
		found = append(found, examineMode(database)...)
	}
	return found
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

func examineSpace(folder string) []Finding {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(folder, &disk); err != nil || disk.Bsize <= 0 {
		return nil
	}
	return judgeSpace(folder, disk.Bavail*uint64(disk.Bsize))
}

func judgeSpace(folder string, free uint64) []Finding {
	switch {
	case free < leastSpace:
		return []Finding{diskFull.found(folder, free/mebibyte)}
	case free < fewSpace:
		return []Finding{diskFills.found(folder, free/mebibyte)}
	default:
		return nil
	}
}

func examineOpenFiles(context.Context, *examined) []Finding {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Cur >= leastFiles {
		return nil
	}
	return []Finding{fewFiles.found(limit.Cur)}
}
