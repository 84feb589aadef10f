package outbox_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/outbox"
	"github.com/apscloud/apsid/internal/seal"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// nodeVariable holds the database of a node: with it the test binary is one, whose deliveries hang.
const nodeVariable = "APSID_OUTBOX_TEST_NODE"

func TestMain(m *testing.M) {
	if url := os.Getenv(nodeVariable); url != "" {
		fmt.Fprintln(os.Stderr, runNode(context.Background(), url))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// runNode says on its standard output what it begins to deliver, and never ends by itself.
func runNode(ctx context.Context, url string) error {
	engine, err := sqlstore.EngineOf(url)
	if err != nil {
		return err
	}
	keys, err := seal.Generate()
	if err != nil {
		return err
	}
	sealer, err := seal.New(keys)
	if err != nil {
		return err
	}
	queue, err := outbox.NewQueue(outbox.Engine(engine), sealer)
	if err != nil {
		return err
	}
	store, err := sqlstore.Open(ctx, url, sealer, queue, sqlstore.Options{})
	if err != nil {
		return err
	}
	hang := &teller{tell: func(_ context.Context, l idp.Logout) error {
		fmt.Println(l.SID)
		select {}
	}}
	workers, err := outbox.NewWorkers(outbox.Engine(engine), store.DB(), outbox.Deps{
		Sealer: sealer, Notices: deliverer(noNotice), Logouts: hang, Meter: hang, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	return workers.Run(ctx)
}

// ABUSE 45: a node is killed in the middle of a delivery; the app is told by another one within about a minute.
func TestLogoutSurvivesTheNode(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, r rig) {
		r.end(t, false, logout("timesheets", 1))
		node := exec.CommandContext(t.Context(), os.Args[0])
		node.Env = append(os.Environ(), nodeVariable+"="+r.url)
		node.Stderr = os.Stderr
		out, err := node.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := node.Start(); err != nil {
			t.Fatal(err)
		}
		began, err := bufio.NewReader(out).ReadString('\n')
		if err != nil || began != "ses_timesheets_1\n" {
			t.Fatalf("the node began %q: %v", began, err)
		}
		if err := node.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		killed := time.Now()
		_ = node.Wait()
		got := make(chan idp.Logout, 1)
		r.workBoth(t, noNotice, &teller{tell: func(_ context.Context, l idp.Logout) error {
			got <- l
			return nil
		}})
		select {
		case l := <-got:
			t.Logf("told %v after the end of the first node", time.Since(killed).Round(time.Second))
			if l != logout("timesheets", 1) {
				t.Errorf("told %+v", l)
			}
		case <-time.After(80 * time.Second):
			t.Fatal("the app was not told")
		}
	})
}
