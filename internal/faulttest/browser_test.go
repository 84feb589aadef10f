package faulttest

import (
	"context"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// slowest bounds one request: one that takes longer is broken.
const slowest = 15 * time.Second

// browser is a browser without a screen, or an app's client if nothing gives it cookies.
type browser struct {
	world   *world
	client  *http.Client
	address string    // of the network it is in
	began   time.Time // when its last request did
}

func newBrowser(w *world, address string) *browser {
	jar, err := cookiejar.New(nil)
	fatal(w.t, err)
	return &browser{world: w, address: address, client: &http.Client{
		Jar: jar, Timeout: slowest, Transport: w.transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// answer is what a request was answered with.
type answer struct {
	status int
	header http.Header
	body   []byte
	to     string // where a redirect leads; "" for none
	step   string // data-step; "" on a page that is none of ours
}

var stepPattern = regexp.MustCompile(`data-step="([^"]+)"`)

// ask makes one request; a form is sent by POST.
func (b *browser) ask(method, address string, form url.Values) (answer, error) {
	body := ""
	if form != nil {
		body = form.Encode()
	}
	request, err := http.NewRequestWithContext(context.Background(), method, address, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	return b.send(request)
}

func (b *browser) send(request *http.Request) (answer, error) {
	request.Header.Set("X-Forwarded-For", b.address)
	b.began = time.Now()
	response, err := b.client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return answer{}, err
	}
	a := answer{status: response.StatusCode, header: response.Header, body: text}
	if found := stepPattern.FindSubmatch(text); found != nil {
		a.step = string(found[1])
	}
	if to, err := response.Location(); err == nil {
		a.to = to.String()
	}
	return a, nil
}

// judge says what an answer is that is not the one that was wanted.
func (w *world) judge(a answer, err error) (outcome, string) {
	said, _ := decode(a.body)["error"].(string)
	problem := strings.HasPrefix(a.header.Get("Content-Type"), "application/problem+json")
	switch {
	case err != nil:
		return broken, withoutPorts(err.Error())
	case a.header.Get(balancerHeader) == balancerCut && w.kills:
		return cut, balancerCut
	case a.header.Get(balancerHeader) != "":
		return broken, a.header.Get(balancerHeader)
	case a.status == http.StatusInternalServerError || said == "server_error":
		return broken, "500: " + titleOf(a.body)
	case a.status >= 400 && (said != "" || problem):
		return refused, said
	case a.status >= 400 && a.step != "":
		return refused, titleOf(a.body)
	default:
		return broken, "not ours: " + http.StatusText(a.status) + " " + string(a.body[:min(len(a.body), 80)])
	}
}

var (
	titlePattern = regexp.MustCompile(`<title>([^<]*)`)
	portPattern  = regexp.MustCompile(`127\.0\.0\.1:[0-9]+(->127\.0\.0\.1:[0-9]+)?|https?://[^ "]+`)
)

var hiddenPattern = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// hiddenOf reads what a page has its form send beside what a person types.
func hiddenOf(page []byte) url.Values {
	form := url.Values{}
	for _, found := range hiddenPattern.FindAllSubmatch(page, -1) {
		form.Add(string(found[1]), html.UnescapeString(string(found[2])))
	}
	return form
}

func titleOf(page []byte) string {
	found := titlePattern.FindSubmatch(page)
	if found == nil {
		return string(page[:min(len(page), 80)])
	}
	return string(found[1])
}

func withoutPorts(text string) string { return portPattern.ReplaceAllString(text, "…") }
