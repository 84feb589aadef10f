package browsertest

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/apscloud/apsid/internal/testenv"
)

// patience bounds one act in the browser: a page that takes longer is broken, also under the race detector on two cores.
const patience = 30 * time.Second

// Chrome is one running Chromium.
type Chrome struct{ ctx context.Context }

// Start runs Chromium, with a profile of its own, until the test ends. It takes these certificates whoever signed them.
func Start(t testing.TB, trusted ...*x509.Certificate) *Chrome {
	t.Helper()
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(testenv.Chromium(t)),
		chromedp.UserDataDir(t.TempDir()),
		chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.Headless, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("disable-popup-blocking", true),
		chromedp.Flag("password-store", "basic"),
		chromedp.Flag("force-color-profile", "srgb"),
	}
	if len(trusted) > 0 {
		var keys []string
		for _, certificate := range trusted {
			sum := sha256.Sum256(certificate.RawSubjectPublicKeyInfo)
			keys = append(keys, base64.StdEncoding.EncodeToString(sum[:]))
		}
		options = append(options, chromedp.Flag("ignore-certificate-errors-spki-list", strings.Join(keys, ",")))
	}
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium refuses to be root in its sandbox
	}
	allocator, stopAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, stop := chromedp.NewContext(allocator)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits for the process, so that its profile can be removed
		stop()
		stopAllocator()
	})
	err := chromedp.Do(ctx)
	if err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	return &Chrome{ctx: ctx}
}

// Browser is one person's browser: it shares no cookie with any other.
type Browser struct {
	t   testing.TB
	ctx context.Context

	mu         sync.Mutex
	complaints []string
	status     int64
}

// Option changes a browser.
type Option func() chromedp.Action[chromedp.Void]

// WithoutScripts is a browser that runs no JavaScript of pages.
func WithoutScripts() Option {
	return func() chromedp.Action[chromedp.Void] {
		return call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	}
}

// Browser opens a new browser, which ends with the test. When it ends, what it complained about (a refused script or style, an
// uncaught error) fails the test.
func (c *Chrome) Browser(t testing.TB, options ...Option) *Browser {
	t.Helper()
	ctx, stop := chromedp.NewContext(c.ctx, chromedp.WithNewBrowserContext())
	return open(t, ctx, stop, options)
}

// Tab opens another tab of the same browser: it shares its cookies.
func (b *Browser) Tab(options ...Option) *Browser {
	b.t.Helper()
	ctx, stop := chromedp.NewContext(b.ctx)
	return open(b.t, ctx, stop, options)
}

func open(t testing.TB, ctx context.Context, stop func(), options []Option) *Browser {
	t.Helper()
	b := &Browser{t: t, ctx: ctx}
	t.Cleanup(func() {
		stop()
		for _, complaint := range b.Complaints() {
			t.Errorf("the browser complained: %s", complaint)
		}
	})
	err := chromedp.Listen(ctx, b.listen) // first, and without a time limit: the tab lives as long as the context of its first action
	if err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	b.do(chromedp.EmulateViewport(desktop.width, desktop.height), marksWhatWasRead())
	for _, option := range options {
		b.do(option())
	}
	return b
}

// marksWhatWasRead has every page note, as the mark wasRead of its timeline, when all that came over the line had been painted once.
// That is a frame after the page was read, and not the moment itself: a line that was painted half is painted whole in that frame.
func marksWhatWasRead() chromedp.Action[chromedp.Void] {
	return call(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{WorldName: "harness", Source: `
		document.addEventListener("readystatechange", () => requestAnimationFrame(() => requestAnimationFrame(() => performance.mark("` + wasRead + `"))), {once: true})`})
}

// listen keeps what the browser reports as an error. A page answered with 4xx is reported too: that is no complaint, tests
// look at the status themselves.
func (b *Browser) listen(event any) {
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError && e.Entry.Source != log.EntrySourceNetwork {
			b.complain(string(e.Entry.Source) + ": " + e.Entry.Text + " " + e.Entry.URL)
		}
	case *runtime.EventExceptionThrown:
		b.complain("script: " + e.ExceptionDetails.Text + " " + e.ExceptionDetails.URL)
	}
}

func (b *Browser) complain(complaint string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.complaints = append(b.complaints, complaint)
}

// Complaints returns what the browser reported since the last call.
func (b *Browser) Complaints() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	complaints := b.complaints
	b.complaints = nil
	return complaints
}

// do runs actions and fails the test if one of them can't be done in time.
func (b *Browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	err := chromedp.Do(ctx, actions...)
	if err != nil {
		b.fail("%v", err)
	}
}

// evaluate runs JavaScript in the page, from outside it: no content security policy and no switched-off script keeps it away.
func evaluate[T any](b *Browser, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.fail("%.200s: %v", expression, err)
	}
	return value
}

func call[P, R any](command cdp.Command[P, R], parameters P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, command, parameters)
		return err
	})
}
