package notify_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/notify"
	"github.com/apscloud/apsid/internal/proof"
	"github.com/apscloud/apsid/internal/testenv"
)

var _ proof.SMSSender = (*notify.SNS)(nil)

// number returns an Australian mobile number of the test's own: all tests share one moto.
func number(t *testing.T) idp.Secret {
	t.Helper()
	return idp.NewSecret(fmt.Sprintf("+614%08d", time.Now().UnixNano()%100_000_000))
}

func newSNS(t *testing.T, endpoint string, timeout time.Duration) *notify.SNS {
	t.Helper()
	sender, err := notify.NewSNS(t.Context(), notify.SNSConfig{
		Region: "ap-southeast-2", SenderID: "APSID", Endpoint: endpoint, Timeout: timeout,
		AccessKeyID: "test", SecretKey: idp.NewSecret("test"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return sender
}

// sentTo asks moto what it has for the number.
func sentTo(t *testing.T, moto string, to idp.Secret) []string {
	t.Helper()
	response, err := http.Get(moto + "/moto-api/data.json")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var data struct {
		SNS struct {
			SMS []struct {
				Message string `json:"message"`
				Number  string `json:"phone_number"`
			} `json:"SMS"`
		} `json:"sns"`
	}
	if err := json.NewDecoder(response.Body).Decode(&data); err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, sms := range data.SNS.SMS {
		if to.Equal(sms.Number) {
			texts = append(texts, sms.Message)
		}
	}
	return texts
}

// recorder stands before moto: it keeps every request, may answer some itself, and passes the others on.
type recorder struct {
	mu       sync.Mutex
	requests []url.Values
	signed   []string
	answer   func(w http.ResponseWriter, attempt int) bool // true: it answered
	moto     *httputil.ReverseProxy
}

func record(t *testing.T, answer func(http.ResponseWriter, int) bool) (*recorder, string) {
	t.Helper()
	moto, err := url.Parse(testenv.Moto(t))
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{answer: answer, moto: httputil.NewSingleHostReverseProxy(moto)}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	return r, server.URL
}

func (rec *recorder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	form, _ := url.ParseQuery(string(body))
	rec.mu.Lock()
	rec.requests = append(rec.requests, form)
	rec.signed = append(rec.signed, r.Header.Get("Authorization"))
	attempt := len(rec.requests)
	rec.mu.Unlock()
	if rec.answer != nil && rec.answer(w, attempt) {
		return
	}
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	rec.moto.ServeHTTP(w, r)
}

// refuse answers as SNS does, quoting the number as SNS does.
func refuse(status int, code string) func(http.ResponseWriter, int) bool {
	return func(w http.ResponseWriter, _ int) bool {
		w.Header().Set("Content-Type", "text/xml")
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>%s</Code>`+
			`<Message>Invalid parameter: PhoneNumber Reason: +61412345678 is not valid to publish to</Message></Error>`+
			`<RequestId>9d8e</RequestId></ErrorResponse>`, code)
		return true
	}
}

func TestSNSTakesTheMessage(t *testing.T) {
	seen, endpoint := record(t, nil)
	to := number(t)
	const text = "123456 is your code & more.\n\n@id.example.com #123456"
	if err := newSNS(t, endpoint, 0).SendSMS(t.Context(), to, text); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{text}, sentTo(t, testenv.Moto(t), to)); diff != "" {
		t.Errorf("what moto has (-want +got):\n%s", diff)
	}
	want := url.Values{
		"Action": {"Publish"}, "Version": {"2010-03-31"}, "PhoneNumber": {to.Reveal()}, "Message": {text},
		"MessageAttributes.entry.1.Name":              {"AWS.SNS.SMS.SMSType"},
		"MessageAttributes.entry.1.Value.DataType":    {"String"},
		"MessageAttributes.entry.1.Value.StringValue": {"Transactional"},
		"MessageAttributes.entry.2.Name":              {"AWS.SNS.SMS.SenderID"},
		"MessageAttributes.entry.2.Value.DataType":    {"String"},
		"MessageAttributes.entry.2.Value.StringValue": {"APSID"},
	}
	if diff := cmp.Diff(want, inOrderOfName(seen.requests[0])); diff != "" {
		t.Errorf("the request (-want +got):\n%s", diff)
	}
	if !strings.HasPrefix(seen.signed[0], "AWS4-HMAC-SHA256 Credential=test/") || !strings.Contains(seen.signed[0], "/ap-southeast-2/sns/") {
		t.Errorf("signed with %q", seen.signed[0])
	}
}

// inOrderOfName puts the two attributes, which travel in the order of a map, in the order of their names.
func inOrderOfName(form url.Values) url.Values {
	const first, second = "MessageAttributes.entry.1.", "MessageAttributes.entry.2."
	if form.Get(first+"Name") != "AWS.SNS.SMS.SenderID" {
		return form
	}
	sorted := url.Values{}
	for name, values := range form {
		switch {
		case strings.HasPrefix(name, first):
			name = second + strings.TrimPrefix(name, first)
		case strings.HasPrefix(name, second):
			name = first + strings.TrimPrefix(name, second)
		}
		sorted[name] = values
	}
	return sorted
}

func TestMotoRefusesWhatIsNoNumber(t *testing.T) {
	err := newSNS(t, testenv.Moto(t), 0).SendSMS(t.Context(), idp.NewSecret("+0"), "hello")
	if idp.CodeOf(err) != idp.CodeInvalid {
		t.Errorf("%v", err)
	}
}

func TestErrorsOfSNS(t *testing.T) { // ABUSE 28
	tests := []struct {
		status   int
		code     string
		want     idp.Code
		attempts int
	}{
		{400, "InvalidParameter", idp.CodeInvalid, 1},
		{400, "ParameterValueInvalid", idp.CodeInvalid, 1},
		{400, "OptedOut", idp.CodeInvalid, 1},
		{429, "Throttled", idp.CodeBusy, 1},
		{400, "Throttling", idp.CodeBusy, 2},
		{403, "AuthorizationError", idp.CodeUnavailable, 1},
		{403, "InvalidClientTokenId", idp.CodeUnavailable, 1},
		{403, "SignatureDoesNotMatch", idp.CodeUnavailable, 1},
		{500, "InternalError", idp.CodeUnavailable, 2},
		{503, "ServiceUnavailable", idp.CodeUnavailable, 2},
		{400, "SomethingNew", idp.CodeUnavailable, 1},
	}
	for _, test := range tests {
		t.Run(test.code, func(t *testing.T) {
			seen, endpoint := record(t, refuse(test.status, test.code))
			err := newSNS(t, endpoint, 0).SendSMS(t.Context(), idp.NewSecret("+61412345678"), "123456 is your code")
			if idp.CodeOf(err) != test.want {
				t.Errorf("%v, want %s", err, test.want)
			}
			if got := len(seen.requests); got != test.attempts {
				t.Errorf("%d attempts, want %d", got, test.attempts)
			}
			for _, secret := range []string{"412345678", "123456"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error tells %s: %v", secret, err)
				}
			}
		})
	}
}

func TestOneFailureOfSNSIsRetried(t *testing.T) { // ABUSE 28
	failOnce := func(w http.ResponseWriter, attempt int) bool {
		return attempt == 1 && refuse(503, "ServiceUnavailable")(w, attempt)
	}
	seen, endpoint := record(t, failOnce)
	to := number(t)
	if err := newSNS(t, endpoint, 0).SendSMS(t.Context(), to, "hello"); err != nil {
		t.Fatal(err)
	}
	if got := sentTo(t, testenv.Moto(t), to); len(got) != 1 || len(seen.requests) != 2 {
		t.Errorf("%d messages after %d attempts, want 1 after 2", len(got), len(seen.requests))
	}
}

func TestSNSThatNeverAnswersIsGivenUp(t *testing.T) { // ABUSE 28
	for name, greet := range map[string]string{"silent": "", "stops half way": "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<Pub"} {
		t.Run(name, func(t *testing.T) {
			endpoint := "http://" + listen(t, func(c net.Conn) {
				_, _ = io.WriteString(c, greet)
				_, _ = io.Copy(io.Discard, c)
			})
			sender := newSNS(t, endpoint, 300*time.Millisecond)
			start := time.Now()
			err := sender.SendSMS(t.Context(), idp.NewSecret("+61412345678"), "hello")
			if idp.CodeOf(err) != idp.CodeUnavailable {
				t.Errorf("%v", err)
			}
			if took := time.Since(start); took > 2*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

func TestSNSThatIsDown(t *testing.T) { // ABUSE 28
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	err = newSNS(t, "http://"+listener.Addr().String(), 0).SendSMS(t.Context(), idp.NewSecret("+61412345678"), "hello")
	if idp.CodeOf(err) != idp.CodeUnavailable {
		t.Errorf("%v", err)
	}
}

func TestNewSNSNamesTheWrongField(t *testing.T) {
	good := notify.SNSConfig{Region: "ap-southeast-2"}
	tests := map[string]func(*notify.SNSConfig){
		"region":        func(c *notify.SNSConfig) { c.Region = "" },
		"sender_id":     func(c *notify.SNSConfig) { c.SenderID = "12345" },
		"sender_id ":    func(c *notify.SNSConfig) { c.SenderID = "APS Identity" },
		"endpoint":      func(c *notify.SNSConfig) { c.Endpoint = "http://sns.example.com" },
		"endpoint ":     func(c *notify.SNSConfig) { c.Endpoint = "https://user:pass@sns.example.com" },
		"access_key_id": func(c *notify.SNSConfig) { c.AccessKeyID = "AKIA" },
		"timeout":       func(c *notify.SNSConfig) { c.Timeout = -1 },
	}
	for field, spoil := range tests {
		cfg := good
		spoil(&cfg)
		_, err := notify.NewSNS(t.Context(), cfg)
		mustBlame(t, err, strings.TrimSpace(field))
	}
	if _, err := notify.NewSNS(t.Context(), good); err != nil {
		t.Error(err)
	}
}
