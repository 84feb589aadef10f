package notify_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"strings"
	"sync"
	"testing"
)

// security is how a mail server of a test encrypts.
type security int

const (
	plain security = iota
	startTLS
	implicitTLS
)

// mailServer speaks enough SMTP (RFC 5321) to take a message over any of its listeners.
type mailServer struct {
	config  *tls.Config
	roots   *x509.CertPool
	replies map[string]string // by verb, "." for the end of data, in place of success; "" hangs up

	mu       sync.Mutex
	taken    []delivery
	commands []string
}

// delivery is one message the server took.
type delivery struct {
	from, to                 string
	encrypted, authenticated bool
	data                     []byte
}

func newMailServer(t *testing.T) *mailServer {
	t.Helper()
	certificate := httptest.NewTLSServer(http.NotFoundHandler()) // for its certificate of 127.0.0.1
	certificate.Close()
	roots := x509.NewCertPool()
	roots.AddCert(certificate.Certificate())
	return &mailServer{config: &tls.Config{Certificates: certificate.TLS.Certificates}, roots: roots}
}

func (s *mailServer) start(t *testing.T, security security) (address string) {
	t.Helper()
	return listen(t, func(c net.Conn) {
		dialogue := &dialogue{server: s, offersTLS: security == startTLS}
		if security == implicitTLS {
			c = tls.Server(c, s.config)
			dialogue.encrypted = true
		}
		dialogue.hold(c)
	})
}

func (s *mailServer) last(t *testing.T) delivery {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.taken) == 0 {
		t.Fatal("no message was taken")
	}
	return s.taken[len(s.taken)-1]
}

func (s *mailServer) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.taken)
}

func (s *mailServer) heard() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.commands, "\n")
}

// dialogue is one connection.
type dialogue struct {
	server    *mailServer
	offersTLS bool
	c         net.Conn
	in        *textproto.Reader
	delivery
}

func (d *dialogue) hold(c net.Conn) {
	d.use(c)
	d.say("220 mail.test ESMTP")
	for {
		line, err := d.in.ReadLine()
		if err != nil {
			return
		}
		d.server.mu.Lock()
		d.server.commands = append(d.server.commands, line)
		d.server.mu.Unlock()
		verb, _, _ := strings.Cut(strings.ToUpper(line), " ")
		if reply, spoiled := d.server.replies[verb]; spoiled {
			if reply == "" {
				return
			}
			d.say(reply)
			continue
		}
		if !d.answer(verb, line) {
			return
		}
	}
}

func (d *dialogue) answer(verb, line string) (goOn bool) {
	switch verb {
	case "EHLO":
		d.say(d.greeting())
	case "STARTTLS":
		d.say("220 go ahead")
		d.use(tls.Server(d.c, d.server.config))
		d.encrypted = true
	case "AUTH":
		_, blob, _ := strings.Cut(line, "PLAIN ")
		raw, _ := base64.StdEncoding.DecodeString(blob)
		d.authenticated = string(raw) == "\x00aps\x00s3cret"
		d.say("235 welcome")
	case "MAIL":
		d.from = between(line, "<", ">")
		d.say("250 ok")
	case "RCPT":
		d.to = between(line, "<", ">")
		d.say("250 ok")
	case "DATA":
		d.say("354 go on")
		return d.takeData()
	case "QUIT":
		d.say("221 bye")
		return false
	default:
		d.say("250 ok")
	}
	return true
}

func (d *dialogue) greeting() string {
	lines := "250-mail.test\r\n"
	if d.offersTLS && !d.encrypted {
		lines += "250-STARTTLS\r\n"
	}
	if d.encrypted {
		lines += "250-AUTH PLAIN\r\n"
	}
	return lines + "250 ENHANCEDSTATUSCODES"
}

func (d *dialogue) takeData() bool {
	data, err := d.in.ReadDotBytes()
	if err != nil {
		return false
	}
	if reply, spoiled := d.server.replies["."]; spoiled {
		d.say(reply)
		return true
	}
	d.data = data
	d.server.mu.Lock()
	d.server.taken = append(d.server.taken, d.delivery)
	d.server.mu.Unlock()
	d.say("250 taken")
	return true
}

func (d *dialogue) use(c net.Conn) {
	d.c, d.in = c, textproto.NewReader(bufio.NewReader(c))
}

func (d *dialogue) say(reply string) { _, _ = fmt.Fprintf(d.c, "%s\r\n", reply) }

func between(line, open, end string) string {
	_, rest, _ := strings.Cut(line, open)
	inside, _, _ := strings.Cut(rest, end)
	return inside
}
