package server_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/demo"
	"github.com/apscloud/apsid/internal/testenv"
	"github.com/apscloud/apsid/internal/testworld"
)

func TestOversizedRequestsAreRefused(t *testing.T) { // ABUSE 41
	d, _ := start(t, testworld.Config(t), &testenv.Clock{})
	issuer := d.Manifest.Issuer
	form := testworld.NewVisitor(t, "").Get(d.Manifest.Apps[0].URL+"/auth/login").On(t, "password").At
	many := url.Values{}
	for i := range 10_000 {
		many.Set(fmt.Sprintf("p%d", i), "x")
	}
	big := url.Values{"username": {strings.Repeat("a", 10<<20)}}
	for name, c := range map[string]struct {
		address string
		form    url.Values
		header  string
	}{
		"64 KiB of headers":                  {address: issuer + "/", header: strings.Repeat("h", 64<<10)},
		"10 MB at the sign-in":               {address: form, form: big},
		"10 MB at the token endpoint":        {address: issuer + "/oauth/token", form: big},
		"10 MB at the authorize endpoint":    {address: issuer + "/authorize", form: big},
		"10,000 parameters at the sign-in":   {address: form, form: many},
		"10,000 parameters at the token":     {address: issuer + "/oauth/token", form: many},
		"10,000 parameters in the query":     {address: issuer + "/authorize?" + many.Encode()},
		"10,000 parameters at end of logout": {address: issuer + "/end_session?" + many.Encode()},
	} {
		t.Run(name, func(t *testing.T) {
			method, body := http.MethodGet, ""
			if c.form != nil {
				method, body = http.MethodPost, c.form.Encode()
			}
			request, err := http.NewRequestWithContext(t.Context(), method, c.address, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if c.header != "" {
				request.Header.Set("X-Filler", c.header)
			}
			response, err := http.DefaultTransport.RoundTrip(request)
			if err != nil {
				return // cut off in the middle of the body: refused as well
			}
			if err := response.Body.Close(); err != nil {
				t.Fatal(err)
			}
			if response.StatusCode < 400 || response.StatusCode >= 500 {
				t.Errorf("answered %d", response.StatusCode)
			}
		})
	}
}

func TestSlowHeadersAreCutOff(t *testing.T) { // ABUSE 41
	d, _ := start(t, testworld.Config(t), &testenv.Clock{})
	connection, err := net.Dial("tcp", d.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }()
	began := time.Now()
	if _, err := connection.Write([]byte("GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")); err != nil {
		t.Fatal(err)
	}
	if err := connection.SetReadDeadline(began.Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	answer, err := bufio.NewReader(connection).ReadString('\n')
	if took := time.Since(began); took > 8*time.Second || strings.Contains(answer, "200") {
		t.Errorf("after %s: %q, %v", took, answer, err)
	}
}

// A crowd at the password step is served as far as hashing goes and asked to come back beyond that; everyone else keeps
// being answered at once, and memory does not grow with the crowd.
func TestCrowdAtThePasswordWaitsBriefly(t *testing.T) { // ABUSE 40
	d, _ := start(t, testworld.Config(t), &testenv.Clock{}, func(deps *demo.Deps) { deps.HashMemory, deps.HashQueue = 0, 64 }) // as costly as it is
	const crowd = 150
	pages := make([]testworld.Page, crowd)
	surfers := make([]*testworld.Visitor, crowd)
	for i := range pages {
		surfers[i] = testworld.NewVisitor(t, "")
		pages[i] = surfers[i].Get(d.Manifest.Apps[0].URL+"/auth/login").On(t, "password")
	}
	statuses := make(chan int, crowd)
	var group sync.WaitGroup
	for i := range pages {
		group.Go(func() {
			p := surfers[i].Post(pages[i].At, url.Values{"username": {fmt.Sprintf("nobody%d@x.example", i)}, "password": {"wrong-password-1"}})
			if p.Status == http.StatusServiceUnavailable && p.Header.Get("Retry-After") == "" {
				t.Error("503 without Retry-After")
			}
			statuses <- p.Status
		})
	}
	slowest := probeWhile(t, d, &group)
	close(statuses)
	counted := map[int]int{}
	for status := range statuses {
		counted[status]++
	}
	if counted[http.StatusUnprocessableEntity] == 0 || counted[http.StatusServiceUnavailable] == 0 || len(counted) != 2 {
		t.Errorf("answers by status: %v", counted)
	}
	if slowest > 3*time.Second {
		t.Errorf("the keys took %s meanwhile", slowest)
	}
}

// probeWhile asks for the keys again and again until the group is done, and returns the slowest answer.
func probeWhile(t *testing.T, d *demo.Demo, group *sync.WaitGroup) (slowest time.Duration) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		group.Wait()
		close(done)
	}()
	s := testworld.NewVisitor(t, "")
	for {
		select {
		case <-done:
			return slowest
		default:
			began := time.Now()
			if p := s.Get(d.Manifest.Issuer + "/.well-known/jwks.json"); p.Status != http.StatusOK {
				t.Errorf("keys: %d", p.Status)
			}
			slowest = max(slowest, time.Since(began))
		}
	}
}
