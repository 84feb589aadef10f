package storetest

import (
	"fmt"
	"hash/crc32"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/apscloud/apsid/internal/idp"
)

// writers is how many goroutines make one history: with more, the checker would take long and find no more faults.
const writers = 8

// History is what several goroutines asked of a store, with when and what it answered. It is linearizable if some order of all
// the calls, each at one moment between its beginning and its end, explains every answer.
type History struct {
	start time.Time
	mu    sync.Mutex
	calls []porcupine.Operation
}

// Record lets many goroutines ask a store at once; each turn of ask returns what was asked, and the code of the answer.
func Record(turns int, ask func(writer, turn int) (input any, do func() error)) *History {
	h := &History{start: time.Now()}
	var all sync.WaitGroup
	begin := make(chan struct{})
	for writer := range writers {
		all.Go(func() {
			<-begin
			for turn := range turns {
				h.Call(writer, ask, turn)
			}
		})
	}
	close(begin)
	all.Wait()
	return h
}

// Call is one turn of ask, recorded.
func (h *History) Call(writer int, ask func(writer, turn int) (any, func() error), turn int) {
	input, do := ask(writer, turn)
	called := time.Since(h.start)
	err := do()
	returned := time.Since(h.start)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls = append(h.calls, porcupine.Operation{
		ClientId: writer, Input: input, Call: int64(called), Output: idp.CodeOf(err), Return: int64(returned),
	})
}

// Explained fails the test unless the model explains the history.
func (h *History) Explained(t testing.TB, model porcupine.Model) {
	t.Helper()
	switch porcupine.CheckOperationsTimeout(model, h.calls, 30*time.Second) {
	case porcupine.Ok:
	case porcupine.Unknown:
		t.Errorf("%d calls are too many to check in time", len(h.calls))
	default:
		var told strings.Builder
		for _, c := range h.calls {
			told.WriteString("\n" + time.Duration(c.Call).String() + " to " + time.Duration(c.Return).String() + ": ")
			told.WriteString(model.DescribeOperation(c.Input, c.Output))
		}
		t.Errorf("no order explains these answers:%s", told.String())
	}
}

// Dice is a number below sides that looks random, and is the same in every run: only the order in which the goroutines meet
// differs.
func Dice(sides int, of ...int) int {
	return int(crc32.ChecksumIEEE(fmt.Append(nil, of)) % uint32(sides))
}

// Case is a history, and whether a model explains it.
type Case struct {
	Model     porcupine.Model
	Calls     []porcupine.Operation
	Explained bool
}

// Judge fails the test unless each model explains what it should and nothing else: a check that explains everything proves
// nothing.
func Judge(t *testing.T, cases map[string]Case) {
	t.Helper()
	for name, c := range cases {
		if got := porcupine.CheckOperations(c.Model, c.Calls); got != c.Explained {
			t.Errorf("%s: %v, want %v", name, got, c.Explained)
		}
	}
}

// AtOnce returns two calls of two callers at the same time.
func AtOnce(first, second porcupine.Operation) []porcupine.Operation {
	first.Call, first.Return, second.ClientId, second.Call, second.Return = 10, 20, 1, 11, 21
	return []porcupine.Operation{first, second}
}
