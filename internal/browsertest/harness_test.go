package browsertest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/browsertest"
)

const form = `<!doctype html><html lang="en"><head><title>%s</title><meta name="viewport" content="width=device-width"></head><body>
<main data-step="form"><h1>A form</h1>%s
<form method="post"><label for="a">Name</label><input id="a" name="name" aria-invalid="%t" aria-describedby="why">
<label for="b">Where</label><select id="b" name="country"><option value="AU">AU</option><option value="NZ">NZ</option></select>
<label><input type="radio" name="kind" value="sms"> SMS</label>
<button>Continue</button><button name="action" value="back">Back</button></form><p id="why">because</p></main></body></html>`

// page answers a form that echoes what came, and refuses the name "wrong".
func page(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if r.Method == http.MethodGet {
		fmt.Fprintf(w, form, "A form", "", false)
		return
	}
	if r.FormValue("name") == "wrong" {
		w.WriteHeader(http.StatusUnprocessableEntity)
		fmt.Fprintf(w, form, "Error: a form", `<p role="alert">No such name</p>`, true)
		return
	}
	fmt.Fprintf(w, `<!doctype html><title>Done</title><p id="got">%s</p>`,
		r.FormValue("name")+" "+r.FormValue("country")+" "+r.FormValue("kind")+" "+r.FormValue("action"))
}

// The harness is shown a page of its own first: a helper that sees nothing would let every scenario pass.
func TestHarnessSeesWhatIsThere(t *testing.T) {
	t.Parallel()
	site := httptest.NewServer(http.HandlerFunc(page))
	t.Cleanup(site.Close)
	chrome := browsertest.Start(t)
	for name, options := range map[string][]browsertest.Option{"scripts": nil, "no scripts": {browsertest.WithoutScripts()}} {
		t.Run(name, func(t *testing.T) {
			b := chrome.Browser(t, options...)
			b.Open(site.URL)
			equal(t, "step", b.Step(), "form")
			b.Fill("name", "wrong")
			b.Press("Continue")
			equal(t, "status", b.Status(), 422)
			equal(t, "title", b.Title(), "Error: a form")
			equal(t, "alert", b.Alert(), "No such name")
			if got := b.Invalid(); !slices.Equal(got, []string{"name"}) {
				t.Errorf("invalid fields: %v", got)
			}
			b.Fill("name", "Mia")
			b.Fill("country", "NZ")
			b.Choose("kind", "sms")
			b.Press("Back")
			equal(t, "answer", b.Value("#got"), "Mia NZ sms back")
		})
	}
}

func TestHarnessCatchesARedirectToAnAppThatIsNotThere(t *testing.T) {
	t.Parallel()
	site := httptest.NewServer(http.RedirectHandler("http://127.0.0.1:9/callback?code=abc", http.StatusSeeOther))
	t.Cleanup(site.Close)
	b := browsertest.Start(t).Browser(t)
	b.Catch("http://127.0.0.1:9/")
	b.Open(site.URL)
	equal(t, "address", b.URL(), "http://127.0.0.1:9/callback?code=abc")
	equal(t, "title", b.Title(), "Caught")
}

func TestHarnessSeesWhatIsWrong(t *testing.T) {
	t.Parallel()
	const unlabelled = `<!doctype html><html lang="en"><title>Bad</title><main><h1>Bad</h1><input name="x">%s</main></html>`
	policy, script := "default-src 'none'", "<script>1</script>"
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, unlabelled, script)
	}))
	t.Cleanup(site.Close)
	b := browsertest.Start(t).Browser(t)

	b.Open(site.URL)
	found := browsertest.NewInspector(t).Violations(b)
	if !slices.ContainsFunc(found, func(v browsertest.Violation) bool { return v.ID == "label" && v.Impact == "critical" }) {
		t.Errorf("a field without a label was not found: %v", found)
	}
	if len(b.Complaints()) == 0 {
		t.Error("the browser refused a script and nobody heard")
	}

	policy, script = "script-src 'unsafe-inline'", "<script>nobody()</script>"
	b.Reload()
	if len(b.Complaints()) == 0 {
		t.Error("a script broke and nobody heard")
	}
}

// A page that is over its budget in every way, and has a control that can't be seen in forced colours.
func TestHarnessSeesWhatIsTooMuch(t *testing.T) {
	t.Parallel()
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			w.Header().Set("Content-Type", "text/javascript")
			w.Header().Set("Cache-Control", "no-store")
			fmt.Fprintf(w, "%9000s", "1")
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, `<!doctype html><html lang="en"><title>Much</title>`)
		for n := range 7 {
			fmt.Fprintf(w, `<script src="/%d.js"></script>`, n)
		}
		fmt.Fprint(w, `<main class="card"><h1>Much</h1><p id="grows">short</p><p>moves</p><button style="border:0">Go</button></main>`)
	}))
	t.Cleanup(site.Close)
	b := browsertest.Start(t).Browser(t)
	b.Open(site.URL)
	b.Grow("grows")
	over := strings.Join(browsertest.Budget(b), "\n")
	for _, want := range []string{"bytes, more than", "requests, more than", "the first paint waits for", "content moved"} {
		if !strings.Contains(over, want) {
			t.Errorf("not seen: %s\n%s", want, over)
		}
	}
	if got := browsertest.Edgeless(b); len(got) != 1 {
		t.Errorf("a button without an edge was not seen: %q", got)
	}
}

// A page can be painted before its end has come, and what stands there moves when it does, on every site. What moves later is seen.
func TestHarnessWaitsForTheRestOfAPage(t *testing.T) {
	t.Parallel()
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, `<!doctype html><html lang="en"><title>Slow</title><main class="card" style="display: grid; align-content: center; height: 600px"><h1>Slow</h1>`)
		_ = http.NewResponseController(w).Flush()
		select {
		case <-time.After(500 * time.Millisecond): // many frames
		case <-r.Context().Done():
		}
		fmt.Fprint(w, `<p id="grows">What comes late moves the heading up.</p></main>`)
	}))
	t.Cleanup(site.Close)
	b := browsertest.Start(t).Browser(t)
	b.Open(site.URL)
	if over := browsertest.Budget(b); len(over) > 0 {
		t.Errorf("what came late counts as moved: %q", over)
	}
	b.Grow("grows")
	if over := strings.Join(browsertest.Budget(b), "\n"); !strings.Contains(over, "content moved") {
		t.Errorf("what moved afterwards was not seen: %q", over)
	}
}

func TestJudgesAgreeWithTheStandard(t *testing.T) {
	// RFC 6238, appendix B: the last six digits of 94287082 at 59 s.
	got := browsertest.TOTPCode(t, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", time.Unix(59, 0))
	equal(t, "code", got, "287082")
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %v, not %v", what, got, want)
	}
}
