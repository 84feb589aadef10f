package faulttest

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/textproto"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// snsStand speaks as much of the AWS Query protocol as Publish needs, and keeps what it took.
type snsStand struct {
	url string

	mu    sync.Mutex
	texts map[string][]string // by telephone number
	mode  string              // "": takes messages; else the code of the error that it answers, or "hang"
}

func newSNS(t testing.TB) *snsStand {
	t.Helper()
	s := &snsStand{texts: map[string][]string{}}
	s.url = serve(t, http.HandlerFunc(s.publish))
	return s
}

func (s *snsStand) publish(w http.ResponseWriter, r *http.Request) {
	mode := s.take(r.FormValue("PhoneNumber"), r.FormValue("Message"))
	w.Header().Set("Content-Type", "text/xml")
	switch {
	case mode == "hang":
		<-r.Context().Done()
	case mode != "":
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprintf(w, "<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>no</Message></Error><RequestId>r</RequestId></ErrorResponse>", mode)
	default:
		_, _ = fmt.Fprint(w, "<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></PublishResponse>")
	}
}

func (s *snsStand) take(number, text string) (mode string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mode == "" {
		s.texts[number] = append(s.texts[number], text)
	}
	return s.mode
}

func (s *snsStand) become(mode string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mode = mode
}

func (s *snsStand) to(number string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.texts[number]...)
}

var codeInText = regexp.MustCompile(`#([0-9]{6})`) // of the last line, which binds the code to the site

// await returns the code of the first text to the number after those that it had got before.
func (s *snsStand) await(number string, before int) (code string, found bool) {
	for began := time.Now(); time.Since(began) < 2*time.Second; time.Sleep(10 * time.Millisecond) {
		if texts := s.to(number); len(texts) > before {
			match := codeInText.FindStringSubmatch(texts[len(texts)-1])
			if match != nil {
				return match[1], true
			}
		}
	}
	return "", false
}

// smtpStand takes mail (RFC 5321).
type smtpStand struct {
	address string

	mu    sync.Mutex
	taken int
	rude  bool // it hangs up
}

func newSMTP(t testing.TB) *smtpStand {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	fatal(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	s := &smtpStand{address: listener.Addr().String()}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go s.hold(conn)
		}
	}()
	return s
}

func (s *smtpStand) hold(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	in := textproto.NewReader(bufio.NewReader(conn))
	say := func(reply string) { _, _ = fmt.Fprintf(conn, "%s\r\n", reply) }
	s.mu.Lock()
	rude := s.rude
	s.mu.Unlock()
	if rude {
		return
	}
	say("220 mail.test ESMTP")
	for {
		line, err := in.ReadLine()
		if err != nil {
			return
		}
		switch verb, _, _ := strings.Cut(strings.ToUpper(line), " "); verb {
		case "DATA":
			say("354 go on")
			if _, err := in.ReadDotBytes(); err != nil {
				return
			}
			s.mu.Lock()
			s.taken++
			s.mu.Unlock()
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 mail.test")
		}
	}
}

func (s *smtpStand) hangUp(rude bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rude = rude
}

func (s *smtpStand) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.taken
}
