package testenv

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// Dump makes a backup of the database at this URL with pg_dump, in a file of the test's own, and returns its name.
func Dump(t testing.TB, address string) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "backup.dump")
	postgresTool(t, "pg_dump", "--format=custom", "--file="+file, address)
	return file
}

// Undump restores a backup of Dump over the database at this URL with pg_restore, whoever is connected to it meanwhile.
func Undump(t testing.TB, address, file string) {
	t.Helper()
	postgresTool(t, "pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction", "--dbname="+address, file)
}

// postgresTool runs a program that came with the server that tests share.
func postgresTool(t testing.TB, name string, arguments ...string) {
	t.Helper()
	output, err := exec.Command(filepath.Join(programs(t), name), arguments...).CombinedOutput() // #nosec G204 -- tests name it
	if err != nil {
		t.Fatalf("testenv: %s: %v: %s", name, err, output)
	}
}
