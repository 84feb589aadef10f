package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// module writes a module of one package for each file, and returns its folder.
func module(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	files["go.mod"] = "module example.test/m\n\ngo 1.25\n"
	for name, text := range files {
		path := filepath.Join(folder, name)
		err := os.MkdirAll(filepath.Dir(path), 0o700)
		if err != nil {
			t.Fatal(err)
		}
		err = os.WriteFile(path, []byte(text), 0o600)
		if err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

const good = `package good
import ("testing"; "time")
func TestSlow(t *testing.T) { time.Sleep(300 * time.Millisecond) }
func TestQuiet(t *testing.T) { t.Log("not worth a word") }
func TestParts(t *testing.T) { t.Run("one", func(t *testing.T) {}); t.Run("two", func(t *testing.T) { t.Skip() }) }
`

const bad = `package bad
import "testing"
func TestFine(t *testing.T) { t.Log("not worth a word") }
func TestWrong(t *testing.T) { t.Run("part", func(t *testing.T) { t.Error("this is why") }) }
`

func TestWhatIsPrinted(t *testing.T) {
	for name, c := range map[string]struct {
		files       map[string]string
		code        int
		shows, lack []string
		last        string
	}{
		"all is well": {
			map[string]string{"good/good_test.go": good, "none/none.go": "package none\n"}, 0,
			[]string{"ok  \texample.test/m/good\t", "?   \texample.test/m/none\t[no test files]", "s  example.test/m/good TestSlow\n", "The slowest packages:\n"},
			[]string{"FAIL", "not worth a word", "PASS", "TestParts\n"}, "4 passed, 0 failed, 1 skipped",
		},
		"a test fails": {
			map[string]string{"good/good_test.go": good, "bad/bad_test.go": bad}, 1,
			[]string{"ok  \texample.test/m/good\t", "FAIL\texample.test/m/bad\t", "--- FAIL: TestWrong/part", "this is why", "\nFAIL\n"},
			[]string{"not worth a word", "=== RUN"}, "5 passed, 2 failed, 1 skipped",
		},
		"a test ends the process": {
			map[string]string{"bad/bad_test.go": "package bad\nimport \"testing\"\nfunc TestGone(t *testing.T) { println(\"last words\"); panic(\"broken\") }\n"}, 1,
			[]string{"last words", "panic: broken", "FAIL\texample.test/m/bad\t"}, nil, "0 passed, 1 failed",
		},
		"it does not build": {
			map[string]string{"good/good_test.go": good, "bad/bad_test.go": "package bad\nvar x int = \"x\"\n"}, 1,
			[]string{"cannot use \"x\"", "FAIL\texample.test/m/bad [build failed]", "ok  \texample.test/m/good\t"}, nil, "4 passed, 0 failed, 1 skipped",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var printed strings.Builder
			code, err := run(&printed, module(t, c.files), []string{"-vet=off", "./..."})
			if code != c.code || err != nil {
				t.Errorf("exit code %d, %v", code, err)
			}
			for _, text := range c.shows {
				if !strings.Contains(printed.String(), text) {
					t.Errorf("%q is not shown", text)
				}
			}
			for _, text := range c.lack {
				if strings.Contains(printed.String(), text) {
					t.Errorf("%q is shown", text)
				}
			}
			lines := slices.Collect(strings.Lines(printed.String()))
			if last := strings.TrimSpace(lines[len(lines)-1]); last != c.last {
				t.Errorf("the last line is %q", last)
			}
			if t.Failed() {
				t.Log(printed.String())
			}
		})
	}
}

func TestWhatIsNoEventIsPrinted(t *testing.T) {
	var printed strings.Builder
	err := newResults(&printed).read(strings.NewReader("warning: no packages\n{\"a\":1}\nwithout an end"))
	if err != nil || printed.String() != "warning: no packages\n{\"a\":1}\nwithout an end" {
		t.Errorf("%q, %v", printed.String(), err)
	}
}
