package importer_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/importer"
)

// taker accepts every person.
type taker struct{ most int }

func (taker) ListPractices(context.Context, directory.Caller, directory.PracticeQuery, directory.Page, time.Time) ([]idp.Practice, string, error) {
	return []idp.Practice{{ID: "prc_one"}}, "", nil
}

func (k *taker) ImportUsers(_ context.Context, _ directory.Caller, people []directory.NewUser, _ time.Time) ([]directory.ImportResult, error) {
	k.most = max(k.most, len(people))
	results := make([]directory.ImportResult, len(people))
	for i := range results {
		results[i].Outcome = directory.ImportCreated
	}
	return results, nil
}

// The file is never whole in memory, and bad lines do not pile up.
func TestMemoryDoesNotGrowWithTheFile(t *testing.T) {
	const people, bound = 100_000, 48 << 20
	from, to := io.Pipe()
	go func() {
		w := bufio.NewWriter(to)
		_, _ = w.WriteString("username,name,practice\n")
		for n := range people {
			_, _ = fmt.Fprintf(w, "person%d@x.example,%s,prc_one\n", n, strings.Repeat("x", 500))
			if n%10 == 0 {
				_, _ = fmt.Fprintf(w, "person%d@x.example,\"never closed,%s\n", n, strings.Repeat("x", 500))
			}
		}
		_ = w.Flush()
		_ = to.Close()
	}()
	var before, m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	most, batches := uint64(0), 0
	kept := &taker{}
	counts, err := importer.Run(t.Context(), importer.Config{
		Format: importer.CSV, Caller: caller, Clock: time.Now, Report: io.Discard,
		Progress: func(importer.Counts) {
			if batches++; batches%20 == 0 {
				runtime.GC()
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapInuse)
			}
		},
	}, kept, kept, from)
	must(t, err)
	if counts.Created != people || counts.Rejected != people/10 || kept.most > directory.MaxImport {
		t.Errorf("counted %+v, at most %d at once", counts, kept.most)
	}
	if most > before.HeapInuse+bound {
		t.Errorf("%d MiB more than before", (most-before.HeapInuse)>>20)
	}
	t.Logf("%d KiB at most, %d KiB before", most>>10, before.HeapInuse>>10)
}
